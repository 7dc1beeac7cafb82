//! What goes into the machine and what comes out.

use super::terms::{Clause, Item, Part, Party, Terms};
use base::{Money, SimTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a party does. The order of the variants is the order in which simultaneous inputs take effect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Input {
    /// A holder is in default.
    Default {
        /// Who.
        party: Party,
    },
    /// A default is cured.
    Cure {
        /// Who.
        party: Party,
    },
    /// A holder comes under other control.
    ControlChange {
        /// Who.
        party: Party,
    },
    /// A holder hands its right on.
    Assign {
        /// Who.
        party: Party,
        /// To whom.
        to: Party,
    },
    /// The right is terminated.
    Terminate,
    /// A third party's offer that the grantor means to accept; under a right of first offer, the grantor's own intent.
    Offer {
        /// Its number; never used again.
        offer: u64,
        /// Who would close. Under a right of first offer, any party may.
        third: Party,
        /// What is offered.
        items: Vec<Item>,
        /// On which terms, for all items together.
        terms: Terms,
    },
    /// The grantor's notice reaches the holders.
    Notice {
        /// Of which offer.
        offer: u64,
        /// What it contains.
        parts: BTreeSet<Part>,
    },
    /// A holder answers.
    Elect {
        /// To which offer.
        offer: u64,
        /// Who.
        party: Party,
        /// What.
        election: Election,
    },
    /// A holder that has exercised signs.
    Sign {
        /// Which offer.
        offer: u64,
        /// Who.
        party: Party,
    },
    /// The terms, the third party or the package of an open offer change.
    Change {
        /// Which offer.
        offer: u64,
        /// Who would close now.
        third: Party,
        /// For which blocks.
        blocks: Vec<u32>,
        /// On which terms.
        terms: Terms,
    },
    /// The offer is withdrawn.
    Withdraw {
        /// Which.
        offer: u64,
    },
    /// The grantor closes with a third party.
    Close {
        /// Which offer.
        offer: u64,
        /// With whom.
        third: Party,
        /// For which blocks.
        blocks: Vec<u32>,
        /// On which terms.
        terms: Terms,
    },
}

/// A holder's answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Election {
    /// It takes the power on these terms.
    Exercise {
        /// How much and on which terms.
        terms: Terms,
        /// Whether it adds a condition: then it is a counter-offer.
        conditional: bool,
    },
    /// It does not, on the noticed terms.
    Decline,
    /// It does not, on any terms down to these.
    Waive {
        /// The best terms for a third party that the waiver covers.
        down_to: Terms,
    },
}

/// Why an input had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Refused {
    /// There is no such open offer.
    NoSuchOffer,
    /// The number was used before.
    NumberUsed,
    /// The party holds no such right, or no longer.
    NotAHolder,
    /// No clock of the party runs: none was started, or it has answered, or it is too late.
    NoClock,
    /// The holder is in default.
    Suspended,
    /// Parts cannot be exercised.
    NoParts,
    /// Less than the least part.
    BelowLeastPart,
    /// More than there is for it.
    TooMuch,
    /// There is nothing to sign.
    NothingToSign,
    /// A notice is not due.
    NoNoticeDue,
    /// An amount is not positive, or out of range.
    BadAmount,
    /// The right does not go to that party.
    NotAssignable,
}

/// What the grantor may not do yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Blocked {
    /// The holders have not been told.
    NoNotice,
    /// A clock runs.
    ClockRuns,
    /// Everything was exercised.
    Exercised,
    /// More than is left.
    TooMuch,
}

/// Why a new notice is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Revival {
    /// The terms became better for the third party.
    BetterTerms,
    /// It is another third party.
    OtherParty,
    /// The package changed.
    OtherPackage,
    /// Nothing was closed in time.
    TailExpired,
}

/// Why a block is free of the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Free {
    /// It is outside of the scope.
    OutOfScope,
    /// It is carved out.
    CarvedOut,
    /// The right is not in force yet, or no longer.
    NotInForce,
    /// Too little of the window is left.
    TooLittleTerm,
    /// It costs more than is left of the cap, and parts cannot be exercised.
    AboveCap,
    /// The right on this block is used up.
    UsedUp,
    /// Every holder is in default.
    AllSuspended,
    /// The right ended while the offer was open.
    RightEnded,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The offer is free of the right.
    Free {
        /// Why.
        why: Free,
    },
    /// A notice is due.
    Triggered {
        /// For how much.
        terms: Terms,
    },
    /// Only a part of a package is burdened; its price was allocated.
    Allocated {
        /// What the right takes hold of.
        terms: Terms,
    },
    /// Only so much is left of the cap.
    Limited {
        /// What the right takes hold of.
        kw: i64,
    },
    /// The notice lacks something; no clock starts.
    Defective {
        /// What.
        missing: BTreeSet<Part>,
    },
    /// A holder's clock starts.
    ClockStarted {
        /// Whose.
        party: Party,
        /// For how much.
        kw: i64,
        /// The first instant that is too late.
        deadline: SimTime,
    },
    /// A holder is not asked: its waiver covers these terms.
    WaiverHolds {
        /// Who.
        party: Party,
    },
    /// A holder is not asked: it is in default.
    Skipped {
        /// Who.
        party: Party,
    },
    /// A holder exercises.
    Exercised {
        /// Who.
        party: Party,
        /// How much.
        kw: i64,
    },
    /// A holder's answer was a counter-offer, which is not an exercise.
    Countered {
        /// Who.
        party: Party,
        /// Whether it also refuses.
        refuses: bool,
    },
    /// A holder declines.
    Declined {
        /// Who.
        party: Party,
    },
    /// A holder waives.
    Waived {
        /// Who.
        party: Party,
    },
    /// A holder was silent until the deadline: a refusal.
    Lapsed {
        /// Who.
        party: Party,
    },
    /// A holder's clock ends with its right.
    ClockEnded {
        /// Who.
        party: Party,
    },
    /// An exercise falls, because together they do not take all, or the cap is reached.
    Fell {
        /// Whose.
        party: Party,
    },
    /// A second round for what is left.
    RoundOpened {
        /// How much.
        kw: i64,
    },
    /// A holder has a contract for so much, still to be signed.
    Contracting {
        /// Who.
        party: Party,
        /// How much.
        kw: i64,
        /// At what price.
        price: Money,
        /// The first instant that is too late to sign.
        deadline: SimTime,
    },
    /// The power is bound to a holder.
    Bound {
        /// To whom.
        party: Party,
        /// How much.
        kw: i64,
        /// At what price.
        price: Money,
    },
    /// Nobody signed in time.
    SigningFailed {
        /// Who.
        party: Party,
        /// How much returns to the grantor.
        kw: i64,
    },
    /// The grantor may close with the third party.
    TailOpened {
        /// How much.
        kw: i64,
        /// The first instant that is too late.
        until: SimTime,
    },
    /// The power is bound to a third party.
    Closed {
        /// To whom.
        party: Party,
        /// How much.
        kw: i64,
        /// At what price.
        price: Money,
        /// Whether the right took hold of it.
        burdened: bool,
    },
    /// The grantor may not close.
    Blocked {
        /// Why.
        why: Blocked,
    },
    /// A new notice is needed.
    Revived {
        /// Why.
        why: Revival,
    },
    /// The offer changed in a way that needs no new notice.
    Noted,
    /// The offer is gone.
    Withdrawn,
    /// The cap is taken up by an exercise.
    CapTaken {
        /// By how much.
        by: Money,
        /// What is left.
        left: Money,
    },
    /// What an exercise took of the cap comes back.
    CapReturned {
        /// How much.
        by: Money,
        /// What is left.
        left: Money,
    },
    /// The right on a block is used up.
    UsedUp {
        /// The block.
        block: u32,
    },
    /// A holder's right is suspended.
    Suspended {
        /// Who.
        party: Party,
    },
    /// A holder's right is in force again.
    Resumed {
        /// Who.
        party: Party,
    },
    /// A holder's right has ended.
    HolderEnded {
        /// Who.
        party: Party,
    },
    /// A holder handed its right on.
    Assigned {
        /// Who.
        party: Party,
        /// To whom.
        to: Party,
    },
    /// Amended terms are in force.
    Amended,
    /// The right has ended.
    Ended,
    /// An input had no effect.
    Refused {
        /// Whose, if it was a party's.
        party: Option<Party>,
        /// Why.
        why: Refused,
    },
}

/// A fact: when, of which offer, by which clause, on which notice, what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// When.
    pub time: SimTime,
    /// The offer, if it is about one.
    pub offer: Option<u64>,
    /// The clause that it follows from.
    pub clause: Clause,
    /// The digest of the complete notice that it rests on; 0 before there is one.
    pub notice: u128,
    /// What.
    pub what: What,
}

impl What {
    /// One or two words that name the transition: what a coverage of transitions counts.
    pub fn name(&self) -> String {
        match self {
            What::Free { why } => format!("free {why:?}"),
            What::Blocked { why } => format!("blocked {why:?}"),
            What::Revived { why } => format!("revived {why:?}"),
            What::Refused { why, .. } => format!("refused {why:?}"),
            What::Countered { refuses: true, .. } => "countered refuses".to_string(),
            What::Closed { burdened: false, .. } => "closed free".to_string(),
            other => {
                let text = format!("{other:?}");
                let end = text.find([' ', '{']).unwrap_or(text.len());
                text[..end].to_lowercase()
            }
        }
    }

    /// Every name that [`What::name`] can give.
    pub const NAMES: [&'static str; 61] = [
        "free OutOfScope",
        "free CarvedOut",
        "free NotInForce",
        "free TooLittleTerm",
        "free AboveCap",
        "free UsedUp",
        "free AllSuspended",
        "free RightEnded",
        "triggered",
        "allocated",
        "limited",
        "defective",
        "clockstarted",
        "waiverholds",
        "skipped",
        "exercised",
        "countered",
        "countered refuses",
        "declined",
        "waived",
        "lapsed",
        "clockended",
        "fell",
        "roundopened",
        "contracting",
        "bound",
        "signingfailed",
        "tailopened",
        "closed",
        "closed free",
        "blocked NoNotice",
        "blocked ClockRuns",
        "blocked Exercised",
        "blocked TooMuch",
        "revived BetterTerms",
        "revived OtherParty",
        "revived OtherPackage",
        "revived TailExpired",
        "noted",
        "withdrawn",
        "captaken",
        "capreturned",
        "usedup",
        "suspended",
        "resumed",
        "holderended",
        "assigned",
        "amended",
        "ended",
        "refused NoSuchOffer",
        "refused NumberUsed",
        "refused NotAHolder",
        "refused NoClock",
        "refused Suspended",
        "refused NoParts",
        "refused BelowLeastPart",
        "refused TooMuch",
        "refused NothingToSign",
        "refused NoNoticeDue",
        "refused BadAmount",
        "refused NotAssignable",
    ];
}
