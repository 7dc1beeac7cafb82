//! A year by hand.

use super::*;
use ledger::statement::{Kind, Scope};

/// One accelerator of `product` and two of `research` at the first site, every day of January.
fn january() -> Keeper {
    let mut keeper = Keeper::new(&world()).unwrap().unwrap();
    let start = day("2026-01-01");
    keeper.observe(start, &[energised(0, 0)]).unwrap();
    for n in 0..31 {
        let since = start + Span::DAY * n;
        keeper.observe(since + Span::DAY, &[usage(0, 0, since, 1), usage(0, 1, since, 2)]).unwrap();
    }
    keeper
}

#[test]
fn january_comes_to_what_the_hand_says() {
    let mut keeper = january();
    let closed = keeper.take_closed();
    assert_eq!(closed.iter().map(|closed| closed.month.to_string()).collect::<Vec<_>>(), ["2026-01"]);
    let all = statement::of(&closed[0], 1);
    let of = |kind, name| Money(i64::try_from(all[0].get(kind, name)).unwrap());
    // Tenants by key: `product` is 0 and pays the list, `research` is 1.
    let revenue = 31.0 * 24.0 * (1.0 * 4.0 + 2.0 * 3.0);
    assert_eq!(of(Kind::Income, "income:compute"), usd(revenue));
    // 31 of 365.25 days: 1,000 USD a day of people; a tenth of 3,000,000 USD a year of maintenance.
    assert_eq!(of(Kind::Income, "expenses:staff"), usd(31_000.0));
    let maintenance = (300_000.0 * 31.0 / 365.25 * 1e6_f64).round() / 1e6;
    assert_eq!(of(Kind::Income, "expenses:maintenance"), usd(maintenance));
    // 1,000,000 over 30 years and 2,000,000 over 20.
    let worn = |cost: f64, years: f64| (cost * 31.0 / (years * 365.25) * 1e6).round() / 1e6;
    let depreciation = worn(1e6, 30.0) + worn(2e6, 20.0);
    assert_eq!(of(Kind::Income, "expenses:depreciation"), usd(depreciation));
    assert_eq!(of(Kind::Income, "expenses:tax"), Money::ZERO, "a loss owes nothing");
    let result = revenue - 31_000.0 - maintenance - depreciation;
    assert_eq!(of(Kind::Income, "net_income"), usd(result));
    assert_eq!(of(Kind::Balance, "retained_earnings"), usd(result));
    assert_eq!(of(Kind::Balance, "assets:receivable"), usd(revenue));
    assert_eq!(of(Kind::CashFlow, "cash_at_end"), usd(50e6), "nothing was paid yet");
    // People are paid at the end of the month, suppliers ten days later, customers pay in thirty.
    assert_eq!(balance(&keeper, Account::Cash), usd(50e6 - 31_000.0));
    keeper.observe(day("2026-02-11"), &[]).unwrap();
    assert_eq!(balance(&keeper, Account::Cash), usd(50e6 - 31_000.0 - maintenance));
    assert_eq!(balance(&keeper, Account::Payable), Money::ZERO);
    keeper.observe(day("2026-03-03"), &[]).unwrap();
    assert_eq!(balance(&keeper, Account::Receivable), Money::ZERO);
    assert_eq!(keeper.totals().sites[0].gpu_s, 3 * 31 * 86_400);
}

#[test]
fn partners_and_all_as_one_have_the_same_books_where_there_is_one_partner() {
    let closed = january().take_closed();
    let all = statement::of(&closed[0], 1);
    assert_eq!((all[0].scope, all[1].scope), (Scope::Partner(PartyId(0)), Scope::Consolidated));
    assert_eq!(all[0].lines, all[1].lines);
}

#[test]
fn a_block_that_comes_later_is_bought_then_and_is_paid_for() {
    let mut keeper = january();
    let ready = day("2026-03-15");
    keeper.observe(ready, &[energised(1, 1)]).unwrap();
    assert_eq!(balance(&keeper, Account::Shell), usd(3e6));
    assert_eq!(balance(&keeper, Account::Contributed), usd(-53e6), "owners paid for the first block alone");
    keeper.observe(day("2026-04-12"), &[]).unwrap();
    let closed = keeper.take_closed();
    let march = statement::of(closed.last().unwrap(), 1);
    assert_eq!(closed.last().unwrap().month.to_string(), "2026-03");
    assert_eq!(march[0].get(Kind::CashFlow, "investing"), 0, "the invoice is not due yet");
    keeper.observe(day("2026-05-01"), &[]).unwrap();
    let closed = keeper.take_closed();
    let april = statement::of(closed.last().unwrap(), 1);
    assert_eq!(april[0].get(Kind::CashFlow, "liabilities:assets_payable"), -6_000_000_000_000);
    assert_eq!(april[0].get(Kind::CashFlow, "investing"), -6_000_000_000_000, "what buys assets is invested");
    assert!(april[0].get(Kind::CashFlow, "operating") > -1_000_000_000_000);
    assert_eq!(balance(&keeper, Account::AssetsPayable), Money::ZERO);
}

#[test]
fn taxes_are_owed_by_the_year_and_paid_after_it() {
    let mut keeper = Keeper::new(&world()).unwrap().unwrap();
    // Nothing is energised: no costs. 10,000 accelerators for a day, by the list.
    keeper.observe(day("2026-06-02"), &[usage(0, 0, day("2026-06-01"), 10_000)]).unwrap();
    let profit = 10_000.0 * 24.0 * 4.0;
    keeper.observe(day("2027-01-05"), &[]).unwrap();
    assert_eq!(balance(&keeper, Account::Tax), usd(profit / 4.0));
    assert_eq!(balance(&keeper, Account::TaxPayable), usd(-profit / 4.0));
    keeper.observe(day("2027-01-12"), &[]).unwrap();
    assert_eq!(balance(&keeper, Account::TaxPayable), Money::ZERO);
    assert_eq!(balance(&keeper, Account::Cash), usd(50e6 + profit * 0.75));
}

#[test]
fn a_run_that_ends_within_a_month_closes_what_has_begun() {
    let mut keeper = january();
    keeper.take_closed();
    keeper.finish(day("2026-02-11")).unwrap();
    let closed = keeper.take_closed();
    assert_eq!(closed.len(), 1);
    let february = statement::of(&closed[0], 1);
    assert_eq!(february[0].get(Kind::Income, "expenses:staff"), 10_000_000_000, "ten days of people");
    keeper.finish(day("2026-02-11")).unwrap();
    assert_eq!(keeper.take_closed(), [], "closing again changes nothing");
}

#[test]
fn parts_of_an_accelerator_second_are_not_lost() {
    let mut keeper = Keeper::new(&world()).unwrap().unwrap();
    let start = day("2026-01-01");
    for n in 0..10 {
        let since = start + Span::DAY * n;
        // 0.7 accelerator-seconds a day.
        let held = 700_000_000_000;
        let (site, tenant, accelerator) = (SiteId(0), TenantId(0), Some(AcceleratorId(0)));
        let until = since + Span::DAY;
        let fact = Fact::Usage(UsageDay { site, tenant, accelerator, since, until, held });
        keeper.observe(until, &[fact]).unwrap();
    }
    assert_eq!(keeper.totals().sites[0].gpu_s, 7);
}

#[test]
fn what_the_owners_bring_in_is_worn_already() {
    let text = SCENARIO.replace("it_mw = 1.0", "it_mw = 1.0\nready = \"2016-01-01\"");
    let reading = scenario::read(&Origin::Text { name: "old.toml".into(), text }, &[]);
    let mut keeper = Keeper::new(&reading.world.unwrap()).unwrap().unwrap();
    keeper.observe(day("2026-01-01"), &[energised(0, 0)]).unwrap();
    let elapsed = (day("2026-01-01") - day("2016-01-01")).hours() / 24.0 / 365.25;
    let worn = elapsed * (1e6 / 30.0 + 2e6 / 20.0);
    assert!((balance(&keeper, Account::Depreciated).usd() + worn).abs() < 1e-5);
    let brought_in = -balance(&keeper, Account::Contributed).usd();
    assert!((brought_in - (53e6 - worn)).abs() < 1e-5, "{brought_in}");
}

#[test]
fn an_amount_out_of_range_is_an_error() {
    let mut keeper = Keeper::new(&world()).unwrap().unwrap();
    let since = day("2026-01-01");
    let (site, tenant, accelerator) = (SiteId(0), TenantId(0), Some(AcceleratorId(0)));
    let usage = UsageDay { site, tenant, accelerator, since, until: since + Span::DAY, held: u128::MAX / 2 };
    let refused = keeper.observe(since + Span::DAY, &[Fact::Usage(usage)]).unwrap_err();
    assert_eq!(refused.to_string(), "usage leaves the range of money");
}

/// What customers owe and suppliers are owed at the end is worth its amount: a month that earned and spent the same, paid or not,
/// has the same value, up to the discount of the months it is paid late.
#[test]
fn what_is_not_yet_paid_counts_in_the_value() {
    use ledger::results::Results;
    let keeper = january();
    let scope = keeper.totals().scopes.last().unwrap().clone();
    let results = Results::of(&scope, 0.0);
    // At no discount the value is what was earned, before what was owned at the start wore off: all that came in, less all that
    // went out, less what was brought in, plus what stands.
    assert!(
        (results.enterprise.npv - results.net_income).abs() < 1e-6,
        "{} {}",
        results.enterprise.npv,
        results.net_income
    );
    assert!(results.enterprise.irr.is_empty(), "a month has no yearly rate");
}

/// Twelve payments of an annuity: the rate that it was made for.
#[test]
fn a_year_has_the_rate_of_its_annuity() {
    use ledger::invest;
    let monthly = invest::monthly_rate(0.08);
    let payment = 1_000_000.0 * monthly / (1.0 - (1.0 + monthly).powi(-12));
    let flows: Vec<f64> = std::iter::once(-1_000_000.0).chain(std::iter::repeat_n(payment, 12)).collect();
    let rates: Vec<f64> = invest::irr(&flows).into_iter().map(invest::yearly_rate).collect();
    assert!(rates.len() == 1 && (rates[0] - 0.08).abs() < 1e-9, "{rates:?}");
}
