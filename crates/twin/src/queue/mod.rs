//! The jobs that wait at one site, in the order in which they are served.

mod list;

pub use list::{Entry, Key, List};

use base::id::TenantId;
use base::{SimTime, Span};
use scenario::world::QueueOrder;
use serde::{Deserialize, Serialize};

/// The key that puts a job in its place: higher priority first, then as the order says, then by number.
pub fn key(order: QueueOrder, priority: i32, submit: SimTime, requested: Span, number: u64) -> Key {
    let first = match order {
        QueueOrder::Fcfs | QueueOrder::FairShare => submit.0,
        QueueOrder::Sjf => requested.0,
    };
    Key { priority: std::cmp::Reverse(priority), first, submit, number }
}

/// The waiting jobs: one list, or for an order that changes with every start a list for each tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobQueue {
    order: QueueOrder,
    lists: Vec<List>,
    gpu_milli: u64,
}

impl JobQueue {
    /// An empty queue for this many tenants.
    pub fn new(order: QueueOrder, tenants: usize) -> JobQueue {
        let lists = match order {
            QueueOrder::Fcfs | QueueOrder::Sjf => 1,
            QueueOrder::FairShare => tenants.max(1),
        };
        JobQueue { order, lists: vec![List::default(); lists], gpu_milli: 0 }
    }

    /// Adds a job.
    pub fn insert(&mut self, entry: Entry) {
        self.gpu_milli += entry.gpu_milli;
        let list = self.list_of(entry.tenant);
        self.lists[list].insert(entry);
    }

    /// Takes a job out.
    pub fn remove(&mut self, tenant: TenantId, key: Key) {
        let list = self.list_of(tenant);
        let entry = self.lists[list].remove(key);
        self.gpu_milli -= entry.gpu_milli;
    }

    /// How many jobs wait.
    pub fn len(&self) -> usize {
        self.lists.iter().map(List::len).sum()
    }

    /// Whether a job of higher priority waits.
    pub fn waits_above(&self, priority: i32) -> bool {
        self.lists.iter().filter_map(|list| list.iter().next()).any(|first| first.key.priority.0 > priority)
    }

    /// Accelerators that they ask for, in thousandths.
    pub fn gpu_milli(&self) -> u64 {
        self.gpu_milli
    }

    /// The lists, in the order in which a scheduler must look at them: by the tenant's share, the least first.
    /// `share` gives a tenant's weighted dominant share in units that compare as integers.
    pub fn ranked(&self, share: impl Fn(TenantId) -> u64) -> Vec<usize> {
        let mut ranks: Vec<usize> = (0..self.lists.len()).filter(|&i| self.lists[i].len() > 0).collect();
        ranks.sort_by_key(|&i| (share(TenantId::new(i)), i));
        ranks
    }

    /// A list.
    pub fn list(&self, index: usize) -> &List {
        &self.lists[index]
    }

    /// Whether starting a job can change the order of the others.
    pub fn is_dynamic(&self) -> bool {
        self.order == QueueOrder::FairShare
    }

    fn list_of(&self, tenant: TenantId) -> usize {
        if self.is_dynamic() { tenant.index() } else { 0 }
    }
}
