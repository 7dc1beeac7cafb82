//! The books of all partners: balances, the monthly close, the trial balance.

use crate::account::Account;
use crate::entry::{Basis, Cause, Entry, PartyId, Posting};
use crate::month::Month;
use base::id::SiteId;
use base::{Money, SimTime};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why something could not be posted. The books are as they were before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerError {
    /// A balance or a quantity would leave the range of 64 bits.
    Overflow {
        /// Where.
        account: String,
        /// Of which instant.
        time: SimTime,
    },
    /// The month of the entry has been closed.
    Closed {
        /// The instant of the entry.
        time: SimTime,
        /// The books are closed up to here.
        until: SimTime,
    },
    /// A price or a term times its quantity leaves the range of 64 bits.
    Amount {
        /// Of what.
        what: String,
    },
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LedgerError::Overflow { account, time } => {
                write!(f, "the balance of `{account}` leaves the range of money at {time}")
            }
            LedgerError::Closed { time, until } => {
                write!(f, "the books are closed until {until}, and an entry is for {time}")
            }
            LedgerError::Amount { what } => write!(f, "{what} leaves the range of money"),
        }
    }
}
impl std::error::Error for LedgerError {}

/// What a balance is of: a partner's account, at a site, with somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// In whose books.
    pub partner: PartyId,
    /// The account.
    pub account: Account,
    /// With whom.
    pub counterparty: Option<PartyId>,
    /// Where.
    pub site: Option<SiteId>,
}

/// A balance, with what moved it in the month that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// What it is of.
    pub key: Key,
    /// Debits less credits since the beginning.
    pub balance: Money,
    /// Debits of the month.
    pub debit: Money,
    /// Credits of the month, positive.
    pub credit: Money,
    /// Cash that moved against it in the month: what came in is positive.
    pub cash: Money,
    /// Quantity of the month.
    pub quantity: i64,
}

/// A month that was closed: every balance that is not zero or that moved, in the order of its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// The month.
    pub month: Month,
    /// The balances.
    pub slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    time: SimTime,
    cause: Cause,
    basis: Basis,
    end: usize,
}

/// The books of all partners.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct Books {
    slots: Vec<Slot>,
    /// Looked up, never walked.
    index: FxHashMap<Key, u32>,
    entries: u64,
    postings: u64,
    closed_until: SimTime,
    /// Entries that were not drained yet.
    heads: Vec<Head>,
    lines: Vec<Posting>,
    /// Reused: the places of the postings of one entry.
    places: Vec<u32>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    slots: Vec<Slot>,
    entries: u64,
    postings: u64,
    closed_until: SimTime,
}

impl From<Books> for Saved {
    fn from(books: Books) -> Saved {
        assert!(books.heads.is_empty(), "a snapshot is taken between instants, with the journal written");
        Saved {
            slots: books.slots,
            entries: books.entries,
            postings: books.postings,
            closed_until: books.closed_until,
        }
    }
}

impl From<Saved> for Books {
    fn from(saved: Saved) -> Books {
        let index = (0u32..).zip(&saved.slots).map(|(at, slot)| (slot.key, at)).collect();
        Books {
            slots: saved.slots,
            index,
            entries: saved.entries,
            postings: saved.postings,
            closed_until: saved.closed_until,
            ..Books::new()
        }
    }
}

impl Default for Books {
    fn default() -> Books {
        Books::new()
    }
}

impl Books {
    /// Empty books.
    pub fn new() -> Books {
        Books {
            slots: Vec::new(),
            index: FxHashMap::default(),
            entries: 0,
            postings: 0,
            closed_until: SimTime(i64::MIN),
            heads: Vec::new(),
            lines: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Entries so far.
    pub fn entries(&self) -> u64 {
        self.entries
    }
    /// Postings so far.
    pub fn postings(&self) -> u64 {
        self.postings
    }
    /// Nothing before this instant can be posted any more.
    pub fn closed_until(&self) -> SimTime {
        self.closed_until
    }

    /// Posts an entry and says its number. Postings of no money and no quantity are left out.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`], [`LedgerError::Closed`]; the books are as before.
    ///
    /// # Panics
    /// If the postings of a partner do not sum to zero: that is a bug of the caller.
    pub fn post(
        &mut self,
        time: SimTime,
        cause: Cause,
        basis: Basis,
        postings: &[Posting],
    ) -> Result<u64, LedgerError> {
        if time < self.closed_until {
            return Err(LedgerError::Closed { time, until: self.closed_until });
        }
        assert_balanced(postings, &cause);
        let number = self.entries;
        self.find_places(postings);
        for at in 0..postings.len() {
            if let Err(error) = self.apply(at, &postings[at], 1, time) {
                for undone in (0..at).rev() {
                    self.apply(undone, &postings[undone], -1, time)
                        .expect("what could be added can be taken away");
                }
                return Err(error);
            }
        }
        self.add_cash(postings);
        let before = self.lines.len();
        self.lines.extend(postings.iter().filter(|line| line.amount != Money::ZERO || line.quantity != 0));
        self.postings += (self.lines.len() - before) as u64;
        self.heads.push(Head { time, cause, basis, end: self.lines.len() });
        self.entries += 1;
        Ok(number)
    }

    fn find_places(&mut self, postings: &[Posting]) {
        self.places.clear();
        for line in postings {
            let key = Key {
                partner: line.partner,
                account: line.account,
                counterparty: line.counterparty,
                site: line.site,
            };
            let next = self.slots.len() as u32;
            let place = *self.index.entry(key).or_insert(next);
            if place == next {
                let (zero, quantity) = (Money::ZERO, 0);
                self.slots.push(Slot { key, balance: zero, debit: zero, credit: zero, cash: zero, quantity });
            }
            self.places.push(place);
        }
    }

    /// Adds a posting to its balance (`sign` 1), or takes it away again (-1).
    fn apply(&mut self, at: usize, line: &Posting, sign: i64, time: SimTime) -> Result<(), LedgerError> {
        let slot = &mut self.slots[self.places[at] as usize];
        let applied = (|| {
            let amount = line.amount.0.checked_mul(sign)?;
            let balance = slot.balance.0.checked_add(amount)?;
            let quantity = slot.quantity.checked_add(line.quantity.checked_mul(sign)?)?;
            let moved = line.amount.0.checked_abs()?.checked_mul(sign)?;
            let side = if line.amount.0 >= 0 { &mut slot.debit } else { &mut slot.credit };
            *side = Money(side.0.checked_add(moved)?);
            (slot.balance, slot.quantity) = (Money(balance), quantity);
            Some(())
        })();
        applied.ok_or_else(|| LedgerError::Overflow { account: line.account.path(), time })
    }

    /// Where a partner's cash moves, the other postings say against what.
    fn add_cash(&mut self, postings: &[Posting]) {
        if !postings.iter().any(|line| line.account == Account::Cash) {
            return;
        }
        for (at, line) in postings.iter().enumerate().filter(|(_, line)| line.account != Account::Cash) {
            let pays =
                postings.iter().any(|other| other.account == Account::Cash && other.partner == line.partner);
            if pays {
                let slot = &mut self.slots[self.places[at] as usize];
                // No larger than the debits and credits, which were checked.
                slot.cash = Money(slot.cash.0.saturating_sub(line.amount.0));
            }
        }
    }

    /// Gives the entries that were posted since the last call, in their order, and forgets them.
    pub fn drain(&mut self, mut write: impl FnMut(Entry<'_>)) {
        let numbers = self.entries - self.heads.len() as u64..;
        let mut first = self.postings - self.lines.len() as u64;
        let mut start = 0;
        for (number, head) in numbers.zip(&self.heads) {
            let postings = &self.lines[start..head.end];
            write(Entry { number, first, time: head.time, cause: head.cause, basis: head.basis, postings });
            first += postings.len() as u64;
            start = head.end;
        }
        self.heads.clear();
        self.lines.clear();
    }

    /// Every balance, in the order of its key.
    pub fn balances(&self) -> Vec<Slot> {
        let mut slots = self.slots.clone();
        slots.sort_unstable_by_key(|slot| slot.key);
        slots
    }

    /// A partner's balance of an account, over all sites and counterparties; in 128 bits, so that it cannot overflow.
    pub fn balance(&self, partner: PartyId, account: Account) -> i128 {
        let of = |slot: &&Slot| slot.key.partner == partner && slot.key.account == account;
        self.slots.iter().filter(of).map(|slot| i128::from(slot.balance.0)).sum()
    }

    /// The sum of all balances of each partner that has books; zero for each, or there is a bug.
    pub fn trial_balance(&self) -> Vec<(PartyId, i128)> {
        let mut sums: std::collections::BTreeMap<PartyId, i128> = std::collections::BTreeMap::new();
        for slot in &self.slots {
            *sums.entry(slot.key.partner).or_default() += i128::from(slot.balance.0);
        }
        sums.into_iter().collect()
    }

    /// Closes the books up to the end of a month: its balances and movements, and nothing can be posted before its end
    /// any more. `None` if it was closed before: then nothing changes.
    ///
    /// # Panics
    /// If the trial balance of a partner is not zero: that is a bug.
    pub fn close(&mut self, month: Month) -> Option<Closed> {
        if month.end() <= self.closed_until {
            return None;
        }
        for (partner, sum) in self.trial_balance() {
            assert_eq!(sum, 0, "the trial balance of partner {} at the close of {month}", partner.0);
        }
        let nothing = |slot: &Slot| {
            slot.balance == Money::ZERO
                && slot.debit == Money::ZERO
                && slot.credit == Money::ZERO
                && slot.quantity == 0
        };
        let mut slots: Vec<Slot> = self.slots.iter().filter(|slot| !nothing(slot)).copied().collect();
        slots.sort_unstable_by_key(|slot| slot.key);
        for slot in &mut self.slots {
            (slot.debit, slot.credit, slot.cash, slot.quantity) = (Money::ZERO, Money::ZERO, Money::ZERO, 0);
        }
        self.closed_until = month.end();
        Some(Closed { month, slots })
    }
}

/// The postings of each partner sum to zero.
fn assert_balanced(postings: &[Posting], cause: &Cause) {
    for (at, line) in postings.iter().enumerate() {
        if postings[..at].iter().any(|before| before.partner == line.partner) {
            continue;
        }
        let own = postings.iter().filter(|other| other.partner == line.partner);
        let sum: i128 = own.map(|line| i128::from(line.amount.0)).sum();
        assert_eq!(sum, 0, "the postings of partner {} for {cause:?} do not balance", line.partner.0);
    }
}
