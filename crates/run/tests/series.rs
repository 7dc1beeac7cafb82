//! Files of weather, price and carbon, as a scenario names them: what is wrong with one is said before the run.
#![allow(clippy::unwrap_used)]

use base::{Severity, Span};
use scenario::{Origin, World, read};
use std::fs;
use std::path::PathBuf;

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("series-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Two days of a site with power that names these files.
fn world(folder: &Folder, sections: &str, files: &[(&str, String)]) -> World {
    for (name, text) in files {
        fs::write(folder.0.join(name), text).unwrap();
    }
    let text = format!(
        "edition = 2026\n[horizon]\nstart = \"2026-03-02\"\nlength = \"2 days\"\n[accelerator.h100]\npower_w = 700\n\
         [system.dgx]\naccelerator = \"h100\"\naccelerators_per_node = 8\npower_kw = 10.2\n\
         [site.lab]\nlatitude_deg = 32.4\nlongitude_deg = -99.7\nsystems = [{{ system = \"dgx\", count = 4 }}]\n\
         [site.lab.power]\ngrid = [{{ mw = 1 }}]\n{sections}\n\
         [workload.jobs]\n[workload.jobs.arrivals]\nper_hour = 1\n[workload.jobs.sizes]\ndistribution = \"weighted\"\n\
         weights = {{ 8 = 1 }}\n[workload.jobs.durations]\ndistribution = \"constant\"\nmean = \"1h\"\n"
    );
    let path = folder.0.join("lab.toml");
    fs::write(&path, text).unwrap();
    let reading = read(&Origin::File(path), &[]);
    reading.world.unwrap_or_else(|| panic!("{:?}", reading.diagnostics))
}

/// Prices of `hours` hours from the start of 1 March 2026, UTC, but for those in `without`.
fn prices(hours: usize, without: std::ops::Range<usize>) -> String {
    let mut text = "hour_start,price_usd_per_mwh\n".to_owned();
    for hour in (0..hours).filter(|hour| !without.contains(hour)) {
        text += &format!("2026-03-{:02}T{:02}:00:00Z,{}\n", 1 + hour / 24, hour % 24, 20 + hour % 24);
    }
    text
}

fn codes(world: &World) -> Vec<(&'static str, Severity)> {
    run::conditions(world).diagnostics.iter().map(|d| (d.rule.code, d.severity)).collect()
}

#[test]
fn a_price_file_with_missing_days_is_filled_and_said_or_refused() {
    let folder = Folder::new("gaps");
    let files = [("prices.csv", prices(96, 30..70))];
    let filled = world(&folder, "[site.lab.price]\nfile = \"prices.csv\"", &files);
    let loaded = run::conditions(&filled);
    assert!(!loaded.diagnostics.has_errors());
    assert!(loaded.diagnostics.iter().any(|d| d.message.contains("40")), "{:?}", loaded.diagnostics);
    // The run begins a day into the file; the same hour of the day before stands for a missing one.
    assert_eq!(loaded.conditions.sites[0].price[5], 25_000_000);
    assert_eq!(loaded.conditions.sites[0].price[10], 30_000_000);
    let strict = "[site.lab.price]\nfile = \"prices.csv\"\nlongest_gap = \"1 day\"";
    assert!(run::conditions(&world(&folder, strict, &files)).diagnostics.has_errors());
}

#[test]
fn a_file_that_ends_before_the_run_is_refused_with_r250() {
    let folder = Folder::new("ends");
    let files = [("prices.csv", prices(60, 0..0))];
    let short = world(&folder, "[site.lab.price]\nfile = \"prices.csv\"", &files);
    let loaded = run::conditions(&short);
    let diagnostic = loaded.diagnostics.iter().find(|d| d.rule.code == "R250").unwrap();
    let place = diagnostic.place.as_ref().unwrap();
    assert!(place.text.contains("file = \"prices.csv\""), "{place:?}");
    assert!(diagnostic.message.contains("2026-03-03T12:00:00Z"), "{}", diagnostic.message);
}

#[test]
fn a_file_of_prices_is_no_weather_r251() {
    let folder = Folder::new("lacks");
    let files = [("prices.csv", prices(96, 0..0))];
    let wrong = world(&folder, "[site.lab.weather]\nfile = \"prices.csv\"", &files);
    assert!(codes(&wrong).contains(&("R251", Severity::Error)), "{:?}", codes(&wrong));
}

/// A typical year in hours 1 to 24, each the end of its hour: hour 24 of 1 March is the one that begins at 23:00 local
/// time.
#[test]
fn hour_24_of_a_weather_file_is_the_last_of_its_day() {
    let folder = Folder::new("hour-24");
    let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut text = "LOCATION,Lab,TX,USA,TMY3,722660,32.4,-99.7,-6.0,545.0\n".to_owned();
    for line in 2..8 {
        text += &format!("HEADER {line}\n");
    }
    text += "DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31\n";
    for (month, days) in (1..).zip(days) {
        for day in 1..=days {
            for hour in 1..=24 {
                let dry = if (month, day, hour) == (3, 1, 24) { 33.0 } else { 11.0 };
                let rest = ",9".repeat(13);
                text += &format!("1999,{month},{day},{hour},60,?,{dry},5.0,50,95000{rest}");
                text += &format!("{}\n", ",9".repeat(12));
            }
        }
    }
    let files = [("lab.epw", text)];
    let world = world(&folder, "[site.lab.weather]\nfile = \"lab.epw\"", &files);
    let loaded = run::conditions(&world);
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    // 23:00 on 1 March, six hours behind UTC: 05:00 on 2 March, the sixth hour of the run.
    let air = &loaded.conditions.sites[0].air;
    let hot: Vec<usize> = (0..48).filter(|hour| air[*hour].dry_bulb_c == 33.0).collect();
    assert_eq!(hot, [5]);
    assert_eq!(loaded.conditions.first, world.start);
    assert_eq!(air.len() as i64, (world.end - world.start).0 / Span::HOUR.0 + 1);
}
