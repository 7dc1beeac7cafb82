//! Nodes, and which of them a job gets: every node is asked, every time.

use crate::fixture::Kind;
use base::id::AcceleratorId;
use scenario::world::Placement;
use twin::{AcceleratorSet, Job};

/// What one task takes on one node: accelerators (thousandths), cores (thousandths), MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    pub gpu: u32,
    pub cpu: u32,
    pub memory: u32,
}

/// A node: what is left of each accelerator, and of the rest.
#[derive(Clone, Debug)]
pub struct Node {
    pub model: Option<u32>,
    pub left: Vec<u32>,
    pub cpu: u32,
    pub memory: u32,
    /// Cores and memory when nothing runs on it.
    whole: (u32, u32),
}

/// What a task has got: `(accelerator, thousandths)` each.
#[derive(Clone, Debug)]
pub struct Part {
    pub node: usize,
    gpus: Vec<(usize, u32)>,
    cpu: u32,
    memory: u32,
}

impl Node {
    pub fn of(kind: &Kind) -> Node {
        let modelled = |amount| if amount == 0 { u32::MAX } else { amount };
        let (cpu, memory) = (modelled(kind.cpu_milli), modelled(kind.memory_mib));
        let left = vec![1000; kind.gpus as usize];
        Node { model: kind.model, left, cpu, memory, whole: (cpu, memory) }
    }

    /// Which accelerators the task would get: whole ones, or `share` chosen among those with room.
    fn devices(&self, task: &Task, share: Option<usize>) -> Option<Vec<(usize, u32)>> {
        if self.cpu < task.cpu || self.memory < task.memory {
            return None;
        }
        if task.gpu > 0 && task.gpu < 1000 {
            return share.map(|device| vec![(device, task.gpu)]);
        }
        let whole = (0..self.left.len()).filter(|&device| self.left[device] == 1000);
        let devices: Vec<(usize, u32)> =
            whole.take(task.gpu as usize / 1000).map(|device| (device, 1000)).collect();
        (devices.len() == task.gpu as usize / 1000).then_some(devices)
    }

    fn with_room(&self, gpu: u32) -> impl Iterator<Item = usize> + '_ {
        (0..self.left.len()).filter(move |&device| self.left[device] >= gpu)
    }

    pub fn take(&mut self, part: &Part) {
        part.gpus.iter().for_each(|&(device, gpu)| self.left[device] -= gpu);
        if self.cpu != u32::MAX {
            self.cpu -= part.cpu;
        }
        if self.memory != u32::MAX {
            self.memory -= part.memory;
        }
    }

    pub fn give(&mut self, part: &Part) {
        part.gpus.iter().for_each(|&(device, gpu)| self.left[device] += gpu);
        if self.cpu != u32::MAX {
            self.cpu += part.cpu;
        }
        if self.memory != u32::MAX {
            self.memory += part.memory;
        }
    }

    fn sum(&self) -> u32 {
        self.left.iter().sum()
    }
}

/// A task of the workload, and its weight: what FGD measures fragmentation by.
#[derive(Clone, Copy, Debug)]
pub struct Typical {
    pub task: Task,
    pub accelerators: AcceleratorSet,
    pub divisible: bool,
    pub weight: u64,
}

/// How nodes are chosen.
#[derive(Clone, Debug)]
pub struct Chooser {
    pub policy: Placement,
    pub typical: Vec<Typical>,
    /// The most of each resource that any node has.
    pub largest: Task,
}

/// Shares are compared in units of 2^-24, rounded down.
const UNIT: i64 = 1 << 24;

fn share(amount: u32, most: u32) -> i64 {
    if amount == u32::MAX { 0 } else { i64::from(amount) * UNIT / i64::from(most) }
}

/// Whether a node of this model will do: a task without accelerators may go anywhere.
pub fn allows(model: Option<u32>, accelerators: AcceleratorSet, gpu: u32) -> bool {
    gpu == 0 || model.is_some_and(|model| accelerators.contains(AcceleratorId(model)))
}

impl Chooser {
    pub fn new(policy: Placement, kinds: &[Kind], jobs: &[Job]) -> Chooser {
        let most = |amount: fn(&Kind) -> u32| kinds.iter().map(amount).max().unwrap_or(0).max(1);
        let largest = Task {
            gpu: most(|kind| kind.gpus) * 1000,
            cpu: most(|k| k.cpu_milli),
            memory: most(|k| k.memory_mib),
        };
        let total: u64 = jobs.iter().map(|job| u64::from(job.demand.tasks)).sum();
        let typical = jobs.iter().map(|job| Typical {
            task: Task {
                gpu: job.demand.gpu_milli,
                cpu: job.demand.cpu_milli,
                memory: job.demand.memory_mib,
            },
            accelerators: job.accelerators,
            divisible: job.demand.divisible,
            weight: u64::from(job.demand.tasks),
        });
        let mut kinds: Vec<Typical> = Vec::new();
        for one in typical {
            let same = |other: &&mut Typical| {
                (other.task, other.accelerators, other.divisible)
                    == (one.task, one.accelerators, one.divisible)
            };
            match kinds.iter_mut().find(same) {
                Some(known) => known.weight += one.weight,
                None => kinds.push(one),
            }
        }
        kinds.iter_mut().for_each(|kind| kind.weight = kind.weight * 1_000_000 / total.max(1));
        Chooser { policy, typical: kinds, largest }
    }

    /// The node for a task, its score (less is better) and what it would get there.
    fn best(&self, nodes: &[Node], model: Option<u32>, task: &Task) -> Option<(i64, Part)> {
        let mut best: Option<(i64, Part)> = None;
        for (index, node) in nodes.iter().enumerate().filter(|(_, node)| node.model == model) {
            for device in self.device_choices(node, task) {
                let Some(gpus) = node.devices(task, device) else { continue };
                let part = Part { node: index, gpus, cpu: task.cpu, memory: task.memory };
                let score = self.score(node, task, &part);
                if best.as_ref().is_none_or(|(least, _)| score < *least) {
                    best = Some((score, part));
                }
            }
        }
        best
    }

    /// The accelerators that a share might go on: one for most policies, all of them for FGD.
    fn device_choices(&self, node: &Node, task: &Task) -> Vec<Option<usize>> {
        if task.gpu == 0 || task.gpu >= 1000 {
            return vec![None];
        }
        let mut room: Vec<usize> = node.with_room(task.gpu).collect();
        room.sort_by_key(|&device| node.left[device]);
        match self.policy {
            Placement::Fgd => room.into_iter().map(Some).collect(),
            // One that nobody uses, or else the one with the most left.
            Placement::WorstFit => room.last().copied().map(Some).into_iter().collect(),
            // The one with the least left that is enough.
            _ => room.first().copied().map(Some).into_iter().collect(),
        }
    }

    fn score(&self, node: &Node, task: &Task, part: &Part) -> i64 {
        let mut after = node.clone();
        after.take(part);
        let left = |node: &Node| {
            share(node.sum(), self.largest.gpu)
                + share(node.cpu, self.largest.cpu)
                + share(node.memory, self.largest.memory)
        };
        let product = |free: u32, asked: u32, most: u32| (share(free, most) * share(asked, most)) >> 16;
        match self.policy {
            Placement::FirstFit => part.node as i64,
            Placement::BestFit | Placement::DomainPack => left(&after),
            Placement::WorstFit => -left(&after),
            Placement::DotProduct => {
                product(node.sum(), task.gpu, self.largest.gpu)
                    + product(node.cpu, task.cpu, self.largest.cpu)
                    + product(node.memory, task.memory, self.largest.memory)
            }
            Placement::Fgd => self.fragmented(&after) - self.fragmented(node),
        }
    }

    /// Weng et al., section 3: what is free and of no use, averaged over the typical tasks.
    fn fragmented(&self, node: &Node) -> i64 {
        let mut sum = 0;
        for typical in &self.typical {
            let mut task = typical.task;
            if typical.divisible {
                task.gpu = task.gpu.min(1000 * node.left.len() as u32);
            }
            let runs = task.gpu > 0
                && allows(node.model, typical.accelerators, task.gpu)
                && node.devices(&task, node.with_room(task.gpu).next()).is_some();
            let useless = |left: &&u32| !runs || **left < task.gpu.min(1000);
            sum += typical.weight as i64 * i64::from(node.left.iter().filter(useless).sum::<u32>());
        }
        sum
    }

    /// Takes room for the whole job out of `nodes` and returns it with the model of its nodes; or changes nothing.
    /// Only nodes of the model `only` if that is given.
    pub fn place(
        &self,
        nodes: &mut Vec<Node>,
        job: &Job,
        only: Option<Option<u32>>,
    ) -> Option<(Option<u32>, Vec<Part>)> {
        #[allow(clippy::type_complexity)]
        let mut best: Option<((i64, usize), Option<u32>, Vec<Part>, Vec<Node>)> = None;
        for model in models(nodes, job).into_iter().filter(|model| only.is_none_or(|only| only == *model)) {
            let mut trial = nodes.clone();
            let Some((first, parts)) = self.place_on(&mut trial, job, model) else { continue };
            if best.as_ref().is_none_or(|(least, ..)| first < *least) {
                best = Some((first, model, parts, trial));
            }
        }
        let (_, model, parts, trial) = best?;
        *nodes = trial;
        Some((model, parts))
    }

    /// Places all tasks on nodes of one model; returns the score and the node of the first too.
    fn place_on(
        &self,
        nodes: &mut Vec<Node>,
        job: &Job,
        model: Option<u32>,
    ) -> Option<((i64, usize), Vec<Part>)> {
        forms(nodes, job, model).into_iter().find_map(|tasks| {
            let mut trial = nodes.clone();
            let mut first = None;
            let mut parts = Vec::new();
            for task in tasks {
                let (score, part) = self.best(&trial, model, &task)?;
                first.get_or_insert((score, part.node));
                trial[part.node].take(&part);
                parts.push(part);
            }
            *nodes = trial;
            Some((first.unwrap_or((0, 0)), parts))
        })
    }
}

/// The models whose nodes the job may use, in the order of the nodes.
pub fn models(nodes: &[Node], job: &Job) -> Vec<Option<u32>> {
    let mut models = Vec::new();
    for node in nodes {
        if !models.contains(&node.model) && allows(node.model, job.accelerators, job.demand.gpu_milli) {
            models.push(node.model);
        }
    }
    models
}

/// The job's tasks on nodes of a model, the largest parts first: in parts of a size of node that the nodes of that size, empty, hold, or
/// all nodes together, where they hold none of the larger parts.
fn forms(nodes: &[Node], job: &Job, model: Option<u32>) -> Vec<Vec<Task>> {
    let own: Vec<&Node> = nodes.iter().filter(|node| node.model == model).collect();
    let mut sizes: Vec<u32> = own.iter().map(|node| node.left.len() as u32 * 1000).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes.dedup();
    if !job.demand.divisible || sizes.len() < 2 {
        return vec![in_parts(job, sizes.first().copied().unwrap_or(0))];
    }
    let mut larger_fits = false;
    let form = |&size: &u32| {
        let tasks = in_parts(job, size);
        let same: Vec<&Node> =
            own.iter().copied().filter(|node| node.left.len() as u32 * 1000 == size).collect();
        let fits = hold(&same, &tasks) || (!larger_fits && hold(&own, &tasks));
        larger_fits |= fits;
        fits.then_some(tasks)
    };
    sizes.iter().filter_map(form).collect()
}

/// Whether empty nodes hold these tasks, one after the other, each on the first with room.
fn hold(nodes: &[&Node], tasks: &[Task]) -> bool {
    let mut left: Vec<(u32, u32, u32)> =
        nodes.iter().map(|node| (node.left.len() as u32 * 1000, node.whole.0, node.whole.1)).collect();
    tasks.iter().all(|task| {
        let fits =
            |node: &&mut (u32, u32, u32)| node.0 >= task.gpu && node.1 >= task.cpu && node.2 >= task.memory;
        let Some(node) = left.iter_mut().find(fits) else { return false };
        node.0 -= task.gpu;
        node.1 -= if node.1 == u32::MAX { 0 } else { task.cpu };
        node.2 -= if node.2 == u32::MAX { 0 } else { task.memory };
        true
    })
}

/// A divisible job that is larger than a node takes whole nodes and one remainder, its cores and memory in proportion,
/// rounded up.
fn in_parts(job: &Job, node: u32) -> Vec<Task> {
    let demand = &job.demand;
    let task = Task { gpu: demand.gpu_milli, cpu: demand.cpu_milli, memory: demand.memory_mib };
    if !demand.divisible || node == 0 || task.gpu <= node {
        return vec![task; demand.tasks as usize];
    }
    let part =
        |amount: u32, gpu: u32| (u64::from(amount) * u64::from(gpu)).div_ceil(u64::from(task.gpu)) as u32;
    let of = |gpu: u32| Task { gpu, cpu: part(task.cpu, gpu), memory: part(task.memory, gpu) };
    let mut tasks = vec![of(node); (task.gpu / node) as usize];
    if !task.gpu.is_multiple_of(node) {
        tasks.push(of(task.gpu % node));
    }
    tasks
}
