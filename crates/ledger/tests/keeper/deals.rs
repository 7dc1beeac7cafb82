//! Agreements in the books: worked by hand, month by month.

use super::*;
use agreement::amount::{Price, Rounding, Share};
use agreement::{commitment, lease, loan, power, service, share};
use jiff::civil::date;
use ledger::Month;
use ledger::deal::{Counts, Deal, Machine, Revenue};
use ledger::outline::Outside;
use ledger::statement::Kind;

pub fn keeper() -> Keeper {
    let mut keeper = Keeper::new(&world()).unwrap().unwrap();
    keeper.observe(day("2026-01-01"), &[energised(0, 0)]).unwrap();
    keeper
}

pub fn deal(payer: PartyId, payee: PartyId, machine: Machine) -> Deal {
    let (since, until, leaves, continues) = (SimTime(i64::MIN), SimTime::NEVER, None, None);
    let (key, site) = ("deal".into(), Some(SiteId(0)));
    Deal { key, payer, payee, site, since, until, leaves, excuses: Vec::new(), continues, machine, count: 0 }
}

pub const PROGRAMME: PartyId = PartyId(0);

/// The tenant `product`, which is outside.
fn customer(keeper: &Keeper) -> PartyId {
    keeper.outline().payer(TenantId(0))
}

/// So much in each of January to March.
pub fn first_quarter(committed: i64) -> Vec<commitment::CommittedPeriod> {
    let (from, to) = (|month| date(2026, month, 1), |month| date(2026, month + 1, 1));
    (1..=3).map(|month| commitment::CommittedPeriod { from: from(month), to: to(month), committed }).collect()
}

/// 10,000 USD in each of January to March, true-up at the end of each.
pub fn spend(upfront: bool) -> commitment::Terms {
    commitment::Terms {
        id: "deal".into(),
        periods: first_quarter(usd(10_000.0).0),
        minimum: Share::WHOLE,
        price: Price::MONEY,
        excess_price: None,
        upfront,
        true_up: 1,
        make_up: None,
        carry_forward: None,
        exit: None,
        rounding: Rounding::HalfAway,
    }
}

/// The income lines of each closed month.
fn months(keeper: &mut Keeper, kind: Kind, name: &str) -> Vec<f64> {
    let all = keeper.take_closed();
    all.iter().map(|closed| statement::of(closed, 1)[0].get(kind, name) as f64 / 1e6).collect()
}

fn use_and_close(keeper: &mut Keeper, per_month: &[u64]) {
    for (n, gpus) in per_month.iter().enumerate() {
        let since = day(&format!("2026-{:02}-10", n + 1));
        keeper.observe(since + Span::DAY, &[usage(0, 0, since, *gpus)]).unwrap();
    }
    keeper.observe(day("2026-04-15"), &[]).unwrap();
}

#[test]
fn take_or_pay_owes_what_was_not_taken() {
    let mut keeper = keeper();
    let payer = customer(&keeper);
    let terms = spend(false);
    let machine = Machine::Commitment { counts: Counts::Money, machine: None, terms, sites: Vec::new() };
    keeper.add_deal(deal(payer, PROGRAMME, machine));
    // 24 h x 4 USD: 9,600, 14,400 and 0 USD.
    use_and_close(&mut keeper, &[100, 150, 0]);
    assert_eq!(months(&mut keeper, Kind::Income, "income:minimum"), [400.0, 0.0, 10_000.0]);
    assert_eq!(keeper.books().balance(PROGRAMME, Account::ComputeSold), -24_000_000_000);
    let unpaid = keeper.books().balance(PROGRAMME, Account::Receivable);
    assert_eq!(unpaid, 10_000_000_000, "March is not due yet; January and February were paid");
}

#[test]
fn what_is_paid_in_advance_is_used_up() {
    let mut keeper = keeper();
    let payer = customer(&keeper);
    let machine =
        Machine::Commitment { counts: Counts::Money, machine: None, terms: spend(true), sites: Vec::new() };
    keeper.add_deal(deal(payer, PROGRAMME, machine));
    use_and_close(&mut keeper, &[100, 150, 0]);
    // 9,600 used and 400 lost; 10,000 used and 4,400 on top; all 10,000 lost.
    assert_eq!(months(&mut keeper, Kind::Income, "income:minimum"), [400.0, 0.0, 10_000.0]);
    assert_eq!(keeper.books().balance(PROGRAMME, Account::Deferred), 0);
    let earned = keeper.books().balance(PROGRAMME, Account::ComputeSold)
        + keeper.books().balance(PROGRAMME, Account::MinimumReceived);
    assert_eq!(earned, -34_400_000_000);
}

#[test]
fn a_revenue_share_stops_at_its_cap() {
    let mut keeper = keeper();
    let owners = keeper.outline().outside(Outside::Owners);
    let terms = share::Terms {
        id: "deal".into(),
        from: day("2026-01-01"),
        until: day("2030-01-01"),
        base: share::Base::Gross,
        tiers: vec![share::Tier { above: Money::ZERO, share: Share(200_000) }],
        basis: share::TierBasis::EachPeriod,
        cap: Some(usd(4_000.0)),
        loss: share::Loss::Forgotten,
        rounding: Rounding::HalfAway,
    };
    let machine = share::RevenueShare::new(terms);
    let machine = Machine::Share { revenue: Revenue::All, net_of: vec![], netted_with: None, machine };
    keeper.add_deal(Deal { site: None, ..deal(PROGRAMME, owners, machine) });
    use_and_close(&mut keeper, &[100, 150, 100]);
    // 20 % of 9,600 and of 14,400, then what the cap leaves.
    assert_eq!(months(&mut keeper, Kind::Income, "expenses:share"), [1920.0, 2080.0, 0.0]);
}

#[test]
fn an_outage_is_credited() {
    let hour = |hour: SimTime, down: u128| {
        let installed = 8_000 * Span::HOUR.0 as u128;
        Fact::SiteHour(twin::SiteHour {
            site: SiteId(0),
            hour,
            installed,
            busy: 0,
            idle: installed - down * installed / 100,
            down: down * installed / 100,
            fragmented: 0,
            queued_jobs: 0,
            queued_gpu_milli: 0,
            running_jobs: 0,
            started: 0,
            finished: 0,
        })
    };
    let mut keeper = keeper();
    let customer = customer(&keeper);
    let terms = service::Terms {
        id: "deal".into(),
        tiers: vec![service::Tier { below: Share(990_000), credit: Share(250_000) }],
        monthly_cap: Share(100_000),
        rolling_cap: Share::WHOLE,
        rounding: Rounding::HalfAway,
    };
    let machine = Machine::Credit { excluded: 0, machine: service::ServiceCredits::new(terms) };
    keeper.add_deal(deal(PROGRAMME, customer, machine));
    keeper.observe(day("2026-01-05"), &[hour(day("2026-01-04"), 2)]).unwrap();
    let since = day("2026-01-10");
    keeper.observe(since + Span::DAY, &[usage(0, 0, since, 100)]).unwrap();
    keeper.observe(day("2026-02-01"), &[]).unwrap();
    // 9,600 USD with 2 % down: a quarter, capped at a tenth.
    assert_eq!(months(&mut keeper, Kind::Income, "expenses:credit"), [960.0]);
}

/// The form of DTE's contract with the Saline site (Michigan PSC, 18 December 2025): 1,383 MW, of which 80 % is billed
/// in any case; here at 10 USD for a kilowatt and month.
#[test]
fn a_power_contract_bills_its_minimum() {
    let mut keeper = keeper();
    let utilities = keeper.outline().outside(Outside::Utilities);
    let terms = power::Terms {
        id: "deal".into(),
        ramp: vec![(0, 1_383_000)],
        minimum: Share(800_000),
        ratchet: None,
        demand_price: Price { amount: usd(10.0), per: 1 },
        energy_price: Price { amount: Money(50_000), per: 1 },
        months: 228,
        exit_months: 120,
        shed_first: true,
        rounding: Rounding::HalfAway,
    };
    let from = Month::of(day("2026-02-01"));
    let machine = Machine::Power { from, machine: power::PowerContract::new(terms) };
    keeper.add_deal(deal(PROGRAMME, utilities, machine));
    use_and_close(&mut keeper, &[]);
    let minimum = 1_383_000.0 * 0.8 * 10.0;
    assert_eq!(months(&mut keeper, Kind::Income, "expenses:demand"), [0.0, minimum, minimum]);
}

#[test]
fn a_lease_is_paid_month_by_month() {
    let mut keeper = keeper();
    let owners = keeper.outline().outside(Outside::Owners);
    let terms = lease::Terms {
        id: "deal".into(),
        months: 24,
        free_months: 1,
        rent: usd(1_000.0),
        escalator: Share(30_000),
        options: vec![],
        option_notice_months: 0,
        termination_months: 0,
        rounding: Rounding::HalfAway,
    };
    let from = Month::of(day("2026-01-01"));
    let machine = Machine::Lease { from, machine: lease::Lease::new(terms), guarantee: None };
    keeper.add_deal(deal(PROGRAMME, owners, machine));
    keeper.observe(day("2027-02-10"), &[]).unwrap();
    let rent = months(&mut keeper, Kind::Income, "expenses:rent");
    assert_eq!(rent[..3], [0.0, 1_000.0, 1_000.0]);
    assert_eq!(rent[11..], [1_000.0, 1_030.0]);
}

/// A bullet of 1,000,000 USD at 12 % (30E/360), interest every quarter, paid back after a year.
fn bullet() -> loan::Loan {
    let terms = loan::Terms::from_actus([
        ("contractType", "PAM"),
        ("contractID", "deal"),
        ("contractRole", "RPA"),
        ("currency", "USD"),
        ("statusDate", "2025-12-31T00:00:00"),
        ("contractDealDate", "2025-12-31T00:00:00"),
        ("initialExchangeDate", "2026-01-15T00:00:00"),
        ("maturityDate", "2027-01-15T00:00:00"),
        ("notionalPrincipal", "1000000"),
        ("nominalInterestRate", "0.12"),
        ("dayCountConvention", "30E360"),
        ("cycleAnchorDateOfInterestPayment", "2026-04-15T00:00:00"),
        ("cycleOfInterestPayment", "P3ML1"),
    ]);
    loan::Loan::new(terms.unwrap()).unwrap()
}

#[test]
fn a_loan_is_drawn_served_and_paid_back_in_cash() {
    let mut keeper = keeper();
    let owners = keeper.outline().outside(Outside::Owners);
    let before = balance(&keeper, Account::Cash);
    keeper.add_deal(deal(PROGRAMME, owners, Machine::Loan { machine: bullet() }));
    keeper.observe(day("2026-01-20"), &[]).unwrap();
    assert_eq!(balance(&keeper, Account::LoanTaken), usd(-1e6));
    assert_eq!(balance(&keeper, Account::Cash).0 - before.0, usd(1e6).0);
    // A month is 10,000 USD, half of January and of April: each has its own, whenever it is paid.
    keeper.observe(day("2026-04-10"), &[]).unwrap();
    let rounded = |all: Vec<f64>| -> Vec<i64> { all.iter().map(|usd| usd.round() as i64).collect() };
    let closed = keeper.take_closed();
    let of = |kind, name| -> Vec<f64> {
        closed.iter().map(|month| statement::of(month, 1)[0].get(kind, name) as f64 / 1e6).collect()
    };
    assert_eq!(rounded(of(Kind::Income, "expenses:interest")), [5_333, 10_000, 10_000]);
    assert_eq!(rounded(of(Kind::Balance, "liabilities:interest_payable")), [5_333, 15_333, 25_333]);
    assert_eq!(of(Kind::CashFlow, "expenses:interest"), [0.0; 3]);
    keeper.observe(day("2026-05-01"), &[]).unwrap();
    let closed = keeper.take_closed();
    let april = &statement::of(&closed[0], 1)[0];
    assert_eq!(april.get(Kind::CashFlow, "expenses:interest"), -30_000_000_000);
    assert_eq!((april.get(Kind::Income, "expenses:interest") as f64 / 1e6).round(), 10_000.0);
    assert_eq!((balance(&keeper, Account::InterestPayable).usd()).round(), -5_333.0);
    keeper.observe(day("2027-02-01"), &[]).unwrap();
    assert_eq!(balance(&keeper, Account::InterestPayable), Money::ZERO);
    assert_eq!(balance(&keeper, Account::LoanTaken), Money::ZERO);
    assert_eq!(balance(&keeper, Account::InterestPaid), usd(120_000.0));
    let all = keeper.totals().scopes.last().unwrap();
    assert_eq!(all.debt_years.iter().map(|year| year.service).sum::<i128>(), 1_120_000_000_000);
    let by_year: Vec<i128> = all.debt_years.iter().map(|year| year.service).collect();
    assert_eq!(
        by_year,
        [90_000_000_000, 1_030_000_000_000],
        "three payments in 2026, the last and all principal in 2027"
    );
}

#[test]
fn interest_before_anything_works_is_part_of_what_is_built() {
    let mut keeper = Keeper::new(&world()).unwrap().unwrap();
    let owners = keeper.outline().outside(Outside::Owners);
    keeper.add_deal(deal(PROGRAMME, owners, Machine::Loan { machine: bullet() }));
    keeper.observe(day("2026-04-16"), &[]).unwrap();
    assert_eq!(balance(&keeper, Account::CapitalisedInterest), usd(30_000.0));
    assert_eq!(balance(&keeper, Account::InterestPaid), Money::ZERO);
    // Five days of the second quarter are of building; a lot of all of it is worn from now.
    keeper.observe(day("2026-04-20"), &[energised(0, 0)]).unwrap();
    let interest = |keeper: &Keeper| balance(keeper, Account::CapitalisedInterest).usd();
    let five_days = 1e6 * 0.12 * 5.0 / 360.0;
    assert!((interest(&keeper) - 30_000.0 - five_days).abs() < 1e-5);
    let lots = keeper.register().lots().iter().filter(|lot| lot.class == ledger::AssetClass::Interest);
    assert_eq!(lots.map(|lot| lot.cost.usd()).collect::<Vec<f64>>(), [interest(&keeper)]);
    keeper.observe(day("2026-07-16"), &[]).unwrap();
    let (first, paid) = (interest(&keeper), balance(&keeper, Account::InterestPaid).usd());
    assert!((paid - 30_000.0 + five_days).abs() < 1e-5, "{paid}");
    assert!(first < 30_000.0 + five_days && first > 31_000.0, "{first}: worn, and nothing came to it");
}

/// The run ends with a month, and a loan is paid back in that instant: it is not in the run, its interest is.
#[test]
fn the_last_month_of_a_run_has_its_interest_and_nothing_is_dated_after_it() {
    let text = SCENARIO.replace("end = \"2027-04-11\"", "end = \"2027-01-15\"");
    let origin = Origin::Text { name: "books.toml".into(), text };
    let end = day("2027-01-15");
    let mut keeper = Keeper::new(&scenario::read(&origin, &[]).world.unwrap()).unwrap().unwrap();
    keeper.observe(day("2026-01-02"), &[energised(0, 0)]).unwrap();
    let owners = keeper.outline().outside(Outside::Owners);
    keeper.add_deal(deal(PROGRAMME, owners, Machine::Loan { machine: bullet() }));
    keeper.observe(end, &[]).unwrap();
    keeper.finish(end).unwrap();
    let interest = months(&mut keeper, Kind::Income, "expenses:interest");
    assert!((interest.iter().sum::<f64>() - 120_000.0).abs() < 1e-5, "{interest:?}");
    assert!((interest[12] - 14.0 * 1e6 * 0.12 / 360.0).abs() < 1e-5, "{interest:?}");
    assert_eq!(balance(&keeper, Account::LoanTaken), usd(-1e6));
    keeper.drain(|entry| assert!(entry.time < end, "{entry:?}"));
}

#[test]
fn agreements_go_on_from_a_snapshot() {
    let play = |cut: bool| {
        let mut keeper = keeper();
        let (payer, owners) = (customer(&keeper), keeper.outline().outside(Outside::Owners));
        let machine = Machine::Commitment {
            counts: Counts::Money,
            machine: None,
            terms: spend(true),
            sites: Vec::new(),
        };
        keeper.add_deal(deal(payer, PROGRAMME, machine));
        keeper.add_deal(deal(PROGRAMME, owners, Machine::Loan { machine: bullet() }));
        let mut lines = Vec::new();
        for (n, gpus) in [100, 150, 0].into_iter().enumerate() {
            let since = day(&format!("2026-{:02}-10", n + 1));
            keeper.observe(since + Span::DAY, &[usage(0, 0, since, gpus)]).unwrap();
            keeper.drain(|entry| lines.push(format!("{entry:?}")));
            if cut {
                keeper = postcard::from_bytes(&postcard::to_allocvec(&keeper).unwrap()).unwrap();
            }
        }
        keeper.observe(day("2026-05-01"), &[]).unwrap();
        keeper.drain(|entry| lines.push(format!("{entry:?}")));
        lines
    };
    assert_eq!(play(false), play(true));
}
