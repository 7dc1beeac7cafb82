use super::*;
use base::id::AcceleratorId;
use proptest::prelude::*;
use trace::Demand;

fn shape(gpus: u8) -> Shape {
    Shape {
        accelerator: Some(AcceleratorId(0)),
        gpus,
        cpu_milli: 64_000,
        memory_mib: u32::MAX,
        domain_nodes: 4,
    }
}

fn task(gpu_milli: u32) -> Task {
    Task { gpu_milli, cpu_milli: 1000, memory_mib: 5 }
}

#[test]
fn a_divisible_job_takes_whole_nodes_and_one_remainder() {
    let demand = Demand { cpu_milli: 20_000, ..Demand::gpus(20) };
    let groups = Groups::resolve(&demand, 0, 8);
    assert_eq!((groups.task.gpu_milli, groups.task.cpu_milli, groups.tasks), (8000, 8000, 2));
    assert_eq!(groups.rest.map(|rest| (rest.gpu_milli, rest.cpu_milli)), Some((4000, 4000)));
    assert_eq!(groups.gpu_milli(), 20_000);

    let mut cluster = Cluster::new(Typical::default());
    cluster.add_nodes(shape(8), 2);
    assert!(!cluster.fits(&groups), "the remainder needs a third node");
    cluster.add_nodes(shape(4), 1);
    assert!(cluster.fits(&groups));
    assert!(can_ever_hold(&[(shape(8), 2), (shape(4), 1)], &demand, AcceleratorSet::ANY));
    assert!(!can_ever_hold(&[(shape(8), 2)], &demand, AcceleratorSet::ANY));
    assert!(!can_ever_hold(&[(shape(8), 9)], &demand, AcceleratorSet(2)));
}

#[test]
fn fragmentation_is_what_typical_jobs_cannot_use() {
    // Half of the tasks ask for a whole accelerator, half for 0.4: worked by hand after section 3 of the paper.
    let (whole, share) = (Demand::gpus(1), Demand { gpu_milli: 400, divisible: false, ..Demand::gpus(1) });
    let typical = Typical::of([(&whole, AcceleratorSet::ANY), (&share, AcceleratorSet::ANY)]);
    let shape = shape(2);
    let empty = Free::empty(0, &shape);
    assert_eq!(typical.fragmented(&empty, &shape), 0);
    // 0.7 taken of one: both run. The whole task cannot use 0.3; the share neither.
    let some = empty.without(&task(700), Device::Fresh);
    assert_eq!(typical.fragmented(&some, &shape), 300 * Typical::WEIGHT);
    // 0.5 left of one, the other in use: the whole task cannot run (all is fragmented), the share can.
    let half = empty.without(&task(500), Device::Fresh).without(&task(1000), Device::Fresh);
    assert_eq!(typical.fragmented(&half, &shape), 500 * Typical::WEIGHT / 2);
}

proptest! {
    #[test]
    fn classes_agree_with_the_nodes(ops in proptest::collection::vec((0u32..6, 0u32..12, 1u32..9), 1..200)) {
        let typical = Typical::of([(&Demand::gpus(2), AcceleratorSet::ANY)]);
        let mut cluster = Cluster::new(typical);
        cluster.add_nodes(shape(4), 5);
        cluster.add_nodes(shape(8), 3);
        let mut held: Vec<(Task, Allocation)> = Vec::new();
        for (op, pick, size) in ops {
            if op < 4 {
                let task = task(if op < 2 { size * 1000 } else { size * 110 });
                let node = pick % cluster.nodes();
                let free = *cluster.free(node);
                if free.fits_one(&task) {
                    let device = free.shared().iter().find(|&&left| u32::from(left) >= task.gpu_milli);
                    let device = if task.is_share() { device.map_or(Device::Fresh, |&left| Device::Shared(left)) } else { Device::Fresh };
                    held.push((task, cluster.take(node, &task, device, false)));
                }
            } else if !held.is_empty() {
                let (task, allocation) = held.swap_remove(pick as usize % held.len());
                cluster.give(&task, allocation);
            }
            let used: u64 = held.iter().map(|(task, _)| u64::from(task.gpu_milli)).sum();
            prop_assert_eq!(cluster.free_milli() + used, 44_000);
            let by_node: u128 = (0..8).map(|n| u128::from(cluster.fragmentation_of(cluster.free(n)))).sum();
            prop_assert_eq!(cluster.fragmented(), by_node);
            let by_class: usize = cluster.classes(0).map(|(_, class)| class.nodes.len()).sum();
            prop_assert_eq!(by_class, 8);
        }
        for (task, allocation) in held.drain(..) {
            cluster.give(&task, allocation);
        }
        prop_assert_eq!(cluster.classes(0).count(), 2, "all nodes are as they were");
    }
}
