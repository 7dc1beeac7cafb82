//! How jobs were sent, queued and placed.

use crate::figure::{Block, Section, Table};
use crate::run::Run;

pub(super) fn section(run: &Run) -> Option<Section> {
    let mut table = Table::new(&["choice", "value", "meaning"]);
    for setting in run.settings.iter().filter(|setting| setting.name.starts_with("policy.")) {
        table.push([
            setting.name.trim_start_matches("policy.").replace('_', " "),
            format!("`{}`", setting.value),
            setting.doc.clone(),
        ]);
    }
    if table.rows.is_empty() {
        return None;
    }
    Some(Section {
        id: "policy",
        title: "The policy".to_string(),
        lead: "How jobs were sent to sites, queued there and placed on nodes.".to_string(),
        blocks: vec![Block::Table(table)],
    })
}
