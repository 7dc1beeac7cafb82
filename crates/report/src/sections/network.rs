//! Where the sites are and what each of them did.

use super::maybe;
use crate::chart::{Bubble, Chart, Map};
use crate::figure::{Block, Figure, Section, Table};
use crate::format;
use crate::run::{Run, Site};

/// The most sites that the table on the page names.
const ROWS: usize = 100;

pub(super) fn section(run: &Run) -> Option<Section> {
    let by_gpus = run.sites.iter().any(|site| site.gpus > 0);
    let size = |site: &Site| if by_gpus { site.gpus as f64 } else { site.it_mw };
    // Numbered by size: the numbers in the bubbles are the rows of the table.
    let mut sites: Vec<&Site> = run.sites.iter().collect();
    sites.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.key.cmp(&b.key)));
    let bubbles = sites
        .iter()
        .map(|site| Bubble {
            name: site.name.clone(),
            note: match by_gpus {
                true => format::plural(site.gpus, "GPU", "GPUs"),
                false => format::quantity(site.it_mw, "MW"),
            },
            longitude_deg: site.longitude_deg,
            latitude_deg: site.latitude_deg,
            size: size(site),
        })
        .collect();
    let unit = if by_gpus { "GPUs" } else { "MW" };
    let figure = Figure {
        id: "fig-map".to_string(),
        title: "Where are the sites, and how large are they?".to_string(),
        caption: format!(
            "The area of a circle shows the {} of a site once all its blocks are energised. Outlines are coarse and for \
             orientation only.",
            if by_gpus { "GPUs" } else { "IT power in MW" }
        ),
        chart: Chart::Map(Map { bubbles, unit: unit.to_string() }),
        table: table(run, &sites),
    };
    let mw: f64 = run.sites.iter().map(|site| site.it_mw).sum();
    let gpus: u64 = run.sites.iter().map(|site| site.gpus).sum();
    Some(Section {
        id: "network",
        title: "The network".to_string(),
        lead: format!(
            "{} with {} of IT power and, once all is built, {}.",
            format::plural(run.sites.len() as u64, "site", "sites"),
            format::quantity(mw, "MW"),
            format::plural(gpus, "GPU", "GPUs"),
        ),
        blocks: vec![Block::Figure(figure)],
    })
}

fn table(run: &Run, sites: &[&Site]) -> Table {
    let mut table = Table::new(&[
        "#no.",
        "site",
        "#latitude",
        "#longitude",
        "#IT power",
        "#GPUs",
        "#utilisation",
        "#jobs finished",
        "#95 % waited at most",
    ]);
    for (place, site) in sites.iter().enumerate().take(ROWS) {
        let of_site = |metric| run.results.get("site", Some(&site.key), metric);
        table.push([
            (place + 1).to_string(),
            site.name.clone(),
            format!("{:.2}°", site.latitude_deg).replace('-', "−"),
            format!("{:.2}°", site.longitude_deg).replace('-', "−"),
            format::quantity(site.it_mw, "MW"),
            format::count(site.gpus),
            maybe(of_site("utilisation"), format::share),
            maybe(of_site("jobs_finished"), |value| format::count(value as u64)),
            maybe(of_site("wait_p95_s"), format::length),
        ]);
    }
    table
}
