//! The reference page of the tables, made from their declarations.

use crate::column::Kind;
use crate::declared::all_tables;
use crate::summary::Summary;
use std::fmt::Write as _;

/// `docs/reference/tables.md`: every file, table, column and result of a run.
pub fn reference_markdown() -> String {
    let mut page = include_str!("reference.md").to_owned();
    for table in all_tables() {
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "## {}\n\n{}\n\n| column | type | unit | meaning |\n|---|---|---|---|\n",
            table.name, table.doc
        );
        for column in table.columns {
            let optional = if column.optional { ", optional" } else { "" };
            let mut doc = column.doc.to_owned();
            if let Kind::Key(dictionary) = column.kind
                && let Some(names) = dictionary.fixed_names()
            {
                let _ = write!(doc, " One of `{}`.", names.join("`, `"));
            }
            let (name, kind, unit) = (column.name, column.kind.name(), column.unit);
            let _ = writeln!(page, "| `{name}` | {kind}{optional} | {unit} | {} |", doc.replace('|', "\\|"));
        }
        page.push('\n');
    }
    page += "## Results\n\nThe rows of `summary`, and the names that `[[expect]]` uses: `utilisation` is that of the network,\n\
             `site.KEY.utilisation` that of a site, `tenant.KEY.wait_mean_s` that of a tenant and `service.KEY.unserved_share` that of a\n\
             service. Those of services are there where the scenario has one.\n\n\
             | metric | of tenants | unit | meaning |\n|---|---|---|---|\n";
    for metric in Summary::metrics() {
        let tenants = if metric.of_tenants { "yes" } else { "no" };
        let _ = writeln!(page, "| `{}` | {tenants} | {} | {} |", metric.name, metric.unit, metric.doc);
    }
    page += "\nPercentiles come from a histogram whose buckets are 1/64 of a doubling wide: each is within 0.8 % of the value\n\
             at its rank (the least of the values that a share of them does not exceed). Means, sums, least and greatest are exact.\n";
    page
}
