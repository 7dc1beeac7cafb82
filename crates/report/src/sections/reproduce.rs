//! How to get the same bytes again.

use crate::figure::{Block, Section, Table};
use crate::format;
use crate::run::Run;

/// The name under which the page itself may stand in the manifest.
const PAGE: &str = "report.html";

pub(super) fn section(run: &Run) -> Option<Section> {
    let manifest = &run.manifest;
    let mut facts = Table::new(&["what", "value"]);
    let mut row = |what: &str, value: String| facts.push([what.to_string(), value]);
    row("scenario", manifest.scenario.clone());
    row("seed", manifest.seed.to_string());
    row("from", manifest.start.clone());
    row("until", manifest.end.clone());
    if let Some(stopped) = &manifest.stopped_at {
        row("stopped at", stopped.clone());
    }
    row("version of Stargate", manifest.version.clone());
    row("version of the tables", manifest.schema_version.to_string());
    row("facts", format::count(manifest.facts));
    row("digest of the facts", manifest.facts_digest.clone());
    let mut inputs = Table::new(&["file read", "SHA-256"]);
    for input in &manifest.inputs {
        inputs.push([input.name.clone(), input.sha256.clone()]);
    }
    let mut outputs = Table::new(&["file written", "#rows", "#bytes", "SHA-256"]);
    // The page cannot hold its own digest.
    for output in manifest.outputs.iter().filter(|output| output.name != PAGE) {
        outputs.push([
            output.name.clone(),
            output.rows.map_or_else(String::new, format::count),
            format::count(output.bytes),
            output.sha256.clone(),
        ]);
    }
    let mut blocks = Vec::new();
    // The first file that a run reads is its scenario.
    if let Some(scenario) = manifest.inputs.first() {
        let words = ["run", &scenario.name].into_iter().chain(manifest.arguments.iter().map(String::as_str));
        blocks.push(Block::Code(command(words)));
    }
    blocks.push(Block::Table(facts));
    if !inputs.rows.is_empty() {
        blocks.push(Block::Folded("The files that were read".to_string(), inputs));
    }
    if !outputs.rows.is_empty() {
        blocks.push(Block::Folded(
            "The files that were written, in the folder of this page".to_string(),
            outputs,
        ));
    }
    Some(Section {
        id: "reproduce",
        title: "How to get the same result again".to_string(),
        lead: "The same version, scenario, data and seed give the same bytes. The digest of the facts tells two runs apart."
            .to_string(),
        blocks,
    })
}

/// A command line as it can be typed into a shell.
fn command<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,+@%".contains(letter);
    let mut text = "stargate".to_string();
    for argument in arguments {
        text.push(' ');
        match !argument.is_empty() && argument.chars().all(plain) {
            true => text.push_str(argument),
            false => text.push_str(&format!("'{}'", argument.replace('\'', "'\\''"))),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_typed() {
        let words = ["run", "my file.toml", "--set", "a='b'"];
        assert_eq!(command(words), r"stargate run 'my file.toml' --set 'a='\''b'\'''");
    }
}
