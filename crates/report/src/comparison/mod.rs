//! The page of two sides: what differs in the scenarios and in the results, and both runs drawn over each other.

mod overlay;
mod tables;

use crate::figure::{Block, Section};
use crate::page::{Document, document};
use crate::run::Run;
use crate::{Error, write_text};
use compare::Comparison;
use std::path::Path;

/// Makes the page of a comparison; `folders` names the results of the sides that have some.
///
/// # Errors
/// As [`crate::render`], for each folder.
pub fn render_comparison(comparison: &Comparison, folders: [Option<&Path>; 2]) -> Result<String, Error> {
    let runs = match folders {
        [Some(here), Some(there)] => Some([Run::read(here)?, Run::read(there)?]),
        _ => None,
    };
    let mut sections = vec![summary(comparison)];
    if let Some(runs) = &runs {
        sections.push(overlay::section(comparison, runs)?);
    }
    sections.extend(tables::results(comparison));
    sections.push(tables::scenario(comparison));
    let about = match &runs {
        Some([here, there]) => format!(
            "{} from {} to {}, and {} from {} to {}.",
            here.manifest.scenario,
            crate::format::date(here.start),
            crate::format::date(here.end),
            there.manifest.scenario,
            crate::format::date(there.start),
            crate::format::date(there.end)
        ),
        None => String::new(),
    };
    Ok(document(&Document {
        title: &format!("{} and {}", short(&comparison.here), short(&comparison.there)),
        kind: "Comparison of two sides",
        about: &about,
        facts: &[],
        version: env!("CARGO_PKG_VERSION"),
        made_from: "what it compares",
        sections: &sections,
    }))
}

/// Writes the page of a comparison, aside under another name first.
///
/// # Errors
/// As [`render_comparison`], and [`Error::Write`].
pub fn write_comparison(
    comparison: &Comparison,
    folders: [Option<&Path>; 2],
    path: &Path,
) -> Result<(), Error> {
    write_text(&render_comparison(comparison, folders)?, path)
}

/// The last part of a path.
fn short(name: &str) -> &str {
    name.trim_end_matches('/').rsplit('/').next().unwrap_or(name)
}

/// The answer in a paragraph.
fn summary(comparison: &Comparison) -> Section {
    let mut blocks = Vec::new();
    if comparison.have_results == [true, true] {
        blocks.push(Block::Numbers(tables::headlines(comparison)));
    }
    blocks.push(Block::Text(tables::paragraph(comparison)));
    Section { id: "minute", title: "In one minute".to_string(), lead: String::new(), blocks }
}
