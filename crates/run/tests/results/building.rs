//! A scenario that builds: its tables and results, cut into pieces, and without any of it.

use super::{SMALL, StopAfter, files, folder, options, run_to_end, world};
use run::{Outcome, execute};
use tables::{Manifest, building_tables, read};

const BUILDING: &str = include_str!("../building.toml");

#[test]
fn what_is_built_and_paid_is_in_the_tables_and_adds_up() {
    let world = world(BUILDING, &[]);
    let out = folder("building").join("out");
    let finished = run_to_end(&world, &options(out.clone()));
    let result = |name: &str| finished.summary.get(name).unwrap();
    assert_eq!(result("announced_mw"), 40.0);
    assert_eq!(result("built_it_mw"), 27.0);
    assert_eq!(result("energised_it_mw"), 27.0, "9 + 9 + 3 + 6, one of them for the second time");
    assert_eq!((result("blocks_due"), result("blocks_energised")), (3.0, 3.0));
    assert_eq!(result("site.south.energised_it_mw"), 9.0);
    // 60 + 60 + 20 systems of 150 kW, 30 of 300 kW in the place of the first 60, 20 of them in the south.
    assert_eq!(result("systems_energised"), 30.0 + 60.0 + 20.0 + 20.0);
    let (called, spent, hand) =
        (result("capital_called_usd"), result("capital_spent_usd"), result("capital_in_hand_usd"));
    assert!((called - spent - hand).abs() < 1e-3, "{called} called, {spent} spent, {hand} in hand");
    assert!(spent > 24.0 * 12.1e6 + 120.0 * 3.4e6 + 50.0 * 7.8e6 - 1e8, "{spent}");
    assert!(result("interest_capitalised_usd") > 0.0 && result("interest_operating_usd") > 0.0);
    assert_eq!(result("capital_missing_usd"), 0.0);
    let (aside, above) = (result("contingency_set_aside_usd"), result("contingency_spent_usd"));
    assert!((aside - 0.1 * 24.0 * 12.1e6).abs() < 1e-3, "a tenth of the plan of 24 MW: {aside}");
    assert!(above > 0.0 && (result("contingency_left_usd") - (aside - above)).abs() < 1e-3);
    assert!((result("site.south.contingency_set_aside_usd") - aside / 4.0).abs() < 1e-3);
    assert!(result("permanent_people") >= 7.0);

    let manifest = Manifest::read(&out).unwrap();
    for table in building_tables::TABLES {
        let output = manifest.outputs.iter().find(|output| output.name == table.parquet_name()).unwrap();
        assert!(output.rows.unwrap() > 0, "{} has rows", table.name);
    }
    // The months of the table add up to the results.
    let mut sums = [0.0; 2];
    for batch in read::open(&out, &building_tables::capital::TABLE, &[]).unwrap() {
        let batch = batch.unwrap();
        for (sum, column) in sums.iter_mut().zip(["called_usd", "spent_usd"]) {
            *sum += batch.numbers(column).unwrap().iter().flatten().sum::<f64>();
        }
    }
    assert!((sums[0] - called).abs() < 1.0 && (sums[1] - spent).abs() < 1.0);
    let mut uses = 0.0;
    for batch in read::open(&out, &building_tables::capital_uses::TABLE, &["spent_usd"]).unwrap() {
        uses += batch.unwrap().numbers("spent_usd").unwrap().iter().flatten().sum::<f64>();
    }
    assert!((uses - spent).abs() < 1.0);
}

/// Interest that is paid is called and spent in the month that it is of: no row lies after the run, and all add up.
#[test]
fn interest_that_is_paid_is_in_the_months_of_the_run() {
    let books = "\n[books]\nopening_cash_usd = 1e9\n";
    let world = world(&format!("{BUILDING}{books}"), &["tranche.loan.interest=paid"]);
    let out = folder("building-paid").join("out");
    let finished = run_to_end(&world, &options(out.clone()));
    let result = |name: &str| finished.summary.get(name).unwrap();
    assert!(result("interest_paid_usd") > 0.0);
    let sum = |table, column: &str| -> f64 {
        let mut sum = 0.0;
        for batch in read::open(&out, table, &["month", column]).unwrap() {
            let batch = batch.unwrap();
            assert!(batch.instants("month").unwrap().iter().flatten().all(|month| month < world.end));
            sum += batch.numbers(column).unwrap().iter().flatten().sum::<f64>();
        }
        sum
    };
    let capital = |column: &str| sum(&building_tables::capital::TABLE, column);
    let equal = |left: f64, right: f64| assert!((left - right).abs() < 0.005, "{left} is not {right}");
    equal(capital("called_usd"), result("capital_called_usd"));
    equal(capital("spent_usd"), result("capital_spent_usd"));
    equal(capital("called_usd") - capital("spent_usd"), result("capital_in_hand_usd"));
    equal(sum(&building_tables::capital_uses::TABLE, "spent_usd"), result("capital_spent_usd"));
    // What the tables of capital call an expense is one in the books, the last month's too.
    let mut expense = 0;
    for batch in
        read::open(&out, tables::table("postings").unwrap(), &["time", "account", "amount_micro_usd"])
            .unwrap()
    {
        let batch = batch.unwrap();
        assert!(batch.instants("time").unwrap().iter().flatten().all(|time| time < world.end));
        let amounts = batch.integers("amount_micro_usd").unwrap();
        for (account, amount) in batch.texts("account").unwrap().iter().zip(amounts.iter()) {
            if account == Some("expenses:interest") {
                expense += amount.unwrap_or(0);
            }
        }
    }
    equal(expense as f64 / 1e6, result("interest_operating_usd"));
}

#[test]
fn a_run_that_builds_can_be_cut_anywhere() {
    let world = world(BUILDING, &[]);
    let folder = folder("building-cut");
    run_to_end(&world, &options(folder.join("whole")));
    let mut options = options(folder.join("cut"));
    let mut pieces = 0;
    loop {
        pieces += 1;
        match execute(&world, &[], &options, &mut StopAfter(Some(1931))).unwrap() {
            Outcome::Finished(_) => break,
            Outcome::Stopped { .. } => options.resume = true,
        }
    }
    assert!(pieces > 3);
    assert_eq!(files(&folder.join("cut")), files(&folder.join("whole")));
    struct Always;
    impl run::Observer for Always {
        fn instant(&mut self, _: &run::Progress) -> std::ops::ControlFlow<()> {
            std::ops::ControlFlow::Continue(())
        }
    }
    assert!(matches!(run::twice(&world, &mut Always).unwrap(), run::Compared::Same));
}

#[test]
fn the_order_of_sites_blocks_and_tranches_in_the_file_changes_nothing() {
    // The sections of the file, in reverse.
    let (head, rest) = BUILDING.split_once("[horizon]").unwrap();
    let rest = format!("[horizon]{rest}");
    let mut sections: Vec<String> = Vec::new();
    for line in rest.lines() {
        // Rows of a list keep their order, and a table's rows come after the table.
        let opens = line.starts_with('[') && !line.starts_with("[[");
        match sections.last_mut() {
            Some(section) if !opens => section.push_str(&format!("{line}\n")),
            _ => sections.push(format!("{line}\n")),
        }
    }
    sections.reverse();
    let reversed = format!("{head}{}", sections.concat());
    let same = |text: &str| {
        let mut world = world(text, &[]);
        world.figures.clear();
        world
    };
    assert_eq!(same(BUILDING), same(&reversed));
}

#[test]
fn a_scenario_that_builds_nothing_has_nothing_of_it() {
    let world = world(SMALL, &[]);
    assert!(world.buildout.is_none());
    let out = folder("builds-nothing").join("out");
    let finished = run_to_end(&world, &options(out.clone()));
    assert_eq!(finished.summary.get("energised_it_mw"), None);
    let manifest = Manifest::read(&out).unwrap();
    assert!(manifest.outputs.iter().all(|output| !output.name.starts_with("milestones")));
}
