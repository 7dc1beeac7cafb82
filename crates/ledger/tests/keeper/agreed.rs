//! Agreements of a scenario in the books, each worked by hand.

use super::*;
use ledger::statement::Kind;

/// A developer owns the west and lets it to a cloud, which has it from January and sells to a laboratory. The laboratory has
/// committed itself, and gives a share of what it sells to a vendor; the share falls from March on.
const AGREED: &str = r#"
[partner.developer]
role = "developer"
[partner.cloud]
role = "operator"
[partner.lab]
role = "user"
[partner.vendor]
[partner.bank]
role = "lender"
[agreement.lease]
effective = "2025-01-01"
[agreement.lease.lease]
lessor = "developer"
lessee = "cloud"
site = "west"
from = "2025-07-01"
months = 60
usd_per_month = 1000.0
escalator = 0.1
[agreement.take]
effective = "2025-12-01"
[agreement.take.commitment]
payer = "lab"
payee = "cloud"
counts = "usd"
from = "2026-01-01"
period_months = 1
committed = [10000.0, 10000.0, 10000.0]
[agreement.share]
effective = "2025-12-01"
[agreement.share.revenue_share]
payer = "cloud"
payee = "vendor"
revenue = "jobs"
from = "2026-01-01"
until = "2027-01-01"
share = 0.1
[[agreement.share.version]]
effective = "2026-03-01"
[agreement.share.version.revenue_share]
share = 0.05
[agreement.loan]
effective = "2025-01-01"
[agreement.loan.loan]
lender = "bank"
borrower = "developer"
pattern = "bullet"
usd = 1200.0
from = "2025-12-01"
until = "2026-12-01"
rate = 0.12
interest_months = 1
"#;

fn agreed() -> World {
    let text = SCENARIO
        .replace("[site.west]\n", "[site.west]\nowner = \"developer\"\nlessee = \"cloud\"\n")
        .replace("[tenant.product]\n", "[tenant.product]\npartner = \"lab\"\n")
        .replace("ready = \"2026-03-15\"", "ready = \"2025-01-01\"");
    let origin = Origin::Text { name: "books.toml".into(), text: text + AGREED };
    let reading = scenario::read(&origin, &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")))
}

#[test]
fn each_side_has_what_the_agreements_of_the_scenario_say() {
    let world = agreed();
    let mut keeper = Keeper::new(&world).unwrap().unwrap();
    let party = |name: &str| {
        let at = keeper.outline().parties.iter().position(|party| party == name).unwrap();
        PartyId(at as u32)
    };
    let (developer, cloud, lab, vendor, bank) =
        (party("developer"), party("cloud"), party("lab"), party("vendor"), party("bank"));
    assert_eq!(
        keeper.books().balance(developer, Account::LoanTaken),
        -1_200_000_000,
        "owed when the run starts"
    );
    assert!(!keeper.outline().has_books(bank));
    // 24 h at 4 USD: 9,600 USD in January, 14,400 in February, nothing in March.
    for (month, gpus) in [(1, 100), (2, 150)] {
        let since = day(&format!("2026-{month:02}-10"));
        keeper.observe(since + Span::DAY, &[usage(1, 0, since, gpus)]).unwrap();
    }
    keeper.observe(day("2026-04-15"), &[]).unwrap();
    let partners = keeper.outline().partners;
    let closed = keeper.take_closed();
    let months: Vec<_> = closed.iter().map(|closed| statement::of(closed, partners)).collect();
    let line = |party: PartyId, name: &str| -> Vec<f64> {
        months.iter().map(|all| all[party.index()].get(Kind::Income, name) as f64 / 1e6).collect()
    };
    // The lease is in its first year until July: ten per cent more after that.
    assert_eq!(line(cloud, "expenses:rent"), [1000.0; 3]);
    assert_eq!(line(developer, "income:rent"), [1000.0; 3]);
    assert_eq!(line(lab, "expenses:compute"), [9600.0, 14_400.0, 0.0]);
    assert_eq!(line(lab, "expenses:minimum"), [400.0, 0.0, 10_000.0]);
    assert_eq!(line(cloud, "income:minimum"), [400.0, 0.0, 10_000.0]);
    // A tenth in January and February; the version of March finds nothing sold.
    assert_eq!(line(cloud, "expenses:share"), [960.0, 1440.0, 0.0]);
    assert_eq!(line(vendor, "income:share"), [960.0, 1440.0, 0.0]);
    assert_eq!(line(developer, "expenses:interest"), [12.0; 3], "a hundredth a month, on its first day");
    // All as one: only the bank is paid.
    assert_eq!(line(PartyId(partners as u32), "expenses:interest"), [12.0; 3]);
    assert_eq!(line(PartyId(partners as u32), "expenses:rent"), [0.0; 3]);
}

#[test]
fn a_version_that_begins_settles_the_month_at_whose_end_it_is_in_force() {
    let world = agreed();
    let mut keeper = Keeper::new(&world).unwrap().unwrap();
    let since = day("2026-03-10");
    keeper.observe(since + Span::DAY, &[usage(1, 0, since, 100)]).unwrap();
    keeper.observe(day("2026-04-15"), &[]).unwrap();
    let partners = keeper.outline().partners;
    let march = keeper.take_closed().pop().unwrap();
    let vendor = keeper.outline().parties.iter().position(|party| party == "vendor").unwrap();
    assert_eq!(statement::of(&march, partners)[vendor].get(Kind::Income, "income:share"), 480_000_000);
}

/// The lease with a lessee who leaves on 10 February, and a vendor who answers for it; what each pays month by month.
fn left(backstop: &str) -> [Vec<f64>; 4] {
    left_on("2026-02-10", backstop)
}

/// The same, leaving on another day.
fn left_on(day: &str, backstop: &str) -> [Vec<f64>; 4] {
    let text = SCENARIO
        .replace("[site.west]\n", "[site.west]\nowner = \"developer\"\nlessee = \"cloud\"\n")
        .replace("ready = \"2026-03-15\"", "ready = \"2025-01-01\"")
        .replace("2027-04-11", "2026-09-01")
        + &AGREED.replace(
            "usd_per_month = 1000.0\n",
            &format!("usd_per_month = 1000.0\ntermination_months = 6\nterminated = \"{day}\"\n"),
        )
        + backstop;
    let origin = Origin::Text { name: "books.toml".into(), text };
    let reading = scenario::read(&origin, &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    let world = reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")));
    let mut keeper = Keeper::new(&world).unwrap().unwrap();
    let mut simulation = twin::simulation(&world, &twin::Typical::default());
    simulation.run(&mut std::iter::empty().peekable(), world.end, |now, facts| {
        keeper.observe(now, facts).unwrap();
        std::ops::ControlFlow::Continue(())
    });
    keeper.finish(world.end).unwrap();
    let partners = keeper.outline().partners;
    let closed = keeper.take_closed();
    let party = |name: &str| keeper.outline().parties.iter().position(|party| party == name).unwrap();
    let line = |who: &str, name: &str| -> Vec<f64> {
        let of = |closed| statement::of(closed, partners)[party(who)].get(Kind::Income, name) as f64 / 1e6;
        closed.iter().map(of).collect()
    };
    let rent = line("developer", "income:rent");
    let both: Vec<f64> = line("cloud", "expenses:rent")
        .iter()
        .zip(line("vendor", "expenses:rent"))
        .map(|(a, b)| a + b)
        .collect();
    assert_eq!(rent, both, "what one pays the other receives");
    let vendor_fee = line("vendor", "expenses:minimum");
    [
        line("cloud", "expenses:rent"),
        line("vendor", "expenses:rent"),
        vendor_fee,
        line("developer", "income:minimum"),
    ]
}

const BACKSTOP: &str = r#"
[agreement.behind]
calendar = "us_federal"
[agreement.behind.backstop]
guarantor = "vendor"
lease = "lease"
"#;

#[test]
fn a_guarantor_pays_the_fee_or_steps_in_for_a_lessee_who_leaves() {
    let zeros = vec![0.0; 8];
    let only =
        |at: usize, usd: f64| (0..8).map(|month| if month == at { usd } else { 0.0 }).collect::<Vec<_>>();
    // Rent of January and of the month in which the cloud leaves; half a year of rent by itself in February.
    let cloud = vec![1000.0, 1000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let [rent, vendor, fee, received] = left("");
    assert_eq!((rent, vendor, fee, received), (cloud.clone(), zeros.clone(), zeros.clone(), only(1, 6000.0)));
    // The vendor steps in on 22 March, and on 15 April with the rent since it was called. From July the rent is higher.
    let steps = |after| {
        BACKSTOP.to_string() + "notice = \"90 days\"\nchooses = \"step_in\"\nchooses_after = " + after
    };
    let [rent, vendor, fee, received] = left(&steps("\"40 days\""));
    let rents = vec![0.0, 0.0, 1000.0, 1000.0, 1000.0, 1000.0, 1100.0, 1100.0];
    assert_eq!((rent, vendor, fee, received), (cloud.clone(), rents, zeros.clone(), zeros.clone()));
    let [_, vendor, ..] = left(&steps("\"64 days\""));
    assert_eq!(vendor, [0.0, 0.0, 0.0, 2000.0, 1000.0, 1000.0, 1100.0, 1100.0]);
    // It chooses the fee in March; by silence it is due after sixty business days, in May.
    let pays = BACKSTOP.to_string() + "notice = \"90 days\"\nchooses = \"fee\"\nchooses_after = \"40 days\"";
    let silent = BACKSTOP.to_string() + "notice = \"60 business days\"";
    for (text, month) in [(pays, 2), (silent, 4)] {
        let [rent, vendor, fee, received] = left(&text);
        assert_eq!((rent, vendor, fee), (cloud.clone(), zeros.clone(), only(month, 6000.0)), "{text}");
        assert_eq!(received, only(month, 6000.0));
    }
    // A backstop that has ended by then answers for nobody.
    let ended = BACKSTOP.to_string()
        + "notice = \"90 days\"\n[[agreement.behind.version]]\neffective = \"2026-02-01\"\nends = true\n";
    assert_eq!(left(&ended)[3], only(1, 6000.0));
    assert_eq!(left(&ended)[2], zeros);
    // Who left before the run pays nothing in it, and nobody is called.
    for backstop in ["", steps("\"40 days\"").as_str()] {
        assert_eq!(left_on("2025-11-10", backstop), [(); 4].map(|()| vec![0.0; 8]));
    }
}
