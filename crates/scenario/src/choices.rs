//! Words of which one is chosen: each type with its words and what they mean.

use crate::language::{ScalarShape, Spec};
use crate::scalar::{Choice, Fault, Scalar, choose};
use crate::tree::Node;
use crate::world::energy::{CoolingName, Shortage, UnitName};
use crate::world::planning::{Objective, Technology};
use crate::world::{
    ActivityName, AfterFailure, BuildOut, FailureScope, FigureKind, PartnerRole, Placement, QueueOrder,
    SiteChoice, WhenFull,
};
use buildout::plan::{Accrual, DayCount, Draw, Funding, Waiting};
use buildout::{Instrument, Purpose};
use service::Rule as Routing;

/// As keys call it.
pub type ObjectiveName = Objective;
/// As keys call it.
pub type GeneratorName = Technology;

macro_rules! choices {
    ($($(#[doc = $about:literal])* $type:ty { $($word:literal => $value:expr, $doc:literal;)+ })+) => {$(
        impl Choice for $type {
            const WORDS: &'static [(&'static str, &'static str)] = &[$(($word, $doc)),+];
            const VALUES: &'static [$type] = &[$($value),+];
        }
        impl Scalar for $type {
            const SHAPE: ScalarShape = ScalarShape::Choice(<$type as Choice>::WORDS);
            fn parse(node: &Node, _spec: &Spec) -> Result<$type, Fault> {
                choose(node)
            }
        }
    )+};
}

pub(crate) use choices;

/// How gaps between arrivals are distributed, without their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum GapsName {
    Poisson,
    Gamma,
    Weibull,
    Constant,
}

/// How sizes are distributed, without their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SizesName {
    Weighted,
    PowerOfTwo,
}

/// How durations are distributed, without their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum DurationsName {
    Constant,
    Exponential,
    Lognormal,
    Weibull,
    Quantiles,
    BySize,
}

/// Who may overtake, without the depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BackfillName {
    None,
    Easy,
    Conservative,
}

/// When a tranche is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CallName {
    AsNeeded,
    AtOnce,
}

/// What becomes of interest while building.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum InterestName {
    Capitalised,
    Paid,
}

choices! {
    BuildOut {
        "given" => BuildOut::Given, "what stands, is announced or expected: the simulation does not choose it";
        "planned" => BuildOut::Planned, "`stargate plan` has chosen it";
    }
    Instrument {
        "equity" => Instrument::Equity, "owners' money: it bears no interest";
        "debt" => Instrument::Debt, "lenders' money: it bears interest from the day it is called";
    }
    Purpose {
        "land" => Purpose::Land, "land and its clearing";
        "shell" => Purpose::Shell, "the building";
        "power" => Purpose::Power, "substation, generation, distribution";
        "cooling" => Purpose::Cooling, "chillers, pumps, heat rejection";
        "systems" => Purpose::Systems, "the machines themselves";
        "network" => Purpose::Network, "switches, optics, cables, fibre to the site";
        "contingency" => Purpose::Contingency, "what building costs above its plan";
        "interest" => Purpose::Interest, "interest that is paid in money while building";
    }
    Draw {
        "even" => Draw::Even, "the same every day";
        "s_curve" => Draw::SCurve, "slow, fast, slow: 3 x^2 - 2 x^3 of the cost when x of the time has passed";
        "early" => Draw::Early, "much of it early: 1 - (1 - x)^2";
        "late" => Draw::Late, "much of it late: x^2";
    }
    Funding {
        "pro_rata" => Funding::ProRata, "every tranche that may be used, in proportion to what is left of it";
        "equity_first" => Funding::EquityFirst, "equity as long as there is any, then debt";
        "debt_first" => Funding::DebtFirst, "debt as long as there is any, then equity";
    }
    Waiting {
        "in_order" => Waiting::InOrder, "nobody takes money that one before them waits for";
        "whoever_fits" => Waiting::WhoeverFits, "whoever can be paid is";
    }
    Accrual {
        "daily" => Accrual::Daily, "over what was owed at each second of the month";
        "monthly" => Accrual::Monthly, "over what was owed at the beginning of the month";
    }
    DayCount {
        "act_360" => DayCount::Actual360, "days over 360";
        "act_365" => DayCount::Actual365, "days over 365";
        "thirty_360" => DayCount::Thirty360, "every month is a twelfth of a year";
    }
    CallName {
        "as_needed" => CallName::AsNeeded, "when a payment needs it";
        "at_once" => CallName::AtOnce, "the whole as soon as it can be called";
    }
    InterestName {
        "capitalised" => InterestName::Capitalised, "added to what is owed";
        "paid" => InterestName::Paid, "paid in money at the end of each month; what cannot be paid is added";
    }
    FigureKind {
        "measured" => FigureKind::Measured, "read off a meter, a log or a benchmark";
        "published" => FigureKind::Published, "stated by somebody who should know";
        "derived" => FigureKind::Derived, "computed from other figures";
        "assumed" => FigureKind::Assumed, "nobody knows; somebody had to say something";
    }
    SiteChoice {
        "home_first" => SiteChoice::HomeFirst, "its home, or if it can never run there, or nothing stands there yet, the first other site that can take it";
        "least_loaded" => SiteChoice::LeastLoaded, "the site with the smallest share of its accelerators asked for";
        "most_free" => SiteChoice::MostFree, "the site with the most free accelerators, less those that its queue asks for";
        "cheapest" => SiteChoice::Cheapest, "the site with the cheapest accelerator-hour";
    }
    QueueOrder {
        "fcfs" => QueueOrder::Fcfs, "first come, first served";
        "sjf" => QueueOrder::Sjf, "shortest job first, by the user's estimate";
        "fair_share" => QueueOrder::FairShare, "the tenant with the smallest weighted dominant share (DRF)";
    }
    FailureScope {
        "accelerator" => FailureScope::Accelerator, "an accelerator; its node goes down with it";
        "node" => FailureScope::Node, "a node";
        "domain" => FailureScope::Domain, "a scale-up domain with all its nodes";
        "group" => FailureScope::Group, "so many neighbouring nodes (`nodes`): those behind a switch, a cooling loop or a feed";
        "block" => FailureScope::Block, "all nodes of a block: its cooling plant, its transformer";
        "site" => FailureScope::Site, "all nodes of a site: the grid, the connection";
    }
    AfterFailure {
        "replace" => AfterFailure::Replace, "it keeps its other nodes and takes free ones for those that failed; only where there are none, it goes back to the queue";
        "requeue" => AfterFailure::Requeue, "it gives everything back and goes to its place in the queue";
    }
    PartnerRole {
        "investor" => PartnerRole::Investor, "puts in owners' money";
        "lender" => PartnerRole::Lender, "lends";
        "developer" => PartnerRole::Developer, "builds";
        "operator" => PartnerRole::Operator, "runs sites";
        "user" => PartnerRole::User, "uses what is built";
        "supplier" => PartnerRole::Supplier, "sells machines, fuel or power";
        "other" => PartnerRole::Other, "something else, or several of these";
    }
    CoolingName {
        "air_cooled_chiller" => CoolingName::AirCooledChiller, "air-cooled chillers, always on";
        "water_cooled_chiller" => CoolingName::WaterCooledChiller, "chillers with open towers, and free cooling by the towers";
        "dry_cooler" => CoolingName::DryCooler, "dry coolers alone: warm water, no compressor, no water";
        "evaporative" => CoolingName::Evaporative, "open towers or adiabatic coolers alone: no compressor, water";
        "closed_loop" => CoolingName::ClosedLoop, "dry free-cooling coils in front of air-cooled chillers: no water";
    }
    UnitName {
        "simple_cycle" => UnitName::SimpleCycle, "gas turbine alone";
        "combined_cycle" => UnitName::CombinedCycle, "gas turbine with a steam cycle behind it";
        "reciprocating" => UnitName::Reciprocating, "gas engine";
        "fuel_cell" => UnitName::FuelCell, "solid-oxide fuel cell on natural gas";
        "diesel" => UnitName::Diesel, "emergency diesel";
    }
    Shortage {
        "stop" => Shortage::Stop, "jobs are stopped, preemptible ones first, and nodes switched off";
        "slow" => Shortage::Slow, "accelerators are capped first, down to `least_cap`; then jobs are stopped";
    }
    ActivityName {
        "training" => ActivityName::Training, "large dense training: 97 % of the dynamic power";
        "prefill" => ActivityName::Prefill, "reading prompts: 75 %";
        "decode" => ActivityName::Decode, "writing tokens: 30 %";
        "research" => ActivityName::Research, "fine-tuning and experiments: 32 %";
        "full" => ActivityName::Full, "at the power limit throughout: 100 %";
        "idle" => ActivityName::Idle, "held and waiting: nothing above idle";
    }
    ObjectiveName {
        "net_present_value" => Objective::NetPresentValue, "the greatest net present value";
        "least_cost" => Objective::LeastCost, "the least present cost, with all obliged demand served";
        "most_tokens" => Objective::MostTokens, "the most tokens under the budget";
        "least_carbon" => Objective::LeastCarbon, "the least carbon, with all obliged demand served";
    }
    GeneratorName {
        "simple_cycle" => Technology::Fuel(UnitName::SimpleCycle), "gas turbine alone";
        "combined_cycle" => Technology::Fuel(UnitName::CombinedCycle), "gas turbine with a steam cycle behind it";
        "reciprocating" => Technology::Fuel(UnitName::Reciprocating), "gas engine";
        "fuel_cell" => Technology::Fuel(UnitName::FuelCell), "solid-oxide fuel cell on natural gas";
        "solar" => Technology::Solar, "solar modules turned after the sun about one axis";
        "wind" => Technology::Wind, "wind turbines";
        "battery" => Technology::Battery, "a battery";
    }
    BackfillName {
        "none" => BackfillName::None, "nobody overtakes";
        "easy" => BackfillName::Easy, "whoever does not delay the head of the queue";
        "conservative" => BackfillName::Conservative, "whoever delays no one before it";
    }
    Placement {
        "first_fit" => Placement::FirstFit, "the first node that fits";
        "best_fit" => Placement::BestFit, "the node that is left with the least";
        "worst_fit" => Placement::WorstFit, "the node that is left with the most";
        "dot_product" => Placement::DotProduct, "the node whose free resources point the way of the demand";
        "fgd" => Placement::Fgd, "fragmentation gradient descent";
        "domain_pack" => Placement::DomainPack, "the fewest and fullest scale-up domains";
    }
    Routing {
        "nearest" => Routing::Nearest, "the site with the shortest round trip";
        "cheapest" => Routing::Cheapest, "the site with the cheapest accelerator-hour, then the nearest";
        "cleanest" => Routing::Cleanest, "the site with the least carbon of a kilowatt-hour, then the nearest";
        "most_room" => Routing::MostRoom, "the site where most requests could be served, then the nearest";
    }
    WhenFull {
        "wait" => WhenFull::Wait, "it takes what is free, and goes without the rest until the next hour";
        "preempt" => WhenFull::Preempt, "it stops preemptible jobs of lower priority, which go back to their last checkpoint";
    }
    GapsName {
        "poisson" => GapsName::Poisson, "exponential gaps: independent arrivals";
        "gamma" => GapsName::Gamma, "gamma gaps with coefficient of variation `cv`";
        "weibull" => GapsName::Weibull, "Weibull gaps with `shape`";
        "constant" => GapsName::Constant, "equal gaps";
    }
    SizesName {
        "weighted" => SizesName::Weighted, "the sizes in `weights`, with their weights";
        "power_of_two" => SizesName::PowerOfTwo, "lognormal with `median` and `sigma`, rounded to a power of two, at most `most`";
    }
    DurationsName {
        "constant" => DurationsName::Constant, "always `mean`";
        "exponential" => DurationsName::Exponential, "exponential with `mean`";
        "lognormal" => DurationsName::Lognormal, "lognormal with `median` and `sigma`, cut at `most`";
        "weibull" => DurationsName::Weibull, "Weibull with `scale` and `shape`, cut at `most`";
        "quantiles" => DurationsName::Quantiles, "the inverse of a measured distribution: `quantiles` at equal steps from 0 to 1";
        "by_size" => DurationsName::BySize, "another one for each class of sizes: `[[...durations.class]]`";
    }
}
