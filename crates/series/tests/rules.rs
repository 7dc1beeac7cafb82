//! Every rule has an input that breaks it, and a good file breaks none.
#![allow(clippy::unwrap_used)]

use base::{Severity, Span};
use series::{Format, GapRule, Quantity, RULES, ReadOptions, parse};

/// What a file says about itself: `code:line` of every finding.
fn codes(name: &str, text: &[u8], options: &ReadOptions) -> Vec<String> {
    let reading = parse(name, text, options);
    assert_eq!(reading.series.is_empty(), reading.diagnostics.has_errors(), "{:?}", reading.diagnostics);
    for diagnostic in reading.diagnostics.iter() {
        let place = diagnostic.place.as_ref().expect("every finding says where");
        assert_eq!(place.file, name);
        assert!(!diagnostic.message.ends_with('.'), "{}", diagnostic.message);
    }
    let line = |d: &base::Diagnostic| d.place.as_ref().map_or(0, |place| place.line);
    reading.diagnostics.iter().map(|d| format!("{}:{}", d.rule.code, line(d))).collect()
}

fn with(columns: &[&str], gaps: GapRule) -> ReadOptions {
    ReadOptions { columns: columns.iter().map(|c| (*c).to_owned()).collect(), gaps, ..ReadOptions::default() }
}

const EIA_HEAD: &str = "ERCOT\nHourly\nSource: EIA\nUTC Timestamp (Interval Ending),\
Local Timestamp Central Time (Interval Beginning),Local Timestamp Central Time (Interval Ending),\
Local Date,Hour Number,Houston LMP,West LMP\n";

fn eia(rows: &str) -> String {
    format!("{EIA_HEAD}{rows}")
}

/// A typical year in EPW, with `edit` applied to the lines of its rows.
fn epw(edit: impl Fn(usize, String) -> Option<String>) -> String {
    let mut text = String::from("LOCATION,Here,TX,USA,Test,0,32.0,-99.0,-6.0,500.0\n");
    text.push_str(&"-\n".repeat(6));
    text.push_str("DATA PERIODS,1,1,Data,Sunday,1/ 1,12/31\n");
    let mut row = 0;
    for month in 1..=12 {
        for day in 1..=[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] {
            for hour in 1..=24 {
                let line = format!(
                    "2001,{month},{day},{hour},0,-,20.0,10.0,50,95000,0,0,300,100,200,50,0,0,0,0,180,3.0{}",
                    ",0".repeat(13)
                );
                if let Some(line) = edit(row, line) {
                    text.push_str(&line);
                    text.push('\n');
                }
                row += 1;
            }
        }
    }
    text
}

const OPEN_METEO: &str = r#"{"latitude": 32.8, "longitude": -96.8, "utc_offset_seconds": -18000,
"timezone": "America/Chicago", "elevation": 142.0,
"hourly_units": {"time": "iso8601", "temperature_2m": "°C"},
"hourly": {"time": ["2024-01-01T00:00", "2024-01-01T01:00", "2024-01-01T02:00"],
"temperature_2m": [
4.5,
5.5,
6.5]}}
"#;

/// One input for each rule: `(code:line expected, name, text, options)`.
fn breaking_inputs() -> Vec<(&'static str, Vec<u8>, ReadOptions)> {
    let plain = ReadOptions::default;
    let price = |rows: &str| format!("Datetime,Price (USD/MWh)\n{rows}").into_bytes();
    let refuse = || with(&[], GapRule::Refuse);
    let west = || with(&["West LMP"], GapRule::default());
    let two_days = "2024-01-01 00:00Z,1\n2024-01-03 00:00Z,2\n";
    vec![
        ("D001:0", vec![0x1f, 0x8b, 8, 0, 1, 2, 3], plain()),
        ("D002:2", b"Datetime,Price (USD/MWh)\n2024-01-01 00:00Z,\xff\n".to_vec(), plain()),
        ("D003:1", b"when,how much\n1,2\n".to_vec(), plain()),
        ("D003:4", b"a\nb\nc\nd\n".to_vec(), ReadOptions { format: Some(Format::Eia), ..plain() }),
        ("D004:3", price("2024-01-01 00:00Z,1\n2024-01-01 01:00Z\n"), plain()),
        ("D005:2", price("2024-01-01 00:00Z,n/a\n2024-01-01 01:00Z,1\n"), plain()),
        ("D005:2", price("2024-01-01 00:00Z,NaN\n2024-01-01 01:00Z,1\n"), plain()),
        ("D006:2", price("2023-02-29 00:00Z,1\n2024-01-01 01:00Z,1\n"), plain()),
        ("D007:2", price("2024-01-01 00:00Z,1e9\n2024-01-01 01:00Z,1\n"), plain()),
        ("D008:3", price("2024-01-01 06:00Z,1\n2024-01-01 05:00Z,1\n2024-01-01 07:00Z,1\n"), plain()),
        ("D009:3", price("2024-11-03 01:00,1\n2024-11-03 01:00,2\n2024-11-03 02:00,3\n"), plain()),
        ("D010:0", price("2024-01-01 00:00Z,1\n2024-01-01 02:00Z,3\n2024-01-01 03:00Z,3\n"), plain()),
        ("D011:0", price("2024-01-01 00:00Z,1\n2024-01-01 01:00Z,1\n2024-01-01 03:00Z,2\n"), refuse()),
        ("D012:2", price("2024-01-01 00:00Z,1\n2024-01-01 00:07Z,1\n"), plain()),
        ("D012:2", price(two_days), plain()),
        ("D012:4", price("2024-01-01 00:00Z,1\n2024-01-01 00:05Z,1\n2024-01-01 00:12Z,1\n"), plain()),
        (
            "D013:0",
            eia("2024-01-01 07:00:00,2024-01-01 00:00:00,2024-01-01 01:00:00,2024-01-01,1,1,2\n").into(),
            plain(),
        ),
        ("D014:0", price(""), plain()),
        ("D014:0", EIA_HEAD.into(), west()),
        (
            "D015:0",
            epw(|i, row| Some(if i == 5 { row.replace(",20.0,", ",99.9,") } else { row })).into(),
            plain(),
        ),
        (
            "D016:0",
            epw(|i, row| Some(if i < 744 { row.replace("2001", "1985") } else { row })).into(),
            plain(),
        ),
        ("D017:2", price("2024-01-01 00:00,1\n2024-01-01 01:00,1\n"), plain()),
        ("D018:0", OPEN_METEO.into(), plain()),
        ("D019:0", OPEN_METEO.replace("\"°C\"", "\"K\"").into(), plain()),
        ("D020:8", OPEN_METEO.trim_end().strip_suffix('}').unwrap().into(), plain()),
        ("D020:0", OPEN_METEO.replace("5.5,", "").into(), plain()),
        (
            "D021:4",
            eia("2024-01-01 07:00:00,2024-01-01 00:00:00,2024-01-01 01:00:00,2024-01-01,1,1,2\n").into(),
            west(),
        ),
        ("D022:0", price("1851-01-01 00:00Z,1\n1851-01-01 01:00Z,1\n2099-01-01 00:00Z,2\n"), plain()),
        (
            "D023:0",
            "Datetime (UTC),avg_CI,Data Estimated\n2024-01-01 00:00:00,1,true\n2024-01-01 01:00:00,1,false\n"
                .into(),
            plain(),
        ),
    ]
}

#[test]
fn every_rule_has_an_input_that_breaks_it_and_names_the_line() {
    let inputs = breaking_inputs();
    for (expected, text, options) in &inputs {
        let found = codes("x.csv", text, options);
        assert!(found.iter().any(|code| code == expected), "{expected} not in {found:?}");
    }
    for rule in RULES {
        let tested = inputs.iter().any(|(expected, ..)| expected.starts_with(rule.code));
        assert!(tested, "{} has no input that breaks it", rule.code);
        assert!(
            rule.explanation.contains("Breaks the rule:") && rule.explanation.contains("Put right:"),
            "{}",
            rule.code
        );
    }
}

#[test]
fn rules_have_distinct_codes_in_order() {
    for (i, rule) in RULES.iter().enumerate() {
        assert_eq!(rule.code, format!("D{:03}", i + 1));
        assert!(rule.explanation.lines().all(|line| line.chars().count() <= 122), "{}", rule.code);
    }
}

#[test]
fn every_mistake_of_a_file_is_said_at_once() {
    let text = "Datetime,Price (USD/MWh)\nyesterday,1\n2024-01-01 00:00Z,abc\n2024-01-01 01:00Z\n2024-01-01 02:00Z,99999\n";
    let found = codes("x.csv", text.as_bytes(), &ReadOptions::default());
    for expected in ["D006:2", "D005:3", "D004:4", "D007:5"] {
        assert!(found.iter().any(|code| code == expected), "{expected} not in {found:?}");
    }
}

#[test]
fn a_flood_of_the_same_mistake_is_counted_not_shown() {
    let rows: String =
        (0..1000).map(|i| format!("2024-01-{:02} {:02}:00Z,x\n", i / 24 % 28 + 1, i % 24)).collect();
    let reading = parse("x", format!("Datetime,Price (USD/MWh)\n{rows}").as_bytes(), &ReadOptions::default());
    assert!(reading.diagnostics.0.len() < 70, "{}", reading.diagnostics.0.len());
    let last = reading.diagnostics.iter().any(|d| d.message.contains("980 more like the 20 above"));
    assert!(last, "{:?}", reading.diagnostics.0.last());
}

#[test]
fn mistyped_columns_are_guessed() {
    let rows = "2024-01-01 07:00:00,2024-01-01 00:00:00,2024-01-01 01:00:00,2024-01-01,1,1,2\n";
    let reading = parse("x", eia(rows).as_bytes(), &with(&["Huston LMP"], GapRule::default()));
    let hint = reading.diagnostics.0[0].hint.clone().unwrap();
    assert_eq!(hint, "did you mean `Houston LMP`?");
}

#[test]
fn json_values_are_found_by_line() {
    let broken = OPEN_METEO.replace("5.5,", "\"warm\",").replace("6.5", "650");
    let found = codes("x.json", broken.as_bytes(), &ReadOptions::default());
    assert!(found.contains(&"D005:7".to_owned()) && found.contains(&"D007:8".to_owned()), "{found:?}");
}

#[test]
fn interval_ends_become_begins_and_quarters_become_hours() {
    let mut rows = String::new();
    for (end, begin_minute, value) in
        [("06:15", 0, 1.0), ("06:30", 15, 2.0), ("06:45", 30, 3.0), ("07:00", 45, 6.0)]
    {
        let local_end = if begin_minute == 45 { "01:00".into() } else { format!("00:{}", begin_minute + 15) };
        rows += &format!(
            "2024-01-01 {end}:00,2024-01-01 00:{begin_minute:02}:00,2024-01-01 {local_end}:00,2024-01-01,1,0,{value}\n"
        );
    }
    let reading = parse("x", eia(&rows).as_bytes(), &with(&["West LMP"], GapRule::Refuse));
    let series = reading.of(Quantity::Price).expect("a series");
    assert_eq!(series.values, [3.0]);
    assert_eq!(series.range().unwrap().0, base::SimTime::parse("2024-01-01T06:00:00").unwrap());
}

#[test]
fn hour_24_is_the_last_hour_of_its_day() {
    let text = epw(|i, row| Some(if i == 23 { row.replace(",20.0,", ",33.0,") } else { row }));
    let reading = parse("x.epw", text.as_bytes(), &ReadOptions::default());
    let series = reading.of(Quantity::DryBulb).expect("a series");
    assert_eq!(series.values[23], 33.0);
    // 23:00 to 24:00 on 1 January at UTC-6 is 05:00 to 06:00 on 2 January, UTC.
    assert_eq!(series.at(base::SimTime::parse("2026-01-02T05:30:00").unwrap()), Some(33.0));
    assert_eq!(reading.station.unwrap().offset, Span::from_hours(-6));
}

#[test]
fn gaps_are_filled_by_the_stated_rule() {
    // Day 1 has the values 0..23, day 2 is missing but for its hour 0, day 3 has 100..123.
    let mut rows = String::new();
    for (day, first) in [(1, 0), (3, 100)] {
        (0..24).for_each(|hour| rows += &format!("2024-01-0{day} {hour:02}:00Z,{}\n", first + hour));
        if day == 1 {
            rows += "2024-01-02 00:00Z,7\n";
        }
    }
    let text = format!("hour_start,price_usd_per_mwh\n{rows}");
    let reading = parse("x", text.as_bytes(), &ReadOptions::default());
    let series = reading.of(Quantity::Price).expect("a series");
    assert_eq!(series.values.len(), 72);
    assert_eq!(series.values[24], 7.0);
    assert_eq!(series.values[30], (6.0 + 106.0) / 2.0, "mean of the same hour on the days before and after");
    assert_eq!(series.filled_hours(), 23);
    assert_eq!(reading.diagnostics.count(Severity::Warning), 1);
    // A short gap is filled on a straight line.
    let text = "hour_start,price_usd_per_mwh\n2024-01-01 00:00Z,1\n2024-01-01 01:00Z,\n2024-01-01 02:00Z,4\n2024-01-01 03:00Z,4\n";
    let reading = parse("x", text.as_bytes(), &ReadOptions::default());
    assert_eq!(reading.of(Quantity::Price).unwrap().values, [1.0, 2.5, 4.0, 4.0]);
}

#[test]
fn our_own_form_reads_several_columns_and_units_are_in_the_names() {
    let text = "\u{feff}hour_start,dry_bulb_c,carbon_g_per_kwh\r\n2024-01-01T00:00Z,-3.5,400\r\n2024-01-01T01:00Z,-4,390\r\n";
    let reading = parse("x", text.as_bytes(), &ReadOptions::default());
    assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics);
    assert_eq!(reading.of(Quantity::DryBulb).unwrap().values, [-3.5, -4.0]);
    assert_eq!(reading.of(Quantity::Carbon).unwrap().values, [400.0, 390.0]);
}

mod garbage {
    use proptest::prelude::*;
    use series::{Format, ReadOptions, parse};

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        /// No bytes make any reader panic, and an error leaves no series.
        #[test]
        fn no_reader_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), which in 0..8usize) {
            let options = ReadOptions { format: Some(Format::ALL[which]), ..ReadOptions::default() };
            let reading = parse("x", &bytes, &options);
            prop_assert_eq!(reading.series.is_empty(), reading.diagnostics.has_errors());
        }

        /// Nor does a good file with one byte changed or cut off.
        #[test]
        fn no_mutation_panics(at in 0..400usize, byte in any::<u8>(), cut in any::<bool>(), which in 0..3usize) {
            let good = [
                super::eia("2024-01-01 07:00:00,2024-01-01 00:00:00,2024-01-01 01:00:00,2024-01-01,1,1,2\n"),
                super::OPEN_METEO.to_owned(),
                "Datetime,Price (USD/MWh)\n2024-01-01 00:00:00-06:00,1.5\n2024-01-01 01:00:00-06:00,2\n".to_owned(),
            ];
            let mut bytes = good[which].clone().into_bytes();
            let at = at % bytes.len();
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            parse("x", &bytes, &ReadOptions::default());
        }
    }
}

#[test]
fn a_gap_that_is_too_long_names_the_key_that_allows_it() {
    let text = "Datetime,Price (USD/MWh)\n2024-01-01 00:00Z,1\n2024-01-01 01:00Z,1\n2024-01-01 05:00Z,2\n";
    let options = ReadOptions { gaps: GapRule::Refuse, ..ReadOptions::default() };
    let reading = parse("x.csv", text.as_bytes(), &options);
    let found = reading.diagnostics.iter().find(|found| found.rule.code == "D011").unwrap();
    assert!(found.hint.as_deref().unwrap().contains("`longest_gap` of at least 3 h"), "{found:?}");
    assert!(found.rule.explanation.contains("`longest_gap = \"45 days\"`"));
}
