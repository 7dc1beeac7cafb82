//! Single values of agreements: days, periods of notice, conditions, shares, money, and the words of their choices.

use super::{Choice, Fault, Scalar, choose, fault, plain, text};
use crate::choices::choices;
use crate::language::{ScalarShape, Spec};
use crate::rules;
use crate::tree::{Node, Value};
use agreement::amount::{Rounding, Share};
use agreement::notice::Period;
use agreement::predicate::Predicate;
use agreement::refusal::{Assignment, CounterOffer, Matching, Mode, Package, Part, Side};
use agreement::share::{Base, Loss, TierBasis};
use base::{Money, SimTime};
use jiff::civil::Date;

/// A day, on the calendar of its agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub Date);

impl Scalar for Day {
    const SHAPE: ScalarShape = ScalarShape::Instant;
    const IS_FIGURE: bool = true;
    fn parse(node: &Node, spec: &Spec) -> Result<Day, Fault> {
        const HINT: &str = "write a day such as `\"2026-01-31\"`, without a time: it begins and ends in the zone of the agreement";
        // A date of the language first: its range and its words for days that do not exist.
        <SimTime as Scalar>::parse(node, spec)?;
        match &node.value {
            Value::Text(text) | Value::Date(text) if text.len() == 10 => {
                text.parse().map(Day).or_else(|_| fault(rules::NOT_A_DATE, "is not a day", HINT))
            }
            _ => fault(rules::NOT_A_DATE, "is an instant, and must be a day", HINT),
        }
    }
}

impl Scalar for Period {
    const SHAPE: ScalarShape = ScalarShape::Text;
    const IS_FIGURE: bool = true;
    fn parse(node: &Node, _spec: &Spec) -> Result<Period, Fault> {
        const HINT: &str = "write `\"10 business days\"`, `\"30 days\"`, `\"6 months\"` or `\"48 hours\"`";
        match Period::parse(text(node, "a period of notice")?) {
            Some(period) => Ok(period),
            None => fault(rules::NOT_A_PERIOD, "is not a period of notice", HINT),
        }
    }
}

/// A condition in the text form of [`Predicate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition(pub Predicate);

impl Scalar for Condition {
    const SHAPE: ScalarShape = ScalarShape::Text;
    fn parse(node: &Node, _spec: &Spec) -> Result<Condition, Fault> {
        Predicate::parse(text(node, "a condition")?).map(Condition).map_err(|found| Fault {
            rule: found.rule,
            message: format!("cannot be read: {}", found.message),
            hint: found.hint.unwrap_or_default(),
        })
    }
}

impl Scalar for Share {
    const SHAPE: ScalarShape = ScalarShape::Number;
    const IS_FIGURE: bool = true;
    fn parse(node: &Node, spec: &Spec) -> Result<Share, Fault> {
        let number =
            f64::parse(node, &Spec { least: spec.least.max(0.0), most: spec.most.min(1.0), ..*spec })?;
        let millionths = (number * 1e6).round();
        if (number * 1e6 - millionths).abs() > 1e-6 {
            return fault(
                rules::OUT_OF_RANGE,
                "has more than six decimals",
                format!("write `{}`", millionths / 1e6),
            );
        }
        Ok(Share(millionths as u32))
    }
}

/// An amount of US dollars; negative amounts are refused.
impl Scalar for Money {
    const SHAPE: ScalarShape = ScalarShape::Number;
    const IS_FIGURE: bool = true;
    fn parse(node: &Node, spec: &Spec) -> Result<Money, Fault> {
        let number =
            f64::parse(node, &Spec { least: spec.least.max(0.0), most: spec.most.min(9e12), ..*spec })?;
        match Money::from_usd(number) {
            Some(money) => Ok(money),
            None => fault(
                rules::OUT_OF_RANGE,
                format!("is {}, which is out of range", plain(number)),
                "write at most 9e12",
            ),
        }
    }
}

/// How a holder of a right decides, without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum DecidesName {
    Silent,
    Script,
    Threshold,
    Drawn,
}

/// What happens to a holder of a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum EventName {
    Default,
    Cure,
    ControlChange,
    Assign,
}

/// What a guarantor chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum GuarantorName {
    Silent,
    Fee,
    StepIn,
}

choices! {
    Side {
        "sells" => Side::Sells, "the grantor sells capacity: a lower price is better for a third party";
        "buys" => Side::Buys, "the grantor buys capacity: a higher price is better for a third party";
    }
    Mode {
        "once" => Mode::Once, "used up, for a block, by one closing on it";
        "continuing" => Mode::Continuing, "there again at each new offer";
    }
    Matching {
        "all_terms" => Matching::AllTerms, "an exercise matches every noticed term";
        "economic_terms" => Matching::EconomicTerms, "an exercise matches price and length";
    }
    CounterOffer {
        "clock_runs" => CounterOffer::ClockRuns, "it does nothing: the holder may still exercise";
        "refuses" => CounterOffer::Refuses, "it refuses the offer, as at common law";
    }
    Assignment {
        "personal" => Assignment::Personal, "to nobody";
        "affiliates" => Assignment::Affiliates, "to affiliates of the holder";
        "free" => Assignment::Free, "to anybody";
    }
    Package {
        "allocate" => Package::Allocate, "the burdened blocks, at a price that is allocated to them";
        "whole" => Package::Whole, "all of the package";
    }
    Part {
        "price" => Part::Price, "the price";
        "length" => Part::Length, "the length of the contract";
        "capacity" => Part::Capacity, "the power";
        "start" => Part::Start, "when it starts";
        "other_terms" => Part::OtherTerms, "all other terms";
        "identity" => Part::Identity, "who the third party is";
        "copy" => Part::Copy, "a copy of the offer";
    }
    Rounding {
        "half_away" => Rounding::HalfAway, "to the nearest micro-dollar, halves away from zero";
        "half_even" => Rounding::HalfEven, "to the nearest, halves to the even neighbour";
        "down" => Rounding::Down, "towards zero";
        "up" => Rounding::Up, "away from zero";
    }
    Base {
        "gross" => Base::Gross, "revenue as invoiced";
        "net" => Base::Net, "revenue less the shares that `net_of` names";
    }
    TierBasis {
        "each_period" => TierBasis::EachPeriod, "thresholds count each period by itself";
        "cumulative" => TierBasis::Cumulative, "thresholds count since the agreement began";
    }
    Loss {
        "forgotten" => Loss::Forgotten, "a negative base pays nothing and is not remembered";
        "carried" => Loss::CarriedForward, "a negative base is set off against later ones";
    }
    DecidesName {
        "silent" => DecidesName::Silent, "never answers: a refusal when the clock has run out";
        "script" => DecidesName::Script, "as `exercises` and `declines` say, silent on all other offers";
        "threshold" => DecidesName::Threshold, "exercises when it is cheap enough and power is short, declines otherwise";
        "drawn" => DecidesName::Drawn, "exercises with `probability`, declines otherwise";
    }
    EventName {
        "default" => EventName::Default, "the holder is in default: its right is suspended";
        "cure" => EventName::Cure, "the default is cured";
        "control_change" => EventName::ControlChange, "the holder comes under other control: its right ends";
        "assign" => EventName::Assign, "the holder hands its right on";
    }
    GuarantorName {
        "silent" => GuarantorName::Silent, "does not answer, which means the fee";
        "fee" => GuarantorName::Fee, "pays the termination fee";
        "step_in" => GuarantorName::StepIn, "becomes the tenant";
    }
    crate::world::agreements::Counts {
        "usd" => crate::world::agreements::Counts::Usd, "money spent";
        "gpu_hours" => crate::world::agreements::Counts::GpuHours, "accelerator-hours held by jobs";
        "mwh" => crate::world::agreements::Counts::Mwh, "energy in megawatt-hours";
        "million_tokens" => crate::world::agreements::Counts::MillionTokens, "tokens, in millions";
    }
    crate::world::agreements::Revenue {
        "all" => crate::world::agreements::Revenue::All, "all revenue of the payer";
        "jobs" => crate::world::agreements::Revenue::Jobs, "revenue of accelerator time sold to jobs";
        "tokens" => crate::world::agreements::Revenue::Tokens, "revenue of tokens served";
    }
    agreement::loan::Kind {
        "bullet" => agreement::loan::Kind::Bullet, "the principal at maturity (ACTUS PAM)";
        "linear" => agreement::loan::Kind::Linear, "the same principal each time (LAM)";
        "negative_amortiser" => agreement::loan::Kind::NegativeAmortiser, "the same payment each time, interest not covered is added (NAM)";
        "annuity" => agreement::loan::Kind::Annuity, "the same payment each time, fixed anew with the rate (ANN)";
    }
}
