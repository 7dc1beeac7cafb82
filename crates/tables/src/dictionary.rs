//! The lists of names that key columns point into.

use crate::column::Named;
use arrow_array::{ArrayRef, StringArray};
use base::id::{BlockId, FailureId, RegionId, ServiceId, SiteId, SystemId, TenantId, WorkloadId};
use ledger::{Account, Cause, Outline, PartyId};
use scenario::World;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use twin::JobOutcome;

/// A list of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dictionary {
    /// Keys of the scenario's sites.
    Sites,
    /// Keys of the scenario's blocks; two sites may have blocks of one key.
    Blocks,
    /// Keys of the scenario's ways of failing.
    Failures,
    /// Keys of the scenario's tenants.
    Tenants,
    /// Keys of the scenario's workloads.
    Workloads,
    /// Keys of the scenario's systems that stand somewhere.
    Systems,
    /// Keys of the scenario's services.
    Services,
    /// Keys of the scenario's regions.
    Regions,
    /// `finished`, `rejected`, `running`, `waiting`.
    Outcomes,
    /// Partners, and those outside that money flows to and from.
    Parties,
    /// The chart of accounts.
    Accounts,
    /// Kinds of facts that the books post.
    Causes,
    /// What the rows of the table `events` say: `submitted`, `started` and so on.
    Events,
}

impl Dictionary {
    /// The names, where they do not depend on the scenario.
    pub fn fixed_names(self) -> Option<&'static [&'static str]> {
        match self {
            Dictionary::Outcomes => Some(&OUTCOMES),
            Dictionary::Events => Some(&Event::NAMES),
            Dictionary::Causes => Some(&Cause::KINDS),
            Dictionary::Parties
            | Dictionary::Accounts
            | Dictionary::Sites
            | Dictionary::Blocks
            | Dictionary::Failures
            | Dictionary::Tenants
            | Dictionary::Systems
            | Dictionary::Services
            | Dictionary::Regions
            | Dictionary::Workloads => None,
        }
    }
}

/// What happened, in the table `events`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    Submitted,
    Started,
    Preempted,
    Interrupted,
    Finished,
    Rejected,
    Energised,
    Down,
    Up,
    ReplicasLost,
    Stopped,
}

impl Event {
    const NAMES: [&str; 11] = [
        "submitted",
        "started",
        "preempted",
        "interrupted",
        "finished",
        "rejected",
        "energised",
        "down",
        "up",
        "replicas_lost",
        "stopped",
    ];
}

const OUTCOMES: [&str; 4] = ["finished", "rejected", "running", "waiting"];

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident: $id:ty, $dictionary:ident, $code:expr;)*) => {$(
        $(#[$doc])*
        pub enum $name {}
        impl Named for $name {
            const DICTIONARY: Dictionary = Dictionary::$dictionary;
            type Id = $id;
            fn code(id: $id) -> u32 {
                $code(id)
            }
        }
    )*};
}

named! {
    /// Sites by their index in the world.
    Sites: SiteId, Sites, |id: SiteId| id.0;
    /// Blocks by their index in the world.
    Blocks: BlockId, Blocks, |id: BlockId| id.0;
    /// Ways of failing by their index in the world.
    Failures: FailureId, Failures, |id: FailureId| id.0;
    /// Tenants by their index in the world.
    Tenants: TenantId, Tenants, |id: TenantId| id.0;
    /// Workloads by their index in the world.
    Workloads: WorkloadId, Workloads, |id: WorkloadId| id.0;
    /// Systems by their index in the world.
    Systems: SystemId, Systems, |id: SystemId| id.0;
    /// Services by their index in the world.
    Services: ServiceId, Services, |id: ServiceId| id.0;
    /// Regions by their index in the world.
    Regions: RegionId, Regions, |id: RegionId| id.0;
    /// Outcomes of jobs.
    Outcomes: JobOutcome, Outcomes, outcome_code;
    /// Partners and those outside, by their place in the outline.
    Parties: PartyId, Parties, |party: PartyId| party.0;
    /// Accounts, by their place in the chart.
    Accounts: Account, Accounts, |account: Account| account.index() as u32;
    /// Kinds of facts, by their code.
    Causes: u32, Causes, |code: u32| code;
    /// Kinds of events.
    Events: Event, Events, |event: Event| event as u32;
}

fn outcome_code(outcome: JobOutcome) -> u32 {
    match outcome {
        JobOutcome::Finished => 0,
        JobOutcome::Rejected => 1,
        JobOutcome::Running => 2,
        JobOutcome::Waiting => 3,
    }
}

/// The names of a world, as arrays that every batch shares.
pub struct Dictionaries {
    sites: ArrayRef,
    blocks: ArrayRef,
    failures: ArrayRef,
    tenants: ArrayRef,
    workloads: ArrayRef,
    systems: ArrayRef,
    services: ArrayRef,
    regions: ArrayRef,
    outcomes: ArrayRef,
    parties: ArrayRef,
    accounts: ArrayRef,
    causes: ArrayRef,
    events: ArrayRef,
}

impl Dictionaries {
    /// The names of this world.
    pub(crate) fn new(world: &World) -> Dictionaries {
        fn array<'a>(names: impl Iterator<Item = &'a str>) -> ArrayRef {
            Arc::new(StringArray::from_iter_values(names))
        }
        let parties = Outline::of(world).map_or_else(Vec::new, |outline| outline.parties);
        let accounts: Vec<String> = Account::ALL.iter().map(|account| account.path()).collect();
        Dictionaries {
            parties: array(parties.iter().map(String::as_str)),
            accounts: array(accounts.iter().map(String::as_str)),
            causes: array(Cause::KINDS.into_iter()),
            sites: array(world.sites.iter().map(|site| site.key.as_str())),
            blocks: array(world.blocks.iter().map(|block| block.key.as_str())),
            failures: array(world.failures.iter().map(|failure| failure.key.as_str())),
            tenants: array(world.tenants.iter().map(|tenant| tenant.key.as_str())),
            workloads: array(world.workloads.iter().map(|workload| workload.key.as_str())),
            systems: array(world.systems.iter().map(|system| system.key.as_str())),
            services: array(world.services.iter().map(|service| service.key.as_str())),
            regions: array(world.regions.iter().map(|region| region.key.as_str())),
            outcomes: array(OUTCOMES.into_iter()),
            events: array(Event::NAMES.into_iter()),
        }
    }

    pub(crate) fn names(&self, dictionary: Dictionary) -> ArrayRef {
        let names = match dictionary {
            Dictionary::Sites => &self.sites,
            Dictionary::Blocks => &self.blocks,
            Dictionary::Failures => &self.failures,
            Dictionary::Tenants => &self.tenants,
            Dictionary::Workloads => &self.workloads,
            Dictionary::Systems => &self.systems,
            Dictionary::Services => &self.services,
            Dictionary::Regions => &self.regions,
            Dictionary::Outcomes => &self.outcomes,
            Dictionary::Parties => &self.parties,
            Dictionary::Accounts => &self.accounts,
            Dictionary::Causes => &self.causes,
            Dictionary::Events => &self.events,
        };
        Arc::clone(names)
    }
}
