//! The laws of the books on random entries.

#![allow(clippy::unwrap_used)]

use base::id::SiteId;
use base::{Money, SimTime, Span};
use ledger::{Account, Basis, Books, Cause, LedgerError, Month, PartyId, Posting, Unit};
use proptest::prelude::*;

const START: i64 = 1_767_225_600_000_000_000; // 2026-01-01

fn cause() -> Cause {
    Cause::Close { month: Month::of(SimTime(START)) }
}

/// A sale on account between two partners.
fn sale(seller: u32, buyer: u32, site: u32, micro: i64) -> Vec<Posting> {
    let (seller, buyer, site) = (PartyId(seller), PartyId(buyer), Some(SiteId(site)));
    let (plus, minus) = (Money(micro), Money(-micro));
    vec![
        Posting::new(seller, Account::Unbilled, plus).with(buyer).at(site),
        Posting::new(seller, Account::ComputeSold, minus).with(buyer).at(site).of(-7, Unit::GpuSeconds),
        Posting::new(buyer, Account::ComputeBought, plus).with(seller).at(site).of(7, Unit::GpuSeconds),
        Posting::new(buyer, Account::Accrued, minus).with(seller).at(site),
    ]
}

/// It is paid.
fn payment(seller: u32, buyer: u32, micro: i64) -> Vec<Posting> {
    let (seller, buyer) = (PartyId(seller), PartyId(buyer));
    let (plus, minus) = (Money(micro), Money(-micro));
    vec![
        Posting::new(seller, Account::Cash, plus).with(buyer),
        Posting::new(seller, Account::Unbilled, minus).with(buyer),
        Posting::new(buyer, Account::Accrued, plus).with(seller),
        Posting::new(buyer, Account::Cash, minus).with(seller),
    ]
}

fn post(books: &mut Books, time: SimTime, lines: &[Posting]) -> Result<u64, LedgerError> {
    books.post(time, cause(), Basis::Fact, lines)
}

#[test]
fn the_edge_of_the_range_is_an_error_and_changes_nothing() {
    let mut books = Books::new();
    let now = SimTime(START);
    post(&mut books, now, &sale(0, 1, 0, i64::MAX - 1)).unwrap();
    post(&mut books, now, &sale(0, 1, 0, 1)).unwrap();
    let before = books.balances();
    let refused = post(&mut books, now, &sale(0, 1, 0, 1)).unwrap_err();
    assert_eq!(refused, LedgerError::Overflow { account: "assets:unbilled".into(), time: now });
    assert_eq!(books.balances(), before);
    assert_eq!((books.entries(), books.postings()), (2, 8));
    // The credit that only i64::MIN could hold is refused too.
    let edge = [
        Posting::new(PartyId(5), Account::Cash, Money(i64::MAX)),
        Posting::new(PartyId(5), Account::Contributed, Money(i64::MIN)),
        Posting::new(PartyId(5), Account::OtherIncome, Money(1)),
    ];
    assert!(matches!(post(&mut books, now, &edge), Err(LedgerError::Overflow { .. })));
    assert_eq!(books.balance(PartyId(5), Account::Cash), 0);
}

#[test]
#[should_panic(expected = "do not balance")]
fn what_does_not_balance_for_each_partner_is_a_bug() {
    // It balances over both partners, and for neither.
    let lines = [
        Posting::new(PartyId(0), Account::Cash, Money(5)),
        Posting::new(PartyId(1), Account::Cash, Money(-5)),
    ];
    let _ = post(&mut Books::new(), SimTime(START), &lines);
}

#[test]
fn a_closed_month_takes_nothing_more_and_closing_it_again_changes_nothing() {
    let mut books = Books::new();
    let month = Month::of(SimTime(START));
    post(&mut books, SimTime(START), &sale(0, 1, 0, 100)).unwrap();
    let closed = books.close(month).unwrap();
    assert_eq!(closed.slots.len(), 4);
    let before = books.balances();
    assert_eq!(books.close(month), None);
    assert_eq!(books.balances(), before);
    let late = post(&mut books, SimTime(START) + Span::DAY, &sale(0, 1, 0, 100));
    assert!(matches!(late, Err(LedgerError::Closed { .. })));
    post(&mut books, month.end(), &payment(0, 1, 100)).unwrap();
    let next = books.close(month.next()).unwrap();
    let cash: i64 = next.slots.iter().map(|slot| slot.cash.0).sum();
    assert_eq!(cash, 0, "what one receives another pays");
    let slot = next.slots.iter().find(|slot| slot.key.account == Account::Accrued && slot.key.site.is_none());
    assert_eq!(slot.unwrap().cash, Money(-100));
}

#[derive(Clone, Debug)]
enum Act {
    Sale(u32, u32, u32, i64),
    Payment(u32, u32, i64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let two = || (0u32..4, 1u32..4).prop_map(|(a, step)| (a, (a + step) % 4));
    let amount = || prop_oneof![1i64..1_000_000_000, Just(i64::MAX / 3)];
    let sale = (two(), 0u32..3, amount()).prop_map(|((a, b), site, micro)| Act::Sale(a, b, site, micro));
    let payment = (two(), amount()).prop_map(|((a, b), micro)| Act::Payment(a, b, micro));
    prop::collection::vec(prop_oneof![sale, payment], 0..60)
}

fn play(acts: &[Act], close_each: usize) -> (Books, Vec<String>) {
    let (mut books, mut journal) = (Books::new(), Vec::new());
    let mut month = Month::of(SimTime(START));
    for (n, act) in acts.iter().enumerate() {
        let lines = match *act {
            Act::Sale(a, b, site, micro) => sale(a, b, site, micro),
            Act::Payment(a, b, micro) => payment(a, b, micro),
        };
        let before = books.balances();
        if post(&mut books, month.start(), &lines).is_err() {
            let moved = |slot: &&ledger::Slot| slot.balance != Money::ZERO;
            let after = books.balances();
            assert!(before.iter().filter(moved).eq(after.iter().filter(moved)), "an error changes nothing");
        }
        books.drain(|entry| journal.push(format!("{entry:?}")));
        if n % close_each == 0 {
            books.close(month).unwrap();
            month = month.next();
        }
    }
    (books, journal)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trial_balances_are_zero_and_what_one_pays_another_receives(acts in acts(), close_each in 1usize..20) {
        let (books, _) = play(&acts, close_each);
        for (partner, sum) in books.trial_balance() {
            prop_assert_eq!(sum, 0, "partner {}", partner.0);
        }
        let sum = |account| (0..4).map(|partner| books.balance(PartyId(partner), account)).sum::<i128>();
        prop_assert_eq!(sum(Account::Cash), 0);
        prop_assert_eq!(sum(Account::Unbilled), -sum(Account::Accrued));
        prop_assert_eq!(sum(Account::ComputeSold), -sum(Account::ComputeBought));
    }

    #[test]
    fn replaying_gives_the_same_books_through_a_snapshot_too(acts in acts(), cut in 0usize..60) {
        let (whole, journal) = play(&acts, 1000);
        let cut = cut.min(acts.len());
        let (first, mut pieces) = play(&acts[..cut], 1000);
        let saved = postcard::to_allocvec(&first).unwrap();
        let mut resumed: Books = postcard::from_bytes(&saved).unwrap();
        // The month was closed after the first act, in both.
        let month = Month::of(SimTime(START));
        for act in &acts[cut..] {
            let lines = match *act {
                Act::Sale(a, b, site, micro) => sale(a, b, site, micro),
                Act::Payment(a, b, micro) => payment(a, b, micro),
            };
            let time = if resumed.closed_until() > month.start() { month.end() } else { month.start() };
            let _ = post(&mut resumed, time, &lines);
            resumed.drain(|entry| pieces.push(format!("{entry:?}")));
            if resumed.closed_until() <= month.start() {
                resumed.close(month);
            }
        }
        prop_assert_eq!(journal, pieces);
        prop_assert_eq!(whole.balances(), resumed.balances());
    }
}
