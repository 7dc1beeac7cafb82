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
