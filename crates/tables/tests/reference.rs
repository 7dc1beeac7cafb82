//! The reference page is what the declarations say.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use tables::{Summary, all_tables};

#[test]
fn the_reference_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/tables.md");
    let page = tables::reference_markdown();
    if std::env::var_os("STARGATE_WRITE_REFERENCE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/reference/tables.md is out of date: \
         run `STARGATE_WRITE_REFERENCE=1 cargo test --release -p tables --test reference`"
    );
}

#[test]
fn names_are_unique_and_end_in_their_unit() {
    // A unit that stands in a name, at its end.
    let endings = [("s", "_s"), ("MW", "_mw"), ("GPU h", "_gpu_hours"), ("deg", "_deg"), ("GPU", "gpus")];
    // Words that SQL keeps for itself.
    let reserved = [
        "all", "case", "desc", "end", "from", "group", "in", "limit", "order", "select", "to", "user", "when",
    ];
    let check = |name: &str, unit: &str, doc: &str| {
        if let Some((_, ending)) = endings.iter().find(|(known, _)| *known == unit) {
            assert!(name.ends_with(ending), "`{name}` is in {unit}");
        }
        for (known, ending) in endings {
            assert!(
                known == unit || !name.ends_with(ending) || ending == "gpus",
                "`{name}` has unit `{unit}`"
            );
        }
        assert!(!reserved.contains(&name), "`{name}` would have to be quoted in SQL");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()), "{name}");
        assert!(doc.len() > 3 && doc == doc.trim() && !doc.contains('\n'), "{name}: {doc:?}");
    };
    let all_unique = |names: Vec<&str>| {
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), names.len(), "{names:?}");
    };
    for table in all_tables() {
        table.columns.iter().for_each(|column| check(column.name, column.unit, column.doc));
        all_unique(table.columns.iter().map(|column| column.name).collect());
    }
    Summary::metrics().for_each(|metric| check(metric.name, metric.unit, metric.doc));
    all_unique(Summary::metrics().map(|metric| metric.name).collect());
    all_unique(all_tables().map(|table| table.name).collect());
}
