//! A scheduler that is slow and obvious: every rule as the manual says it, from scratch at every instant, on every
//! node. It shares nothing with the twin but the types of jobs and policies.

pub mod nodes;

use crate::fixture::{CHECKPOINT, Kind, Runs};
use base::{SimTime, Span};
use nodes::{Chooser, Node, Part};
use scenario::world::{Backfill, Policy, QueueOrder};
use std::cmp::Reverse;
use twin::Job;

/// A running job.
#[derive(Clone, Debug)]
struct Running {
    job: usize,
    since: SimTime,
    end: SimTime,
    requested_end: SimTime,
    model: Option<u32>,
    parts: Vec<Part>,
}

struct Scheduler<'a> {
    policy: Policy,
    chooser: Chooser,
    jobs: &'a [(SimTime, Job)],
    capacity: Vec<Node>,
    now: SimTime,
    nodes: Vec<Node>,
    queue: Vec<usize>,
    running: Vec<Running>,
    /// Work that need not be done again, by job.
    saved: Vec<Span>,
    runs: Runs,
}

/// What the head of the queue is promised: when, on which model, and the nodes as they will be then.
struct Promise {
    instant: SimTime,
    model: Option<u32>,
    nodes: Vec<Node>,
}

/// When every job ran, on one site of these nodes.
pub fn runs(kinds: &[Kind], policy: Policy, jobs: &[(SimTime, Job)]) -> Runs {
    let all: Vec<Job> = jobs.iter().map(|(_, job)| job.clone()).collect();
    let capacity: Vec<Node> = kinds.iter().map(Node::of).collect();
    let mut scheduler = Scheduler {
        policy,
        chooser: Chooser::new(policy.placement, kinds, &all),
        jobs,
        nodes: capacity.clone(),
        capacity,
        now: SimTime(0),
        queue: Vec::new(),
        running: Vec::new(),
        saved: vec![Span::ZERO; jobs.len()],
        runs: Runs::new(),
    };
    let mut next = 0;
    loop {
        let arrival = jobs.get(next).map(|(submit, _)| *submit);
        let Some(now) = scheduler.running.iter().map(|run| run.end).chain(arrival).min() else { break };
        scheduler.now = now;
        let mut happened = false;
        while let Some(at) = scheduler.running.iter().position(|run| run.end <= now) {
            scheduler.stop(at);
            happened = true;
        }
        while jobs.get(next).is_some_and(|(submit, _)| *submit <= now) {
            happened |= scheduler.submit(next);
            next += 1;
        }
        // A job that is rejected changes nothing at the site.
        if happened {
            scheduler.pass();
        }
    }
    scheduler.runs
}

impl Scheduler<'_> {
    fn job(&self, job: usize) -> &Job {
        &self.jobs[job].1
    }

    /// A job that even the empty site cannot hold is rejected: says whether it was taken.
    fn submit(&mut self, job: usize) -> bool {
        let holds = self.chooser.place(&mut self.capacity.clone(), self.job(job), None).is_some();
        if holds {
            self.queue.push(job);
            self.runs.entry(self.job(job).number).or_default();
        }
        holds
    }

    /// Time that the job still asks for.
    fn requested(&self, job: usize) -> Span {
        (self.job(job).requested - self.saved[job]).max(Span::ZERO)
    }

    fn start(&mut self, job: usize, model: Option<u32>, parts: Vec<Part>) {
        self.queue.retain(|other| *other != job);
        self.runs.entry(self.job(job).number).or_default().push((self.now, SimTime::NEVER));
        let end = self.now + (self.job(job).runtime - self.saved[job]);
        let requested_end = self.now + self.requested(job);
        self.running.push(Running { job, since: self.now, end, requested_end, model, parts });
    }

    /// Places and starts a job if it fits now.
    fn try_start(&mut self, job: usize) -> bool {
        let placed = self.chooser.place(&mut self.nodes, &self.jobs[job].1, None);
        placed.map(|(model, parts)| self.start(job, model, parts)).is_some()
    }

    /// Ends a run, at its end or before.
    fn stop(&mut self, at: usize) -> Running {
        let run = self.running.remove(at);
        run.parts.iter().for_each(|part| self.nodes[part.node].give(part));
        let number = self.job(run.job).number;
        if let Some(last) = self.runs.get_mut(&number).and_then(|spans| spans.last_mut()) {
            last.1 = self.now;
        }
        run
    }

    /// The queue in the order in which it is served; under fair share that depends on who holds what.
    fn ordered(&self) -> Vec<usize> {
        let mut queue = self.queue.clone();
        queue.sort_by_key(|&index| {
            let (submit, job) = &self.jobs[index];
            let first = match self.policy.order {
                QueueOrder::Fcfs | QueueOrder::FairShare => submit.0,
                QueueOrder::Sjf => job.requested.0,
            };
            (Reverse(job.priority), first, *submit, job.number)
        });
        if self.policy.order == QueueOrder::FairShare {
            queue.sort_by(|&a, &b| {
                let (a, b) = (self.job(a).tenant, self.job(b).tenant);
                let ((held, all), (other, other_all)) = (self.dominant(a.0), self.dominant(b.0));
                (held * other_all).cmp(&(other * all)).then(a.cmp(&b))
            });
        }
        queue
    }

    /// A tenant's dominant share over its weight, as a fraction.
    fn dominant(&self, tenant: u32) -> (u128, u128) {
        let held = |amount: fn(&Job) -> u32| -> u128 {
            let own = self.running.iter().map(|run| self.job(run.job)).filter(|job| job.tenant.0 == tenant);
            own.map(|job| u128::from(amount(job)) * u128::from(job.demand.tasks)).sum()
        };
        let all = |amount: fn(&Node) -> u32| -> u128 {
            self.capacity.iter().map(amount).filter(|&a| a != u32::MAX).map(u128::from).sum()
        };
        let weight = u128::from(tenant + 1);
        let shares = [
            (held(|job| job.demand.gpu_milli), all(|node| 1000 * node.left.len() as u32) * weight),
            (held(|job| job.demand.cpu_milli), all(|node| node.cpu) * weight),
            (held(|job| job.demand.memory_mib), all(|node| node.memory) * weight),
        ];
        let modelled = shares.into_iter().filter(|(_, all)| *all > 0);
        modelled.max_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1))).unwrap_or((0, 1))
    }

    fn pass(&mut self) {
        while let Some(&head) = self.ordered().first() {
            if !self.try_start(head) && !self.preempt_for(head) {
                break;
            }
        }
        match self.policy.backfill {
            Backfill::None => {}
            Backfill::Easy { depth } => self.easy(depth),
            Backfill::Conservative { depth } => self.conservative(depth),
        }
    }

    /// Who does not delay the head of the queue.
    fn easy(&mut self, depth: Option<u32>) {
        let queue = self.ordered();
        let Some(&head) = queue.first() else { return };
        let mut promise = self.promise(head);
        for &job in queue[1..].iter().take(depth.map_or(usize::MAX, |depth| depth as usize)) {
            let before = self.nodes.clone();
            let Some((model, parts)) = self.chooser.place(&mut self.nodes, &self.jobs[job].1, None) else {
                continue;
            };
            if let Some(promise) = &mut promise {
                let beside = self.now + self.requested(job) > promise.instant && model == promise.model;
                if beside {
                    let mut then = promise.nodes.clone();
                    parts.iter().for_each(|part| then[part.node].take(part));
                    let head = self.job(head);
                    if self.chooser.place(&mut then.clone(), head, Some(promise.model)).is_none() {
                        self.nodes = before;
                        continue;
                    }
                    promise.nodes = then;
                }
            }
            self.start(job, model, parts);
        }
    }

    /// The earliest instant at which the running jobs, ending as they said, leave room for the head. A job that has
    /// run longer than it said is expected to end at once.
    fn promise(&self, head: usize) -> Option<Promise> {
        let expected = |run: &Running| run.requested_end.max(self.now);
        let mut instants: Vec<SimTime> = self.running.iter().map(expected).collect();
        instants.sort();
        for instant in instants {
            let mut nodes = self.nodes.clone();
            for run in self.running.iter().filter(|run| expected(run) <= instant) {
                run.parts.iter().for_each(|part| nodes[part.node].give(part));
            }
            for model in nodes::models(&nodes, self.job(head)) {
                if self.chooser.place(&mut nodes.clone(), self.job(head), Some(model)).is_some() {
                    return Some(Promise { instant, model, nodes });
                }
            }
        }
        None
    }

    /// Every job is promised the earliest span in which enough accelerators of one model are free, counted; one whose
    /// span begins now starts if the nodes hold it.
    fn conservative(&mut self, depth: Option<u32>) {
        // `(model, from, to, thousandths)`: what will be held.
        let next = SimTime(self.now.0 + 1);
        let mut held: Vec<(Option<u32>, SimTime, SimTime, i64)> = Vec::new();
        for run in &self.running {
            let gpu = self.job(run.job).demand.total_gpu_milli() as i64;
            held.push((run.model, self.now, run.requested_end.max(next), gpu));
        }
        for job in self.ordered().into_iter().take(depth.map_or(usize::MAX, |depth| depth as usize)) {
            let needs = self.job(job).demand.total_gpu_milli() as i64;
            let length = self.requested(job);
            let mut best: Option<(SimTime, Option<u32>)> = None;
            for model in nodes::models(&self.nodes, self.job(job)) {
                let all: i64 = self
                    .capacity
                    .iter()
                    .filter(|node| node.model == model)
                    .map(|node| 1000 * node.left.len() as i64)
                    .sum();
                let free = |at: SimTime| {
                    let over = held.iter().filter(|(m, from, to, _)| *m == model && *from <= at && at < *to);
                    all - over.map(|(.., gpu)| gpu).sum::<i64>()
                };
                let mut steps: Vec<SimTime> = held.iter().flat_map(|(_, from, to, _)| [*from, *to]).collect();
                steps.push(self.now);
                steps.sort();
                let whole_span = |from: &&SimTime| {
                    free(**from) >= needs
                        && steps.iter().all(|at| at <= from || *at >= **from + length || free(*at) >= needs)
                };
                if let Some(&from) = steps.iter().find(whole_span)
                    && best.is_none_or(|(at, _)| from < at)
                {
                    best = Some((from, model));
                }
            }
            let Some((from, model)) = best else { continue };
            held.push((model, from, from + length, needs));
            if from == self.now {
                // Promises count accelerators: a job without any may go anywhere.
                let only = (needs > 0).then_some(model);
                let placed = self.chooser.place(&mut self.nodes, &self.jobs[job].1, only);
                if let Some((model, parts)) = placed {
                    self.start(job, model, parts);
                }
            }
        }
    }

    /// Stops preemptible jobs of lower priority, the lowest and of them the latest first, until the job fits; those
    /// that need not have stopped go on. Then starts it.
    fn preempt_for(&mut self, job: usize) -> bool {
        if !self.policy.preemption {
            return false;
        }
        let priority = self.job(job).priority;
        let mut victims: Vec<&Running> = self
            .running
            .iter()
            .filter(|run| self.job(run.job).priority < priority && self.job(run.job).workload.0 > 0)
            .filter(|run| nodes::models(&self.nodes, self.job(job)).contains(&run.model))
            .collect();
        victims.sort_by_key(|run| {
            let victim = self.job(run.job);
            (victim.priority, Reverse((run.since, victim.number)))
        });
        let fits = |nodes: &[Node], model: Option<Option<u32>>| -> Option<Option<u32>> {
            let mut models = nodes::models(nodes, self.job(job));
            models.retain(|other| model.is_none_or(|model| model == *other));
            let works = |model: &Option<u32>| {
                self.chooser.place(&mut nodes.to_vec(), self.job(job), Some(*model)).is_some()
            };
            models.into_iter().find(works)
        };
        let mut nodes = self.nodes.clone();
        let mut stopped: Vec<&Running> = Vec::new();
        let mut found = None;
        for victim in victims {
            victim.parts.iter().for_each(|part| nodes[part.node].give(part));
            stopped.push(victim);
            found = fits(&nodes, None);
            if found.is_some() {
                break;
            }
        }
        let Some(model) = found else { return false };
        stopped.retain(|victim| {
            if victim.model != model {
                return false;
            }
            let mut without = nodes.clone();
            victim.parts.iter().for_each(|part| without[part.node].take(part));
            let needed = fits(&without, Some(model)).is_none();
            if !needed {
                nodes = without;
            }
            needed
        });
        let stopped: Vec<usize> = stopped.into_iter().map(|run| run.job).collect();
        for victim in stopped {
            self.preempt(victim);
        }
        self.try_start(job)
    }

    /// The job waits again with what it had done up to its last checkpoint.
    fn preempt(&mut self, victim: usize) {
        let Some(at) = self.running.iter().position(|run| run.job == victim) else { return };
        let run = self.stop(at);
        let done = self.saved[victim] + (self.now - run.since);
        if self.job(victim).workload.0 == 1 {
            self.saved[victim] = self.saved[victim].max(CHECKPOINT * (done.0 / CHECKPOINT.0));
        }
        self.queue.push(victim);
    }
}
