//! From facts to tables: every column is declared once, with its name, unit, type and meaning.
//!
//! A [`RunWriter`] takes the facts of a run as they are said and writes one Parquet file for each table, a summary and a
//! manifest into a folder. [`read`] gives the columns back, a batch at a time. What is written depends on the facts, the
//! world and the options alone: there are no times, names of hosts or paths in it.

mod account;
mod agreement;
mod books;
mod building;
mod column;
mod csv;
mod declared;
mod dictionary;
mod digest;
mod energy;
mod error;
pub mod export;
mod folder;
mod manifest;
pub mod planned;
pub mod read;
mod reference;
mod service;
mod settlement;
mod sketch;
mod small;
mod spool;
mod summary;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod timeline;
mod writer;

pub use books::statement_order;
pub use column::{Column, Kind, SCHEMA_VERSION, Table};
pub use declared::{
    OPTIONAL_TABLES, TABLES, agreements, all_tables, allotments, balances, blocks,
    building as building_tables, commitment_months, commitments, energy_hours, events, expectations, figures,
    jobs, planned as plan_tables, postings, replica_hours, revenue_shares, service_hours, settings,
    site_hours, sites, statements, summary as summary_table, table, tenants,
};
pub use dictionary::Dictionary;
pub use error::TableError;
pub use manifest::{Input, Manifest, Output, Planned};
pub use reference::reference_markdown;
pub use sketch::{RELATIVE_ERROR, Sketch};
pub use small::figure_kind;
pub use summary::{MetricDef, Results, Scope, Summary, Verdict, VerdictKind, evaluate};
pub use writer::{Checkpoint, Options, RunWriter};
