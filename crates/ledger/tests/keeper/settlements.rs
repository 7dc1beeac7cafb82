//! How commitments and revenue shares stood at each close, worked by hand.

use super::deals::{PROGRAMME, first_quarter, keeper, spend};
use super::*;
use agreement::amount::{Price, Rounding, Share};
use agreement::{commitment, share};
use jiff::civil::date;
use ledger::deal::{CommitmentMonth, Counts, Deal, Machine, Revenue, ShareMonth};
use ledger::keeper::Standing;
use ledger::outline::Outside;

fn deal(payer: PartyId, payee: PartyId, machine: Machine) -> Deal {
    Deal { site: None, ..deals::deal(payer, payee, machine) }
}

/// 2,000 accelerator-hours in each of January to March at 2 USD each, where the tariff asks 4.
fn hours() -> Machine {
    let terms = commitment::Terms {
        periods: first_quarter(2_000_000),
        minimum: Share(900_000),
        price: Price { amount: usd(2.0), per: 1000 },
        ..spend(false)
    };
    Machine::Commitment { counts: Counts::GpuHours, machine: None, terms, sites: Vec::new() }
}

/// A fifth of all revenue, 1,000 USD at most.
fn fifth() -> Machine {
    let terms = share::Terms {
        id: "deal".into(),
        from: day("2026-01-01"),
        until: day("2026-04-01"),
        base: share::Base::Gross,
        tiers: vec![share::Tier { above: Money::ZERO, share: Share(200_000) }],
        basis: share::TierBasis::EachPeriod,
        cap: Some(usd(1_000.0)),
        loss: share::Loss::Forgotten,
        rounding: Rounding::HalfAway,
    };
    let machine = share::RevenueShare::new(terms);
    Machine::Share { revenue: Revenue::All, net_of: vec![], netted_with: None, machine }
}

#[test]
fn what_is_taken_is_held_against_what_is_committed_and_a_share_is_of_what_it_costs() {
    let mut keeper = keeper();
    let (payer, owners) = (keeper.outline().payer(TenantId(0)), keeper.outline().outside(Outside::Owners));
    keeper.add_deal(deal(payer, PROGRAMME, hours()));
    keeper.add_deal(deal(PROGRAMME, owners, fifth()));
    // A day of 100 accelerators in January, of 50 in February, nothing in March.
    for (month, gpus) in [(1, 100), (2, 50)] {
        let since = day(&format!("2026-{month:02}-10"));
        keeper.observe(since + Span::DAY, &[usage(0, 0, since, gpus)]).unwrap();
    }
    keeper.observe(day("2026-05-15"), &[]).unwrap();

    let (mut commitments, mut shares): (Vec<CommitmentMonth>, Vec<ShareMonth>) = Default::default();
    for settlement in keeper.take_settlements() {
        match settlement.standing {
            Standing::Commitment(of) => commitments.push(of),
            Standing::Share(of) => shares.push(of),
        }
    }
    assert!(keeper.take_settlements().is_empty(), "each is given once");

    let begins = |month: i8| day(&format!("2026-{month:02}-01"));
    let month = |number: i8, taken: i64, short: i64| CommitmentMonth {
        counts: Counts::GpuHours,
        begins: begins(number),
        ends: begins(number + 1),
        committed: 2_000_000,
        minimum: 1_800_000,
        taken,
        taken_in_period: taken,
        cost: Money(taken * 2_000),
        excused: 0,
        short,
        short_cost: Money(short * 2_000),
        made_up: Money::ZERO,
        exit_fee: Money::ZERO,
    };
    // 2,400, 1,200 and no accelerator-hours, of which 1,800 are paid for in any case.
    let expected = [month(1, 2_400_000, 0), month(2, 1_200_000, 600_000), month(3, 0, 1_800_000)];
    assert_eq!(commitments, expected, "after the last period there is nothing to say");

    // 4,800 and 2,400 USD at the price of the commitment; what was short is no sale.
    let paid: Vec<[i64; 4]> = shares
        .iter()
        .map(|month| {
            [month.revenue.0, month.paid.0, month.cut.0, month.paid_to_date.0].map(|usd| usd / 1_000_000)
        })
        .collect();
    assert_eq!(paid, [[4_800, 960, 0, 960], [2_400, 40, 440, 1_000], [0, 0, 0, 1_000], [0, 0, 0, 1_000]]);
    assert_eq!(shares.iter().map(|month| month.live).collect::<Vec<_>>(), [true, true, false, false]);
    assert_eq!(keeper.books().balance(PROGRAMME, Account::SharePaid), 1_000_000_000);
    assert_eq!(keeper.books().balance(PROGRAMME, Account::ComputeSold), -7_200_000_000);
    assert_eq!(keeper.books().balance(PROGRAMME, Account::MinimumReceived), -4_800_000_000);
}

/// The same agreement in two versions, the second in force from February on.
fn amended(keeper: &mut Keeper, payer: PartyId, payee: PartyId, [first, second]: [Machine; 2]) {
    let february = day("2026-02-01");
    let before = keeper.add_deal(Deal { until: february, ..deal(payer, payee, first) });
    let (since, continues) = (february, Some(before.0));
    keeper.add_deal(Deal { since, continues, ..deal(payer, payee, second) });
}

/// What was taken, short and paid, month by month; quantities in thousandths, money in whole dollars.
fn play(keeper: &mut Keeper) -> Vec<[i64; 3]> {
    for (month, gpus) in [(1, 100), (2, 150)] {
        let since = day(&format!("2026-{month:02}-10"));
        keeper.observe(since + Span::DAY, &[usage(0, 0, since, gpus)]).unwrap();
    }
    keeper.observe(day("2026-05-01"), &[]).unwrap();
    let row = |standing: Standing| match standing {
        Standing::Commitment(of) => [of.taken_in_period, of.short, of.cost.0 / 1_000_000],
        Standing::Share(of) => [of.revenue.0 / 1_000_000, of.cut.0 / 1_000_000, of.paid.0 / 1_000_000],
    };
    keeper.take_settlements().into_iter().map(|settlement| row(settlement.standing)).collect()
}

#[test]
fn what_a_version_has_paid_counts_under_the_cap_of_the_next() {
    let mut keeper = keeper();
    let owners = keeper.outline().outside(Outside::Owners);
    let capped = |cap: Option<Money>| match fifth() {
        Machine::Share { revenue, net_of, netted_with, machine } => {
            let terms = share::Terms { cap, ..machine.terms().clone() };
            Machine::Share { revenue, net_of, netted_with, machine: share::RevenueShare::new(terms) }
        }
        other => other,
    };
    amended(&mut keeper, PROGRAMME, owners, [capped(None), capped(Some(usd(3_000.0)))]);
    // A fifth of 9,600; of 14,400 what 3,000 leave after that.
    assert_eq!(play(&mut keeper), [[9_600, 0, 1_920], [14_400, 1_800, 1_080], [0, 0, 0], [0, 0, 0]]);
}

#[test]
fn what_a_version_has_taken_counts_in_the_period_of_the_next() {
    let mut keeper = keeper();
    let payer = keeper.outline().payer(TenantId(0));
    // Of a quarter; the amendment names the one before too, which is over, and a lower price.
    let quarters = |committed: i64, price: f64| match hours() {
        Machine::Commitment { counts, machine, terms, sites } => {
            let period = |from, to| commitment::CommittedPeriod { from, to, committed };
            let periods =
                vec![period(date(2025, 10, 1), date(2026, 1, 1)), period(date(2026, 1, 1), date(2026, 4, 1))];
            let price = Price { amount: usd(price), per: 1000 };
            Machine::Commitment {
                counts,
                machine,
                terms: commitment::Terms { periods, price, ..terms },
                sites,
            }
        }
        other => other,
    };
    amended(&mut keeper, payer, PROGRAMME, [quarters(9_000_000, 2.0), quarters(7_000_000, 1.0)]);
    // 2,400 h in January and 3,600 h in February, at the price of each; nine tenths of 7,000 h less both are short.
    let months = [[2_400_000, 0, 4_800], [6_000_000, 0, 3_600], [6_000_000, 300_000, 0]];
    assert_eq!(play(&mut keeper), months);
    assert_eq!(keeper.books().balance(PROGRAMME, Account::MinimumReceived), -300_000_000);
}
