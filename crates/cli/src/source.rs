//! Reading the scenario that the command line names.

use crate::arguments::ScenarioArguments;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text::plural;
use base::{Severity, closest};
use scenario::world::World;
use scenario::{BUILTINS, Origin, Overlay, Reading};
use std::io::Read;
use std::path::Path;

/// Where the scenario is: a file, the name of a built-in example, `-` for stdin; the first example if left out.
pub fn origin(scenario: Option<&Path>) -> Result<Origin, Failure> {
    let Some(path) = scenario else {
        return Ok(Origin::Builtin(BUILTINS[0].0.to_owned()));
    };
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::message(format!("cannot read stdin: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Failure::message(format!("stdin is not UTF-8 text: byte {at} is the first that is not"))
        })?;
        return Ok(Origin::Text { name: "<stdin>".to_owned(), text });
    }
    if let Some(failure) = no_scenario(path) {
        return Err(failure);
    }
    if !path.exists() && path.extension().is_none() && !is_builtin(path) {
        let names: Vec<&str> = BUILTINS.iter().map(|(name, _)| *name).collect();
        let hint = match closest(&path.to_string_lossy(), names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("built-in examples: `{}`", names.join("`, `")),
        };
        let message = format!("`{}` is neither a file nor a built-in example", path.display());
        return Err(Failure::with_hint(message, hint));
    }
    Ok(match path.to_str() {
        Some(name) if is_builtin(path) => {
            Origin::parse(&format!("builtin:{}", name.trim_start_matches(PREFIX)))
        }
        _ => Origin::File(path.to_owned()),
    })
}

/// What a JSON file is that stands where a scenario should: a plan, most likely. Nothing where it may be a scenario.
fn no_scenario(path: &Path) -> Option<Failure> {
    let text = path
        .extension()
        .filter(|ending| *ending == "json")
        .and_then(|_| std::fs::read_to_string(path).ok())?;
    let document: serde_json::Value = serde_json::from_str(&text).ok()?;
    let name = path.display();
    let is_plan = ["instance", "plan", "digest"].iter().all(|part| document.get(part).is_some());
    Some(match is_plan {
        true => Failure::with_hint(
            format!("`{name}` is a plan, not a scenario"),
            "`stargate show DIR` says what is in the folder of a plan; `stargate run SCENARIO --plan FILE` builds it, and \
             two such runs can be compared",
        ),
        false => Failure::with_hint(
            format!("`{name}` is JSON, and a scenario is TOML"),
            "name a scenario file, a built-in scenario or the folder of a run",
        ),
    })
}

/// The scenario as a command line can name it again: a file without its folder.
pub fn named(scenario: Option<&Path>) -> String {
    match scenario {
        None => BUILTINS[0].0.to_owned(),
        Some(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
    }
}

/// Before the name of a built-in example, where a file has the same name.
const PREFIX: &str = "builtin:";

/// Whether a built-in example is meant: a file of that name goes first, a folder, such as that of its plan, does not.
fn is_builtin(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let known = |name: &str| BUILTINS.iter().any(|(known, _)| *known == name);
    name.starts_with(PREFIX) || (known(&name) && (!path.exists() || path.is_dir()))
}

/// Reads and checks; the seed of the command line is put in.
pub fn read(arguments: &ScenarioArguments) -> Result<Reading, Failure> {
    let reading = scenario::read(&origin(arguments.scenario.as_deref())?, &arguments.set);
    Ok(seeded(reading, arguments))
}

fn seeded(mut reading: Reading, arguments: &ScenarioArguments) -> Reading {
    if let (Some(world), Some(seed)) = (&mut reading.world, arguments.seed) {
        world.reseed(seed);
    }
    reading
}

/// Reads and checks; the world if there is no mistake. Remarks are said.
pub fn world(arguments: &ScenarioArguments, printer: &mut Printer) -> Result<(World, Reading), Failure> {
    checked(read(arguments)?, printer)
}

/// The same from where the scenario is, with a text on top.
pub fn world_under(
    origin: &Origin,
    overlay: &Overlay,
    arguments: &ScenarioArguments,
    printer: &mut Printer,
) -> Result<(World, Reading), Failure> {
    let reading = scenario::read_under(origin, Some(overlay), &arguments.set);
    checked(seeded(reading, arguments), printer)
}

/// Reads a scenario of which only the planning problem is wanted: the whole is looked at later.
pub fn unchecked(origin: &Origin, arguments: &ScenarioArguments) -> Result<World, Failure> {
    let mut reading = scenario::read(origin, &arguments.set);
    match reading.world.take() {
        Some(world) if !reading.diagnostics.has_errors() => Ok(world),
        _ => Err(Failure::Diagnostics(reading.diagnostics)),
    }
}

fn checked(mut reading: Reading, printer: &mut Printer) -> Result<(World, Reading), Failure> {
    if let Some(world) = &reading.world {
        reading.diagnostics.extend(run::check(world));
    }
    match reading.world.take() {
        Some(world) if !reading.diagnostics.has_errors() => {
            printer.diagnostics(&reading.diagnostics);
            Ok((world, reading))
        }
        _ => Err(Failure::Diagnostics(reading.diagnostics)),
    }
}

/// "2 errors and 1 warning".
pub fn count(diagnostics: &base::Diagnostics) -> String {
    let of = |severity, name: &str| match diagnostics.count(severity) {
        0 => None,
        n => Some(plural(n, name)),
    };
    let parts = [of(Severity::Error, "error"), of(Severity::Warning, "warning")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "no mistakes".to_owned() } else { parts.join(" and ") }
}
