//! The built-in texts.
#![allow(clippy::unwrap_used)]

use scenario::{BUILTINS, Origin, read};

#[test]
fn every_builtin_is_read_without_a_remark() {
    for (name, _) in BUILTINS {
        let reading = read(&Origin::Builtin(name.to_string()), &[]);
        let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
        assert!(said.is_empty(), "{name}:\n{}", said.join("\n"));
        let world = reading.world.unwrap();
        assert_eq!(world.name, *name);
        assert!(!world.figures.is_empty());
    }
}

#[test]
fn a_builtin_can_be_named_where_a_file_can() {
    let by_path = read(&Origin::File("builtin:abilene".into()), &[]);
    assert_eq!(by_path.world, read(&Origin::parse("builtin:abilene"), &[]).world);
    assert!(by_path.world.is_some());
    let missing = read(&Origin::File("builtin:abilen".into()), &[]);
    assert_eq!(missing.diagnostics.iter().next().unwrap().rule.code, "S019");
}
