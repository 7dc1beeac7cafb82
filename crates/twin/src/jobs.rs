//! The jobs in the system: those that wait, move or run. One that has ended is forgotten, so that memory does not grow
//! with the number of finished jobs.

use crate::cluster::{Allocation, Cluster, Groups, runs_of};
use crate::queue::Key;
use crate::{Job, JobOutcome, JobRow};
use base::id::SiteId;
use base::{SimTime, Span};
use kernel::Ticket;
use serde::{Deserialize, Serialize};

/// A job, and how far it has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobState {
    /// What was submitted.
    pub job: Job,
    /// Its demand, as the twin numbers them.
    pub demand: u32,
    /// Where it was sent.
    pub site: SiteId,
    /// Its place in the queue of that site, for all its stays there.
    pub key: Key,
    /// When it was submitted.
    pub submit: SimTime,
    /// When it first ran.
    pub first_start: Option<SimTime>,
    /// Work that need not be done again.
    pub saved: Span,
    /// Time that it has spent not running, up to its last start.
    pub wait: Span,
    /// Since when it has been where it is: waiting or running.
    pub since: SimTime,
    /// How often it was stopped for another job.
    pub preemptions: u32,
    /// How often it was stopped by a failure.
    pub interruptions: u32,
    /// How often it was stopped by a limit of power or heat.
    pub curtailments: u32,
    /// Work done since its last start at another pace than now.
    pub progress: Span,
    /// Since when it has had its pace.
    pub paced: SimTime,
    /// Time that it has held its accelerators, up to its last stop.
    pub ran: Span,
    /// How it spends its time while it runs.
    pub pace: Pace,
    /// Work done again after stops.
    pub lost: Span,
    /// What it holds while it runs.
    pub held: Option<Held>,
    /// Nodes and scale-up domains that it last ran on; 0 domains: not counted since nodes were replaced.
    pub spread: (u32, u32),
}

/// Parts per million: work at the speed of its accelerators without a cap.
pub const FULL_SPEED: u32 = 1_000_000;

/// How a job spends its time while it runs: first it restores its checkpoint, then work and checkpoints alternate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Before any work.
    pub restore: Span,
    /// Work between two checkpoints; `None`: it writes none.
    pub every: Option<Span>,
    /// Time to write one.
    pub write: Span,
    /// Speed of its work, in parts per million; a cap on accelerators slows it.
    pub speed: u32,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { restore: Span::ZERO, every: None, write: Span::ZERO, speed: FULL_SPEED }
    }
}

impl Pace {
    /// The time that so much work takes. The time for checkpoints is spread evenly over the work.
    pub fn time(&self, work: Span) -> Span {
        let writing = match self.every {
            Some(every) => i128::from(work.0) * i128::from(self.write.0) / i128::from(every.0),
            None => 0,
        };
        let time = self.stretched(work) + writing + i128::from(self.restore.0);
        Span(i64::try_from(time).unwrap_or(i64::MAX))
    }

    /// So much work without checkpoints, at the speed; rounded up, so that it is done when its time is over.
    fn stretched(&self, work: Span) -> i128 {
        let speed = i128::from(self.speed);
        if self.speed == FULL_SPEED {
            return i128::from(work.0);
        }
        (i128::from(work.0) * i128::from(FULL_SPEED) + speed - 1) / speed
    }

    /// The work done in so much time.
    pub fn work(&self, time: Span) -> Span {
        let time = (time - self.restore).max(Span::ZERO);
        match self.every {
            Some(every) => {
                let cycle = self.stretched(every) + i128::from(self.write.0);
                Span((i128::from(time.0) * i128::from(every.0) / cycle) as i64)
            }
            None if self.speed == FULL_SPEED => time,
            None => Span((i128::from(time.0) * i128::from(self.speed) / i128::from(FULL_SPEED)) as i64),
        }
    }
}

/// What a running job holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Held {
    /// Its tasks.
    pub groups: Groups,
    /// Where they sit.
    pub allocations: Vec<Allocation>,
    /// The event of its end.
    pub end: Ticket,
    /// When it said that it would end.
    pub requested_end: SimTime,
}

impl JobState {
    /// A job that has just been submitted.
    pub fn new(job: Job, demand: u32, site: SiteId, key: Key, now: SimTime) -> JobState {
        JobState {
            job,
            demand,
            site,
            key,
            submit: now,
            first_start: None,
            saved: Span::ZERO,
            wait: Span::ZERO,
            since: now,
            preemptions: 0,
            interruptions: 0,
            curtailments: 0,
            progress: Span::ZERO,
            paced: now,
            ran: Span::ZERO,
            pace: Pace::default(),
            lost: Span::ZERO,
            held: None,
            spread: (0, 0),
        }
    }

    /// Work left to do.
    pub fn remaining(&self) -> Span {
        self.job.runtime - self.saved
    }

    /// Work left, as the scheduler is told.
    pub fn requested(&self) -> Span {
        (self.job.requested - self.saved).max(Span::ZERO)
    }

    /// Begins to run at `now`.
    pub fn begin(&mut self, now: SimTime, pace: Pace) {
        self.wait += now - self.since;
        self.since = now;
        self.first_start.get_or_insert(now);
        self.pace = pace;
        self.paced = now;
        self.progress = Span::ZERO;
    }

    /// Goes on at another speed from `now`. Returns the time that is left, of its work and as the scheduler is told.
    pub fn at_speed(&mut self, now: SimTime, speed: u32) -> (Span, Span) {
        let passed = now - self.paced;
        self.progress += self.pace.work(passed);
        self.pace = Pace { restore: (self.pace.restore - passed).max(Span::ZERO), speed, ..self.pace };
        self.paced = now;
        let left = |work: Span| self.pace.time((work - self.progress).max(Span::ZERO));
        (left(self.remaining()), left(self.requested()))
    }

    /// Stops it at `now`: what it did since its last checkpoint is lost, unless it had time to write one
    /// (`notice`). Returns what it held and what it lost.
    pub fn stop(&mut self, now: SimTime, notice: bool) -> (Held, Span) {
        let lost = self.halt(now, notice);
        (self.held.take().expect("only a running job is stopped"), lost)
    }

    /// It stands still from `now`, and keeps what it holds: what it did since its last checkpoint is lost. Returns that.
    pub fn halt(&mut self, now: SimTime, notice: bool) -> Span {
        self.ran += now - self.since;
        let done = (self.progress + self.pace.work(now - self.paced)).min(self.remaining());
        let kept = match self.pace.every {
            _ if notice => done,
            Some(every) => Span(done.0 / every.0 * every.0),
            None => Span::ZERO,
        };
        self.saved += kept;
        self.lost += done - kept;
        self.since = now;
        done - kept
    }

    /// Counts the scale-up domains again if nodes were replaced since they were counted.
    pub fn know_spread(&mut self, cluster: &Cluster) {
        if let Some(held) = self.held.as_ref().filter(|_| self.spread.1 == 0) {
            self.spread = cluster.spread(&runs_of(&held.allocations));
        }
    }

    /// Whether it was ever stopped.
    pub fn was_stopped(&self) -> bool {
        self.preemptions + self.interruptions + self.curtailments > 0
    }

    /// Its row, at its end or at the end of the run.
    pub fn row(&self, now: SimTime, outcome: JobOutcome) -> JobRow {
        let runs = matches!(outcome, JobOutcome::Finished | JobOutcome::Running);
        let waiting = matches!(outcome, JobOutcome::Waiting | JobOutcome::Rejected);
        JobRow {
            job: self.job.number,
            workload: self.job.workload,
            tenant: self.job.tenant,
            site: (outcome != JobOutcome::Rejected).then_some(self.site),
            gpu_milli: self.job.demand.total_gpu_milli(),
            nodes: self.spread.0,
            domains: self.spread.1,
            submit: self.submit,
            start: self.first_start,
            end: matches!(outcome, JobOutcome::Finished | JobOutcome::Rejected).then_some(now),
            runtime: self.job.runtime,
            wait: if waiting { self.wait + (now - self.since) } else { self.wait },
            preemptions: self.preemptions,
            interruptions: self.interruptions,
            power_stops: self.curtailments,
            held: if runs { self.ran + (now - self.since) } else { self.ran },
            lost: self.lost,
            outcome,
        }
    }
}

/// The jobs in the system by slot; slots are used again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Jobs {
    slots: Vec<Option<JobState>>,
    free: Vec<u32>,
    /// Emptied lists of allocations, to be filled again.
    #[serde(skip)]
    spare: Vec<Vec<Allocation>>,
}

impl Jobs {
    /// Takes a job in.
    pub fn insert(&mut self, state: JobState) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(state);
                slot
            }
            None => {
                self.slots.push(Some(state));
                (self.slots.len() - 1) as u32
            }
        }
    }

    /// Forgets a job.
    pub fn remove(&mut self, slot: u32) -> JobState {
        self.free.push(slot);
        self.slots[slot as usize].take().expect("a slot in use")
    }

    /// A job.
    pub fn get(&self, slot: u32) -> &JobState {
        self.slots[slot as usize].as_ref().expect("a slot in use")
    }

    /// A job, to change it.
    pub fn get_mut(&mut self, slot: u32) -> &mut JobState {
        self.slots[slot as usize].as_mut().expect("a slot in use")
    }

    /// All jobs, in no order that means anything.
    pub fn all(&self) -> impl Iterator<Item = &JobState> {
        self.slots.iter().flatten()
    }

    /// All jobs in the order of their numbers.
    pub fn by_number(&mut self) -> Vec<&mut JobState> {
        let mut all: Vec<&mut JobState> = self.slots.iter_mut().flatten().collect();
        all.sort_by_key(|state| state.job.number);
        all
    }

    /// An empty list of allocations.
    pub fn spare_list(&mut self) -> Vec<Allocation> {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes a list back.
    pub fn recycle(&mut self, mut list: Vec<Allocation>) {
        if self.spare.len() < 1024 {
            list.clear();
            self.spare.push(list);
        }
    }
}
