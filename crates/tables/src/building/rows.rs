//! The tables of building and capital, written at the end of a run.

use super::{Building, Capacity};
use crate::column::Table;
use crate::declared::building::{capacity, capital, capital_uses, milestones, people, waits};
use crate::error::TableError;
use crate::small::SmallTables;
use crate::writer::integer;
use base::{Month, SimTime};
use buildout::{Instrument, Milestone, Purpose, Want};
use scenario::World;

/// Writes them; says how many rows each has.
pub(crate) fn write(
    building: &Building,
    world: &World,
    tables: &SmallTables<'_>,
) -> Result<Vec<(&'static Table, u64)>, TableError> {
    Ok(vec![
        (&milestones::TABLE, tables.write(milestone_rows(building, world))?),
        (&waits::TABLE, tables.write(wait_rows(building, world))?),
        (&capacity::TABLE, tables.write(capacity_rows(building, world))?),
        (&people::TABLE, tables.write(people_rows(building, world))?),
        (&capital::TABLE, tables.write(capital_rows(building, world))?),
        (&capital_uses::TABLE, tables.write(use_rows(building, world))?),
    ])
}

fn site(world: &World, site: u32) -> String {
    world.sites.get(site as usize).map_or_else(String::new, |site| site.key.clone())
}

fn block(world: &World, block: u32) -> String {
    world.blocks.get(block as usize).map_or_else(String::new, |block| block.key.clone())
}

fn usd(micro: i64) -> f64 {
    base::Money(micro).usd()
}

fn milestone_rows(building: &Building, world: &World) -> milestones::Pending {
    let mut rows = milestones::Pending::default();
    let mut dated = building.dated.clone();
    dated.sort_by_key(|dated| (dated.mark, dated.known));
    for dated in dated {
        let (own, of, milestone, round) = dated.mark;
        rows.push(milestones::Row {
            site: site(world, own),
            block: of.map(|of| block(world, of)),
            milestone: Milestone::NAMES[milestone].to_owned(),
            round: round.into(),
            known: dated.known,
            due: dated.due,
            origin: dated.from.name().to_owned(),
            actual: building.reached.get(&dated.mark).copied(),
        });
    }
    rows
}

fn wait_rows(building: &Building, world: &World) -> waits::Pending {
    let mut rows = waits::Pending::default();
    // What stood still for no time is no wait.
    for wait in building.waits.iter().filter(|wait| wait.until != Some(wait.since)) {
        rows.push(waits::Row {
            site: site(world, wait.site),
            block: block(world, wait.block),
            milestone: Milestone::NAMES[wait.milestone].to_owned(),
            want: match wait.want {
                Want::Money => "money",
                Want::Systems => "systems",
                Want::Site => "site",
            }
            .to_owned(),
            since: wait.since,
            until: wait.until,
            missing_usd: wait.missing.map(base::Money::usd),
        });
    }
    rows
}

/// The changes of a site's capacity and of what was announced of it, by time.
fn capacity_rows(building: &Building, world: &World) -> capacity::Pending {
    let mut all: Vec<(SimTime, u32, Option<Capacity>)> =
        building.changes.iter().map(|&(time, site, capacity)| (time, site, Some(capacity))).collect();
    for (at, site) in world.sites.iter().enumerate() {
        if let Some((_, when)) = site.announced.filter(|(_, when)| *when < world.end) {
            all.push((when.max(world.start), at as u32, None));
        }
    }
    all.sort_by_key(|&(time, site, capacity)| (time, site, capacity.is_some()));
    let mut now = vec![Capacity::default(); world.sites.len()];
    let mut rows = capacity::Pending::default();
    for (at, &(time, own, change)) in all.iter().enumerate() {
        let Some(state) = now.get_mut(own as usize) else { continue };
        *state = change.unwrap_or(*state);
        if all.get(at + 1).is_some_and(|next| (next.0, next.1) == (time, own)) {
            continue;
        }
        let place = &world.sites[own as usize];
        let it_mw: f64 = place.block_ids().map(|id| world.blocks[id.index()].it_power.mw()).sum();
        let announced = place.announced.filter(|(_, when)| *when <= time);
        rows.push(capacity::Row {
            time,
            site: place.key.clone(),
            announced_mw: announced.map_or(0.0, |(power, _)| power.mw()),
            built_it_mw: state.built_mw,
            energised_it_mw: state.energised_mw,
            energised_facility_mw: place.facility_power.map(|power| state.energised_mw * power.mw() / it_mw),
            systems_delivered: integer(state.delivered),
            systems_energised: integer(state.energised),
            energised_gpus: integer(state.gpus),
        });
    }
    rows
}

fn people_rows(building: &Building, world: &World) -> people::Pending {
    let mut rows = people::Pending::default();
    for &(time, own, construction, permanent) in &building.people {
        let (construction, permanent) = (construction.into(), permanent.into());
        rows.push(people::Row { time, site: site(world, own), construction, permanent });
    }
    rows
}

/// Every month of the run for every tranche, whether anything happened or not.
fn capital_rows(building: &Building, world: &World) -> capital::Pending {
    let mut rows = capital::Pending::default();
    let tranches = world.buildout.iter().flat_map(|plan| &plan.capital).flat_map(|capital| &capital.tranches);
    let tranches: Vec<_> = tranches.collect();
    let mut hand = vec![0_i64; tranches.len()];
    let mut month = Month::of(world.start);
    while !tranches.is_empty() && month.start() < world.end {
        for (at, tranche) in tranches.iter().enumerate() {
            let sums = building.capital.months.get(&(month, at as u32)).copied().unwrap_or_default();
            hand[at] += sums.called - sums.spent;
            let purse = &building.capital.purses[at];
            let end = month.next().start().min(world.end);
            let open =
                purse.opened.is_some_and(|when| when < end) && purse.lapsed.is_none_or(|when| when >= end);
            rows.push(capital::Row {
                month: month.start(),
                partner: partner(world, tranche.partner.index()),
                tranche: tranche.key.clone(),
                instrument: match tranche.instrument {
                    Instrument::Equity => "equity",
                    Instrument::Debt => "debt",
                }
                .to_owned(),
                committed_usd: usd(purse.committed),
                open: open.into(),
                called_usd: usd(sums.called),
                spent_usd: usd(sums.spent),
                in_hand_usd: usd(hand[at]),
                interest_capitalised_usd: usd(sums.capitalised),
                interest_paid_usd: usd(sums.paid),
                interest_operating_usd: usd(sums.operating),
            });
        }
        month = month.next();
    }
    rows
}

fn partner(world: &World, at: usize) -> String {
    world.partners.get(at).map_or_else(String::new, |partner| partner.key.clone())
}

fn use_rows(building: &Building, world: &World) -> capital_uses::Pending {
    let mut rows = capital_uses::Pending::default();
    let capital = world.buildout.as_ref().and_then(|plan| plan.capital.as_ref());
    for (&(month, tranche, own, purpose), &spent) in &building.capital.uses {
        let Some(tranche) = capital.and_then(|capital| capital.tranches.get(tranche as usize)) else {
            continue;
        };
        rows.push(capital_uses::Row {
            month: month.start(),
            partner: partner(world, tranche.partner.index()),
            tranche: tranche.key.clone(),
            site: site(world, own),
            purpose: Purpose::NAMES[purpose].to_owned(),
            spent_usd: usd(spent),
        });
    }
    rows
}
