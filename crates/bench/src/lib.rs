//! Benchmarks that can be compared: each case says what it did in a digest, and runs a reference beside it.
//!
//! Processor time is shared with whatever else the machine does, so that a figure on its own says little: the ratio to
//! a reference that ran a moment before is what can be compared. Each case has a small size that the tests run.

pub mod books;
pub mod cluster;
pub mod data;
pub mod energy;
pub mod hold;
pub mod meter;
pub mod offers;
pub mod peer;
pub mod pods;
pub mod programme;
pub mod start;
pub mod synthetic;
pub mod world;

use meter::Tally;

/// How much work a case does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Fractions of a second: for the tests.
    Small,
    /// What `docs/performance.md` reports.
    Full,
}

impl Size {
    /// How often a case is measured: twice at least, so that a result that is not the same each time is found.
    pub fn tries(self) -> usize {
        self.pick(2, 5)
    }

    /// The first for `Small`, the second for `Full`.
    pub fn pick<T>(self, small: T, full: T) -> T {
        match self {
            Size::Small => small,
            Size::Full => full,
        }
    }
}

/// What one run did and cost.
#[derive(Clone, Debug)]
pub struct Row {
    /// The case and what was varied.
    pub name: String,
    /// What is counted: `events`, `jobs`.
    pub units: &'static str,
    /// How many.
    pub count: u64,
    /// Processor seconds (user and system).
    pub cpu_s: f64,
    /// Digest of the result: the same on every machine.
    pub digest: Tally,
    /// The result in words: mean wait, share allocated.
    pub answer: String,
    /// What ran beside it, and its processor seconds.
    pub reference: Option<(String, f64)>,
}

/// A case by name: how it is run, and what it measures.
pub struct Case {
    /// What is typed.
    pub name: &'static str,
    /// One line for the list.
    pub what: &'static str,
    /// Runs it.
    pub run: fn(Size) -> Vec<Row>,
}

/// Every case.
pub const CASES: [Case; 10] = [
    Case { name: "kernel", what: "the event loop against a bare BinaryHeap", run: hold::rows },
    Case {
        name: "philly",
        what: "one cluster of 2,490 GPUs, FCFS and EASY, against SimPy",
        run: cluster::philly,
    },
    Case {
        name: "openb-sites",
        what: "4 sites of 320 GPUs, 140,860 jobs, against `heapq`",
        run: cluster::openb,
    },
    Case { name: "placement", what: "openb pods to 130 % of 1,213 nodes, each policy", run: pods::rows },
    Case {
        name: "synthetic",
        what: "10 sites under EASY, 1e5 to 1e7 jobs on 1e4 to 1e6 GPUs",
        run: synthetic::rows,
    },
    Case { name: "books", what: "ten million postings posted, closed by month, exported", run: books::rows },
    Case {
        name: "programme",
        what: "seven sites to 6.6 GW over four years, twice that, a hundred sites over ten",
        run: programme::rows,
    },
    Case {
        name: "energy",
        what: "power by the hour: 5 sites a week, 7 sites 4 years, openb on Frontier",
        run: energy::rows,
    },
    Case { name: "offers", what: "offers under a right of first refusal, with tails", run: offers::rows },
    Case { name: "start", what: "from the command to its first output and to its end", run: start::rows },
];
