use super::*;
use crate::cluster::{Shape, Typical};
use base::id::AcceleratorId;

fn cluster(typical: Typical, gpus: &[u8]) -> Cluster {
    let mut cluster = Cluster::new(typical);
    for &gpus in gpus {
        let accelerator = Some(AcceleratorId(0));
        cluster.add_nodes(
            Shape { accelerator, gpus, cpu_milli: 64_000, memory_mib: u32::MAX, domain_nodes: 2 },
            1,
        );
    }
    cluster
}

/// Nodes of four accelerators, so many to a rack.
fn racks(nodes: u32, to_a_rack: u32) -> Cluster {
    let mut cluster = Cluster::new(Typical::default());
    let shape = Shape {
        accelerator: Some(AcceleratorId(0)),
        gpus: 4,
        cpu_milli: u32::MAX,
        memory_mib: u32::MAX,
        domain_nodes: to_a_rack,
    };
    cluster.add_nodes(shape, nodes);
    cluster
}

fn place(placer: &mut Placer, cluster: &mut Cluster, demand: Demand) -> Vec<u32> {
    let mut out = Vec::new();
    placer.place(cluster, &demand, AcceleratorSet::ANY, &mut out).expect("it fits");
    out.iter().map(|allocation| allocation.node).collect()
}

fn first_node(policy: Placement, demand: Demand) -> u32 {
    let mut cluster = cluster(Typical::of([(&Demand::gpus(8), AcceleratorSet::ANY)]), &[8, 8, 4, 8]);
    let mut placer = Placer::new(policy);
    let mut warm = Placer::new(Placement::FirstFit);
    place(&mut warm, &mut cluster, Demand::gpus(2)); // node 0 has 6 left
    place(&mut placer, &mut cluster, demand)[0]
}

#[test]
fn each_policy_takes_the_node_it_is_named_for() {
    assert_eq!(first_node(Placement::FirstFit, Demand::gpus(1)), 0);
    assert_eq!(first_node(Placement::BestFit, Demand::gpus(1)), 2, "4 of 4 is the least that is free");
    assert_eq!(first_node(Placement::WorstFit, Demand::gpus(1)), 1);
    assert_eq!(first_node(Placement::DotProduct, Demand::gpus(1)), 2);
    // Jobs of 8 are typical: breaking a whole node of 8 costs 7, the broken one gains 1.
    assert_eq!(first_node(Placement::Fgd, Demand::gpus(1)), 0);
}

#[test]
fn gangs_take_whole_nodes_and_give_them_back() {
    for policy in
        [Placement::FirstFit, Placement::BestFit, Placement::WorstFit, Placement::Fgd, Placement::DomainPack]
    {
        let mut cluster = cluster(Typical::default(), &[8; 6]);
        let mut placer = Placer::new(policy);
        placer.added(&cluster, 0);
        let mut out = Vec::new();
        let groups =
            placer.place(&mut cluster, &Demand::gpus(20), AcceleratorSet::ANY, &mut out).expect("fits");
        assert_eq!(out.len(), 3, "{policy:?}");
        assert_eq!(cluster.free_milli(), 28_000);
        assert!(
            placer.place(&mut cluster, &Demand::gpus(32), AcceleratorSet::ANY, &mut Vec::new()).is_none()
        );
        placer.release(&mut cluster, &groups, &out);
        assert_eq!(cluster.free_milli(), 48_000);
    }
}

#[test]
fn domains_stay_whole() {
    // Racks of four nodes of four accelerators.
    let mut cluster = racks(12, 4);
    let mut placer = Placer::new(Placement::DomainPack);
    placer.added(&cluster, 0);
    assert_eq!(place(&mut placer, &mut cluster, Demand::gpus(8)), [0, 1]);
    assert_eq!(
        place(&mut placer, &mut cluster, Demand::gpus(12)),
        [4, 5, 6],
        "does not fit beside the first"
    );
    assert_eq!(place(&mut placer, &mut cluster, Demand::gpus(4)), [7], "fills the fullest");
    assert_eq!(
        place(&mut placer, &mut cluster, Demand::gpus(20)),
        [8, 9, 10, 11, 2],
        "a whole rack and one node more"
    );
}

/// What is left over of a divisible job goes to one node, not to a domain that has as much free on several.
#[test]
fn a_remainder_is_not_scattered() {
    let mut cluster = racks(8, 2);
    let mut placer = Placer::new(Placement::DomainPack);
    placer.added(&cluster, 0);
    // Free by domain: 1 and 1; 2 and 0; 1 and 4; 4 and 4.
    for (node, gpus) in [(0, 3), (1, 3), (2, 2), (3, 4), (4, 3)] {
        cluster.take(node, &Task { gpu_milli: gpus * 1000, ..Task::default() }, Device::Fresh, false);
        placer.node_changed(&cluster, node);
    }
    assert_eq!(
        place(&mut placer, &mut cluster, Demand::gpus(14)),
        [6, 7, 5, 2],
        "three nodes, and half of one"
    );
}

/// What is counted by domain stays what there is, whatever comes and goes.
#[test]
fn what_is_free_in_a_domain_is_counted_right() {
    let mut cluster = racks(60, 6);
    let mut placer = Placer::new(Placement::DomainPack);
    placer.added(&cluster, 0);
    let mut held = Vec::new();
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut placed = 0;
    for _ in 0..3000 {
        let mut out = Vec::new();
        let demand = match next(3) {
            0 => Demand::gpus(1 << next(8)),
            1 => Demand::gpus(1 + next(30) as u32),
            _ => Demand { gpu_milli: 100 + 100 * next(8) as u32, ..Demand::gpus(1) },
        };
        if let Some(groups) = placer.place(&mut cluster, &demand, AcceleratorSet::ANY, &mut out) {
            held.push((groups, out));
            placed += 1;
        }
        while held.len() > 12 {
            let (groups, out) = held.swap_remove(next(12) as usize);
            placer.release(&mut cluster, &groups, &out);
        }
        assert!(placer.domains.as_ref().is_some_and(|domains| domains.agree(&cluster)));
    }
    assert!(placed > 1000, "{placed}");
}
