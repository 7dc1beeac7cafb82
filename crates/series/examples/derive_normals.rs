//! Derives the built-in normals from the public files and writes them as Rust constants:
//! `cargo run --release -p series --example derive_normals -- DATA_FOLDER crates/series/src/normals`

#[path = "../tests/derive/mod.rs"]
mod derive;

use series::normals::{Persistence, Variable};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(data), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("give the data folder and the folder of `normals`".into());
    };
    let (data, out) = (PathBuf::from(data), PathBuf::from(out));
    let mut names = Vec::new();
    for plan in derive::STATIONS {
        let station = derive::station(&data, plan).ok_or(plan.file)?;
        let mut text = format!(
            "//! {}: derived from `{}`.\n\nuse crate::normals::{{Persistence, StationNormals, Transform, Variable}};\n\n",
            plan.name, plan.file
        );
        let identifier = plan.key.to_uppercase().replace('-', "_");
        writeln!(
            text,
            "/// {}.\n#[rustfmt::skip]\n#[allow(clippy::approx_constant)] // Data that look like pi or e.",
            plan.name
        )?;
        writeln!(text, "pub static {identifier}: StationNormals = StationNormals {{")?;
        writeln!(text, "    key: \"{}\",\n    name: \"{}\",", plan.key, plan.name)?;
        writeln!(
            text,
            "    latitude_deg: {:?},\n    longitude_deg: {:?},",
            station.latitude, station.longitude
        )?;
        writeln!(
            text,
            "    elevation_m: {:?},\n    offset_hours: {},",
            station.elevation, station.offset_hours
        )?;
        writeln!(text, "    source: \"{}\",", plan.source)?;
        for (name, variable, digits) in station.variables() {
            writeln!(text, "    {name}: {},", constant(variable, digits))?;
        }
        writeln!(text, "    coupling: {:.3},\n}};", station.coupling)?;
        write(&out.join("stations"), plan.key, &text)?;
        names.push((plan.key.replace('-', "_"), identifier));
    }
    index(&out.join("stations/mod.rs"), "Weather stations", "StationNormals", "stations", &names)?;
    names.clear();
    for plan in derive::GRIDS {
        let variable = derive::grid(&data, plan).ok_or(plan.key)?;
        let module = plan.module().replace('-', "_");
        let identifier = module.to_uppercase();
        let mut text = format!("//! {}: derived from public files.\n\n", plan.name);
        text.push_str(
            "use crate::Quantity;\nuse crate::normals::{GridNormals, Persistence, Transform, Variable};\n\n",
        );
        writeln!(
            text,
            "/// {}.\n#[rustfmt::skip]\n#[allow(clippy::approx_constant)] // Data that look like pi or e.",
            plan.name
        )?;
        writeln!(text, "pub static {identifier}: GridNormals = GridNormals {{")?;
        writeln!(text, "    key: \"{}\",\n    name: \"{}\",", plan.key, plan.name)?;
        writeln!(
            text,
            "    quantity: Quantity::{:?},\n    offset_hours: {},",
            plan.quantity, plan.offset_hours
        )?;
        writeln!(text, "    source: \"{}\",", plan.source)?;
        writeln!(text, "    variable: {},\n}};", constant(&variable, plan.digits()))?;
        write(&out.join("grids"), &module, &text)?;
        names.push((module, identifier));
    }
    index(&out.join("grids/mod.rs"), "Markets and grids", "GridNormals", "grids", &names)?;
    Ok(())
}

fn write(folder: &Path, module: &str, text: &str) -> std::io::Result<()> {
    std::fs::write(folder.join(format!("{}.rs", module.replace('-', "_"))), text)
}

fn index(
    path: &Path,
    title: &str,
    kind: &str,
    what: &str,
    names: &[(String, String)],
) -> std::io::Result<()> {
    let mut text =
        format!("//! {title}. The files beside this one were written by the example `derive_normals`.\n\n");
    names.iter().for_each(|(module, _)| text.push_str(&format!("mod {module};\n")));
    text.push_str(&format!("\nuse super::{kind};\n"));
    text.push_str(&format!("\n/// All {what}.\n#[rustfmt::skip]\npub static ALL: &[&{kind}] = &[\n"));
    names.iter().for_each(|(module, name)| text.push_str(&format!("    &{module}::{name},\n")));
    text.push_str("];\n");
    std::fs::write(path, text)
}

fn constant(variable: &Variable, digits: usize) -> String {
    let list = |values: &[f64], digits: usize| {
        values.iter().map(|value| format!("{value:.digits$}")).collect::<Vec<_>>().join(", ")
    };
    let mut text =
        format!("Variable {{\n        transform: Transform::{:?},\n        mean: [\n", variable.transform);
    for month in &variable.mean {
        let (first, second) = month.split_at(12);
        text.push_str(&format!("            [{},\n", list(first, digits)));
        text.push_str(&format!("             {}],\n", list(second, digits)));
    }
    text.push_str("        ],\n");
    text.push_str(&format!("        spread: [{}],\n", list(&variable.spread, digits + 1)));
    let Persistence { slow_share, slow, fast } = variable.persistence;
    text.push_str(&format!("        persistence: Persistence {{ slow_share: {slow_share:.4}, "));
    text.push_str(&format!("slow: {slow:.4}, fast: {fast:.4} }},\n        shape: [\n"));
    for row in variable.shape.chunks(11) {
        text.push_str(&format!("            {},\n", list(row, 3)));
    }
    text.push_str(&format!("        ],\n        level: [{}],\n    }}", list(&variable.level, 3)));
    text
}
