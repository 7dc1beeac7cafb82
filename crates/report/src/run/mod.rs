//! What the page needs to know of a run, read from its folder once, in memory that does not grow with the number of
//! jobs or hours.

mod agreements;
mod books;
mod building;
mod cells;
mod energy;
mod failures;
mod hours;
mod jobs;
mod services;
mod settlements;
mod small;
mod standing;

pub use agreements::{Allotment, Step};
pub use books::Books;
pub use building::{Building, Dated};
pub use energy::{COSTS, EnergyBin, EnergyHours, SOURCES};
pub use failures::Failure;
pub use hours::{Bin, Hours, Sample};
pub use jobs::{Jobs, class_name};
pub use services::{Asked, Services};
pub use settlements::{CommittedPeriod, Settlements, ShareTotal};
pub use small::{Block, Expectation, Figure, Results, Setting, Site, Tenant};
pub use standing::{AtWork, Standing};

use crate::Error;
use base::SimTime;
use base::digest::sha256_of;
use std::fs::File;
use std::path::{Path, PathBuf};
use tables::{Manifest, TableError};

/// A run, summed up for the page. A section that needs more opens its own tables through [`Run::folder`].
#[derive(Debug)]
pub struct Run {
    /// The results folder.
    pub folder: PathBuf,
    /// What was run.
    pub manifest: Manifest,
    /// The first instant of the run.
    pub start: SimTime,
    /// The instant that the run reached.
    pub end: SimTime,
    /// What the scenario says of itself, the policy, the horizon: name and value.
    pub settings: Vec<Setting>,
    /// The sites, in the order of their keys.
    pub sites: Vec<Site>,
    /// The blocks of all sites.
    pub blocks: Vec<Block>,
    /// The tenants, in the order of their keys.
    pub tenants: Vec<Tenant>,
    /// The results of the network, of sites and of tenants.
    pub results: Results,
    /// What was expected, and what came of it.
    pub expectations: Vec<Expectation>,
    /// Every number of the scenario with its source.
    pub figures: Vec<Figure>,
    /// The hours of the sites.
    pub hours: Hours,
    /// The jobs.
    pub jobs: Jobs,
    /// The books; none where the scenario keeps none.
    pub books: Option<Books>,
    /// Commitments and revenue shares that the books settled.
    pub settlements: Settlements,
    /// The hours of energy; `None` where no site has power.
    pub energy: Option<EnergyHours>,
    /// What failed, by key; empty where nothing can fail, or nothing did.
    pub failures: Vec<Failure>,
    /// What was built and paid; only where the scenario builds or pays anything.
    pub building: Option<Building>,
    /// Power and accelerators at work, site by site.
    pub standing: Standing,
    /// What was served to users; `None` where the run has no services.
    pub services: Option<Services>,
    /// What happened under agreements and to offers, in order; empty where the scenario has neither.
    pub agreements: Vec<Step>,
    /// Power that offers have bound.
    pub allotments: Vec<Allotment>,
}

impl Run {
    /// Reads a results folder.
    ///
    /// # Errors
    /// [`Error::Table`] if the folder is not the results of a run, or a table is missing; [`Error::Changed`] if a table
    /// is not the one that the manifest names; [`Error::Manifest`] if the manifest gives no readable horizon.
    pub fn read(folder: &Path) -> Result<Run, Error> {
        let manifest = Manifest::read(folder)?;
        let instant =
            |text: &str| SimTime::parse(text).ok_or_else(|| Error::Manifest { text: text.to_string() });
        let start = instant(&manifest.start)?;
        let end = instant(manifest.stopped_at.as_deref().unwrap_or(&manifest.end))?.max(start);
        check_tables(folder, &manifest, &READ)?;
        let sites = small::sites(folder)?;
        let tenants = small::tenants(folder)?;
        let figures = small::figures(folder)?;
        let hours = Hours::read(folder, &sites, start, end)?;
        let failures = match can_fail(&figures) {
            // By far the largest table: it is read only where there is something to find in it.
            true => {
                check_tables(folder, &manifest, &[&tables::events::TABLE])?;
                failures::read(folder, &hours.bins)?
            }
            false => Vec::new(),
        };
        let has_books = tables::export::has_books(folder)?;
        if has_books {
            check_tables(folder, &manifest, &[&tables::statements::TABLE])?;
        }
        let settled: Vec<&tables::Table> =
            settlements::TABLES.into_iter().filter(|table| manifest.has(table)).collect();
        check_tables(folder, &manifest, &settled)?;
        let building = match manifest.has(&tables::building_tables::milestones::TABLE) {
            true => {
                check_tables(folder, &manifest, &tables::building_tables::TABLES)?;
                Some(building::read(folder)?)
            }
            false => None,
        };
        let energy = match manifest.has(&tables::energy_hours::TABLE) {
            true => {
                check_tables(folder, &manifest, &[&tables::energy_hours::TABLE])?;
                Some(EnergyHours::read(folder, &hours.bins, &sites)?)
            }
            false => None,
        };
        let services = match manifest.has(&tables::service_hours::TABLE) {
            true => {
                check_tables(
                    folder,
                    &manifest,
                    &[&tables::service_hours::TABLE, &tables::replica_hours::TABLE],
                )?;
                Some(services::read(folder, &hours.bins)?)
            }
            false => None,
        };
        let (agreements, allotments) = match manifest.has(&tables::agreements::TABLE) {
            true => {
                check_tables(folder, &manifest, &[&tables::agreements::TABLE, &tables::allotments::TABLE])?;
                agreements::read(folder)?
            }
            false => (Vec::new(), Vec::new()),
        };
        let blocks = small::blocks(folder)?;
        Ok(Run {
            standing: Standing::of(&sites, &blocks, building.as_ref()),
            building,
            services,
            agreements,
            allotments,
            books: has_books.then(|| books::read(folder)).transpose()?,
            settlements: settlements::read(folder, &manifest)?,
            energy,
            settings: small::settings(folder)?,
            blocks,
            results: small::results(folder)?,
            expectations: small::expectations(folder)?,
            figures,
            hours,
            failures,
            jobs: Jobs::read(folder)?,
            folder: folder.to_path_buf(),
            manifest,
            start,
            end,
            sites,
            tenants,
        })
    }

    /// The value of a setting of the scenario.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.as_str())
    }

    /// A result of the whole network.
    pub fn result(&self, metric: &str) -> Option<f64> {
        self.results.get("network", None, metric)
    }

    /// Whether the scenario says of anything that it fails.
    pub fn can_fail(&self) -> bool {
        can_fail(&self.figures)
    }

    /// The length of the run in hours.
    pub fn hours_long(&self) -> f64 {
        (self.end - self.start).hours()
    }
}

fn can_fail(figures: &[Figure]) -> bool {
    figures.iter().any(|figure| figure.path.starts_with("failure."))
}

/// The tables that are read here.
const READ: [&tables::Table; 9] = [
    &tables::jobs::TABLE,
    &tables::site_hours::TABLE,
    &tables::summary_table::TABLE,
    &tables::sites::TABLE,
    &tables::blocks::TABLE,
    &tables::tenants::TABLE,
    &tables::figures::TABLE,
    &tables::expectations::TABLE,
    &tables::settings::TABLE,
];

/// Refuses tables that are not those of the manifest. The page shows their digests, so they had better be right; and a
/// damaged file is found here, in words, and not as a wrong number or deep inside the library that reads Parquet.
fn check_tables(folder: &Path, manifest: &Manifest, tables: &[&tables::Table]) -> Result<(), Error> {
    for table in tables {
        let file = table.parquet_name();
        let changed = |reason| Error::Changed { file: file.clone(), reason };
        let output = manifest.outputs.iter().find(|output| output.name == file);
        let output = output.ok_or_else(|| changed("`manifest.json` names no such file"))?;
        let unreadable = |source| TableError::Io { action: "read", path: folder.join(&file), source };
        let digest = File::open(folder.join(&file)).and_then(sha256_of).map_err(unreadable)?;
        if digest != output.sha256 {
            return Err(changed("its SHA-256 is not that of `manifest.json`"));
        }
    }
    Ok(())
}
