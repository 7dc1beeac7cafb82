//! What is free on one node, and what a task takes from it.

use base::id::AcceleratorId;
use serde::{Deserialize, Serialize};

/// Accelerators that a node can have.
pub const MOST_DEVICES: usize = 16;

/// A whole accelerator, in thousandths.
pub const WHOLE: u32 = 1000;

/// What a node of a product has when nothing runs on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// The accelerators' model.
    pub accelerator: Option<AcceleratorId>,
    /// How many.
    pub gpus: u8,
    /// Processor cores in thousandths; `u32::MAX`: not modelled, never short.
    pub cpu_milli: u32,
    /// Memory in MiB; `u32::MAX`: not modelled, never short.
    pub memory_mib: u32,
    /// Nodes in one scale-up domain.
    pub domain_nodes: u32,
}

/// What one task takes, on one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Task {
    /// Accelerators in thousandths: a share below 1000, or whole ones.
    pub gpu_milli: u32,
    /// Processor cores in thousandths.
    pub cpu_milli: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
}

impl Task {
    /// Whole accelerators.
    pub fn whole(&self) -> u8 {
        if self.is_share() { 0 } else { (self.gpu_milli / WHOLE) as u8 }
    }
    /// Whether it shares one accelerator with others.
    pub fn is_share(&self) -> bool {
        self.gpu_milli > 0 && self.gpu_milli < WHOLE
    }
}

/// What is free on a node, whichever node it is: nodes with equal `Free` are interchangeable for every policy but
/// those that look at where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Free {
    /// The node's shape, as an index.
    pub shape: u16,
    /// Accelerators that nobody uses.
    pub whole: u8,
    /// How many of `shared` count.
    pub shared_len: u8,
    /// Processor cores in thousandths.
    pub cpu_milli: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// What is left of each shared accelerator, in thousandths, least first; 0 beyond `shared_len`.
    pub shared: [u16; MOST_DEVICES],
}

/// Which accelerator a share is put on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// One that is shared already and has this much left, in thousandths.
    Shared(u16),
    /// One that nobody uses yet.
    Fresh,
}

impl Free {
    /// Nothing at all: a node that is down.
    pub const NOTHING: Free =
        Free { shape: 0, whole: 0, shared_len: 0, cpu_milli: 0, memory_mib: 0, shared: [0; MOST_DEVICES] };

    /// A node of this shape with nothing on it.
    pub fn empty(index: u16, shape: &Shape) -> Free {
        Free {
            shape: index,
            whole: shape.gpus,
            shared_len: 0,
            cpu_milli: shape.cpu_milli,
            memory_mib: shape.memory_mib,
            shared: [0; MOST_DEVICES],
        }
    }

    /// A node of this shape with nothing left on it: somebody has all of it.
    pub fn taken(index: u16, shape: &Shape) -> Free {
        let none = |amount: u32| if amount == u32::MAX { u32::MAX } else { 0 };
        let (cpu_milli, memory_mib) = (none(shape.cpu_milli), none(shape.memory_mib));
        Free { whole: 0, cpu_milli, memory_mib, ..Free::empty(index, shape) }
    }

    /// What is left of the shared accelerators, least first.
    pub fn shared(&self) -> &[u16] {
        &self.shared[..usize::from(self.shared_len)]
    }

    /// Free accelerators in thousandths, shares included.
    pub fn gpu_milli(&self) -> u32 {
        u32::from(self.whole) * WHOLE + self.shared().iter().map(|&left| u32::from(left)).sum::<u32>()
    }

    /// How many tasks of this kind fit at once.
    pub fn fits(&self, task: &Task) -> u32 {
        let by_gpu = match task.gpu_milli {
            0 => u32::MAX,
            share if share < WHOLE => {
                let in_shared: u32 = self.shared().iter().map(|&left| u32::from(left) / share).sum();
                in_shared + u32::from(self.whole) * (WHOLE / share)
            }
            WHOLE => u32::from(self.whole),
            milli => u32::from(self.whole) / (milli / WHOLE),
        };
        by_gpu.min(quotient(self.cpu_milli, task.cpu_milli)).min(quotient(self.memory_mib, task.memory_mib))
    }

    /// Whether one task of this kind fits.
    pub fn fits_one(&self, task: &Task) -> bool {
        let gpu = match task.gpu_milli {
            0 => true,
            share if share < WHOLE => {
                self.whole > 0 || self.shared().last().is_some_and(|&left| u32::from(left) >= share)
            }
            milli => u32::from(self.whole) * WHOLE >= milli,
        };
        gpu && self.cpu_milli >= task.cpu_milli && self.memory_mib >= task.memory_mib
    }

    /// What is left when the task has taken its part; a share goes on `device`.
    pub fn without(mut self, task: &Task, device: Device) -> Free {
        self.take_host(task);
        if task.is_share() {
            match device {
                Device::Fresh => self.whole -= 1,
                Device::Shared(left) => self.drop_shared(left),
            }
            let left = match device {
                Device::Fresh => WHOLE as u16,
                Device::Shared(left) => left,
            };
            self.add_shared(left - task.gpu_milli as u16);
        } else {
            self.whole -= task.whole();
        }
        self
    }

    /// What is left when the task has given its part back; its share came off an accelerator that had `left`
    /// (thousandths) beside it.
    pub fn with(mut self, task: &Task, left: u16) -> Free {
        self.give_host(task);
        if task.is_share() {
            self.drop_shared(left);
            match left + task.gpu_milli as u16 {
                full if u32::from(full) == WHOLE => self.whole += 1,
                part => self.add_shared(part),
            }
        } else {
            self.whole += task.whole();
        }
        self
    }

    fn take_host(&mut self, task: &Task) {
        if self.cpu_milli != u32::MAX {
            self.cpu_milli -= task.cpu_milli;
        }
        if self.memory_mib != u32::MAX {
            self.memory_mib -= task.memory_mib;
        }
    }

    fn give_host(&mut self, task: &Task) {
        if self.cpu_milli != u32::MAX {
            self.cpu_milli += task.cpu_milli;
        }
        if self.memory_mib != u32::MAX {
            self.memory_mib += task.memory_mib;
        }
    }

    /// Zeros are kept: a fully shared accelerator is neither free nor fresh.
    fn add_shared(&mut self, left: u16) {
        let len = usize::from(self.shared_len);
        let at = self.shared[..len].partition_point(|&other| other < left);
        self.shared.copy_within(at..len, at + 1);
        self.shared[at] = left;
        self.shared_len += 1;
    }

    fn drop_shared(&mut self, left: u16) {
        let len = usize::from(self.shared_len);
        let at = self.shared[..len].partition_point(|&other| other < left);
        debug_assert_eq!(self.shared[at], left);
        self.shared.copy_within(at + 1..len, at);
        self.shared[len - 1] = 0;
        self.shared_len -= 1;
    }
}

fn quotient(free: u32, each: u32) -> u32 {
    if each == 0 || free == u32::MAX { u32::MAX } else { free / each }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Free {
        let shape =
            Shape { accelerator: None, gpus: 2, cpu_milli: 8000, memory_mib: u32::MAX, domain_nodes: 1 };
        Free::empty(0, &shape)
    }

    #[test]
    fn shares_fill_an_accelerator_and_give_it_back() {
        let share = Task { gpu_milli: 400, cpu_milli: 1000, memory_mib: 10 };
        let one = node().without(&share, Device::Fresh);
        assert_eq!((one.whole, one.shared(), one.gpu_milli()), (1, &[600][..], 1600));
        let two = one.without(&share, Device::Shared(600));
        assert_eq!((two.whole, two.shared()), (1, &[200][..]));
        assert_eq!(two.fits(&share), 2, "two on the fresh one, none on the other");
        assert_eq!(two.with(&share, 200), one);
        assert_eq!(one.with(&share, 600), node());
    }

    #[test]
    fn whole_accelerators_need_unshared_ones() {
        let pair = Task { gpu_milli: 2000, cpu_milli: 3000, memory_mib: 0 };
        assert_eq!(node().fits(&pair), 1);
        let share = Task { gpu_milli: 1, ..Task::default() };
        assert!(!node().without(&share, Device::Fresh).fits_one(&pair));
        assert_eq!(node().fits(&Task { cpu_milli: 3000, ..Task::default() }), 2, "processors alone");
    }

    #[test]
    fn a_fully_shared_accelerator_is_not_free() {
        let half = Task { gpu_milli: 500, ..Task::default() };
        let full = node().without(&half, Device::Fresh).without(&half, Device::Shared(500));
        assert_eq!((full.whole, full.shared(), full.gpu_milli()), (1, &[0][..], 1000));
        assert_eq!(full.with(&half, 0).with(&half, 500), node());
    }
}
