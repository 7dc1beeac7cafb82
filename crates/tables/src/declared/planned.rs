//! The tables of a plan.

use crate::column::{Table, table};

table! {
    /// One row for each thing that a plan builds, in the order of candidates.
    plan_schedule {
        /// Where.
        candidate "": Text,
        /// `hall`, `interconnection`, `thermal`, `renewable` or `storage`.
        kind "": Text,
        /// The block, the step of the interconnection or the generator.
        what "": Text,
        /// How much: IT power of a hall, power at the meter of a connection, output of plant.
        built_mw "MW": Number,
        /// Quarter in which work begins or it is ordered: `2027-Q1`.
        begun "": Text,
        /// Quarter at whose start it is there.
        ready "": Text,
        /// What it costs, land apart.
        usd "USD": Number,
    }
}

table! {
    /// One row for each future, quarter and candidate at which something stands.
    plan_capacity {
        /// Name of the future.
        future "": Text,
        /// `2027-Q1`.
        quarter "": Text,
        /// Where.
        candidate "": Text,
        /// Halls that stand, IT power.
        halls_mw "MW": Number,
        /// Interconnection energised, at the meter.
        grid_mw "MW": Number,
        /// Plant on site: fuel, sun and wind.
        plant_mw "MW": Number,
        /// Stores on site.
        storage_mw "MW": Number,
        /// Systems installed, IT power.
        systems_mw "MW": Number,
        /// Of those, at work.
        active_mw "MW": Number,
        /// Peak draw from the grid that is billed.
        billed_mw "MW": Number,
    }
}

table! {
    /// One row for each future, quarter, candidate and kind of system that comes, stands or goes.
    plan_systems {
        /// Name of the future.
        future "": Text,
        /// `2027-Q1`.
        quarter "": Text,
        /// Where.
        candidate "": Text,
        /// Key of the system.
        system "": Text,
        /// Delivered in the quarter, IT power.
        delivered_mw "MW": Number,
        /// Installed.
        installed_mw "MW": Number,
        /// Sold.
        sold_mw "MW": Number,
        /// At work.
        active_mw "MW": Number,
        /// Price of what is delivered.
        usd "USD": Number,
    }
}

table! {
    /// One row for each future, quarter, candidate and source of energy that gives any.
    plan_energy {
        /// Name of the future.
        future "": Text,
        /// `2027-Q1`.
        quarter "": Text,
        /// Where.
        candidate "": Text,
        /// `grid`, a generator, `KEY charge` and `KEY discharge` of a store, `curtailed` or `unserved`.
        source "": Text,
        /// Energy in the quarter of a mean year.
        mwh "MWh": Number,
        /// Carbon dioxide of it.
        carbon_t "t": Number,
    }
}

table! {
    /// One row for each future, quarter and use of capital.
    plan_capital {
        /// Name of the future.
        future "": Text,
        /// `2027-Q1`.
        quarter "": Text,
        /// Where.
        candidate "": Text,
        /// `land`, `halls`, `interconnection`, `plant` or `systems`.
        purpose "": Text,
        /// Who pays: of systems the candidate's `operator`, of everything else its `owner`; none where the scenario names nobody.
        partner "": Optional<Text>,
        /// What is paid in the quarter.
        usd "USD": Number,
    }
}

table! {
    /// One row for each future and quarter: where capital comes from. `carried` of the quarter before, `new_money` and `drawn`, less
    /// `spent` and `interest`, is `carried`.
    plan_funding {
        /// Name of the future.
        future "": Text,
        /// `2027-Q1`.
        quarter "": Text,
        /// New money of the quarter.
        new_money_usd "USD": Number,
        /// Drawn on the loan.
        drawn_usd "USD": Number,
        /// Owed on the loan at the end of the quarter; it is paid back after the last.
        owed_usd "USD": Number,
        /// Interest of the quarter.
        interest_usd "USD": Number,
        /// Spent on what is built and on systems.
        spent_usd "USD": Number,
        /// Left for later quarters.
        carried_usd "USD": Number,
    }
}

table! {
    /// One row for each future, quarter and account: the books of the plan. In each quarter debits and credits are equal; in the last, what
    /// was built and bought is written down to what the plan says it is worth.
    plan_books {
        /// Name of the future.
        future "": Text,
        /// `2027-Q1`; `end` for what is done when the plan is over: the loan is paid back, and what stands is written down to its worth.
        quarter "": Text,
        /// Account of the chart, with its class.
        account "": Text,
        /// Debits of the quarter.
        debit_micro_usd "USD/1000000": Integer,
        /// Credits of the quarter, positive.
        credit_micro_usd "USD/1000000": Integer,
        /// Debits less credits since the beginning.
        balance_micro_usd "USD/1000000": Integer,
        /// Cash that moved against it in the quarter: what came in is positive.
        cash_micro_usd "USD/1000000": Integer,
    }
}

table! {
    /// One row for each future, quarter and demand.
    plan_served {
        /// Name of the future.
        future "": Text,
        /// `2027-Q1`.
        quarter "": Text,
        /// Who wants compute.
        demand "": Text,
        /// What is wanted, units of compute.
        wanted_units "": Number,
        /// What is served.
        served_units "": Number,
        /// Share that is served; none where nothing is wanted.
        served_share "": Optional<Number>,
    }
}

table! {
    /// One row for each future, quarter, demand and region or purchase that serves it: which demand is served from where.
    plan_lanes {
        /// Name of the future.
        future "": Text,
        /// `2027-Q1`.
        quarter "": Text,
        /// Who wants compute.
        demand "": Text,
        /// From where: a pool of builders or a region of candidates, `anywhere` where neither is said, or the agreement under which it is bought.
        served_from "": Text,
        /// What is served from there, units of compute. Of what is bought in a region every demand served there has the same share.
        served_units "": Number,
        /// What a unit and year costs on the way from there; what is paid for compute that is bought is among `purchases` of `plan_costs`.
        usd_per_unit_year "USD": Number,
    }
}

table! {
    /// One row for each future, quarter, item of operating money and candidate, where the item belongs to one.
    plan_costs {
        /// Name of the future.
        future "": Text,
        /// `2027-Q1`.
        quarter "": Text,
        /// Where; none for customers, purchases and damages.
        candidate "": Optional<Text>,
        /// `grid_energy`, `fuel`, `revenue` and so on.
        item "": Text,
        /// What is paid in the quarter; what comes in is negative.
        usd "USD": Number,
    }
}

table! {
    /// One row for each point of a front, from the best of the first objective to the best of the second; expected values.
    plan_front {
        /// Number of the point; its plan is `point-NN.json` beside this table.
        point "": Integer,
        /// Net present value.
        net_present_value_usd "USD": Number,
        /// Present cost: as the net present value, without revenue.
        present_cost_usd "USD": Number,
        /// Carbon over the whole plan.
        carbon_t "t": Number,
        /// Tokens served over the whole plan.
        tokens "": Number,
        /// Halls that stand in the last quarter, IT power.
        halls_mw "MW": Number,
        /// How far the first objective may be from its best under what the second is allowed, as a share of it or, where that is more, of
        /// the first objective at the first point.
        gap "": Number,
    }
}

/// The table of a front.
pub const FRONT_TABLES: [&Table; 1] = [&plan_front::TABLE];

/// The tables of every folder of a plan.
pub const PLAN_TABLES: [&Table; 10] = [
    &plan_schedule::TABLE,
    &plan_capacity::TABLE,
    &plan_systems::TABLE,
    &plan_energy::TABLE,
    &plan_capital::TABLE,
    &plan_funding::TABLE,
    &plan_served::TABLE,
    &plan_lanes::TABLE,
    &plan_costs::TABLE,
    &plan_books::TABLE,
];
