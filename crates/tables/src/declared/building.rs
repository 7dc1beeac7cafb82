//! The tables of building and capital. They are there where the scenario builds or pays anything.

use crate::column::{Table, table};

table! {
    /// One row for each date of a milestone that became known: promises, revisions, what follows from delays.
    milestones {
        /// Site.
        site "": Text,
        /// Block; none for a milestone of the whole site.
        block "": Optional<Text>,
        /// `land_cleared`, `shell`, `power_on`, `systems_installed` or `energised`.
        milestone "": Text,
        /// 0 for the first equipment of the block, 1 for the first re-equipping, and so on.
        round "": Integer,
        /// When the date became known.
        known "": Instant,
        /// The date.
        due "": Instant,
        /// `announced`: said in the scenario; `expected`: what the run has to expect after what has happened in it.
        origin "": Text,
        /// When the milestone was reached; none if not before the end of the run.
        actual "": Optional<Instant>,
    }
}

table! {
    /// One row for each time that a block stood still.
    waits {
        /// Site.
        site "": Text,
        /// Block.
        block "": Text,
        /// The milestone that it was on the way to.
        milestone "": Text,
        /// What it waited for: `money`, `systems` or `site` (a milestone of its site).
        want "": Text,
        /// Since when.
        since "": Instant,
        /// Until when; none if it still stood when the run ended.
        until "": Optional<Instant>,
        /// What was missing of the payment that it waited for.
        missing_usd "USD": Optional<Number>,
    }
}

table! {
    /// One row for each site and instant at which its capacity changed. Announced, facility and IT power are three
    /// different megawatts.
    capacity {
        /// When.
        time "": Instant,
        /// Site.
        site "": Text,
        /// Power as it was announced by then.
        announced_mw "MW": Number,
        /// IT power of the blocks whose shell stands.
        built_it_mw "MW": Number,
        /// IT power of the blocks, as rated (`it_mw`), by the share of their systems that work: what contracts and tranches count.
        energised_it_mw "MW": Number,
        /// Power at the meter for that, by the ratio of the complete site; none where the scenario does not say.
        energised_facility_mw "MW": Optional<Number>,
        /// Systems delivered and not retired.
        systems_delivered "": Integer,
        /// Of those, at work.
        systems_energised "": Integer,
        /// Accelerators of those.
        energised_gpus "GPU": Integer,
    }
}

table! {
    /// One row for each site and instant at which the number of people at work changed.
    people {
        /// When.
        time "": Instant,
        /// Site.
        site "": Text,
        /// People who build.
        construction "people": Integer,
        /// People who run it.
        permanent "people": Integer,
    }
}

table! {
    /// One row for each month and tranche: called = spent + the change of what is in hand.
    capital {
        /// First day of the month.
        month "": Instant,
        /// Partner whose money it is.
        partner "": Text,
        /// Tranche.
        tranche "": Text,
        /// `equity` or `debt`.
        instrument "": Text,
        /// What it promises.
        committed_usd "USD": Number,
        /// Whether it could be called at the end of the month: 1, or 0.
        open "": Integer,
        /// Called in the month.
        called_usd "USD": Number,
        /// Spent in the month.
        spent_usd "USD": Number,
        /// In hand at the end of the month.
        in_hand_usd "USD": Number,
        /// Interest of the month on what is being built, added to what is owed.
        interest_capitalised_usd "USD": Number,
        /// The same, paid in money: part of what is spent.
        interest_paid_usd "USD": Number,
        /// Interest of the month on what works: an expense of operation.
        interest_operating_usd "USD": Number,
    }
}

table! {
    /// One row for each month, tranche, site and use for which something was spent.
    capital_uses {
        /// First day of the month.
        month "": Instant,
        /// Partner whose money it is.
        partner "": Text,
        /// Tranche.
        tranche "": Text,
        /// Site; empty for interest on money in hand.
        site "": Text,
        /// `land`, `shell`, `power`, `cooling`, `systems`, `network`, `contingency` or `interest`.
        purpose "": Text,
        /// Spent.
        spent_usd "USD": Number,
    }
}

/// All of them.
pub const TABLES: [&Table; 6] = [
    &milestones::TABLE,
    &waits::TABLE,
    &capacity::TABLE,
    &people::TABLE,
    &capital::TABLE,
    &capital_uses::TABLE,
];
