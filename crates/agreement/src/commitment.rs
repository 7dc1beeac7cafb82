//! Take-or-pay: a quantity committed period by period, of which a share must be paid for whether taken or not.
//!
//! ```text
//! deficiency = max(0, minimum x committed - excused - taken - carried forward) x price
//! ```
//!
//! It is a debt, not damages. What was paid for and not taken can be a make-up bank (later quantities above the minimum
//! are credited); what was taken above the commitment can be carried forward against later shortfalls.

use crate::amount::{Overflow, Price, Rounding, Share};
use crate::rules;
use base::{Diagnostic, Diagnostics, Money};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A period of the ramp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedPeriod {
    /// Its first day.
    pub from: Date,
    /// The day after its last.
    pub to: Date,
    /// The quantity committed, in the unit of the price.
    pub committed: i64,
}

/// A bank of quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bank {
    /// After so many true-ups a quantity expires.
    pub expires_after: u32,
    /// At most so much in it.
    pub limit: Option<i64>,
}

/// What leaving early costs: a share of the minimum of the next periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// The share.
    pub share: Share,
    /// Of at most so many periods after the one in which it ends.
    pub periods: u32,
}

/// The terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The name of the agreement.
    pub id: String,
    /// The ramp.
    pub periods: Vec<CommittedPeriod>,
    /// The share of the commitment that is paid for in any case.
    pub minimum: Share,
    /// The price up to the commitment. [`Price::MONEY`] where the commitment is one to spend.
    pub price: Price,
    /// The price above it, if another.
    pub excess_price: Option<Price>,
    /// Whether the minimum is paid when a true-up group begins.
    pub upfront: bool,
    /// So many periods are compared with their minimum together; at least 1.
    pub true_up: u32,
    /// Paid and not taken.
    pub make_up: Option<Bank>,
    /// Taken above the commitment.
    pub carry_forward: Option<Bank>,
    /// Early exit, if it may end early at all.
    pub exit: Option<Exit>,
    /// How amounts and minimums are rounded.
    pub rounding: Rounding,
}

impl Terms {
    /// Every mistake.
    pub fn check(&self) -> Diagnostics {
        let mut found = Diagnostics::new();
        let mut push = |rule, field: &str, message: &str, hint: &str| {
            let field = format!("agreement.{}.{field}", self.id);
            found.push(Diagnostic::error(rule, message).with_field(field).with_hint(hint));
        };
        if self.periods.is_empty() {
            push(&rules::MISSING_TERM, "periods", "nothing is committed", "at least one period");
        }
        let gap = self.periods.windows(2).any(|pair| pair[0].to != pair[1].from);
        if gap || self.periods.iter().any(|period| period.to <= period.from) {
            let message = "the periods do not follow each other";
            push(
                &rules::PERIODS_NOT_CONTIGUOUS,
                "periods",
                message,
                "let each begin on the day on which the one before ends",
            );
        }
        if self.periods.iter().any(|period| period.committed < 0) {
            push(&rules::TERM_OUT_OF_RANGE, "periods", "a committed quantity is negative", "0 or more");
        }
        let bad_price = |price: Price| price.per < 1 || price.amount.0 < 0;
        if bad_price(self.price) || self.excess_price.is_some_and(bad_price) {
            push(
                &rules::TERM_OUT_OF_RANGE,
                "price",
                "the price is negative or for no units",
                "a price of 0 or more",
            );
        }
        if self.true_up == 0 || self.minimum > Share::WHOLE {
            push(
                &rules::TERM_OUT_OF_RANGE,
                "true_up",
                "the true-up is not at least every period",
                "1 or more",
            );
        }
        found
    }
}

/// What happened. `billed` is what the payer owes now (negative for a credit); `effective` is the cost of the period it
/// belongs to, whenever it was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// The minimum is paid in advance.
    Prepaid {
        /// The quantity that it covers.
        quantity: i64,
        /// What is owed.
        billed: Money,
    },
    /// A part of what was paid in advance was not owed after all: it was excused or covered by a carry-forward.
    Returned {
        /// The quantity.
        quantity: i64,
        /// The credit, negative.
        billed: Money,
    },
    /// Something was taken.
    Taken {
        /// How much.
        quantity: i64,
        /// What is owed.
        billed: Money,
        /// What it cost.
        effective: Money,
    },
    /// A part of the minimum is excused.
    Excused {
        /// How much.
        quantity: i64,
    },
    /// A shortfall is covered by what was taken above the commitment before.
    CarryUsed {
        /// How much.
        quantity: i64,
    },
    /// The minimum was not taken.
    Deficiency {
        /// By how much.
        quantity: i64,
        /// What is owed.
        billed: Money,
        /// What it cost.
        effective: Money,
    },
    /// What was paid for and not taken can be made up later.
    Banked {
        /// How much.
        quantity: i64,
    },
    /// It is made up.
    MakeUpUsed {
        /// How much.
        quantity: i64,
        /// The credit, negative.
        billed: Money,
    },
    /// What was taken above the commitment counts later.
    Carried {
        /// How much.
        quantity: i64,
    },
    /// A banked quantity is lost.
    MakeUpExpired {
        /// How much.
        quantity: i64,
    },
    /// A carried quantity is lost.
    CarryExpired {
        /// How much.
        quantity: i64,
    },
    /// The agreement ends early.
    Exited {
        /// What is owed for it.
        billed: Money,
    },
    /// Its last period is over.
    Ended,
    /// The act had no effect: the agreement has ended, may not end early, or the quantity is negative.
    Refused,
}

impl Fact {
    /// The clause that it follows from.
    pub fn clause(&self) -> &'static str {
        match self {
            Fact::Prepaid { .. } | Fact::Returned { .. } => "prepayment",
            Fact::Taken { .. } => "price",
            Fact::Excused { .. } => "excuse",
            Fact::CarryUsed { .. } | Fact::Carried { .. } | Fact::CarryExpired { .. } => "carry-forward",
            Fact::Deficiency { .. } => "minimum",
            Fact::Banked { .. } | Fact::MakeUpUsed { .. } | Fact::MakeUpExpired { .. } => "make-up",
            Fact::Exited { .. } => "exit",
            Fact::Ended | Fact::Refused => "term",
        }
    }
    /// What is owed now.
    pub fn billed(&self) -> Money {
        match *self {
            Fact::Prepaid { billed, .. }
            | Fact::Returned { billed, .. }
            | Fact::Taken { billed, .. }
            | Fact::Deficiency { billed, .. }
            | Fact::MakeUpUsed { billed, .. }
            | Fact::Exited { billed } => billed,
            _ => Money::ZERO,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lot {
    /// The true-up at which it came.
    group: u32,
    quantity: i64,
}

/// A commitment on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    terms: Terms,
    /// The period that runs.
    index: usize,
    /// True-ups that have been.
    groups: u32,
    /// Taken in the period, and in the group.
    taken: i64,
    group_taken: i64,
    /// Of the periods of the group that are over.
    group_minimum: i64,
    group_committed: i64,
    excused: i64,
    prepaid: i64,
    make_up: VecDeque<Lot>,
    carried: VecDeque<Lot>,
    ended: bool,
    exited: bool,
}

impl Commitment {
    /// Opens the first period.
    ///
    /// # Errors
    /// [`Overflow`] if an amount leaves the range.
    pub fn new(terms: Terms) -> Result<(Commitment, Vec<Fact>), Overflow> {
        Commitment::from_period(terms, 0)
    }

    /// Opens a later period, counted from 0: what was owed for those before it was settled then, and a true-up of
    /// several periods has only those from here on.
    ///
    /// # Errors
    /// [`Overflow`] if an amount leaves the range.
    pub fn from_period(terms: Terms, first: usize) -> Result<(Commitment, Vec<Fact>), Overflow> {
        let ended = first >= terms.periods.len();
        let groups = first as u32 / terms.true_up.max(1);
        let mut commitment = Commitment {
            terms,
            index: first,
            groups,
            taken: 0,
            group_taken: 0,
            group_minimum: 0,
            group_committed: 0,
            excused: 0,
            prepaid: 0,
            make_up: VecDeque::new(),
            carried: VecDeque::new(),
            ended,
            exited: false,
        };
        let facts = commitment.open_group()?;
        Ok((commitment, facts))
    }

    /// Goes on under amended terms, in the period of theirs that runs: what was taken, paid, banked and carried stays.
    pub fn amend(&mut self, terms: Terms) {
        let over = match (self.period(), self.terms.periods.last()) {
            (Some(period), _) => period.from,
            (None, Some(last)) => last.to,
            (None, None) => Date::MIN,
        };
        self.index = terms.periods.iter().take_while(|period| period.to <= over).count();
        self.groups = self.groups.max(self.index as u32 / terms.true_up.max(1));
        self.ended = self.exited || self.index == terms.periods.len();
        self.terms = terms;
    }

    /// The terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }
    /// The period that runs; `None` after the end.
    pub fn period(&self) -> Option<&CommittedPeriod> {
        self.terms.periods.get(self.index).filter(|_| !self.ended)
    }
    /// Quantity in the make-up bank.
    pub fn banked(&self) -> i64 {
        self.make_up.iter().map(|lot| lot.quantity).sum()
    }
    /// Quantity carried forward.
    pub fn carried(&self) -> i64 {
        self.carried.iter().map(|lot| lot.quantity).sum()
    }

    fn price(&self, quantity: i64) -> Result<Money, Overflow> {
        self.terms.price.of(quantity, self.terms.rounding).ok_or(Overflow)
    }
    /// Taken so far in the period that runs.
    pub fn taken(&self) -> i64 {
        self.taken
    }
    /// The part of a committed quantity that is paid for in any case.
    ///
    /// # Errors
    /// [`Overflow`] if it leaves the range.
    pub fn minimum(&self, committed: i64) -> Result<i64, Overflow> {
        self.terms.minimum.of_quantity(committed, self.terms.rounding).ok_or(Overflow)
    }

    fn open_group(&mut self) -> Result<Vec<Fact>, Overflow> {
        (self.group_taken, self.group_minimum, self.group_committed, self.prepaid) = (0, 0, 0, 0);
        if self.ended || !self.terms.upfront {
            return Ok(Vec::new());
        }
        let mut quantity = 0i64;
        let left = self.terms.true_up as usize - self.index % self.terms.true_up.max(1) as usize;
        for period in self.terms.periods.iter().skip(self.index).take(left) {
            quantity = quantity.checked_add(self.minimum(period.committed)?).ok_or(Overflow)?;
        }
        self.prepaid = quantity;
        Ok(vec![Fact::Prepaid { quantity, billed: self.price(quantity)? }])
    }

    /// Something is taken in the period that runs. After an error nothing has changed.
    pub fn take(&mut self, quantity: i64) -> Result<Fact, Overflow> {
        let Some(period) = self.period().filter(|_| quantity >= 0) else { return Ok(Fact::Refused) };
        let committed = self.group_committed.checked_add(period.committed).ok_or(Overflow)?;
        let before = self.group_taken.checked_add(self.taken).ok_or(Overflow)?;
        let after = before.checked_add(quantity).ok_or(Overflow)?;
        let effective = match self.terms.excess_price {
            Some(excess) => {
                let within = (committed - before).clamp(0, quantity);
                let above = excess.of(quantity - within, self.terms.rounding).ok_or(Overflow)?;
                self.price(within)?.checked_add(above).ok_or(Overflow)?
            }
            None => self.price(quantity)?,
        };
        let covered = (self.prepaid - before).clamp(0, quantity);
        let billed = effective.checked_sub(self.price(covered)?).ok_or(Overflow)?;
        self.taken = after - self.group_taken;
        Ok(Fact::Taken { quantity, billed, effective })
    }

    /// A part of the minimum of the period that runs need not be taken: force majeure, fault of the supplier.
    pub fn excuse(&mut self, quantity: i64) -> Result<Fact, Overflow> {
        if self.ended || quantity < 0 {
            return Ok(Fact::Refused);
        }
        self.excused = self.excused.checked_add(quantity).ok_or(Overflow)?;
        Ok(Fact::Excused { quantity })
    }

    /// The period that runs is over; every `true_up` periods what was taken is compared with the minimum.
    pub fn close_period(&mut self) -> Result<Vec<Fact>, Overflow> {
        let Some(period) = self.period().copied() else { return Ok(vec![Fact::Refused]) };
        let minimum = (self.minimum(period.committed)? - self.excused).max(0);
        self.group_minimum = self.group_minimum.checked_add(minimum).ok_or(Overflow)?;
        self.group_committed = self.group_committed.checked_add(period.committed).ok_or(Overflow)?;
        self.group_taken = self.group_taken.checked_add(self.taken).ok_or(Overflow)?;
        (self.taken, self.excused) = (0, 0);
        self.index += 1;
        let last = self.index == self.terms.periods.len();
        if !last && !self.index.is_multiple_of(self.terms.true_up.max(1) as usize) {
            return Ok(Vec::new());
        }
        let mut facts = self.true_up()?;
        self.groups += 1;
        facts.extend(self.expire());
        self.ended = last;
        if last {
            let lost = std::mem::take(&mut self.make_up).iter().map(|lot| lot.quantity).sum();
            if lost > 0 {
                facts.push(Fact::MakeUpExpired { quantity: lost });
            }
            facts.push(Fact::Ended);
        }
        facts.extend(self.open_group()?);
        Ok(facts)
    }

    fn true_up(&mut self) -> Result<Vec<Fact>, Overflow> {
        let mut facts = Vec::new();
        let mut shortfall = (self.group_minimum - self.group_taken).max(0);
        let used = draw(&mut self.carried, shortfall);
        if used > 0 {
            facts.push(Fact::CarryUsed { quantity: used });
            shortfall -= used;
        }
        if self.terms.upfront {
            // What was excused, or covered by a carry-forward, was paid for all the same: it comes back as a credit.
            let unused = (self.prepaid - self.group_taken).max(0);
            let returned = self.price(unused - shortfall.min(unused))?;
            if returned.0 > 0 {
                facts.push(Fact::Returned { quantity: unused - shortfall, billed: Money(-returned.0) });
            }
        }
        if shortfall > 0 {
            let effective = self.price(shortfall)?;
            let billed = if self.terms.upfront { Money::ZERO } else { effective };
            facts.push(Fact::Deficiency { quantity: shortfall, billed, effective });
            let banked = store(&mut self.make_up, self.terms.make_up, self.groups, shortfall);
            facts.extend((banked > 0).then_some(Fact::Banked { quantity: banked }));
        }
        let above_minimum = (self.group_taken - self.group_minimum).max(0);
        let made_up = draw(&mut self.make_up, above_minimum);
        if made_up > 0 {
            facts.push(Fact::MakeUpUsed { quantity: made_up, billed: Money(-self.price(made_up)?.0) });
        }
        let above = (self.group_taken - self.group_committed).min(above_minimum - made_up);
        if above > 0 {
            let carried = store(&mut self.carried, self.terms.carry_forward, self.groups, above);
            facts.extend((carried > 0).then_some(Fact::Carried { quantity: carried }));
        }
        Ok(facts)
    }

    fn expire(&mut self) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (lots, bank, carry) in [
            (&mut self.make_up, self.terms.make_up, false),
            (&mut self.carried, self.terms.carry_forward, true),
        ] {
            let Some(bank) = bank else { continue };
            let mut quantity = 0;
            // A lot of group g serves the groups g + 1 .. g + expires_after.
            while lots.front().is_some_and(|lot| self.groups - lot.group > bank.expires_after) {
                quantity += lots.pop_front().map_or(0, |lot| lot.quantity);
            }
            if quantity > 0 {
                facts.push(if carry {
                    Fact::CarryExpired { quantity }
                } else {
                    Fact::MakeUpExpired { quantity }
                });
            }
        }
        facts
    }

    /// The payer leaves in the period that runs, which is settled first; then it owes the exit fee.
    pub fn exit(&mut self) -> Result<Vec<Fact>, Overflow> {
        let (Some(exit), false) = (self.terms.exit, self.ended) else { return Ok(vec![Fact::Refused]) };
        let mut remaining = 0i64;
        for period in self.terms.periods.iter().skip(self.index + 1).take(exit.periods as usize) {
            remaining = remaining.checked_add(self.minimum(period.committed)?).ok_or(Overflow)?;
        }
        let fee = exit.share.of(self.price(remaining)?, self.terms.rounding).ok_or(Overflow)?;
        self.terms.periods.truncate(self.index + 1);
        let mut facts = self.close_period()?;
        self.exited = true;
        facts.push(Fact::Exited { billed: fee });
        Ok(facts)
    }
}

/// Takes up to `wanted` out of the bank, the oldest first.
fn draw(lots: &mut VecDeque<Lot>, mut wanted: i64) -> i64 {
    let asked = wanted;
    while let Some(lot) = lots.front_mut().filter(|_| wanted > 0) {
        let part = lot.quantity.min(wanted);
        lot.quantity -= part;
        wanted -= part;
        if lot.quantity == 0 {
            lots.pop_front();
        }
    }
    asked - wanted
}

/// Puts as much as the limit allows into the bank.
fn store(lots: &mut VecDeque<Lot>, bank: Option<Bank>, group: u32, quantity: i64) -> i64 {
    let Some(bank) = bank else { return 0 };
    let room = bank.limit.map_or(i64::MAX, |limit| limit - lots.iter().map(|lot| lot.quantity).sum::<i64>());
    let quantity = quantity.min(room.max(0));
    if quantity > 0 {
        lots.push_back(Lot { group, quantity });
    }
    quantity
}
