//! The Microsoft-OpenAI alliance in its versions, as far as it is public.
//!
//! Sources: the parties' statements of 2025-01-21 and 2025-10-28 and the press on the amendment of 2026-04-27. Rates and
//! the cap of the revenue share are reported, not confirmed. Where copies of the text differ in an `and` or an `or`, the
//! reader must choose: [`Refusal`].

use crate::amount::{Rounding, Share};
use crate::exclusivity::Exclusivity;
use crate::predicate::Predicate;
use crate::refusal::Party;
use crate::share::{Base, Loss, Terms as ShareTerms, Tier, TierBasis};
use crate::version::{Version, Versions};
use base::{Diagnostics, Money, SimTime};
use jiff::civil::{Date, date};

/// The party that supplies.
pub const MICROSOFT: Party = Party(0);
/// The party that buys.
pub const OPENAI: Party = Party(1);

/// Who may supply new capacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// Only Microsoft.
    Exclusive,
    /// Microsoft has the right of first refusal, except for this.
    FirstRefusal {
        /// What the buyer may build itself.
        carve_out: Predicate,
    },
    /// Anybody.
    Open,
}

/// When products need not come to Azure first: Microsoft "cannot and chooses not", or "cannot or chooses not", to support
/// what they need. Copies of the text differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Both must hold.
    And,
    /// One is enough.
    Or,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alliance {
    /// New capacity.
    pub capacity: Capacity,
    /// What only Azure may carry.
    pub exclusivities: Vec<Exclusivity>,
    /// From OpenAI to Microsoft.
    pub to_microsoft: Option<ShareTerms>,
    /// From Microsoft to OpenAI, the same rate on its sales of the products.
    pub to_openai: Option<ShareTerms>,
    /// What OpenAI committed to buy from Azure in all, where it is public.
    pub commitment: Option<Money>,
}

/// A share of 20 % of gross revenue.
fn twenty(id: &str, from: Date, until: Date, cap: Option<Money>) -> ShareTerms {
    let midnight = |day: Date| SimTime::parse(&day.to_string()).unwrap_or(SimTime::NEVER);
    ShareTerms {
        id: id.to_string(),
        from: midnight(from),
        until: midnight(until),
        base: Base::Gross,
        tiers: vec![Tier { above: Money::ZERO, share: Share(200_000) }],
        basis: TierBasis::Cumulative,
        cap,
        loss: Loss::CarriedForward,
        rounding: Rounding::HalfAway,
    }
}

fn is(name: &str, values: &[&str]) -> Predicate {
    let values = values.iter().map(|value| crate::predicate::Value::Text(value.to_string()));
    Predicate::In(name.to_string(), values.collect())
}

fn exclusive(
    id: &str,
    scope: Predicate,
    carve_out: Predicate,
    from: Date,
    until: Option<Date>,
) -> Exclusivity {
    Exclusivity { id: id.to_string(), beneficiary: MICROSOFT, scope, carve_out, from, until }
}

/// The versions, with the reading of the carve-out of April 2026 that is chosen; `verified` is the day on which a panel
/// verifies artificial general intelligence, which ends what runs until then under the version of October 2025.
///
/// Attributes: `product` (`api`, `other`), `purpose` (`research`, `training`, `service`), and for the version of 2026
/// `supported` and `willing` (`yes`, `no`) of a product that Azure would carry first.
pub fn versions(reading: Refusal, verified: Option<Date>) -> Result<Versions<Alliance>, Diagnostics> {
    let end_2030 = date(2031, 1, 1);
    let (programme, recapitalised, opened) = (date(2025, 1, 21), date(2025, 10, 28), date(2026, 4, 27));
    let until_verified = verified.unwrap_or(end_2030);
    let research = is("purpose", &["research", "training"]);
    let first_on_azure = match reading {
        Refusal::And => Predicate::All(vec![is("supported", &["no"]), is("willing", &["no"])]),
        Refusal::Or => Predicate::Any(vec![is("supported", &["no"]), is("willing", &["no"])]),
    };
    let version = |effective: Date, source: &str, terms: Alliance| Version {
        effective,
        known: effective,
        source: source.to_string(),
        terms,
    };
    let both = |from: Date, until: Date| {
        (
            Some(twenty("openai to microsoft", from, until, None)),
            Some(twenty("microsoft to openai", from, until, None)),
        )
    };
    let (first_to, first_from) = both(date(2019, 7, 22), end_2030);
    let (second_to, second_from) = both(date(2019, 7, 22), end_2030);
    let (third_to, third_from) = both(date(2019, 7, 22), until_verified);
    let cap = Money(38_000_000_000 * Money::PER_USD);
    let list = vec![
        version(
            date(2019, 7, 22),
            "reported: exclusive cloud, revenue share of 20 %",
            Alliance {
                capacity: Capacity::Exclusive,
                exclusivities: vec![exclusive(
                    "cloud",
                    Predicate::Always,
                    Predicate::Never,
                    date(2019, 7, 22),
                    Some(programme),
                )],
                to_microsoft: first_to,
                to_openai: first_from,
                commitment: None,
            },
        ),
        version(
            programme,
            "Microsoft's statement of 2025-01-21",
            Alliance {
                capacity: Capacity::FirstRefusal { carve_out: research },
                exclusivities: vec![exclusive(
                    "api",
                    is("product", &["api"]),
                    Predicate::Never,
                    programme,
                    Some(end_2030),
                )],
                to_microsoft: second_to,
                to_openai: second_from,
                commitment: None,
            },
        ),
        version(
            recapitalised,
            "the parties' statements of 2025-10-28",
            Alliance {
                capacity: Capacity::Open,
                exclusivities: vec![exclusive(
                    "api",
                    is("product", &["api"]),
                    Predicate::Never,
                    recapitalised,
                    Some(until_verified),
                )],
                to_microsoft: third_to,
                to_openai: third_from,
                commitment: Some(Money(250_000_000_000 * Money::PER_USD)),
            },
        ),
        version(
            opened,
            "press on the amendment of 2026-04-27; the cap of 38 billion USD is reported and unconfirmed",
            Alliance {
                capacity: Capacity::Open,
                exclusivities: vec![exclusive(
                    "azure first",
                    is("launch", &["first"]),
                    first_on_azure,
                    opened,
                    None,
                )],
                to_microsoft: Some(twenty("openai to microsoft", date(2019, 7, 22), end_2030, Some(cap))),
                to_openai: None,
                commitment: Some(Money(250_000_000_000 * Money::PER_USD)),
            },
        ),
    ];
    Versions::new("microsoft-openai", list)
}
