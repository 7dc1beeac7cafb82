//! The small size of every benchmark: they run, their references agree, and they give the same result each time.

use bench::{CASES, Row, Size};

fn rows(name: &str) -> Vec<Row> {
    let case = CASES.iter().find(|case| case.name == name).expect("a case of that name");
    let rows = (case.run)(Size::Small);
    let again = (case.run)(Size::Small);
    assert_eq!(rows.len(), again.len());
    for (row, other) in rows.iter().zip(&again) {
        assert_eq!((&row.name, row.count, row.digest), (&other.name, other.count, other.digest));
        assert!(row.count > 0 && row.cpu_s > 0.0, "{row:?}");
    }
    rows
}

/// What the kernel did is compared with a bare heap inside.
#[test]
fn kernel() {
    let rows = rows("kernel");
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.reference.is_some()));
}

/// Where Python has what they need, the models of `bench/peers` run beside, and every wait is compared inside.
#[test]
fn queues_beside_the_models_in_python() {
    for case in ["philly", "openb-sites"] {
        let rows = rows(case);
        assert!(rows.is_empty() || rows.len() == 3, "{case}: {rows:?}");
        // FCFS, EASY, EASY that looks 100 jobs deep: three different schedules, or the case says nothing.
        let digests: std::collections::BTreeSet<u64> = rows.iter().map(|row| row.digest.0).collect();
        assert_eq!(digests.len(), rows.len(), "{case}: {rows:?}");
    }
}

#[test]
fn placement() {
    let rows = rows("placement");
    assert!(rows.is_empty() || rows.len() == bench::pods::POLICIES.len());
}

#[test]
fn synthetic() {
    let rows = rows("synthetic");
    assert_eq!(rows.iter().map(|row| row.count).collect::<Vec<_>>(), [2000]);
}

#[test]
fn books() {
    let rows = rows("books");
    assert_eq!(rows.iter().map(|row| row.count).collect::<Vec<_>>(), [4_000, 4_000, 8_000]);
}

#[test]
fn energy() {
    let rows = rows("energy");
    assert!(rows.len() >= 2);
    assert_eq!(rows[..2].iter().map(|row| row.count).collect::<Vec<_>>(), [5 * 6, 7 * 24]);
}

/// Frontier as a scenario: idle and at peak to the hundred watts that were published.
#[test]
fn frontier_idles_and_peaks_as_published() {
    let mut world = bench::energy::world_of(&bench::energy::FRONTIER.replace("\"idle\"", "\"full\""));
    world.end = world.start + base::Span::HOUR * 3;
    let job = |number: u64| twin::Job {
        number,
        workload: base::id::WorkloadId(0),
        tenant: base::id::TenantId(0),
        home: None,
        priority: 0,
        demand: trace::Demand { tasks: 9472, divisible: false, ..trace::Demand::gpus(4) },
        accelerators: twin::AcceleratorSet::ANY,
        runtime: base::Span::HOUR,
        requested: base::Span::HOUR,
    };
    let conditions = std::sync::Arc::new(run::conditions(&world).conditions);
    let mut simulation = twin::simulation_under(&world, &twin::Typical::default(), conditions);
    let mut hours = Vec::new();
    let mut jobs = vec![(world.start + base::Span::HOUR, job(0))].into_iter().peekable();
    simulation.run(&mut jobs, world.end, |_, facts| {
        let energy = facts
            .iter()
            .filter_map(|fact| if let twin::Fact::Energy(hour) = fact { Some(hour) } else { None });
        hours.extend(energy.map(|hour| hour.books.it.mwh()));
        std::ops::ControlFlow::Continue(())
    });
    println!("idle {:.6} MW, peak {:.6} MW", hours[0], hours[1]);
    assert_eq!(format!("{:.4} {:.4}", hours[0], hours[1]), "7.3065 28.2279");
}

/// Says why it is passed over where `stargate` is not built.
#[test]
fn programme() {
    let rows = rows("programme");
    assert!(rows.iter().all(|row| row.count > 10_000), "{rows:?}");
}

#[test]
fn offers() {
    let rows = rows("offers");
    // Offer, notice, clock, answer, then a contract and a signature, or a second clock, a tail and a closing.
    assert_eq!((rows[0].count, rows[0].answer.as_str()), (20_000, "136000 facts"));
}

/// Says why it is passed over where `stargate` is not built.
#[test]
fn start() {
    rows("start");
}
