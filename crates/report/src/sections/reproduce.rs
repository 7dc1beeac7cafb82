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
    if let Some(command) = command(&manifest.arguments) {
        blocks.push(Block::Code(command));
        if manifest.arguments.iter().any(|word| is_file(word)) {
            blocks.push(Block::Text(
                "Files are named without their folders: type the command where they are, or put the folders before them."
                    .to_string(),
            ));
        }
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

/// The command that was run, as it can be typed into a shell; none where the manifest does not say what was run.
fn command(arguments: &[String]) -> Option<String> {
    let scenario = arguments.first()?;
    // What begins so is a flag of a run whose scenario nobody named.
    if scenario.starts_with("--") {
        return None;
    }
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,+@%".contains(letter);
    let mut text = "stargate run".to_string();
    for argument in arguments {
        text.push(' ');
        match !argument.is_empty() && argument.chars().all(plain) {
            true => text.push_str(argument),
            false => text.push_str(&format!("'{}'", argument.replace('\'', "'\\''"))),
        }
    }
    Some(text)
}

/// Whether a word names a file, by its ending.
fn is_file(word: &str) -> bool {
    [".toml", ".json"].iter().any(|ending| word.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(words: &[&str]) -> Option<String> {
        command(&words.iter().map(|word| (*word).to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn a_command_can_be_typed() {
        let text = typed(&["my file.toml", "--set", "a='b'"]);
        assert_eq!(text.as_deref(), Some(r"stargate run 'my file.toml' --set 'a='\''b'\'''"));
        assert_eq!(typed(&["stargate", "--seed", "7"]).as_deref(), Some("stargate run stargate --seed 7"));
    }

    #[test]
    fn what_names_no_scenario_is_no_command() {
        assert_eq!(typed(&["--seed", "7"]), None);
        assert_eq!(typed(&[]), None);
    }
}
