//! What is made from the declaration of the language.
#![allow(clippy::unwrap_used)]

use std::path::Path;

#[test]
fn the_reference_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/scenario.md");
    let page = scenario::reference_markdown();
    if std::env::var_os("STARGATE_WRITE_REFERENCE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/reference/scenario.md is out of date: \
         run `STARGATE_WRITE_REFERENCE=1 cargo test --release -p scenario --test reference`"
    );
}

/// The first example of the reference page, as a reader would copy it.
#[test]
fn the_smallest_scenario_of_the_page_runs() {
    let page = scenario::reference_markdown();
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let origin = scenario::Origin::Text { name: "page".into(), text: example.into() };
    let reading = scenario::read(&origin, &[]);
    assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics);
    assert_eq!(reading.world.unwrap().systems.len(), 1);
}
