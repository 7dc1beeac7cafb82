//! From text to a checked world.
//!
//! ```text
//!  files, `include`, `extends`, `--set`      load, merge       one tree of values, each with its place
//!        |                                   tree
//!        v
//!  sections                                  language, keys    unknown keys, types, bounds, defaults, figures
//!        |                                   context, fields, scalar
//!        v
//!  World                                     build             names resolved, contradictions refused
//! ```
//!
//! [`read`] never stops at the first mistake and never panics: it returns every mistake as a [`base::Diagnostic`] with
//! its rule, place, value and hint, and the [`World`] if there was no error among them. The language is declared once,
//! in `keys.rs`; [`json_schema`] and [`reference_markdown`] are made from the declaration.

mod build;
mod choices;
mod context;
mod fields;
mod given_twice;
mod keys;
mod language;
mod load;
mod merge;
mod rules;
mod scalar;
mod schema;
mod settings;
mod tree;
pub mod world;

pub use rules::RULES;
pub use schema::{json_schema, reference_markdown};
pub use settings::{Setting, settings};
pub use world::World;

use base::Diagnostics;
use context::Cx;
use fields::read_document;
use load::{Loader, NOWHERE};
use serde::Serialize;
use std::path::PathBuf;

/// Where a scenario comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file; what it names counts from its folder.
    File(PathBuf),
    /// One of [`BUILTINS`], by name.
    Builtin(String),
    /// A text in memory; what it names counts from the current folder.
    Text {
        /// The name to show.
        name: String,
        /// The text.
        text: String,
    },
}

impl Origin {
    /// `builtin:NAME`, or a path.
    pub fn parse(argument: &str) -> Origin {
        match argument.strip_prefix("builtin:") {
            Some(name) => Origin::Builtin(name.to_string()),
            None => Origin::File(PathBuf::from(argument)),
        }
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputFile {
    /// As the user, or the file that includes it, named it.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// What came of reading a scenario.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The world; `None` if there was an error.
    pub world: Option<World>,
    /// Every mistake and remark, in the order of the files.
    pub diagnostics: Diagnostics,
    /// The scenario files and node lists that were read. Job logs are not: whoever reads them digests them.
    pub files: Vec<InputFile>,
}

/// The built-in scenarios by name, each with its text.
pub const BUILTINS: &[(&str, &str)] = &[
    ("stargate", include_str!("../builtin/stargate.toml")),
    ("stargate-full", include_str!("../builtin/stargate-full.toml")),
    ("stargate-late", include_str!("../builtin/stargate-late.toml")),
    ("stargate-plan", include_str!("../builtin/stargate-plan.toml")),
    ("announced-2025", include_str!("../builtin/announced-2025.toml")),
    ("known-2026", include_str!("../builtin/known-2026.toml")),
    ("stargate-abroad", include_str!("../builtin/stargate-abroad.toml")),
    ("abilene", include_str!("../builtin/abilene.toml")),
    ("llama3", include_str!("../builtin/llama3.toml")),
];

/// Built-in texts that are no scenarios, to be included: `include = ["builtin:systems"]`.
pub const LIBRARY: &[(&str, &str)] = &[
    ("systems", include_str!("../builtin/systems.toml")),
    ("stargate-hardware", include_str!("../builtin/stargate-hardware.toml")),
    ("stargate-sites", include_str!("../builtin/stargate-sites.toml")),
    ("stargate-work", include_str!("../builtin/stargate-work.toml")),
    ("stargate-failures", include_str!("../builtin/stargate-failures.toml")),
    ("stargate-power", include_str!("../builtin/stargate-power.toml")),
    ("stargate-money", include_str!("../builtin/stargate-money.toml")),
    ("stargate-books", include_str!("../builtin/stargate-books.toml")),
    ("stargate-agreements", include_str!("../builtin/stargate-agreements.toml")),
    ("stargate-services", include_str!("../builtin/stargate-services.toml")),
    ("serving", include_str!("../builtin/serving.toml")),
    ("alliance", include_str!("../builtin/alliance.toml")),
];

/// A text that is laid on top of a scenario, as if it were a file that `extends` it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// Its name in messages.
    pub name: String,
    /// The text; what it names counts from the current folder.
    pub text: String,
    /// What is taken out of the scenario first, where it is there: paths of keys.
    pub replaces: Vec<Vec<String>>,
}

/// Reads a scenario and all that it names, applies `sets` (`site.abilene.it_mw=60`) and checks the whole.
pub fn read(origin: &Origin, sets: &[String]) -> Reading {
    read_under(origin, None, sets)
}

/// The same with a text on top, below `sets`: every rule looks at it too.
pub fn read_under(origin: &Origin, overlay: Option<&Overlay>, sets: &[String]) -> Reading {
    let mut loader = Loader::default();
    let Some(mut table) = loader.load(origin) else {
        return Reading { world: None, diagnostics: in_order(loader.diagnostics), files: loader.files };
    };
    if let Some(overlay) = overlay {
        loader.lay_over(&mut table, overlay);
    }
    for set in sets {
        loader.set(&mut table, set);
    }
    let Loader { texts, diagnostics, mut files, incomplete, .. } = loader;
    let mut cx = Cx::new(&texts, !incomplete);
    let said = diagnostics.iter().any(|(_, diagnostic)| diagnostic.rule == rules::EMPTY);
    let mut world = None;
    if !said {
        let text = read_document(&mut cx, &table, NOWHERE);
        world = build::world(text, &mut cx, &mut files);
    }
    let mut all = diagnostics;
    all.extend(cx.diagnostics);
    let diagnostics = in_order(all);
    Reading { world: world.filter(|_| !diagnostics.has_errors()), diagnostics, files }
}

/// Reads bytes as a scenario, whatever they are: for fuzzing. Whether they are one is the answer.
pub fn read_bytes(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let origin = Origin::Text { name: "bytes.toml".into(), text: text.into() };
            read(&origin, &[]).world.is_some()
        }
        Err(_) => false,
    }
}

fn in_order(mut diagnostics: Vec<(tree::Mark, base::Diagnostic)>) -> Diagnostics {
    diagnostics.sort_by_key(|(mark, _)| *mark);
    Diagnostics(diagnostics.into_iter().map(|(_, diagnostic)| diagnostic).collect())
}
