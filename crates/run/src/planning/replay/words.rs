//! Words and texts of the scenario language.

use plant::cooling::CoolingKind;
use plant::generation::UnitKind;
use std::fmt::Write;

/// A kind of cooling as a scenario writes it.
pub(super) fn cooling_word(kind: CoolingKind) -> &'static str {
    match kind {
        CoolingKind::AirCooledChiller => "air_cooled_chiller",
        CoolingKind::WaterCooledChiller => "water_cooled_chiller",
        CoolingKind::DryCooler => "dry_cooler",
        CoolingKind::Evaporative => "evaporative",
        CoolingKind::ClosedLoop => "closed_loop",
    }
}

/// A kind of generator as a scenario writes it.
pub(super) fn unit_word(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::SimpleCycle => "simple_cycle",
        UnitKind::CombinedCycle => "combined_cycle",
        UnitKind::Reciprocating => "reciprocating",
        UnitKind::FuelCell => "fuel_cell",
        UnitKind::Diesel => "diesel",
    }
}

/// A TOML string.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
