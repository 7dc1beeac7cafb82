//! What can be built, and what a plan is to reach.

use super::{CoolingText, SeriesText};
use crate::choices::{GeneratorName, ObjectiveName};
use crate::language::{Field, List, One, Rows, key, section};
use base::{SimTime, Span};

/// Largest power in megawatts: all electricity on earth.
const MOST_MW: f64 = 1e7;
/// Largest amount in dollars that books can hold.
const MOST_USD: f64 = 9e12;

section! {
    /// What `stargate plan` is to find: a build-out of the candidates under this budget, for this demand.
    ///
    /// Lists by quarter may be shorter than the plan: their last value holds on.
    PlanText at "[plan]" {
        /// The first quarter begins here.
        start: Field<SimTime> = key().absent("the start of the run");
        /// How many quarters are planned.
        quarters: Field<u32> = key().range(1.0, 80.0).default("16");
        /// After so many quarters a period of the plan is a year: it is smaller, and what is so far away is planned again before it
        /// is carried out. The quarters of `here_and_now` stay quarters.
        years_after: Field<u32> = key().range(1.0, 80.0).absent("every period is a quarter");
        /// What is sought.
        objective: Field<ObjectiveName> = key().default("\"net_present_value\"");
        /// New money in each quarter; what is not spent is carried over.
        usd_per_quarter: List<f64> = key().required().range(0.0, MOST_USD).unit("US dollars").example("2e9, 1e9");
        /// Cost of capital of a year, as a share.
        discount_per_year: Field<f64> = key().range(0.0, 1.0).default("0.095");
        /// Relative distance between a plan and the proof that none is better, at which the search stops.
        gap: Field<f64> = key().range(0.0, 1.0).default("0.01");
        /// Weight of the worst futures: 0 weighs all by probability, 1 looks at the worst alone.
        risk_weight: Field<f64> = key().range(0.0, 1.0).default("0.0");
        /// Share of probability that is not among the worst futures.
        risk_level: Field<f64> = key().range(0.0, 0.999).default("0.8");
        /// Representative days of each season and candidate; the day that takes most power is always one of them.
        days: Field<u32> = key().range(1.0, 14.0).default("3");
        /// Price of a tonne of carbon dioxide.
        carbon_usd_per_t: Field<f64> = key().range(0.0, 1e4).unit("US dollars").default("0.0");
        /// The most carbon dioxide over the whole plan.
        carbon_cap_t: Field<f64> = key().range(0.0, 1e12).unit("t").absent("no cap");
        /// Share of on-site plant that burns fuel and is held back for units out of service.
        reserve_share: Field<f64> = key().range(0.0, 0.9).default("0.1");
        /// What a megawatt-hour costs that nobody serves: above every price, so that it happens only where nothing else can.
        unserved_usd_per_mwh: Field<f64> = key().above(0.0, 1e7).unit("US dollars").default("10000.0");
        /// What a hall is worth at the end of the plan if it came then, as a share of what it cost.
        halls_worth: Field<f64> = key().range(0.0, 1.0).default("0.8");
        /// Age over which that worth falls to nothing.
        halls_worth_over: Field<Span> = key().above(0.0, f64::INFINITY).default("\"1040 weeks\"");
        /// What a step of an interconnection is worth at the end of the plan if it came then, as a share of what it cost.
        interconnection_worth: Field<f64> = key().range(0.0, 1.0).default("0.8");
        /// Age over which that worth falls to nothing.
        interconnection_worth_over: Field<Span> = key().above(0.0, f64::INFINITY).default("\"1300 weeks\"");
        /// Purchases of systems in so many quarters are decided before it is known which future comes.
        here_and_now: Field<u32> = key().range(0.0, 80.0).default("4");
        /// A loan beside the new money.
        debt: One<PlanDebtText> = key();
        /// Systems that can be bought.
        hardware: Rows<PlanHardwareText> = key();
        /// Who wants compute.
        demand: Rows<PlanDemandText> = key();
        /// Capacity that is bought of partners under commitments.
        purchase: Rows<PlanPurchaseText> = key();
        /// Rights of first refusal that take a share.
        right: Rows<PlanRightText> = key();
        /// What may come. Without any there is one future, as everything else says.
        future: Rows<FutureText> = key();
        /// How much can be under construction.
        labour: Rows<LabourText> = key();
    }

    /// A loan: the plan draws on it when it likes, pays interest out of capital and pays it back at the end.
    PlanDebtText at "[plan.debt]" {
        /// The most that is drawn in all.
        usd: Field<f64> = key().required().range(0.0, MOST_USD).unit("US dollars");
        /// Interest of a year, as a share.
        interest_per_year: Field<f64> = key().required().range(0.0, 1.0).example("0.06");
        /// Covenant: what is drawn is at most this share of what was invested so far.
        loan_to_value: Field<f64> = key().range(0.0, 1.0).default("1.0");
        /// Covenant: what customers pay less what running costs is at least so many times the interest, in every future.
        coverage: Field<f64> = key().range(0.0, 100.0).absent("none");
        /// That covenant is tested from here on.
        coverage_from: Field<SimTime> = key().absent("the first quarter");
    }

    /// A system that can be bought. Its price, power, first date and limits of delivery are those of `[system.NAME]` and
    /// `[[supply]]`.
    PlanHardwareText at "[[plan.hardware]]" {
        /// Which.
        system: Field<String> = key().required().refers("system");
        /// Compute of a megawatt of it, where a megawatt of the system that demand is counted in has 1.
        units_per_mw: Field<f64> = key().above(0.0, 1e4).default("1.0");
        /// Share of installed systems that works.
        availability: Field<f64> = key().range(0.0, 1.0).default("0.95");
        /// After this it is taken out.
        life: Field<Span> = key().above(0.0, f64::INFINITY).default("\"260 weeks\"");
        /// Upkeep of a year, as a share of its list price in the first quarter, whenever it was bought and whatever was paid.
        upkeep: Field<f64> = key().range(0.0, 1.0).default("0.03");
        /// What its price changes by in a year, as a share: -0.1 is a tenth less.
        price_change_per_year: Field<f64> = key().range(-0.9, 1.0).default("0.0");
        /// What one is worth at the end of the plan if it came then, as a share of its price: 1 with `worth_over` the years of depreciation is book value.
        worth: Field<f64> = key().range(0.0, 1.0).default("0.6");
        /// Age over which that worth falls to nothing.
        worth_over: Field<Span> = key().above(0.0, f64::INFINITY).default("\"260 weeks\"");
    }

    /// Who wants compute, and what they pay. Compute is counted in megawatts of the system with `units_per_mw = 1`.
    PlanDemandText at "[[plan.demand]]" {
        /// Name for people.
        name: Field<String> = key().required();
        /// How much is wanted in each quarter.
        units: List<f64> = key().required().range(0.0, MOST_MW).unit("MW of the reference system");
        /// Paid for a unit and year in the first quarter.
        usd_per_unit_year: Field<f64> = key().range(0.0, 1e10).unit("US dollars").default("0.0");
        /// What that price changes by in a year, as a share.
        price_change_per_year: Field<f64> = key().range(-0.9, 1.0).default("0.0");
        /// Damages for a unit and year that is not served.
        damages_usd_per_unit_year: Field<f64> = key().range(0.0, 1e10).unit("US dollars").default("0.0");
        /// Whether all of it must be served.
        obliged: Field<bool> = key().default("false");
        /// Tokens of a unit and year.
        tokens_per_unit_year: Field<f64> = key().range(0.0, 1e18).default("0.0");
        /// From which regions it can be served, and what that costs.
        served_from: Rows<ServedFromText> = key().absent("from everywhere, at no cost");
    }

    /// A region that demand can be served from.
    ServedFromText at "served_from = [{ region = \"NAME\", usd_per_unit_year = 1e5 }]" {
        /// The `region` of candidates, or of purchases.
        region: Field<String> = key().required();
        /// What it costs to serve a unit and year from there.
        usd_per_unit_year: Field<f64> = key().range(0.0, 1e10).unit("US dollars").default("0.0");
    }

    /// Capacity bought of a partner to whom a commitment is owed: it serves demand beside the programme's own systems, and what is committed
    /// is paid in any case.
    PlanPurchaseText at "[[plan.purchase]]" {
        /// The agreement, one with `[agreement.NAME.commitment]` that counts in `usd`. What it commits in a quarter is the part of its period that lies in
        /// the quarter, of the version in force then.
        agreement: Field<String> = key().required().refers("agreement");
        /// From which region it serves.
        region: Field<String> = key().absent("from everywhere, at no cost");
        /// Price of a unit of compute and year in the first quarter.
        usd_per_unit_year: Field<f64> = key().required().range(0.0, 1e10).unit("US dollars");
        /// What that price changes by in a year, as a share.
        price_change_per_year: Field<f64> = key().range(-0.9, 1.0).default("0.0");
        /// Fee for leaving the commitment early, after which nothing is bought or owed under it; paid in the quarter of leaving.
        exit_usd: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").absent("it cannot be left");
        /// It cannot be left before.
        exit_from: Field<SimTime> = key().absent("the first quarter");
        /// The most that can be bought in each quarter, before the commitment is in force too: 0 where there is nothing yet.
        most_units: List<f64> = key().required().range(0.0, MOST_MW).unit("MW of the reference system");
    }

    /// A share that the holders of a right of first refusal take while it is in force. Where its grantor sells capacity they take of the
    /// compute that is built and pay for it; where it buys capacity they provide what they match, and the programme does not serve that.
    PlanRightText at "[[plan.right]]" {
        /// The agreement, one with `[agreement.NAME.first_refusal]` or `first_offer`.
        agreement: Field<String> = key().required().refers("agreement");
        /// The share that is exercised, by quarter.
        share: List<f64> = key().required().range(0.0, 1.0);
        /// What holders pay for a unit of compute and year where the grantor sells.
        usd_per_unit_year: Field<f64> = key().range(0.0, 1e10).unit("US dollars").default("0.0");
        /// The demand whose share holders serve where the grantor buys: the `name` of a `[[plan.demand]]`.
        demand: Field<String> = key().absent("all demand");
    }

    /// A future with its probability; what it does not say is as the rest of the scenario says.
    FutureText at "[[plan.future]]" {
        /// Name for people.
        name: Field<String> = key().required();
        /// How likely it is; all add up to 1.
        probability: Field<f64> = key().required().above(0.0, 1.0);
        /// Factor on demand.
        demand: Field<f64> = key().range(0.0, 1e3).default("1.0");
        /// Factor on what customers pay.
        revenue: Field<f64> = key().range(0.0, 1e3).default("1.0");
        /// Factor on the price of grid energy.
        grid_price: Field<f64> = key().range(0.0, 1e3).default("1.0");
        /// Factor on the price of fuel.
        fuel_price: Field<f64> = key().range(0.0, 1e3).default("1.0");
        /// Factor on the price of systems, after the quarters of `here_and_now`.
        hardware_price: Field<f64> = key().range(0.0, 1e3).default("1.0");
        /// Factor on the shares that holders of rights take.
        elections: Field<f64> = key().range(0.0, 1e3).default("1.0");
        /// Quarters by which buildings come late.
        late_halls: Field<u32> = key().range(0.0, 80.0).default("0");
        /// Quarters by which grid connections come late.
        late_grid: Field<u32> = key().range(0.0, 80.0).default("0");
    }

    /// How much can be under construction at a time.
    LabourText at "[[plan.labour]]" {
        /// Where: the `labour` of candidates.
        pool: Field<String> = key().required();
        /// The most IT power under construction, by quarter.
        mw: List<f64> = key().required().range(0.0, MOST_MW).unit("MW");
    }

    /// A place where blocks could be built, for `stargate plan`.
    CandidateText at "[candidate.NAME]" {
        /// Name for people.
        name: Field<String> = key().absent("its key");
        /// Degrees north.
        latitude_deg: Field<f64> = key().required().range(-90.0, 90.0).unit("degrees");
        /// Degrees east.
        longitude_deg: Field<f64> = key().required().range(-180.0, 180.0).unit("degrees");
        /// Whose builders it takes: candidates of one pool share the limit of `[[plan.labour]]`.
        labour: Field<String> = key().absent("a pool of its own, without limit");
        /// Where it is, for demand that is served from some regions only.
        region: Field<String> = key().absent("no region: it serves demand that is served from everywhere");
        /// Who owns land and buildings, and pays for them and for power.
        owner: Field<String> = key().absent("the `operator`").refers("partner");
        /// Who runs it, and pays for systems.
        operator: Field<String> = key().absent("nobody in particular").refers("partner");
        /// Blocks that can be built, one after the other.
        blocks: Field<u32> = key().range(1.0, 40.0).default("1");
        /// IT power of each.
        block_mw: Field<f64> = key().required().range(0.001, 1e5).unit("MW");
        /// How they are built: lead times, as they slip at the median, and what a megawatt costs.
        construction: Field<String> = key().required().refers("construction");
        /// Construction cannot begin before.
        begin: Field<SimTime> = key().absent("the start of the plan");
        /// Blocks already under contract: the first so many must stand by `due`, at the start of the last quarter that has begun by then.
        committed: Field<u32> = key().range(0.0, 40.0).default("0");
        /// When committed blocks must stand.
        due: Field<SimTime> = key().absent("the last quarter of the plan");
        /// When its blocks stood in fact or will as far as is known, one date for each in their order: `stargate plan --as-done` holds the plan to them.
        done: List<SimTime> = key();
        /// Paid for the place when work begins.
        land_usd: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
        /// Running costs of halls, for a megawatt of IT power and year.
        usd_per_mw_year: Field<f64> = key().range(0.0, 1e9).unit("US dollars").default("100000.0");
        /// Steps of the interconnection, each of which can be taken or left.
        interconnection: Rows<InterconnectionText> = key();
        /// Plant that can be put on site.
        plant: Rows<PlantHereText> = key();
        /// Price of energy at the meter, the same in every hour.
        usd_per_mwh: Field<f64> = key().range(0.0, 1e5).unit("US dollars").absent("the hourly price");
        /// Paid on top of the hourly price.
        adder_usd_per_mwh: Field<f64> = key().range(0.0, 1e5).unit("US dollars").default("0.0");
        /// Charge on the largest draw of the month, for a kilowatt and month.
        demand_usd_per_kw_month: Field<f64> = key().range(0.0, 1e5).unit("US dollars").default("0.0");
        /// Share of the connection that is billed whether it is drawn or not.
        take_or_pay: Field<f64> = key().range(0.0, 1.0).default("0.0");
        /// Price of natural gas, for a million British thermal units.
        gas_usd_per_mmbtu: Field<f64> = key().range(0.0, 1e4).unit("US dollars").default("3.5");
        /// How heat leaves it.
        cooling: One<CoolingText> = key();
        /// Its weather.
        weather: One<SeriesText> = key();
        /// The hourly price of electricity.
        price: One<SeriesText> = key();
        /// The hourly carbon intensity of its grid.
        carbon: One<SeriesText> = key();
    }

    /// A step of an interconnection.
    InterconnectionText at "[[candidate.NAME.interconnection]]" {
        /// Power at the meter.
        mw: Field<f64> = key().required().above(0.0, 1e5).unit("MW");
        /// From the order until it is energised.
        lead: Field<Span> = key().required().range(0.0, f64::INFINITY);
        /// What it costs, paid with the order.
        usd: Field<f64> = key().range(0.0, MOST_USD).unit("US dollars").default("0.0");
    }

    /// Plant of a kind that can be put on a candidate.
    PlantHereText at "[[candidate.NAME.plant]]" {
        /// Which kind.
        generator: Field<String> = key().required().refers("generator");
        /// The most of it.
        most_mw: Field<f64> = key().required().above(0.0, 1e5).unit("MW");
    }

    /// A kind of plant on site that can be ordered.
    GeneratorText at "[generator.NAME]" {
        /// Name for people.
        name: Field<String> = key().absent("its key");
        /// What it is.
        technology: Field<GeneratorName> = key().required();
        /// Size of a unit.
        unit_mw: Field<f64> = key().range(0.001, 1e4).unit("MW").absent("any size");
        /// From the order until it gives power.
        lead: Field<Span> = key().required().range(0.0, f64::INFINITY);
        /// What a kilowatt costs, paid with the order.
        usd_per_kw: Field<f64> = key().required().range(0.0, 1e6).unit("US dollars");
        /// Upkeep of a kilowatt and year.
        usd_per_kw_year: Field<f64> = key().range(0.0, 1e5).unit("US dollars").default("0.0");
        /// Running costs of a megawatt-hour besides fuel.
        usd_per_mwh: Field<f64> = key().range(0.0, 1e5).unit("US dollars").default("0.0");
        /// Fuel over output, higher heating value.
        btu_per_kwh: Field<f64> = key().range(3412.0, 1e5).unit("Btu").absent("usual for the technology");
        /// Share of its capacity that counts in the worst hour, of sun, wind and batteries.
        firm: Field<f64> = key().range(0.0, 1.0).absent("sun 0.1, wind 0.15, battery 0.5: assumptions");
        /// Of a battery: how long it gives its power.
        duration: Field<Span> = key().above(0.0, 1e7).default("\"4h\"");
        /// Of a battery: energy that is left of what goes in, and again of what comes out.
        efficiency: Field<f64> = key().range(0.5, 1.0).default("0.94");
        /// What it is worth at the end of the plan if it came then, as a share of its price.
        worth: Field<f64> = key().range(0.0, 1.0).default("0.8");
        /// Age over which that worth falls to nothing.
        worth_over: Field<Span> = key().above(0.0, f64::INFINITY).default("\"1300 weeks\"");
        /// The most that makers can have delivered to all sites together, by quarter.
        supply_mw: List<f64> = key().range(0.0, MOST_MW).unit("MW").absent("no limit");
    }
}
