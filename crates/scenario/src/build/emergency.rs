//! Emergencies of a grid: the load that must go is shared out over the sites, as their contracts for power say.

use super::find;
use crate::context::Cx;
use crate::keys::EmergencyText;
use crate::rules;
use crate::scalar::plain;
use crate::world::Site;
use crate::world::agreements::{Agreement, Terms};
use crate::world::energy::{Curtailment, Energy, SitePower};
use base::id::SiteId;
use base::{SimTime, Span};

/// Gives each site of each emergency a time in which the grid gives it less.
pub fn share(
    rows: &[EmergencyText],
    agreements: &[Agreement],
    sites: &[Site],
    run: (SimTime, SimTime),
    energy: Option<&mut Energy>,
    cx: &mut Cx<'_>,
) {
    let Some(energy) = energy else {
        if let (Some(row), true) = (rows.first(), cx.complete) {
            let message = "an emergency of a grid, and no site draws from one".to_string();
            cx.error(row.mark, rules::NO_SHED, message, "add `[site.NAME.power]` with its `grid`");
        }
        return;
    };
    for row in rows {
        emergency(row, agreements, sites, run, energy, cx);
    }
    for site in &mut energy.sites {
        site.events.sort_by_key(|event| event.start);
    }
}

fn emergency(
    row: &EmergencyText,
    agreements: &[Agreement],
    sites: &[Site],
    (start, end): (SimTime, SimTime),
    energy: &mut Energy,
    cx: &mut Cx<'_>,
) {
    let named = row.sites.0.as_ref().map(|list| {
        let keys = || sites.iter().map(|site| site.key.as_str());
        let found = list.value.iter().filter_map(|name| find(cx, name, "site", keys()));
        found.map(SiteId::new).collect::<Vec<_>>()
    });
    let (Some(begin), Some(length), Some(shed)) = (&row.start, &row.length, &row.shed_mw) else { return };
    if begin.value >= end || begin.value.saturating_add(length.value) <= start {
        let message = format!("an emergency from {} on, outside of the run", begin.value);
        cx.warn(begin.mark, rules::EVENT_OUTSIDE, message, format!("the run lasts from {start} to {end}"));
    }
    let on_it = |site: &SitePower| named.as_ref().is_none_or(|named| named.contains(&site.site));
    // Place among the sites with power, what the grid gives, and whether it goes first.
    let drawing: Vec<(usize, f64, bool)> = (energy.sites.iter().enumerate())
        .filter(|(_, site)| on_it(site))
        .map(|(at, site)| (at, grid_mw(site, begin.value), sheds_first(agreements, site.site, begin.value)))
        .filter(|(_, mw, _)| *mw > 0.0)
        .collect();
    let all: f64 = drawing.iter().map(|(_, mw, _)| mw).sum();
    if shed.value > all {
        let message =
            format!("{} MW are to be shed, and the grid gives {} MW", plain(shed.value), plain(all));
        let hint = match drawing.is_empty() {
            true => "name sites that draw from a grid at that time".to_string(),
            false => format!("write at most `shed_mw = {}`, or name more sites", plain(all)),
        };
        cx.error(shed.mark, rules::NO_SHED, message, hint);
        return;
    }
    let notice = row.notice.as_ref().map_or(Span::ZERO, |notice| notice.value);
    let mut left = shed.value;
    for first in [true, false] {
        let these: f64 = drawing.iter().filter(|of| of.2 == first).map(|of| of.1).sum();
        // Of equal shares of what the grid gives, the share is the same.
        let share = if these > 0.0 { (left / these).min(1.0) } else { 0.0 };
        if share > 0.0 {
            for &(at, ..) in drawing.iter().filter(|of| of.2 == first) {
                let event = Curtailment { start: begin.value, length: length.value, share, notice };
                energy.sites[at].events.push(event);
            }
        }
        left = (left - these).max(0.0);
    }
}

/// What the grid gives a site at an instant.
fn grid_mw(site: &SitePower, at: SimTime) -> f64 {
    site.grid.iter().rfind(|tranche| tranche.from <= at).map_or(0.0, |tranche| tranche.limit.mw())
}

/// Whether a contract for power of the site says that its load goes before others.
fn sheds_first(agreements: &[Agreement], site: SiteId, at: SimTime) -> bool {
    agreements.iter().any(|agreement| {
        let terms = agreement.in_force(at).and_then(|version| version.terms.as_ref());
        matches!(terms, Some(Terms::PowerContract(of)) if of.site == site && of.terms.shed_first && of.from <= at)
    })
}
