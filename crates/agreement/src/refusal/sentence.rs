//! Facts in words.

use super::fact::{Fact, What};
use super::terms::Party;
use std::fmt::{self, Write as _};

/// The words of a variant: `out of scope`.
fn words(variant: &impl fmt::Debug) -> String {
    let mut words = String::new();
    for (at, c) in format!("{variant:?}").chars().enumerate() {
        if c.is_uppercase() && at > 0 {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

impl What {
    /// A sentence without its subject's time; `p` names a party.
    pub fn sentence(&self, p: &dyn Fn(Party) -> String) -> String {
        let mut s = String::new();
        // Writing to a string cannot fail.
        let _ = match self {
            What::Free { why } => write!(s, "it is free of the right ({})", words(why)),
            What::Triggered { terms } => {
                write!(s, "a notice is due for {} kW at {}", terms.kw, terms.price.for_people())
            }
            What::Allocated { terms } => {
                write!(s, "the burdened part is {} kW, allocated {}", terms.kw, terms.price.for_people())
            }
            What::Limited { kw } => write!(s, "the cap leaves {kw} kW to the right"),
            What::Defective { missing } => write!(
                s,
                "the notice lacks {}; no clock starts",
                missing.iter().map(words).collect::<Vec<_>>().join(", ")
            ),
            What::ClockStarted { party, kw, deadline } => {
                write!(s, "{} may take {kw} kW until before {deadline}", p(*party))
            }
            What::WaiverHolds { party } => {
                write!(s, "{} is not asked, its waiver covers these terms", p(*party))
            }
            What::Skipped { party } => write!(s, "{} is not asked, it is in default", p(*party)),
            What::Exercised { party, kw } => write!(s, "{} exercises for {kw} kW", p(*party)),
            What::Countered { party, refuses: false } => {
                write!(s, "{} makes a counter-offer, which is no exercise", p(*party))
            }
            What::Countered { party, refuses: true } => {
                write!(s, "{} makes a counter-offer, which refuses", p(*party))
            }
            What::Declined { party } => write!(s, "{} declines", p(*party)),
            What::Waived { party } => write!(s, "{} waives", p(*party)),
            What::Lapsed { party } => write!(s, "{} was silent, which refuses", p(*party)),
            What::ClockEnded { party } => write!(s, "the clock of {} ends with its right", p(*party)),
            What::Fell { party } => write!(s, "the exercise of {} falls", p(*party)),
            What::RoundOpened { kw } => write!(s, "a second round opens for {kw} kW"),
            What::Contracting { party, kw, price, deadline } => {
                write!(s, "{} is to sign for {kw} kW at {} before {deadline}", p(*party), price.for_people())
            }
            What::Bound { party, kw, price } => {
                write!(s, "{kw} kW are bound to {} at {}", p(*party), price.for_people())
            }
            What::SigningFailed { party, kw } => {
                write!(s, "{} did not sign; {kw} kW return to the grantor", p(*party))
            }
            What::TailOpened { kw, until } => write!(s, "the grantor may close for {kw} kW before {until}"),
            What::Closed { party, kw, price, .. } => {
                write!(s, "{kw} kW are bound to {} at {}", p(*party), price.for_people())
            }
            What::Blocked { why } => write!(s, "the grantor may not close ({})", words(why)),
            What::Revived { why } => write!(s, "a new notice is needed ({})", words(why)),
            What::Noted => write!(s, "the change needs no new notice"),
            What::Withdrawn => write!(s, "the offer is withdrawn"),
            What::CapTaken { by, left } => {
                write!(s, "{} of the cap are taken, {} are left", by.for_people(), left.for_people())
            }
            What::CapReturned { by, left } => {
                write!(s, "{} return to the cap, {} are left", by.for_people(), left.for_people())
            }
            What::UsedUp { block } => write!(s, "the right on block {block} is used up"),
            What::Suspended { party } => write!(s, "the right of {} is suspended", p(*party)),
            What::Resumed { party } => write!(s, "the right of {} is in force again", p(*party)),
            What::HolderEnded { party } => write!(s, "the right of {} has ended", p(*party)),
            What::Assigned { party, to } => write!(s, "{} hands its right to {}", p(*party), p(*to)),
            What::Amended => write!(s, "amended terms are in force"),
            What::Ended => write!(s, "the right has ended"),
            What::Refused { party: Some(party), why } => {
                write!(s, "an act of {} had no effect ({})", p(*party), words(why))
            }
            What::Refused { party: None, why } => write!(s, "an act had no effect ({})", words(why)),
        };
        s
    }
}

impl fmt::Display for Fact {
    /// A sentence: when, by which clause, what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.time)?;
        if let Some(offer) = self.offer {
            write!(f, "offer {offer}: ")?;
        }
        write!(f, "{} [{}]", self.what.sentence(&|party| format!("party {}", party.0)), self.clause)
    }
}
