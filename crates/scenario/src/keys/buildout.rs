//! Building, and who pays for it.

use super::{EquipmentText, MOST_MW};
use crate::choices::{CallName, InterestName};
use crate::language::{Field, List, Rows, key, section};
use crate::scalar::{Profile, Vintages};
use base::{SimTime, Span};
use buildout::plan::{Accrual, DayCount, Draw, Funding, Waiting};
use buildout::{Instrument, Purpose};

/// Largest amount in dollars that books can hold.
const MOST_USD: f64 = 9e12;
/// Largest cost of a megawatt in dollars.
const MOST_PER_MW: f64 = 1e9;

section! {
    /// What is known of building in the run.
    BuildoutText at "[buildout]" {
        /// Dates of milestones that became known after this day are left out: a forecast from what was known then.
        as_of: Field<SimTime> = key().absent("all dates count");
    }

    /// A way of building blocks: lead times, how they slip, people at work, cost. Sites and blocks name one.
    ///
    /// A lead time is the time from the milestone before to this one. It gives the dates that a block does not give: counted
    /// back from a later milestone that has a date, or forward from an earlier one. A milestone with neither date nor lead
    /// time does not exist for the block.
    ConstructionText at "[construction.NAME]" {
        /// From the beginning of work until the land is cleared.
        land_cleared: Field<Span> = key().absent("no such milestone without a date");
        /// From there until the building stands and is closed.
        shell: Field<Span> = key().absent("no such milestone without a date");
        /// From there until power can be drawn.
        power_on: Field<Span> = key().absent("no such milestone without a date");
        /// From there until the last systems stand.
        systems_installed: Field<Span> = key().absent("no such milestone without a date");
        /// From there until the systems work.
        energised: Field<Span> = key().absent("there must be a date");
        /// Median of the factor by which lead times stretch.
        slip_median: Field<f64> = key().above(0.0, 100.0).default("1.0");
        /// Standard deviation of the logarithm of that factor.
        slip_sigma: Field<f64> = key().range(0.0, 5.0).default("0.0");
        /// Median of a delay that comes on top of each lead time.
        delay: Field<Span> = key().default("\"0 s\"");
        /// Standard deviation of the logarithm of that delay.
        delay_sigma: Field<f64> = key().range(0.0, 5.0).default("0.0");
        /// Correlation of what any two stages of one site slip.
        correlation: Field<f64> = key().range(0.0, 1.0).default("0.0");
        /// People who build at the height of the work, for each MW of IT power.
        people_per_mw: Field<f64> = key().range(0.0, 1e4).unit("people for a MW").default("0.0");
        /// How many of those are there while land is cleared, the shell is built, power comes, systems are installed and
        /// energised, as shares of the height.
        people_profile: Field<Profile<5>> = key().range(0.0, 1.0).absent("`[0.2, 1.0, 0.8, 0.4, 0.2]`, an assumption");
        /// People who run the building, for each MW of IT power energised.
        permanent_per_mw: Field<f64> = key().range(0.0, 1e4).unit("people for a MW").default("0.0");
        /// Land and its clearing, for each MW of IT power.
        land_usd_per_mw: Field<f64> = key().range(0.0, MOST_PER_MW).unit("US dollars for a MW").default("0.0");
        /// The building, for each MW of IT power.
        shell_usd_per_mw: Field<f64> = key().range(0.0, MOST_PER_MW).unit("US dollars for a MW").default("0.0");
        /// Substation, generation and distribution, for each MW of IT power.
        power_usd_per_mw: Field<f64> = key().range(0.0, MOST_PER_MW).unit("US dollars for a MW").default("0.0");
        /// Cooling, for each MW of IT power.
        cooling_usd_per_mw: Field<f64> = key().range(0.0, MOST_PER_MW).unit("US dollars for a MW").default("0.0");
        /// Networks inside and to the building, for each MW of IT power.
        network_usd_per_mw: Field<f64> = key().range(0.0, MOST_PER_MW).unit("US dollars for a MW").default("0.0");
        /// Set aside for what these cost above their plan, as a share of them.
        contingency: Field<f64> = key().range(0.0, 10.0).default("0.0");
        /// Median of the factor between what building costs and its plan.
        overrun_median: Field<f64> = key().range(0.01, 100.0).default("1.0");
        /// Standard deviation of the logarithm of that factor.
        overrun_sigma: Field<f64> = key().range(0.0, 5.0).default("0.0");
        /// How shell, power and cooling are paid over the time in which they are built.
        draw: Field<Draw> = key().default("\"s_curve\"");
    }

    /// Milestones of a whole site: none of its blocks reaches one of these before it.
    SiteMilestonesText at "[site.NAME.milestones]" {
        /// The land is cleared.
        land_cleared: Field<Vintages> = key().absent("each block has its own");
        /// The site can draw power: its interconnection or its own plant is there.
        power_on: Field<Vintages> = key().absent("each block has its own");
    }

    /// Milestones of a block. Each takes a date; `{ for = DATE, known = DATE }`, a date with the day on which it was
    /// known; or a list of those, as the date was revised. A date that was known when it had come is what happened; any
    /// other is a forecast, which slips. Dates before the run have happened.
    MilestonesText at "[site.NAME.block.NAME.milestones]" {
        /// When work on it begins.
        begun: Field<SimTime> = key().absent("a lead time before the first milestone, or the start of the run");
        /// The land is cleared: work on the building can begin.
        land_cleared: Field<Vintages> = key().absent("by lead times, if the construction has them");
        /// The building stands and is closed.
        shell: Field<Vintages> = key().absent("by lead times, if the construction has them");
        /// Power can be drawn.
        power_on: Field<Vintages> = key().absent("by lead times, if the construction has them");
        /// The last of its systems stand.
        systems_installed: Field<Vintages> = key().absent("by lead times, if the construction has them");
        /// Its systems can work.
        energised: Field<Vintages> = key().absent("by lead times");
    }

    /// A block gets other systems: the old ones take no new work from the date, go when they are drained, and the new ones
    /// come as supply and capital allow. It takes `fill` or `systems`.
    ReequipText at "[[site.NAME.block.NAME.reequip]]" {
        /// When the old systems stop taking work.
        date: Field<SimTime> = key().required();
        /// For so long they may finish what they have; what runs on then is stopped.
        drain: Field<Span> = key().default("\"0 s\"");
        /// From delivery until the new ones work.
        install: Field<Span> = key().absent("the lead times of systems_installed and energised, or nothing");
        /// Fill the power with as many of this system as it carries.
        fill: Field<String> = key().refers("system");
        /// The systems that come, each with how many.
        systems: Rows<EquipmentText> = key();
    }

    /// The most systems of a kind that can be delivered in a quarter, to all sites together, in equal weekly parts. What
    /// nobody takes in a quarter is gone. Without it there is no limit.
    SupplyText at "[[supply]]" {
        /// Which system.
        system: Field<String> = key().required().refers("system");
        /// From the quarter of this date, until the next limit of the same system.
        from: Field<SimTime> = key().absent("always");
        /// The most in a calendar quarter.
        per_quarter: Field<u32> = key().required().range(0.0, 1e9);
    }

    /// A piece of capital that a partner promised. Without any tranche money is not modelled.
    TrancheText at "[tranche.NAME]" {
        /// Whose money it is.
        partner: Field<String> = key().required().refers("partner");
        /// What kind of money.
        instrument: Field<Instrument> = key().required();
        /// How much.
        amount_usd: Field<f64> = key().required().above(0.0, MOST_USD).unit("US dollars");
        /// It can be called from here.
        from: Field<SimTime> = key().absent("the start of the run");
        /// It can be called until here.
        until: Field<SimTime> = key().absent("the end of the run");
        /// Milestones that must have been reached: `site.block.milestone`, or `site.milestone` for one of the whole site.
        after: List<String> = key().example("\"abilene.building-1.energised\"");
        /// Rungs of ladders that must have been released: `agreement.rung`.
        after_rungs: List<String> = key().example("\"loi.first-gigawatt\"");
        /// So much IT power, as blocks are rated, must be energised, at `sites`.
        after_energised_mw: Field<f64> = key().above(0.0, MOST_MW).unit("MW").absent("no such condition");
        /// Such a share of the IT power of all blocks must be energised, at `sites`.
        after_energised_share: Field<f64> = key().above(0.0, 1.0).absent("no such condition");
        /// Sites that it may be spent on.
        sites: List<String> = key().absent("all").refers("site");
        /// What it may be spent on.
        uses: List<Purpose> = key().absent("everything");
        /// Whether it is called as it is needed, or the whole as soon as it can be.
        call: Field<CallName> = key().default("\"as_needed\"");
        /// It is called in multiples of this.
        lot_usd: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
        /// Interest a year, as a share: 0.0658 is 6.58 %. Only debt bears any.
        rate_per_year: Field<f64> = key().range(0.0, 1.0).default("0.0");
        /// How days make a year.
        day_count: Field<DayCount> = key().default("\"act_360\"");
        /// What becomes of interest on blocks that are not energised yet.
        interest: Field<InterestName> = key().default("\"capitalised\"");
    }

    /// How capital is used.
    CapitalText at "[capital]" {
        /// Which money is taken first.
        funding: Field<Funding> = key().default("\"pro_rata\"");
        /// Who may be paid while others wait for money.
        waiting: Field<Waiting> = key().default("\"in_order\"");
        /// Over which balance interest runs.
        accrual: Field<Accrual> = key().default("\"daily\"");
    }
}
