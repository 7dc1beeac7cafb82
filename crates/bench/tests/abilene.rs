//! A year of Abilene's weather through the whole twin: PUE and water of each kind of cooling plant, beside the figures of
//! the plant library alone (docs/validation-plant.md).

use base::Span;
use bench::energy::world_of;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use twin::power::{EnergyBooks, EnergyHour};
use twin::{Fact, Typical};

/// A site at full load all year.
fn world(plant: &str, design_c: f64, file: &str) -> scenario::World {
    world_of(&format!(
        "edition = 2026\n[horizon]\nstart = \"2026-01-01\"\nlength = \"365 days\"\n[accelerator.gb200]\npower_w = 1200\n\
         [system.rack]\naccelerator = \"gb200\"\nnodes = 18\naccelerators_per_node = 4\npower_kw = 100\nidle_kw = 100\n\
         [site.abilene]\nlatitude_deg = 32.45\nlongitude_deg = -99.73\nit_mw = 10\nfill = \"rack\"\n\
         [site.abilene.power]\ngrid = [{{ mw = 30 }}]\nusd_per_mwh = 40\n\
         [site.abilene.cooling]\nplant = \"{plant}\"\ndesign_c = {design_c}\n[site.abilene.weather]\nfile = \"{file}\"\n\
         [workload.jobs]\n[workload.jobs.arrivals]\nper_hour = 1\n[workload.jobs.sizes]\ndistribution = \"weighted\"\n\
         weights = {{ 8 = 1 }}\n[workload.jobs.durations]\ndistribution = \"constant\"\nmean = \"1h\"\n"
    ))
}

fn year(world: &scenario::World) -> Vec<EnergyHour> {
    let loaded = run::conditions(world);
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let mut simulation = twin::simulation_under(world, &Typical::default(), Arc::new(loaded.conditions));
    let mut hours = Vec::new();
    let mut keep = |facts: &[Fact]| {
        hours.extend(facts.iter().filter_map(|fact| match fact {
            Fact::Energy(hour) => Some(hour.clone()),
            _ => None,
        }));
    };
    let mut nobody = std::iter::empty().peekable();
    simulation.run(&mut nobody, world.end, |_, facts| {
        keep(facts);
        ControlFlow::Continue(())
    });
    keep(&simulation.finish(|twin, now, context| twin.close(now, context)));
    hours
}

#[test]
fn the_year_of_each_plant_is_that_of_the_library() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/weather/TX-Abilene_Regional_Ap_Ut.tmy3.gz");
    if !file.is_file() {
        println!("skipped: no weather of Abilene beside the checkout");
        return;
    }
    // Annual PUE, hottest hour, litres for a kWh: the table of docs/validation-plant.md.
    for (plant, design_c, pue, hottest, wue) in [
        ("air_cooled_chiller", 41.0, 1.228, 1.387, 0.0),
        ("water_cooled_chiller", 25.0, 1.116, 1.195, 1.94),
        ("evaporative", 25.0, 1.107, 1.107, 1.92),
        ("closed_loop", 41.0, 1.146, 1.336, 0.0),
    ] {
        let hours = year(&world(plant, design_c, &file.display().to_string()));
        assert_eq!(hours.len(), 8760);
        let mut books = EnergyBooks::default();
        hours.iter().for_each(|hour| books.add(&hour.books));
        assert_eq!(books.residual().0, 0, "a year to the joule");
        let annual = books.used().0 as f64 / books.it.0 as f64;
        let worst = hours.iter().filter_map(EnergyHour::pue).fold(0.0, f64::max);
        let water: i64 = hours.iter().map(|hour| hour.water_ml).sum();
        let litres = water as f64 / 1e3 / (books.it.mwh() * 1e3);
        println!("{plant}: PUE {annual:.4}, hottest hour {worst:.4}, {litres:.3} l/kWh");
        // The library's figures take the wet bulb from the humidity, a run takes it from the dew point: in single hours of
        // this file the two differ.
        assert!(
            (annual - pue).abs() < 0.0015 && (worst - hottest).abs() < 0.0025,
            "{plant}: {annual} {worst}"
        );
        assert!((litres - wue).abs() < 0.011, "{plant}: {litres}");
        assert!(hours.iter().all(|hour| hour.span == Span::HOUR));
    }
}
