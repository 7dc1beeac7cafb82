//! The forecast from the copy of December 2025 of Epoch AI's timelines, against the copy of May 2026.
#![allow(clippy::unwrap_used)]

use base::SimTime;
use forecast::score::{Backtest, backtest};
use forecast::{Vintage, timeline};
use std::path::Path;

fn vintage(name: &str) -> Option<Vintage> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/buildout").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: there is no `{}`", path.display());
        return None;
    };
    let (vintage, said) = timeline::read(name, &text);
    assert!(said.0.is_empty(), "{said:#?}");
    vintage
}

fn time(text: &str) -> SimTime {
    SimTime::parse(text).unwrap()
}

fn test() -> Option<Backtest> {
    let old = vintage("epoch_data_center_timelines_2025-12.csv")?;
    let new = vintage("epoch_data_center_timelines_2026-05.csv")?;
    assert_eq!((old.sites.len(), new.sites.len()), (16, 51));
    Some(backtest(&old, &new, time("2025-12-01"), time("2026-05-23"), 1000.0))
}

#[test]
fn sites_and_steps_are_found_again_under_their_new_names() {
    let Some(test) = test() else { return };
    let became = |site: &str, announced: &str| {
        let found =
            |s: &&forecast::Scored| s.forecast.site.contains(site) && s.forecast.announced == time(announced);
        let scored = test.scored.iter().find(found).unwrap_or_else(|| panic!("{site} {announced}"));
        (scored.later_site.clone().unwrap(), scored.became.map(|at| at.to_string()[..10].to_owned()))
    };
    for (site, announced, later, date) in [
        ("Abilene", "2026-04-01", "OpenAI Stargate Abilene", "2026-05-23"),
        ("New Carlisle", "2026-01-09", "Anthropic-Amazon New Carlisle", "2026-03-23"),
        ("Fayetteville", "2026-03-26", "Microsoft Fairwater Atlanta", "2026-05-14"),
        ("Mount Pleasant", "2026-03-31", "Microsoft Fairwater Wisconsin", "2026-04-16"),
        ("Colossus 2", "2026-02-17", "Colossus 2", "2026-05-13"),
    ] {
        assert_eq!(became(site, announced), (later.to_owned(), Some(date.to_owned())));
    }
}

/// The figures of docs/validation-forecast.md.
#[test]
fn the_forecast_is_scored_against_the_dates_announced() {
    let Some(test) = test() else { return };
    let count = test.known_outcomes().count();
    assert!(count >= 9, "{count}");
    let mean = |losses: [f64; 7]| losses.iter().sum::<f64>() / 7.0;
    let (own, announced) = (mean(test.losses().unwrap()), mean(test.announced_losses().unwrap()));
    eprintln!("{:?} {own} {announced} {:?} {:?}", test.model, test.coverage(), test.campuses);
    assert!(own < announced, "{own} days against {announced}");
    assert_eq!((test.campuses.announced, test.campuses.became), (3, 2), "campuses of 1 GW by 2026-05-23");
    let sum: f64 = test.campuses.probability.iter().sum();
    assert!((sum - 1.0).abs() < 1e-12);
}
