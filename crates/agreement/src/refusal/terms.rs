//! What a right of first refusal says.

use crate::amount::{Rounding, Share, mul_div};
use crate::notice::{NoticeClock, Period};
use crate::predicate::{Predicate, Subject};
use crate::rules;
use base::digest::hash128;
use base::{Diagnostic, Diagnostics, Money, SimTime, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// A party, by its index in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Party(pub u32);

/// Which right it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// First refusal: the holder may match a third party's offer that the grantor means to accept.
    FirstRefusal,
    /// First offer: the holder is asked before the market; any third party may close later on terms no better.
    FirstOffer,
}

/// On which side of the price the grantor stands, and so which price is better for a third party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// It sells capacity: a lower price is better for the third party.
    Sells,
    /// It buys capacity: a higher price is better for the third party.
    Buys,
}

/// Whether the right is used up by one closing on a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Once for each block.
    Once,
    /// Again at each new offer on it.
    Continuing,
}

/// What an exercise must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matching {
    /// Every noticed term.
    AllTerms,
    /// Price and length; price not worse for the grantor.
    EconomicTerms,
}

/// What a counter-offer does. It is an exercise under neither rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CounterOffer {
    /// Nothing: the clock runs on and the holder may still exercise.
    ClockRuns,
    /// It refuses the offer, as at common law.
    Refuses,
}

/// To whom a holder may hand its right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Assignment {
    /// To nobody.
    Personal,
    /// To its affiliates.
    Affiliates,
    /// To anybody.
    Free,
}

/// What of a package with free blocks the right takes hold of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Package {
    /// All of it.
    Whole,
    /// The burdened blocks, at the price that the offer allocates to them, or else in proportion to power
    /// (Fordham Urban Law Journal 22(2) argues for allocation).
    Allocate,
}

/// Parts of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// The price.
    Price,
    /// The length of the contract.
    Length,
    /// The power offered.
    Capacity,
    /// When it starts.
    Start,
    /// All other terms.
    OtherTerms,
    /// Who the third party is.
    Identity,
    /// A copy of the offer.
    Copy,
}

/// Somebody who has the right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Who.
    pub party: Party,
    /// The lower is asked first; holders of the same rank are asked together and share by weight.
    pub rank: u32,
    /// The weight among those of the same rank.
    pub weight: u64,
    /// To whom it may assign under [`Assignment::Affiliates`].
    pub affiliates: BTreeSet<Party>,
}

/// A right of first refusal or first offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Right {
    /// The name of the agreement.
    pub id: String,
    /// Which right.
    pub kind: Kind,
    /// The grantor's side.
    pub side: Side,
    /// Who has it.
    pub holders: Vec<Holder>,
    /// Which blocks it burdens.
    pub scope: Predicate,
    /// Which of them it leaves free all the same.
    pub carve_out: Predicate,
    /// From when.
    pub from: SimTime,
    /// Until when.
    pub until: SimTime,
    /// With less than this left of the window it does not apply.
    pub remaining_floor: Span,
    /// At most so much over all exercises.
    pub cap: Option<Money>,
    /// Once or continuing.
    pub mode: Mode,
    /// What an exercise must match.
    pub matching: Matching,
    /// Whether a part can be exercised, and the least, in kilowatts.
    pub partial: Option<i64>,
    /// The clock of a second round for what holders of the same rank left, if there is one.
    pub oversubscription: Option<Period>,
    /// How long a holder has.
    pub election: Period,
    /// How long it then has to sign; with the exercise if not given.
    pub signing: Option<Period>,
    /// How long the grantor may close with the third party afterwards.
    pub tail: Period,
    /// Up to which share of the price a change in the third party's favour is not material.
    pub materiality: Share,
    /// What a counter-offer does.
    pub counter_offer: CounterOffer,
    /// To whom it may go.
    pub assignment: Assignment,
    /// What happens to packages.
    pub package: Package,
    /// What a notice must contain for the clock to start.
    pub notice: BTreeSet<Part>,
    /// On whose calendar and in which zone periods run.
    pub clock: NoticeClock,
}

/// The terms of an offer for so much power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Terms {
    /// Power, in kilowatts.
    pub kw: i64,
    /// The price for all of it.
    pub price: Money,
    /// Months.
    pub months: u32,
    /// A number that is the same for the same other terms.
    pub other: u64,
}

impl Terms {
    /// The same terms for a part of the power; the price is rounded half away from zero.
    pub fn part(&self, kw: i64) -> Terms {
        let price = mul_div(self.price.0, kw, self.kw.max(1), Rounding::HalfAway).map_or(self.price, Money);
        Terms { kw, price, ..*self }
    }

    /// `self` is better for a third party than `noticed` by more than `materiality` of the noticed price per kilowatt, or
    /// in its length or other terms, where no order says which is better.
    pub fn improves(&self, noticed: &Terms, side: Side, matching: Matching, materiality: Share) -> bool {
        if self.months != noticed.months || (matching == Matching::AllTerms && self.other != noticed.other) {
            return true;
        }
        // price / kw against noticed price / noticed kw, without dividing.
        let ours = i128::from(self.price.0) * i128::from(noticed.kw);
        let theirs = i128::from(noticed.price.0) * i128::from(self.kw);
        let gain = match side {
            Side::Sells => theirs - ours,
            Side::Buys => ours - theirs,
        };
        // gain > materiality * theirs; the products fit: 2^126 is the largest, so divide before multiplying.
        let share = i128::from(materiality.min(Share::WHOLE).0);
        let allowed = theirs.abs() / 1_000_000 * share + theirs.abs() % 1_000_000 * share / 1_000_000;
        gain > allowed
    }

    /// Whether an exercise on these terms matches `noticed`.
    pub fn matches(&self, noticed: &Terms, side: Side, matching: Matching) -> bool {
        let not_worse_for_grantor = !self.improves(noticed, side, matching, Share::NONE);
        match matching {
            Matching::AllTerms => not_worse_for_grantor && self.price == noticed.part(self.kw).price,
            Matching::EconomicTerms => not_worse_for_grantor,
        }
    }
}

/// A block of an offer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Item {
    /// The block.
    pub block: u32,
    /// Its power, in kilowatts.
    pub kw: i64,
    /// What of the price the offer says is for it.
    pub price: Option<Money>,
    /// What the scope is asked about.
    pub attributes: Subject,
}

/// What a decision or fact rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Clause {
    /// Which blocks are burdened.
    Scope,
    /// Which are left free.
    CarveOut,
    /// From when until when.
    Window,
    /// Not with too little of the window left.
    RemainingTerm,
    /// What sets the right in motion.
    Trigger,
    /// What a notice contains.
    Notice,
    /// How long a holder has.
    Clock,
    /// How the right is exercised.
    Exercise,
    /// What a counter-offer does.
    CounterOffer,
    /// How it is refused.
    Refusal,
    /// How it is waived.
    Waiver,
    /// What silence means.
    Silence,
    /// Parts, and the least part.
    Partial,
    /// Who is asked after whom.
    Rank,
    /// How holders of one rank share.
    ProRata,
    /// The second round.
    Oversubscription,
    /// How long there is to sign.
    Signing,
    /// What the grantor may do afterwards.
    Tail,
    /// When a new notice is needed.
    Revival,
    /// Once or continuing.
    Mode,
    /// The cap.
    Cap,
    /// Default of a holder.
    Suspension,
    /// The end of the right.
    Termination,
    /// Change of control.
    ControlChange,
    /// Assignment.
    Assignment,
    /// Packages.
    Package,
    /// Withdrawal of the offer.
    Withdrawal,
    /// The version of the agreement.
    Amendment,
}

impl Clause {
    /// Every clause.
    pub const ALL: [Clause; 28] = [
        Clause::Scope,
        Clause::CarveOut,
        Clause::Window,
        Clause::RemainingTerm,
        Clause::Trigger,
        Clause::Notice,
        Clause::Clock,
        Clause::Exercise,
        Clause::CounterOffer,
        Clause::Refusal,
        Clause::Waiver,
        Clause::Silence,
        Clause::Partial,
        Clause::Rank,
        Clause::ProRata,
        Clause::Oversubscription,
        Clause::Signing,
        Clause::Tail,
        Clause::Revival,
        Clause::Mode,
        Clause::Cap,
        Clause::Suspension,
        Clause::Termination,
        Clause::ControlChange,
        Clause::Assignment,
        Clause::Package,
        Clause::Withdrawal,
        Clause::Amendment,
    ];
}

impl fmt::Display for Clause {
    /// The words by which a reader finds the clause: `carve-out`, `signing`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = format!("{self:?}");
        for (i, c) in name.chars().enumerate() {
            match c {
                c if c.is_uppercase() && i > 0 => write!(f, "-{}", c.to_ascii_lowercase())?,
                c => write!(f, "{}", c.to_ascii_lowercase())?,
            }
        }
        Ok(())
    }
}

impl Right {
    /// Every mistake in the terms.
    pub fn check(&self) -> Diagnostics {
        let mut found = Diagnostics::new();
        let mut range = |wrong: bool, field: &str, message: &str, hint: &str| {
            if wrong {
                let diagnostic = Diagnostic::error(&rules::TERM_OUT_OF_RANGE, message);
                found.push(diagnostic.with_field(format!("agreement.{}.{field}", self.id)).with_hint(hint));
            }
        };
        range(
            self.cap.is_some_and(|cap| cap.0 <= 0),
            "cap",
            "the cap leaves nothing to exercise",
            "leave it out for no cap",
        );
        range(
            self.partial.is_some_and(|kw| kw <= 0),
            "partial",
            "the least part is not positive",
            "a number of kilowatts",
        );
        range(self.remaining_floor.0 < 0, "remaining_floor", "the floor is negative", "`0 days` for none");
        let mut parties: Vec<Party> = self.holders.iter().map(|holder| holder.party).collect();
        parties.sort();
        range(
            parties.windows(2).any(|pair| pair[0] == pair[1]),
            "holders",
            "a party holds the right twice",
            "one rank for each",
        );
        range(
            self.holders.iter().any(|h| h.weight == 0),
            "holders",
            "a weight is zero",
            "a weight of at least 1",
        );
        let field = format!("agreement.{}", self.id);
        if self.until <= self.from {
            let diagnostic = Diagnostic::error(&rules::NO_WINDOW, "the right ends before it begins");
            found.push(diagnostic.with_field(format!("{field}.until")).with_hint("a date after `from`"));
        }
        if self.holders.is_empty() {
            let diagnostic = Diagnostic::error(&rules::NO_HOLDER, "nobody holds the right");
            found.push(diagnostic.with_field(format!("{field}.holders")).with_hint("at least one holder"));
        }
        found
    }
}

/// The digest of a notice: the same for the same right, offer, blocks, terms, third party and parts.
pub(super) fn digest(
    right: &str,
    offer: u64,
    blocks: &[u32],
    terms: &Terms,
    third: Party,
    parts: &BTreeSet<Part>,
) -> u128 {
    let mut bytes = Vec::with_capacity(right.len() + 64 + 4 * blocks.len());
    bytes.extend_from_slice(&(right.len() as u64).to_le_bytes());
    bytes.extend_from_slice(right.as_bytes());
    for number in [
        offer,
        terms.kw as u64,
        terms.price.0 as u64,
        u64::from(terms.months),
        terms.other,
        u64::from(third.0),
    ] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend(parts.iter().map(|&part| part as u8));
    bytes.push(u8::MAX);
    bytes.extend(blocks.iter().flat_map(|block| block.to_le_bytes()));
    hash128(&bytes)
}
