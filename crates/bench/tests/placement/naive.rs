//! Placement by asking every node, with the two readings of a rule that differ: exact scores with ties to the first
//! node, or scores of whole numbers from 0 to 100 over processor and accelerators alone, as the artefact has them.

use bench::pods::Openb;
use std::collections::HashMap;
use trace::JobRecord;

/// The rule and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Growth of fragmentation, exactly.
    Fgd,
    /// The same through a logistic curve, cut to whole numbers.
    FgdRounded,
    /// What is left of processor and accelerators, equal weights, cut to whole numbers.
    BestFitRounded,
    /// Mean product of free and asked shares of processor and accelerators, exactly.
    DotProduct,
    /// The same, cut to whole numbers.
    DotProductRounded,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node {
    /// What is left of each accelerator, in thousandths.
    gpus: Vec<u32>,
    cpu: u32,
    memory: u32,
}

struct Task {
    /// Accelerators, and of each how much.
    gpus: u32,
    each: u32,
    cpu: u32,
    memory: u32,
}

impl Task {
    fn of(pod: &JobRecord) -> Task {
        let asked = pod.demand.gpu_milli;
        let (gpus, each) = if asked > 1000 { (asked / 1000, 1000) } else { (asked.min(1), asked) };
        Task { gpus, each, cpu: pod.demand.cpu_milli, memory: pod.demand.memory_mib }
    }
    fn fits(&self, node: &Node) -> bool {
        let enough = node.gpus.iter().filter(|&&left| left >= self.each).count() as u32 >= self.gpus;
        enough && node.cpu >= self.cpu && node.memory >= self.memory
    }
    /// The node with the task on it; a share goes on accelerator `at`.
    fn put(&self, node: &Node, at: Option<usize>) -> Node {
        let mut after = node.clone();
        match at {
            Some(at) => after.gpus[at] -= self.each,
            None => {
                let whole = after.gpus.iter_mut().filter(|left| **left >= self.each);
                whole.take(self.gpus as usize).for_each(|left| *left -= self.each);
            }
        }
        after.cpu -= self.cpu;
        after.memory -= self.memory;
        after
    }
    /// The accelerators that a share could go on; `None` for whole ones.
    fn ways(&self, node: &Node) -> Vec<Option<usize>> {
        if self.gpus != 1 || self.each == 1000 {
            return vec![None];
        }
        let mut ways: Vec<usize> = (0..node.gpus.len()).filter(|&at| node.gpus[at] >= self.each).collect();
        // Where a rule does not tell accelerators apart, the first is the fullest that fits.
        ways.sort_by_key(|&at| node.gpus[at]);
        ways.into_iter().map(Some).collect()
    }
}

/// Mean, over the pods of the log, of what each cannot use of a node (section 3 of the paper).
struct Fragmentation {
    typical: Vec<(Task, f64)>,
    known: HashMap<Node, f64>,
}

impl Fragmentation {
    fn of(&mut self, node: &Node) -> f64 {
        if let Some(&known) = self.known.get(node) {
            return known;
        }
        let all: u32 = node.gpus.iter().sum();
        let unusable = |task: &Task| {
            if task.gpus == 0 || !task.fits(node) {
                return all;
            }
            node.gpus.iter().filter(|&&left| left < task.each).sum()
        };
        let sum = self.typical.iter().map(|(task, weight)| weight * f64::from(unusable(task))).sum();
        self.known.insert(node.clone(), sum);
        sum
    }
}

/// Less is better.
fn score(rule: Rule, fragmentation: &mut Fragmentation, before: &Node, after: &Node) -> f64 {
    match rule {
        Rule::Fgd => fragmentation.of(after) - fragmentation.of(before),
        Rule::FgdRounded => {
            let growth = (fragmentation.of(after) - fragmentation.of(before)) / 1000.0;
            -(100.0 / (1.0 + growth.exp())).floor()
        }
        Rule::BestFitRounded => {
            let gpus = after.gpus.iter().sum::<u32>();
            -(100.0 * (1.0 - f64::from(after.cpu) / 256_000.0 - f64::from(gpus) / 16_000.0)).floor()
        }
        Rule::DotProduct => product(before, after),
        Rule::DotProductRounded => -(100.0 * (1.0 - product(before, after))).floor(),
    }
}

/// Mean of free times asked, each as a share of the largest node.
fn product(before: &Node, after: &Node) -> f64 {
    let gpus = |node: &Node| f64::from(node.gpus.iter().sum::<u32>()) / 8000.0;
    let cpu = |node: &Node| f64::from(node.cpu) / 128_000.0;
    (gpus(before) * (gpus(before) - gpus(after)) + cpu(before) * (cpu(before) - cpu(after))) / 2.0
}

/// The share of the accelerators that is allocated after these arrivals.
pub fn allocated(openb: &Openb, arrivals: &[JobRecord], rule: Rule) -> f64 {
    let nodes = openb.nodes.iter().flat_map(|kind| {
        let node =
            Node { gpus: vec![1000; kind.gpus as usize], cpu: kind.cpu_milli, memory: kind.memory_mib };
        std::iter::repeat_n(node, kind.count as usize)
    });
    let mut nodes: Vec<Node> = nodes.collect();
    let mut kinds: HashMap<_, f64> = HashMap::new();
    for pod in &openb.pods {
        *kinds.entry(pod.demand).or_default() += 1.0 / openb.pods.len() as f64;
    }
    let mut typical: Vec<_> = kinds.into_iter().collect();
    typical.sort_by(|a, b| b.1.total_cmp(&a.1).then(format!("{:?}", a.0).cmp(&format!("{:?}", b.0))));
    let task = |demand| Task::of(&JobRecord { demand, ..openb.pods[0].clone() });
    let typical = typical.into_iter().map(|(demand, weight)| (task(demand), weight)).collect();
    let mut fragmentation = Fragmentation { typical, known: HashMap::new() };
    let mut held = 0;
    for pod in arrivals {
        let task = Task::of(pod);
        let mut scored: HashMap<&Node, (f64, Option<usize>)> = HashMap::new();
        let mut best: Option<(f64, usize, Option<usize>)> = None;
        for (index, node) in nodes.iter().enumerate().filter(|(_, node)| task.fits(node)) {
            let (score, way) = *scored.entry(node).or_insert_with(|| {
                let ways = task.ways(node).into_iter();
                let scores =
                    ways.map(|way| (score(rule, &mut fragmentation, node, &task.put(node, way)), way));
                scores.min_by(|a, b| a.0.total_cmp(&b.0)).expect("the task fits")
            });
            // Sums of shares that ought to be equal differ in the last digits.
            if best.is_none_or(|(least, ..)| score < least - 1e-9) {
                best = Some((score, index, way));
            }
        }
        if let Some((_, index, way)) = best {
            nodes[index] = task.put(&nodes[index], way);
            held += u64::from(task.gpus * task.each);
        }
    }
    held as f64 / openb.capacity_milli as f64
}
