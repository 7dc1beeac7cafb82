//! Capital in the books: what partners put in, what was built with it, and who owns it.

use super::*;
use base::id::{PartnerId, TrancheId};
use buildout::{CapitalFact, InterestPart, Purpose};
use ledger::statement::{Kind, Scope};
use std::ops::ControlFlow;
use twin::{Typical, simulation};

/// Two sites that are built over a year and a half, with equity and a loan; the north belongs to its developer.
const BUILDING: &str = include_str!("../../../run/tests/building.toml");
const BOOKS: &str = r#"
[partner.developer]
role = "developer"
[books]
operator = "programme"
tax_rate = 0.0
[tariff.list]
usd_per_gpu_hour = 2.0
"#;

fn building(more: &str) -> World {
    let text =
        BUILDING.replace("[site.north]\n", "[site.north]\nowner = \"developer\"\noperator = \"fund\"\n");
    let origin = Origin::Text { name: "building.toml".into(), text: text + BOOKS + more };
    let reading = scenario::read(&origin, &[]);
    reading.world.unwrap_or_else(|| panic!("{:?}", reading.diagnostics))
}

/// All facts of a run without jobs into the books; the facts on capital.
fn keep(world: &World) -> (Keeper, Vec<CapitalFact>) {
    let mut keeper = Keeper::new(world).unwrap().unwrap();
    let mut capital = Vec::new();
    let mut take = |now: SimTime, facts: &[Fact]| {
        keeper.observe(now, facts).unwrap();
        capital.extend(facts.iter().filter_map(|fact| match fact {
            Fact::Capital(fact) => Some(fact.clone()),
            _ => None,
        }));
    };
    let mut simulation = simulation(world, &Typical::default());
    simulation.run(&mut std::iter::empty().peekable(), world.end, |now, facts| {
        take(now, facts);
        facts.clear();
        ControlFlow::Continue(())
    });
    let rest = simulation.finish(|twin, now, context| twin.close(now, context));
    take(world.end, &rest);
    keeper.finish(world.end).unwrap();
    (keeper, capital)
}

fn party(keeper: &Keeper, name: &str) -> PartyId {
    let at = keeper.outline().parties.iter().position(|party| party == name);
    PartyId(u32::try_from(at.unwrap()).unwrap())
}

#[test]
fn what_was_called_is_in_what_was_built_and_in_cash_to_the_last_micro_dollar() {
    let (mut keeper, facts) = keep(&building(""));
    let sum = |of: &dyn Fn(&CapitalFact) -> Option<Money>| -> i128 {
        facts.iter().filter_map(of).map(|amount| i128::from(amount.0)).sum()
    };
    let called = sum(&|fact| match fact {
        CapitalFact::Called { amount, .. } => Some(*amount),
        _ => None,
    });
    let spent = sum(&|fact| match fact {
        CapitalFact::Spent { amount, .. } => Some(*amount),
        _ => None,
    });
    let interest = |wanted: InterestPart, in_block: bool| {
        sum(&|fact| match fact {
            CapitalFact::Interest { part, amount, block, .. }
                if *part == wanted && block.is_some() == in_block =>
            {
                Some(*amount)
            }
            _ => None,
        })
    };
    let (in_hand, built) =
        (interest(InterestPart::Capitalised, false), interest(InterestPart::Capitalised, true));
    let working = interest(InterestPart::Operating, true) + interest(InterestPart::Operating, false);
    assert!(called > 0 && spent > 0 && built > 0 && working > 0, "{called} {spent} {built} {working}");
    // The depreciation of capitalised interest lowers its own account.
    let mut worn_interest = 0;
    keeper.drain(|entry| {
        if entry.basis == ledger::Basis::Life(ledger::AssetClass::Interest) {
            let lines = entry.postings.iter().filter(|line| line.account == Account::Depreciation);
            worn_interest += lines.map(|line| i128::from(line.amount.0)).sum::<i128>();
        }
    });
    assert!(worn_interest > 0);
    let all = |account: Account| -> i128 {
        (0..keeper.outline().partners as u32).map(|at| keeper.books().balance(PartyId(at), account)).sum()
    };
    let assets = [
        Account::Construction,
        Account::Land,
        Account::Shell,
        Account::Power,
        Account::Cooling,
        Account::Network,
        Account::Systems,
        Account::CapitalisedInterest,
    ];
    // What stood before the run was brought in by its owners.
    let before: i128 =
        keeper.outline().blocks.iter().flat_map(|block| &block.price).map(|cost| i128::from(cost.1.0)).sum();
    assert_eq!(before, 0, "with capital nothing is priced a second time");
    // Of block one, 60 systems went before the end.
    let gone = 60 * i128::from(usd(3.4e6).0);
    assert_eq!(
        assets.into_iter().map(all).sum::<i128>(),
        spent + built + in_hand - gone - worn_interest,
        "at cost, in progress or in use"
    );
    // The bank has no books: what is owed to it is a debt of the programme alone.
    let lent = sum(&|fact| match fact {
        CapitalFact::Called { amount, partner, .. } if *partner == PartnerId(0) => Some(*amount),
        _ => None,
    });
    assert_eq!(all(Account::LoanTaken), -(lent + built + in_hand));
    assert_eq!(all(Account::LoanGiven), 0);
    assert_eq!(all(Account::Cash), called - spent - working, "called = spent + in hand");
    for closed in keeper.take_closed() {
        statement::of(&closed, keeper.outline().partners);
    }
}

#[test]
fn buildings_are_the_owners_systems_the_operators_and_each_has_statements() {
    let (mut keeper, _) = keep(&building(""));
    let (developer, fund) = (party(&keeper, "developer"), party(&keeper, "fund"));
    let of = |partner, account| keeper.books().balance(partner, account);
    assert!(of(developer, Account::Shell) > 0 && of(developer, Account::Systems) == 0);
    assert!(
        of(fund, Account::Systems) > 0 && of(fund, Account::Network) > 0 && of(fund, Account::Shell) == 0
    );
    assert!(of(PartyId(0), Account::Systems) > 0, "the south is nobody's in particular");
    // The fund put its equity into the programme, which put what it spent on them into the developer and the fund.
    assert!(of(fund, Account::Invested) > 0 && of(PartyId(0), Account::Invested) > 0);
    assert_eq!(of(developer, Account::Cash), 0);
    let partners = keeper.outline().partners;
    let last = keeper.take_closed().pop().unwrap();
    let all = statement::of(&last, partners);
    assert_eq!((all.len(), all[partners].scope), (partners + 1, Scope::Consolidated));
    // All as one: nobody holds a stake in anybody.
    assert_eq!(all[partners].get(Kind::Balance, "assets:invested"), 0);
    assert!(all[partners].get(Kind::Balance, "assets:systems") > 0);
}

#[test]
fn what_a_partner_outside_buys_is_revenue_of_all_as_one() {
    let tenant = "[tenant.all]\n";
    let of = |more: &str| {
        let text = BUILDING
            .replace(tenant, "[tenant.all]\npartner = \"developer\"\n")
            .replace("[site.north]\n", "[site.north]\nlessee = \"developer\"\nowner = \"developer\"\n")
            + BOOKS;
        let text = text.replace("operator = \"programme\"", &format!("operator = \"programme\"\n{more}"));
        let reading = scenario::read(&Origin::Text { name: "building.toml".into(), text }, &[]);
        let mut keeper = Keeper::new(&reading.world.unwrap()).unwrap().unwrap();
        keeper.observe(day("2026-01-02"), &[usage(1, 0, day("2026-01-01"), 10), energised(0, 0)]).unwrap();
        keeper.observe(day("2026-02-02"), &[]).unwrap();
        let closed = keeper.take_closed();
        let perimeter = keeper.outline().perimeter();
        statement::of(&closed[0], perimeter)[perimeter.partners].get(Kind::Income, "income:compute")
    };
    let south_sells = i128::from(usd(10.0 * 24.0 * 2.0).0);
    assert_eq!(of(""), 0, "what partners sell each other is left out");
    // It owns the north too: somebody with books keeps what stands there.
    assert_eq!(of("outside = [\"developer\"]"), south_sells);
}

/// 100 $ of a building and 50 $ of systems out of equity of 120 and a loan of 60, by hand.
#[test]
fn a_small_building_by_hand() {
    let world = building("");
    let mut keeper = Keeper::new(&world).unwrap().unwrap();
    // Tranches by key: `equity` of `fund` is 0, `loan` of `bank` is 1. Blocks by key: `north/one` is 0.
    let (equity, loan) = ((PartnerId(2), TrancheId(0)), (PartnerId(0), TrancheId(1)));
    assert_eq!((world.partners[2].key.as_str(), world.partners[0].key.as_str()), ("fund", "bank"));
    let called = |(partner, tranche): (PartnerId, TrancheId), amount: f64| {
        Fact::Capital(CapitalFact::Called { partner, tranche, amount: usd(amount) })
    };
    let spent = |(partner, tranche): (PartnerId, TrancheId), purpose, amount: f64| {
        let (site, block, amount) = (Some(SiteId(0)), Some(BlockId(0)), usd(amount));
        Fact::Capital(CapitalFact::Spent { partner, tranche, site, block, purpose, amount })
    };
    let interest = |part, amount: f64| {
        let (partner, tranche) = loan;
        Fact::Capital(CapitalFact::Interest {
            partner,
            tranche,
            block: Some(BlockId(0)),
            part,
            amount: usd(amount),
        })
    };
    let (developer, fund) = (party(&keeper, "developer"), party(&keeper, "fund"));
    keeper.observe(day("2026-02-01"), &[called(equity, 120.0), called(loan, 60.0)]).unwrap();
    keeper
        .observe(
            day("2026-02-02"),
            &[spent(equity, Purpose::Shell, 90.0), spent(loan, Purpose::Contingency, 10.0)],
        )
        .unwrap();
    let last_of = |month: &str| SimTime(day(month).0 - 1);
    keeper.observe(last_of("2026-03-01"), &[interest(InterestPart::Capitalised, 2.0)]).unwrap();
    keeper.observe(day("2026-03-02"), &[spent(loan, Purpose::Systems, 50.0)]).unwrap();
    let of = |keeper: &Keeper, partner, account| Money(keeper.books().balance(partner, account) as i64);
    assert_eq!(of(&keeper, developer, Account::Construction), usd(100.0));
    assert_eq!(of(&keeper, fund, Account::Construction), usd(50.0));
    assert_eq!(of(&keeper, PartyId(0), Account::CapitalisedInterest), usd(2.0));
    assert_eq!(of(&keeper, PartyId(0), Account::LoanTaken), usd(-62.0));
    assert_eq!(of(&keeper, PartyId(0), Account::Cash), usd(30.0));
    keeper.observe(day("2026-04-01"), &[energised(0, 0)]).unwrap();
    assert_eq!(of(&keeper, developer, Account::Shell), usd(100.0));
    assert_eq!(of(&keeper, PartyId(0), Account::CapitalisedInterest), usd(2.0), "worn from now on");
    assert_eq!(of(&keeper, fund, Account::Systems), usd(50.0));
    assert_eq!(keeper.books().balance(developer, Account::Construction), 0);
    // From now on interest is a cost of the month, and what comes late is in use at its end.
    keeper.observe(last_of("2026-05-01"), &[interest(InterestPart::Operating, 0.5)]).unwrap();
    keeper.observe(day("2026-05-02"), &[spent(equity, Purpose::Network, 5.0)]).unwrap();
    assert_eq!(of(&keeper, PartyId(0), Account::InterestPaid), usd(0.5));
    assert_eq!(of(&keeper, fund, Account::Construction), usd(5.0));
    keeper.observe(day("2026-06-02"), &[]).unwrap();
    let interest = of(&keeper, PartyId(0), Account::CapitalisedInterest).usd();
    assert!(
        (interest - 2.0 * (1.0 - 61.0 / (30.0 * 365.25))).abs() < 1e-5,
        "{interest}: worn like the shell"
    );
    let closed = keeper.take_closed();
    let april = closed.iter().find(|closed| closed.month.to_string() == "2026-04").unwrap();
    let programme = &statement::of(april, keeper.outline().perimeter())[0];
    assert_eq!(programme.get(Kind::Income, "expenses:interest"), 500_000, "in the month that it is for");
    assert_eq!(
        (of(&keeper, fund, Account::Network), of(&keeper, fund, Account::Construction)),
        (usd(5.0), Money::ZERO)
    );
    let worn = of(&keeper, developer, Account::Depreciated);
    let expected = 100.0 * 61.0 / (30.0 * 365.25);
    assert!((worn.usd() + expected).abs() < 1e-5, "{worn:?}: 61 days of 30 years");
}

/// Interest on the bank's loan that is paid half with equity and half with the loan itself, by hand.
#[test]
fn interest_that_is_paid_is_the_lender_s_whoever_s_money_pays_it() {
    let mut keeper = Keeper::new(&building("")).unwrap().unwrap();
    let (equity, loan) = ((PartnerId(2), TrancheId(0)), (PartnerId(0), TrancheId(1)));
    let called = |(partner, tranche), amount| {
        Fact::Capital(CapitalFact::Called { partner, tranche, amount: usd(amount) })
    };
    let (site, block, purpose) = (Some(SiteId(0)), Some(BlockId(0)), Purpose::Interest);
    let spent = |(partner, tranche): (PartnerId, TrancheId)| {
        Fact::Capital(CapitalFact::Spent { partner, tranche, site, block, purpose, amount: usd(4.0) })
    };
    let paid = Fact::Capital(CapitalFact::Interest {
        partner: loan.0,
        tranche: loan.1,
        block,
        part: InterestPart::Paid,
        amount: usd(8.0),
    });
    keeper.observe(day("2026-02-01"), &[called(equity, 50.0), called(loan, 50.0)]).unwrap();
    keeper.observe(day("2026-03-01"), &[spent(equity), spent(loan), paid]).unwrap();
    let of = |partner, account| Money(keeper.books().balance(partner, account) as i64);
    assert_eq!(
        of(PartyId(0), Account::CapitalisedInterest),
        usd(8.0),
        "all of it is part of what the block costs"
    );
    assert_eq!(of(PartyId(0), Account::Cash), usd(92.0));
    assert_eq!(of(PartyId(0), Account::InterestPaid), Money::ZERO);
    assert_eq!(
        of(party(&keeper, "fund"), Account::InterestReceived),
        Money::ZERO,
        "equity earns no interest"
    );
    let mut to_whom = Vec::new();
    keeper.drain(|entry| {
        if matches!(entry.cause, ledger::Cause::Interest { .. }) {
            to_whom.extend(entry.postings.iter().map(|line| line.counterparty));
        }
    });
    assert_eq!(to_whom, [Some(party(&keeper, "bank")); 2]);
}

/// A ladder whose first rung is there when a block of nine megawatts stands beside the old one of three, and the loan that waits for it.
const LADDER: &str = r#"
[partner.maker]
role = "supplier"
[agreement.ladder.milestone_capital]
giver = "maker"
taker = "developer"
[[agreement.ladder.milestone_capital.rung]]
name = "first"
when = "energised_mw at least 12"
usd = 25e6
[[agreement.ladder.milestone_capital.rung]]
name = "never"
when = "energised_mw at least 100000"
usd = 1e9
"#;

#[test]
fn what_a_rung_releases_is_the_taker_s_capital_and_the_giver_s_share_in_it() {
    let (mut keeper, _) = keep(&building(LADDER));
    let (maker, developer) = (party(&keeper, "maker"), party(&keeper, "developer"));
    let mut lines = Vec::new();
    keeper.describe(|described| {
        if described.entry.cause.kind() == "released" {
            assert_eq!(described.subject, "ladder, first");
            lines.extend_from_slice(described.entry.postings);
        }
    });
    let of = |partner: PartyId, account: Account, with: PartyId| -> i64 {
        let on = lines.iter().filter(|line| {
            line.partner == partner && line.account == account && line.counterparty == Some(with)
        });
        on.map(|line| line.amount.0).sum()
    };
    let amount = usd(25e6).0;
    assert_eq!(of(developer, Account::Cash, maker), amount);
    assert_eq!(of(developer, Account::Contributed, maker), -amount);
    assert_eq!(of(maker, Account::Invested, developer), amount);
    assert_eq!(lines.len(), 6, "one rung is reached, and once");
    assert_eq!(lines.iter().map(|line| line.amount.0).sum::<i64>(), 0);
}

/// The loan opened with the shell of the first hall; now it waits for a rung besides.
#[test]
fn a_tranche_opens_when_the_rung_that_it_waits_for_is_released() {
    let waits = |text: &str, rung: &str| {
        let text = text.replace("after = [\"north.one.shell\"]", &format!("after_rungs = [\"{rung}\"]"));
        scenario::read(&Origin::Text { name: "building.toml".into(), text }, &[])
    };
    let text = BUILDING.to_owned() + BOOKS + LADDER;
    let opened = |world: &World| {
        let mut events: Vec<(SimTime, bool)> = Vec::new();
        let mut simulation = simulation(world, &Typical::default());
        simulation.run(&mut std::iter::empty().peekable(), world.end, |now, facts| {
            for fact in facts.drain(..) {
                match fact {
                    Fact::Capital(CapitalFact::Opened { tranche: TrancheId(1), .. }) => {
                        events.push((now, true));
                    }
                    Fact::Agreement(twin::agreements::AgreementFact::Rung { rung: 0, .. }) => {
                        events.push((now, false));
                    }
                    _ => {}
                }
            }
            ControlFlow::Continue(())
        });
        events
    };
    // Equity alone builds the first hall here; its megawatts release the rung, and in the same instant the loan opens.
    let world =
        waits(&text.replace("amount_usd = 400e6", "amount_usd = 900e6"), "ladder.first").world.unwrap();
    let events = opened(&world);
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[0].0, events[1].0, "in the instant in which the rung is released");
    assert!(!events[0].1 && events[1].1 && events[0].0 > world.start, "{events:?}");
    // Without the agreement, or with a rung that is never reached, it never opens.
    assert_eq!(opened(&world.without("ladder").unwrap()), []);
    let never = waits(&text.replace("amount_usd = 400e6", "amount_usd = 900e6"), "ladder.never");
    assert!(opened(&never.world.unwrap()).iter().all(|event| !event.1));
    // Names that are not there are refused, each with what there is.
    for (name, said, hint) in [
        ("ladder.fist", "`ladder` has no rung `fist`", "did you mean `ladder.first`?"),
        ("ladder.moonshot", "`ladder` has no rung `moonshot`", "known: `first`, `never`"),
        ("ladders.first", "there is no agreement `ladders`", "did you mean `ladder.first`?"),
        ("warrants.first", "there is no agreement `warrants`", "known: `ladder`"),
        ("first", "it is no name of a rung", "write `agreement.rung`"),
    ] {
        let reading = waits(&text, name);
        let found = reading.diagnostics.iter().find(|one| one.rule.code == "S204").expect("S204");
        assert!(found.message.contains(said) && found.hint.as_deref() == Some(hint), "{found:?}");
    }
}

/// Lines of entries on systems that were taken out: account and amount.
fn taken_out(keeper: &mut Keeper) -> Vec<(Account, i64)> {
    let mut lines = Vec::new();
    keeper.drain(|entry| {
        if matches!(entry.cause, ledger::Cause::TakenOut { .. }) {
            lines.extend(entry.postings.iter().map(|line| (line.account, line.amount.0)));
        }
    });
    lines
}

#[test]
fn what_systems_are_still_worth_is_written_off_when_they_are_taken_out() {
    let (mut keeper, _) = keep(&building(""));
    let lines = taken_out(&mut keeper);
    let sum =
        |account: Account| -> i64 { lines.iter().filter(|line| line.0 == account).map(|line| line.1).sum() };
    let cost = usd(60.0 * 3.4e6).0;
    assert_eq!(sum(Account::Systems), -cost, "{lines:?}");
    let (rest, worn) = (sum(Account::Depreciation), sum(Account::Depreciated));
    assert_eq!(rest + worn, cost);
    // They worked for some months of a life of years.
    assert!(rest > cost / 2 && worn > 0 && worn < cost / 4, "{rest} was left, {worn} was depreciated");
}

#[test]
fn without_capital_the_systems_that_come_instead_have_their_price() {
    let text = SCENARIO
        .replace("[system.h100]\n", "[system.h100]\nusd_each = 300_000.0\n")
        .replace("[site.east]\nit_mw = 1.0\nfill = \"h100\"", "[site.east.block.a]\nit_mw = 1.0\nfill = \"h100\"\n[[site.east.block.a.reequip]]\ndate = \"2026-07-01\"\nfill = \"h100\"\n[site.east.block.a.milestones]\nenergised = \"2026-02-01\"");
    let origin = Origin::Text { name: "books.toml".into(), text };
    let reading = scenario::read(&origin, &[]);
    let world = reading.world.unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
    let (mut keeper, _) = keep(&world);
    let lines = taken_out(&mut keeper);
    let old = 100 * usd(300_000.0).0;
    let written_off: i64 = lines.iter().filter(|line| line.0 == Account::Systems).map(|line| line.1).sum();
    assert_eq!(written_off, -old, "a hundred systems of 10 kW in a megawatt: {lines:?}");
    // The hundred that came instead, and two hundred in the west.
    assert_eq!(keeper.books().balance(PartyId(0), Account::Systems), i128::from(3 * old));
}
