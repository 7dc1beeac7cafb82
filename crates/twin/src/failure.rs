//! Equipment fails and is repaired.
//!
//! Each way of failing is, at each site, one Poisson process over all its units: after an exponential amount of hazard a
//! unit is drawn. When units are added the hazard that is left stays and runs off faster, so that a block more at a site
//! does not draw the earlier failures anew. A failure of a unit that is down already happens to nobody.

use crate::cluster::Cluster;
use base::id::{BlockId, FailureId, SiteId, SystemId};
use base::{Draws, SimTime, Span, Stream};
use kernel::Ticket;
use scenario::World;
use scenario::world::{Failure, FailureScope};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Equal nodes that were energised together.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// The block that they stand in.
    pub block: BlockId,
    /// The product.
    pub system: SystemId,
    /// Index of the first node.
    pub first: u32,
    /// How many nodes.
    pub nodes: u32,
    /// Accelerators of each.
    pub gpus: u32,
    /// Nodes of each scale-up domain; the last may have fewer.
    pub domain_nodes: u32,
    /// Taken out for good: it fails no more.
    pub retired: bool,
}

impl Batch {
    fn units(&self, failure: &Failure) -> u64 {
        match failure.scope {
            FailureScope::Accelerator => u64::from(self.nodes) * u64::from(self.gpus),
            FailureScope::Node => u64::from(self.nodes),
            FailureScope::Domain => u64::from(self.nodes.div_ceil(self.domain_nodes)),
            FailureScope::Group => u64::from(self.nodes.div_ceil(failure.group_nodes.max(1))),
            FailureScope::Block | FailureScope::Site => 0,
        }
    }

    fn nodes_of(&self, failure: &Failure, unit: u64) -> Range<u32> {
        let one = |node: u32| self.first + node..self.first + node + 1;
        let several = |each: u32| {
            let from = unit as u32 * each;
            self.first + from..self.first + from.saturating_add(each).min(self.nodes)
        };
        match failure.scope {
            FailureScope::Accelerator => one((unit / u64::from(self.gpus.max(1))) as u32),
            FailureScope::Node | FailureScope::Block | FailureScope::Site => one(unit as u32),
            FailureScope::Domain => several(self.domain_nodes),
            FailureScope::Group => several(failure.group_nodes.max(1)),
        }
    }
}

/// One way of failing at one site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hazard {
    /// Which way.
    pub failure: FailureId,
    /// Where.
    pub site: SiteId,
    stream: Stream,
    /// Index of the next failure's draws.
    next: u64,
    /// Hazard until the next failure, in units of its mean.
    left: f64,
    /// Counted off up to here, at this rate (failures a nanosecond).
    since: SimTime,
    rate: f64,
    ticket: Option<Ticket>,
}

/// A failure that has come.
pub struct Strike {
    /// The nodes that it hits.
    pub nodes: Range<u32>,
    /// How long they stay down.
    pub repair: Span,
}

impl Hazard {
    fn new(world: &World, failure: usize, site: usize) -> Hazard {
        let name = format!("site/{}/failure/{}", world.sites[site].key, world.failures[failure].key);
        let stream = Stream::new(world.seed, &name);
        let left = stream.at(0).exponential();
        let (failure, site) = (FailureId::new(failure), SiteId::new(site));
        Hazard { failure, site, stream, next: 0, left, since: world.start, rate: 0.0, ticket: None }
    }

    /// Brings it up to `now`, for this many units from now on. Returns the event to cancel and when the next is due.
    pub fn rate(&mut self, now: SimTime, units: u64, failure: &Failure) -> (Option<Ticket>, Option<SimTime>) {
        self.left = (self.left - self.rate * (now - self.since).0 as f64).max(0.0);
        self.since = now;
        self.rate = units as f64 / failure.mean_time_between.0 as f64;
        (self.ticket.take(), self.due())
    }

    /// The event of the next failure.
    pub fn scheduled(&mut self, ticket: Ticket) {
        self.ticket = Some(ticket);
    }

    /// It has come: what it hits, and when the next is due.
    pub fn strike(
        &mut self,
        now: SimTime,
        site: &Fleet,
        failure: &Failure,
        nodes: u32,
    ) -> (Option<Strike>, Option<SimTime>) {
        let mut draws = self.stream.at(self.next);
        draws.exponential();
        let struck = site
            .draw(failure, &mut draws, nodes)
            .map(|nodes| Strike { nodes, repair: repair(failure, &mut draws) });
        self.next += 1;
        self.left = self.stream.at(self.next).exponential();
        self.since = now;
        self.ticket = None;
        (struck, self.due())
    }

    fn due(&self) -> Option<SimTime> {
        let wait = self.left / self.rate;
        (wait < i64::MAX as f64).then(|| self.since.saturating_add(Span(wait as i64)))
    }
}

/// How long the repair takes, to the nanosecond.
fn repair(failure: &Failure, draws: &mut Draws) -> Span {
    let seconds = failure.repair.seconds() * draws.lognormal(0.0, failure.repair_sigma);
    Span::from_seconds_f64(seconds).unwrap_or(Span::FOREVER)
}

/// What stands at a site, by batch.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fleet(Vec<Batch>);

impl Fleet {
    /// A batch was energised.
    pub fn add(&mut self, batch: Batch) {
        self.0.push(batch);
    }

    /// The batch that begins with this node was taken out.
    pub fn retire(&mut self, first: u32) {
        if let Some(batch) = self.0.iter_mut().find(|batch| batch.first == first) {
            batch.retired = true;
        }
    }

    /// How many units can fail in this way.
    pub fn units(&self, failure: &Failure) -> u64 {
        if failure.scope == FailureScope::Site {
            return u64::from(!self.0.is_empty());
        }
        if failure.scope == FailureScope::Block {
            return self.blocks(failure).len() as u64;
        }
        self.matching(failure).map(|batch| batch.units(failure)).sum()
    }

    fn matching<'a>(&'a self, failure: &'a Failure) -> impl Iterator<Item = &'a Batch> {
        self.0.iter().filter(|batch| !batch.retired && failure.may_strike(batch.system))
    }

    /// The nodes of each block that holds one of the systems that fail, in the order in which they were energised. Systems
    /// that came to a block later, beside those of another, are a part of the plant of their own.
    fn blocks(&self, failure: &Failure) -> Vec<Range<u32>> {
        let mut blocks: Vec<(BlockId, Range<u32>)> = Vec::new();
        for batch in self.matching(failure) {
            let end = batch.first + batch.nodes;
            match blocks.iter_mut().rfind(|(block, _)| *block == batch.block) {
                Some((_, nodes)) if nodes.end == batch.first => nodes.end = end,
                _ => blocks.push((batch.block, batch.first..end)),
            }
        }
        blocks.into_iter().map(|(_, nodes)| nodes).collect()
    }

    /// The nodes of a unit drawn at random; `nodes` is how many the site has.
    fn draw(&self, failure: &Failure, draws: &mut Draws, nodes: u32) -> Option<Range<u32>> {
        let mut unit = draws.below(self.units(failure));
        if failure.scope == FailureScope::Site {
            return Some(0..nodes);
        }
        if failure.scope == FailureScope::Block {
            return self.blocks(failure).into_iter().nth(unit as usize);
        }
        for batch in self.matching(failure) {
            match batch.units(failure) {
                units if unit < units => return Some(batch.nodes_of(failure, unit)),
                units => unit -= units,
            }
        }
        None
    }
}

/// Every way of failing at every site.
pub fn hazards(world: &World) -> Vec<Hazard> {
    let sites = 0..world.sites.len();
    sites
        .flat_map(|site| (0..world.failures.len()).map(move |failure| Hazard::new(world, failure, site)))
        .collect()
}

/// What some nodes are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Part {
    nodes: u64,
    gpus: u64,
    domains: u64,
}

/// What a job runs on.
pub struct Census {
    /// By product.
    parts: Vec<(SystemId, Part)>,
    /// Its nodes, batch by batch; only where groups or blocks can fail.
    pieces: Vec<(Batch, Range<u32>)>,
}

impl Census {
    /// Groups of so many neighbours that the job has nodes in.
    fn groups(&self, failure: &Failure) -> u64 {
        let each = failure.group_nodes.max(1);
        let (mut count, mut last) = (0, None);
        for (batch, nodes) in self.pieces.iter().filter(|(batch, _)| failure.may_strike(batch.system)) {
            let group = |node: u32| (batch.first, (node - batch.first) / each);
            let (first, end) = (group(nodes.start), group(nodes.end - 1));
            count += u64::from(end.1 - first.1) + u64::from(last != Some(first));
            last = Some(end);
        }
        count
    }

    /// Blocks that the job has nodes in.
    fn blocks(&self, failure: &Failure) -> u64 {
        let hit = self.pieces.iter().filter(|(batch, _)| failure.may_strike(batch.system));
        let mut blocks: Vec<BlockId> = hit.map(|(batch, _)| batch.block).collect();
        blocks.sort_unstable();
        blocks.dedup();
        blocks.len() as u64
    }
}

/// How often what a job runs on interrupts it: failures a nanosecond over all its accelerators, nodes, domains, groups and
/// blocks.
pub fn interruptions(failures: &[Failure], census: &Census) -> f64 {
    let rate = |failure: &Failure| {
        let parts = census.parts.iter().filter(|(system, _)| failure.may_strike(*system));
        let parts = parts.map(|(_, part)| part);
        let units: u64 = match failure.scope {
            FailureScope::Accelerator => parts.map(|part| part.gpus).sum(),
            FailureScope::Node => parts.map(|part| part.nodes).sum(),
            FailureScope::Domain => parts.map(|part| part.domains).sum(),
            FailureScope::Group => census.groups(failure),
            FailureScope::Block => census.blocks(failure),
            FailureScope::Site => 1,
        };
        units as f64 / failure.mean_time_between.0 as f64
    };
    failures.iter().map(rate).sum()
}

/// The work between checkpoints that loses the least: Daly, "A higher order estimate of the optimum checkpoint interval
/// for restart dumps" (FGCS 22, 2006), equation 37; its first term is Young's (CACM 17(9), 1974). `mean` is the mean
/// time between interruptions.
pub fn optimal_interval(write: Span, mean: f64) -> Span {
    let write = write.0 as f64;
    if write >= 2.0 * mean {
        return Span(mean as i64);
    }
    let ratio = write / (2.0 * mean);
    let best = libm::sqrt(2.0 * write * mean) * (1.0 + libm::sqrt(ratio) / 3.0 + ratio / 9.0) - write;
    Span(best.clamp(1.0, i64::MAX as f64 / 2.0) as i64)
}

impl Fleet {
    /// What the nodes of these runs, ascending and distinct, are made of.
    pub fn census(&self, cluster: &Cluster, runs: &[Range<u32>], failures: &[Failure]) -> Census {
        let of_pieces =
            |failure: &Failure| matches!(failure.scope, FailureScope::Group | FailureScope::Block);
        let by_piece = failures.iter().any(of_pieces);
        let (mut parts, mut pieces): (Vec<(SystemId, Part)>, Vec<_>) = (Vec::new(), Vec::new());
        let (mut at, mut last) = (0, None);
        for run in runs {
            let mut from = run.start;
            while from < run.end {
                while self.0[at].first + self.0[at].nodes <= from {
                    at += 1;
                }
                let batch = &self.0[at];
                let run = from..run.end.min(batch.first + batch.nodes);
                let index = parts.iter().position(|(known, _)| *known == batch.system).unwrap_or_else(|| {
                    parts.push((batch.system, Part::default()));
                    parts.len() - 1
                });
                let (part, nodes) = (&mut parts[index].1, u64::from(run.end - run.start));
                part.nodes += nodes;
                part.gpus += nodes * u64::from(batch.gpus);
                part.domains += u64::from(cluster.domains_of(&run, &mut last));
                if by_piece {
                    pieces.push((*batch, run.clone()));
                }
                from = run.end;
            }
        }
        Census { parts, pieces }
    }
}

impl Fleet {
    /// The product of a node.
    pub fn system(&self, node: u32) -> Option<SystemId> {
        self.stretch(node).map(|(system, _)| system)
    }

    /// The product of a node, and the nodes around it that came with it.
    pub fn stretch(&self, node: u32) -> Option<(SystemId, Range<u32>)> {
        let at = self.0.partition_point(|batch| batch.first <= node);
        self.0.get(at.checked_sub(1)?).map(|batch| (batch.system, batch.first..batch.first + batch.nodes))
    }
}
