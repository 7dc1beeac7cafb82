//! What the facts of building and capital add up to: dates, capacity, people.

mod metrics;
mod money;
mod rows;

pub(crate) use metrics::{Builds, METRICS};
pub(crate) use rows::write;

use crate::error::TableError;
use base::id::{BlockId, SiteId};
use base::{Money, SimTime};
use money::Capital;
use scenario::World;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use twin::fact::{BuildFact, DateFrom};

/// A milestone of a site, or of one of its blocks.
pub(crate) type Mark = (u32, Option<u32>, usize, u32);

/// A date that became known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Dated {
    mark: Mark,
    known: SimTime,
    due: SimTime,
    from: DateFrom,
}

/// A block that stood still.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Waited {
    site: u32,
    block: u32,
    milestone: usize,
    want: buildout::Want,
    since: SimTime,
    until: Option<SimTime>,
    missing: Option<Money>,
}

/// What stands in a block.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Standing {
    site: u32,
    it_mw: f64,
    /// Systems of each equipment.
    totals: Vec<u32>,
    round: usize,
    built: bool,
    delivered: u32,
    energised: u32,
    /// Accelerators of the systems that work.
    gpus: u64,
    /// All of a block without systems.
    whole: bool,
}

impl Standing {
    fn energised_mw(&self) -> f64 {
        match self.totals.get(self.round) {
            Some(0) | None => {
                if self.whole {
                    self.it_mw
                } else {
                    0.0
                }
            }
            Some(&total) => self.it_mw * f64::from(self.energised) / f64::from(total),
        }
    }
}

/// What a site has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Capacity {
    /// MW of the blocks whose shell stands.
    pub(crate) built_mw: f64,
    /// MW of the systems that work.
    pub(crate) energised_mw: f64,
    pub(crate) delivered: u64,
    pub(crate) energised: u64,
    /// Accelerators of the systems that work.
    pub(crate) gpus: u64,
}

/// What the facts of building add up to so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Building {
    dated: Vec<Dated>,
    reached: BTreeMap<Mark, SimTime>,
    promised: BTreeMap<Mark, SimTime>,
    waits: Vec<Waited>,
    blocks: Vec<Standing>,
    /// Accelerators of a system, by product.
    gpus_each: Vec<u64>,
    /// By site and instant, the last state of the instant.
    changes: Vec<(SimTime, u32, Capacity)>,
    people: Vec<(SimTime, u32, u32, u32)>,
    capital: Capital,
}

impl Building {
    /// Nothing yet; `None` where the scenario builds and pays nothing.
    pub(crate) fn new(world: &World) -> Option<Building> {
        let plan = world.buildout.as_ref()?;
        let standing = |block: &buildout::plan::BlockPlan| Standing {
            site: block.site.0,
            it_mw: block.it_power.mw(),
            totals: std::iter::once(&block.equipment)
                .chain(block.reequip.iter().map(|later| &later.equipment))
                .map(|equipment| equipment.iter().map(|(_, count)| count).sum())
                .collect(),
            ..Standing::default()
        };
        Some(Building {
            dated: Vec::new(),
            reached: BTreeMap::new(),
            promised: BTreeMap::new(),
            waits: Vec::new(),
            blocks: plan.blocks.iter().map(standing).collect(),
            gpus_each: world.systems.iter().map(gpus_of).collect(),
            changes: Vec::new(),
            people: Vec::new(),
            capital: Capital::new(plan),
        })
    }

    /// Whether these are sums of such a world.
    pub(crate) fn fit(&self, world: &World) -> bool {
        world.buildout.as_ref().is_some_and(|plan| plan.blocks.len() == self.blocks.len())
    }

    /// Adds a fact of building.
    pub(crate) fn add(&mut self, now: SimTime, fact: &BuildFact) -> Result<(), TableError> {
        match fact {
            BuildFact::Forecast { site, block, milestone, round, due, known, from } => {
                let mark = (site.0, block.map(|block| block.0), milestone.index(), *round);
                self.promised.entry(mark).or_insert(*due);
                self.dated.push(Dated { mark, known: *known, due: *due, from: *from });
            }
            BuildFact::Reached { site, block, milestone, round, at, promised } => {
                let mark = (site.0, block.map(|block| block.0), milestone.index(), *round);
                self.promised.entry(mark).or_insert(*promised);
                self.reached.insert(mark, *at);
                if let Some(block) = block {
                    self.block_reaches(now, *block, *milestone)?;
                }
            }
            BuildFact::Waits { site, block, milestone, want } => self.waits.push(Waited {
                site: site.0,
                block: block.0,
                milestone: milestone.index(),
                want: *want,
                since: now,
                until: None,
                missing: None,
            }),
            BuildFact::GoesOn { block, .. } => {
                if let Some(wait) = self.open_wait(*block) {
                    wait.until = Some(now);
                }
            }
            BuildFact::Delivered { block, count, .. } => {
                self.standing(*block)?.delivered += count;
                self.changed(now, *block)?;
            }
            BuildFact::Energised { block, system, count, .. } => {
                let each = self.gpus_each.get(system.index()).copied().unwrap_or(0);
                let standing = self.standing(*block)?;
                standing.energised += count;
                standing.gpus += each * u64::from(*count);
                if standing.energised > standing.delivered {
                    return Err(wrong(*block, "more systems work than were delivered"));
                }
                self.changed(now, *block)?;
            }
            BuildFact::Retired { block, count, gpus, .. } => {
                let standing = self.standing(*block)?;
                let left = standing.energised.checked_sub(*count).zip(standing.delivered.checked_sub(*count));
                let Some((energised, delivered)) = left else {
                    return Err(wrong(*block, "more systems are retired than stand"));
                };
                standing.gpus = standing.gpus.saturating_sub(u64::from(*gpus));
                (standing.energised, standing.delivered) = (energised, delivered);
                standing.round += usize::from(delivered == 0);
                self.changed(now, *block)?;
            }
            BuildFact::People { site, construction, permanent } => {
                self.people.push((now, site.0, *construction, *permanent));
            }
        }
        Ok(())
    }

    /// Adds a fact of capital.
    pub(crate) fn add_capital(
        &mut self,
        now: SimTime,
        fact: &twin::fact::CapitalFact,
    ) -> Result<(), TableError> {
        if let twin::fact::CapitalFact::Short { block, missing, .. } = fact
            && let Some(wait) = self.open_wait(*block)
        {
            wait.missing = Some(*missing);
        }
        self.capital.add(now, fact)
    }

    fn open_wait(&mut self, block: BlockId) -> Option<&mut Waited> {
        self.waits.iter_mut().rev().find(|wait| wait.block == block.0 && wait.until.is_none())
    }

    fn standing(&mut self, block: BlockId) -> Result<&mut Standing, TableError> {
        let known = self.blocks.len();
        self.blocks
            .get_mut(block.index())
            .ok_or_else(|| TableError::Unbalanced(format!("a fact names block {} of {known}", block.0)))
    }

    fn block_reaches(
        &mut self,
        now: SimTime,
        block: BlockId,
        milestone: buildout::Milestone,
    ) -> Result<(), TableError> {
        let standing = self.standing(block)?;
        // A block of which nothing is said before its power, or its systems, is built by then.
        standing.built |= milestone >= buildout::Milestone::Shell;
        standing.whole |= milestone == buildout::Milestone::Energised;
        self.changed(now, block)
    }

    /// The site's capacity has changed.
    fn changed(&mut self, now: SimTime, block: BlockId) -> Result<(), TableError> {
        let site = self.standing(block)?.site;
        let capacity = self.capacity(SiteId(site));
        match self
            .changes
            .iter_mut()
            .rev()
            .take_while(|(time, ..)| *time == now)
            .find(|(_, own, _)| *own == site)
        {
            Some((.., known)) => *known = capacity,
            None => self.changes.push((now, site, capacity)),
        }
        Ok(())
    }

    /// What a site has now.
    pub(crate) fn capacity(&self, site: SiteId) -> Capacity {
        let mut all = Capacity::default();
        for block in self.blocks.iter().filter(|block| block.site == site.0) {
            all.built_mw += if block.built { block.it_mw } else { 0.0 };
            all.energised_mw += block.energised_mw();
            all.delivered += u64::from(block.delivered);
            all.energised += u64::from(block.energised);
            all.gpus += block.gpus;
        }
        all
    }

    /// When the last of the first systems of a block worked.
    pub(crate) fn energised_in_full(&self, site: SiteId, block: BlockId) -> Option<SimTime> {
        let mark = (site.0, Some(block.0), buildout::Milestone::Energised.index(), 0);
        self.reached.get(&mark).copied()
    }

    /// Building stopped for want of money at the end of the run: since when, and of how much.
    pub(crate) fn shortfall(&self) -> Option<(SimTime, Money)> {
        self.capital.stopped.map(|(since, _, missing)| (since, missing))
    }
}

/// Accelerators of a system.
fn gpus_of(system: &scenario::world::System) -> u64 {
    u64::from(system.nodes) * u64::from(system.accelerators_per_node)
}

fn wrong(block: BlockId, what: &str) -> TableError {
    TableError::Unbalanced(format!("block {}: {what}", block.0))
}
