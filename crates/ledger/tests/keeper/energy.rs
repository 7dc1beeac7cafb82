//! Energy and water in the books.

use super::*;
use agreement::amount::{Price, Rounding, Share};
use agreement::power;
use ledger::Month;
use ledger::deal::{Counts, Deal, Machine};
use ledger::outline::Outside;
use ledger::statement::Kind;
use twin::power::{EnergyCost, EnergyHour};

/// An hour of the east: 1 MWh bought for 40 USD, a tenth of that sold for 3, fuel for 5, water for half a dollar.
fn hour(hour: SimTime, demand: f64) -> Fact {
    let mut fact = EnergyHour {
        site: SiteId(0),
        hour,
        span: Span::HOUR,
        books: Default::default(),
        it_idle: Default::default(),
        generation: Default::default(),
        fuel: Default::default(),
        wasted: Default::default(),
        overdrawn: Default::default(),
        stored: Default::default(),
        grid_limit: Default::default(),
        capacity: Default::default(),
        withheld: Default::default(),
        held_down: 0,
        cost: EnergyCost {
            bought: usd(40.0),
            sold: usd(3.0),
            fuel: usd(5.0),
            demand: usd(demand),
            water: usd(0.5),
        },
        carbon_bought_g: 0,
        carbon_fuel_g: 0,
        water_ml: 0,
        price: 40_000_000,
        grid_carbon: 0,
        dry_bulb: 0,
        wet_bulb: 0,
    };
    fact.books.bought.0 = 3_600_000_000;
    fact.books.sold.0 = 360_000_000;
    Fact::Energy(fact)
}

/// The last two days of January, hour by hour; the peak of the month costs 1,000 USD.
fn january(mut keeper: Keeper) -> Keeper {
    for n in 0..48 {
        let start = day("2026-01-30") + Span::HOUR * n;
        let demand = if n == 47 { 1_000.0 } else { 0.0 };
        keeper.observe(start + Span::HOUR, &[hour(start, demand)]).unwrap();
    }
    keeper
}

/// Lines of the statement of the first month, in dollars.
fn lines<const N: usize>(keeper: &mut Keeper, names: [&str; N]) -> [f64; N] {
    let perimeter = keeper.outline().perimeter();
    let closed = keeper.take_closed();
    let all = statement::of(&closed[0], perimeter);
    names.map(|name| all[0].get(Kind::Income, name) as f64 / 1e6)
}

const LINES: [&str; 4] = ["expenses:energy", "expenses:demand", "expenses:water", "income:energy_sold"];

#[test]
fn energy_is_posted_by_what_is_paid_for_it_with_its_kilowatt_hours() {
    let mut keeper = january(Keeper::new(&world()).unwrap().unwrap());
    let mut entries = Vec::new();
    keeper.describe(|described| {
        if described.entry.cause.kind() == "drawn" {
            let line = described.entry.postings.iter().find(|line| line.quantity != 0);
            entries.push((described.subject, line.map(|line| (line.quantity, line.unit.name()))));
        }
    });
    // The first day: fuel and water have no quantity; 24 MWh bought, 2.4 MWh sold. The second day has a peak besides.
    let of = |subject: &str| {
        let of_day = entries.iter().filter(|(other, _)| other.contains(subject));
        of_day.map(|(_, quantity)| *quantity).collect::<Vec<_>>()
    };
    assert_eq!(of("2026-01-30"), [None, None, Some((24_000, "kWh")), Some((-2_400, "kWh"))]);
    assert_eq!(of("2026-01-31"), [None, None, Some((24_000, "kWh")), None, Some((-2_400, "kWh"))]);
    // 48 hours of 40 and 5 USD, the peak, 48 times 0.50, and 48 times 3.
    assert_eq!(lines(&mut keeper, LINES), [2_160.0, 1_000.0, 24.0, 144.0]);
}

#[test]
fn a_contract_for_power_takes_the_place_of_the_site_s_own_prices() {
    let mut keeper = Keeper::new(&world()).unwrap().unwrap();
    let terms = power::Terms {
        id: "deal".into(),
        ramp: vec![(0, 1_000)],
        minimum: Share(800_000),
        ratchet: None,
        demand_price: Price { amount: usd(10.0), per: 1 },
        energy_price: Price { amount: Money(50_000), per: 1 },
        months: 12,
        exit_months: 0,
        shed_first: false,
        rounding: Rounding::HalfAway,
    };
    let from = Month::of(day("2026-01-01"));
    keeper.add_deal(Deal {
        key: "deal".into(),
        payer: PartyId(0),
        payee: keeper.outline().outside(Outside::Utilities),
        site: Some(SiteId(0)),
        since: SimTime(i64::MIN),
        until: SimTime::NEVER,
        leaves: None,
        continues: None,
        machine: Machine::Power { from, machine: power::PowerContract::new(terms) },
        excuses: Vec::new(),
        count: 0,
    });
    let mut keeper = january(keeper);
    // 48,000 kWh at 5 cents and the fuel; a peak of 1,000 kW at 10 USD. Water and what is sold stay the site's.
    assert_eq!(lines(&mut keeper, LINES), [2_400.0 + 240.0, 10_000.0, 24.0, 144.0]);
}

/// 100 MWh in each of January to March at 30 USD, nine tenths of it in any case; for these sites of the programme.
fn committed(keeper: &mut Keeper, sites: Vec<SiteId>) {
    let terms = agreement::commitment::Terms {
        periods: deals::first_quarter(100_000),
        minimum: Share(900_000),
        price: Price { amount: usd(30.0), per: 1000 },
        ..deals::spend(false)
    };
    let machine = Machine::Commitment { counts: Counts::Energy, machine: None, terms, sites };
    let supplier = keeper.outline().outside(Outside::Suppliers);
    keeper.add_deal(Deal { site: None, ..deals::deal(PartyId(0), supplier, machine) });
}

#[test]
fn energy_that_somebody_is_committed_to_is_bought_at_the_price_of_the_commitment() {
    const NAMES: [&str; 3] = ["expenses:energy", "expenses:minimum", "income:energy_sold"];
    let mut keeper = Keeper::new(&world()).unwrap().unwrap();
    committed(&mut keeper, Vec::new());
    let mut keeper = january(keeper);
    let mut kwh = 0;
    keeper.describe(|described| {
        let energy = described.entry.postings.iter().filter(|line| line.account == Account::Energy);
        kwh += energy.map(|line| line.quantity).sum::<i64>();
    });
    assert_eq!(kwh, 48_000, "each kilowatt-hour is posted once");
    let standing = keeper.take_settlements().remove(0).standing;
    let ledger::keeper::Standing::Commitment(month) = standing else { panic!("of a commitment") };
    assert_eq!((month.counts, month.taken, month.short), (Counts::Energy, 48_000, 42_000));
    // 48 MWh at 30 USD and the fuel; 42 MWh short of 90. What goes back to the grid is sold to the utility as before.
    assert_eq!(lines(&mut keeper, NAMES), [1_440.0 + 240.0, 1_260.0, 144.0]);

    // Of another site: what the east draws is bought from the utility at the price of the hour.
    let mut keeper = Keeper::new(&world()).unwrap().unwrap();
    committed(&mut keeper, vec![SiteId(1)]);
    assert_eq!(lines(&mut january(keeper), NAMES), [1_920.0 + 240.0, 2_700.0, 144.0]);
}
