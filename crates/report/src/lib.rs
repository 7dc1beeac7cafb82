//! From the tables of a run to one self-contained HTML page.
//!
//! ```text
//!  results folder                Run                  Section, Figure             page
//!  jobs, site_hours, ...  --->   sums and bins  --->  what there is to see  --->  one HTML text
//!  (any number of rows)          (bounded)            (sections/, one a file)     (page.rs, style.css, page.js)
//! ```
//!
//! [`render`] is the whole of it. The page is a function of the folder: no times of day, no random names, no paths. It
//! fetches nothing when it is opened, which its own content policy enforces, and shows every chart without its script;
//! the script only adds what a pointer or the arrow keys can read off.
//!
//! # Why the charts are drawn here
//!
//! We tried `plotly` 0.14 with its embedded script first. A page with one chart was 7.1 MB (6.8 MB of it the script, with
//! dozens of map servers' addresses in it) and 88 CPU seconds to build; headless Chromium on two busy cores needed 6.2 s
//! and 1.3 CPU seconds for it, against 1.4 s and 0.5 CPU seconds for an empty page. It follows neither the reader's dark
//! or light choice nor the printer, and its charts are nothing without the script. `plotters` writes SVG with fixed
//! colours and fixed sizes, in which neither a theme nor a narrow screen is possible. What we need is little (areas,
//! lines, steps, bars, one map), so [`chart`] draws it: SVG that stretches, labels in HTML beside it, colours as variables
//! of the style sheet. The page of three sites and 16 charts is 0.3 to 0.4 MB, opens in 2.3 s and 0.7 CPU seconds on the
//! same machine, and the crate adds no dependency that the workspace does not have. Rendering takes 0.03 s for 77,000
//! jobs; 0.5 CPU seconds and 9 MB of memory for 5.8 million.
//!
//! To add figures for a new capability, see [`sections`].

pub mod chart;
mod comparison;
pub mod figure;
mod format;
mod html;
mod outlines;
mod page;
mod projection;
mod run;
mod scale;
pub mod sections;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

pub use comparison::{render_comparison, write_comparison};
pub use run::{Bin, Run};
pub use scale::{Reads, Scale};

/// The name of the page in a results folder.
pub const FILE_NAME: &str = "report.html";

/// How the page is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The heading; the scenario's name where there is none.
    pub title: Option<String>,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder is not the results of a run, or a table is missing or broken.
    #[error(transparent)]
    Table(#[from] tables::TableError),
    /// The manifest gives no horizon.
    #[error("`manifest.json` says `{text}` where an instant should stand; hint: run the scenario again")]
    Manifest {
        /// What stands there.
        text: String,
    },
    /// A table is not the one that the run wrote.
    #[error("`{file}` is not the table that the run wrote: {reason}; hint: run the scenario again")]
    Changed {
        /// The file.
        file: String,
        /// What differs.
        reason: &'static str,
    },
    /// The page cannot be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Makes the page of a results folder.
///
/// # Errors
/// [`Error::Table`] if the folder is not the results of a run, or a table is missing; [`Error::Changed`] if a table is not
/// the one that the manifest names; [`Error::Manifest`] if the manifest gives no horizon. An empty run (no jobs, no hours) is no error: the page says so.
pub fn render(run_dir: &Path, options: &Options) -> Result<String, Error> {
    let run = Run::read(run_dir)?;
    Ok(page::page(&run, options))
}

/// Writes the page of a results folder to `path`, aside under another name first.
///
/// # Errors
/// As [`render`], and [`Error::Write`].
pub fn write(run_dir: &Path, options: &Options, path: &Path) -> Result<(), Error> {
    write_text(&render(run_dir, options)?, path)
}

/// Writes a page, aside under another name first.
fn write_text(text: &str, path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.to_path_buf(), source };
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let written = fs::File::create(&partial)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&partial, path));
    written.map_err(|source| {
        // What is half-written is of no use; that it cannot be removed either is not the news.
        let _ = fs::remove_file(&partial);
        failed(source)
    })
}
