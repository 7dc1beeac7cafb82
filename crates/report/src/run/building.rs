//! The tables of building and capital, where the run has them.

use super::small::rows;
use crate::Error;
use base::SimTime;
use std::path::Path;
use tables::building_tables as declared;

/// A date of a milestone that became known.
#[derive(Clone, Debug)]
pub struct Dated {
    /// Key of the site.
    pub site: String,
    /// Key of the block; none for a milestone of the whole site.
    pub block: Option<String>,
    /// Which milestone.
    pub milestone: String,
    /// 0 for the first equipment.
    pub round: u64,
    /// When the date became known.
    pub known: SimTime,
    /// The date.
    pub due: SimTime,
    /// When it was reached.
    pub actual: Option<SimTime>,
}

/// A block that stood still.
#[derive(Clone, Debug)]
pub struct Wait {
    /// Key of the site.
    pub site: String,
    /// Key of the block.
    pub block: String,
    /// `money`, `systems` or `site`.
    pub want: String,
    /// From when.
    pub since: SimTime,
    /// To when.
    pub until: Option<SimTime>,
    /// What was missing.
    pub missing_usd: Option<f64>,
}

/// A site's capacity from an instant on.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// From when.
    pub time: SimTime,
    /// Key of the site.
    pub site: String,
    /// MW announced; MW of IT built and energised; MW at the meter.
    pub announced_mw: f64,
    /// See `announced_mw`.
    pub built_mw: f64,
    /// See `announced_mw`.
    pub energised_mw: f64,
    /// See `announced_mw`.
    pub facility_mw: Option<f64>,
    /// Accelerators energised.
    pub gpus: u64,
}

/// People at work at a site from an instant on.
#[derive(Clone, Debug)]
pub struct People {
    /// From when.
    pub time: SimTime,
    /// Key of the site.
    pub site: String,
    /// Who build, and who run it.
    pub construction: f64,
    /// See `construction`.
    pub permanent: f64,
}

/// A month of a tranche.
#[derive(Clone, Debug)]
pub struct TrancheMonth {
    /// Its first day.
    pub month: SimTime,
    /// Key of the partner.
    pub partner: String,
    /// Key of the tranche.
    pub tranche: String,
    /// `equity` or `debt`.
    pub instrument: String,
    /// Dollars promised, called, spent, in hand at its end.
    pub committed: f64,
    /// See `committed`.
    pub called: f64,
    /// See `committed`.
    pub spent: f64,
    /// See `committed`.
    pub in_hand: f64,
    /// Interest capitalised, paid, operating.
    pub interest: [f64; 3],
}

/// What was spent in a month on one purpose.
#[derive(Clone, Debug)]
pub struct Use {
    /// Its first day.
    pub month: SimTime,
    /// Key of the site.
    pub site: String,
    /// What for.
    pub purpose: String,
    /// Dollars.
    pub spent: f64,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Building {
    /// Every date that became known, by milestone.
    pub dated: Vec<Dated>,
    /// Every wait.
    pub waits: Vec<Wait>,
    /// Every change of capacity, by time.
    pub capacity: Vec<Capacity>,
    /// Every change of people, by time.
    pub people: Vec<People>,
    /// Every month of every tranche.
    pub months: Vec<TrancheMonth>,
    /// Every month's spending by purpose.
    pub uses: Vec<Use>,
}

pub(super) fn read(folder: &Path) -> Result<Building, Error> {
    let never = SimTime(0);
    Ok(Building {
        dated: rows(folder, &declared::milestones::TABLE, |row| {
            Ok(Dated {
                site: row.text("site")?,
                block: row.maybe_text("block")?,
                milestone: row.text("milestone")?,
                round: row.integer("round")?.unwrap_or(0),
                known: row.instant("known")?.unwrap_or(never),
                due: row.instant("due")?.unwrap_or(never),
                actual: row.instant("actual")?,
            })
        })?,
        waits: rows(folder, &declared::waits::TABLE, |row| {
            Ok(Wait {
                site: row.text("site")?,
                block: row.text("block")?,
                want: row.text("want")?,
                since: row.instant("since")?.unwrap_or(never),
                until: row.instant("until")?,
                missing_usd: row.number("missing_usd")?,
            })
        })?,
        capacity: rows(folder, &declared::capacity::TABLE, |row| {
            Ok(Capacity {
                time: row.instant("time")?.unwrap_or(never),
                site: row.text("site")?,
                announced_mw: row.number("announced_mw")?.unwrap_or(0.0),
                built_mw: row.number("built_it_mw")?.unwrap_or(0.0),
                energised_mw: row.number("energised_it_mw")?.unwrap_or(0.0),
                facility_mw: row.number("energised_facility_mw")?,
                gpus: row.integer("energised_gpus")?.unwrap_or(0),
            })
        })?,
        people: rows(folder, &declared::people::TABLE, |row| {
            Ok(People {
                time: row.instant("time")?.unwrap_or(never),
                site: row.text("site")?,
                construction: row.integer("construction")?.unwrap_or(0) as f64,
                permanent: row.integer("permanent")?.unwrap_or(0) as f64,
            })
        })?,
        months: rows(folder, &declared::capital::TABLE, |row| {
            let dollars = |column| row.number(column).map(|value| value.unwrap_or(0.0));
            Ok(TrancheMonth {
                month: row.instant("month")?.unwrap_or(never),
                partner: row.text("partner")?,
                tranche: row.text("tranche")?,
                instrument: row.text("instrument")?,
                committed: dollars("committed_usd")?,
                called: dollars("called_usd")?,
                spent: dollars("spent_usd")?,
                in_hand: dollars("in_hand_usd")?,
                interest: [
                    dollars("interest_capitalised_usd")?,
                    dollars("interest_paid_usd")?,
                    dollars("interest_operating_usd")?,
                ],
            })
        })?,
        uses: rows(folder, &declared::capital_uses::TABLE, |row| {
            Ok(Use {
                month: row.instant("month")?.unwrap_or(never),
                site: row.text("site")?,
                purpose: row.text("purpose")?,
                spent: row.number("spent_usd")?.unwrap_or(0.0),
            })
        })?,
    })
}
