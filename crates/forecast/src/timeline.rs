//! Timeline files: dated states of data centres, some past, some announced or expected.
//!
//! The form is that of Epoch AI's "Frontier Data Centers" (CC BY 4.0): comma-separated values with quotes as in RFC 4180,
//! columns found by name (`Date`, `Data center`, `Construction status`, `Buildings operational`, `Power (MW)`), dates as
//! `2026-05-23` or `5/23/2026`. Power is that of the whole facility, at the meter. A file says what was thought on the day
//! of its making: rows after that day are expectations.

use crate::rules;
use base::{Diagnostic, Diagnostics, Place, SimTime};
use std::collections::BTreeMap;

/// A dated state of a site.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When.
    pub date: SimTime,
    /// Buildings at work from then on.
    pub buildings: f64,
    /// Facility power at work from then on, in MW.
    pub mw: f64,
    /// What the file says of it.
    pub status: String,
}

/// The states of a site, by date.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// Its name in the file.
    pub site: String,
    /// By date; those of one day in the order of the file.
    pub steps: Vec<Step>,
}

/// A rise of a site's power.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rise<'a> {
    /// The state that it leads to.
    pub step: &'a Step,
    /// Power added, in MW.
    pub added_mw: f64,
}

impl Timeline {
    /// The steps that add power above all earlier ones, in order.
    pub fn rises(&self) -> impl Iterator<Item = Rise<'_>> {
        let mut most = 0.0;
        self.steps.iter().filter_map(move |step| {
            let added_mw = step.mw - most;
            (added_mw > 0.0).then(|| {
                most = step.mw;
                Rise { step, added_mw }
            })
        })
    }
}

/// What one file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vintage {
    /// The sites, by name.
    pub sites: Vec<Timeline>,
}

/// The columns that are read.
const COLUMNS: [&str; 5] =
    ["Date", "Data center", "Construction status", "Buildings operational", "Power (MW)"];
/// Mistakes that are said of one file.
const MOST: usize = 20;

/// Reads a timeline file; rows that cannot be read are left out and said.
pub fn read(name: &str, text: &str) -> (Option<Vintage>, Diagnostics) {
    let mut said = Vec::new();
    let mut rows = rows(text.trim_start_matches('\u{feff}'));
    let header = rows.next().unwrap_or_default();
    let found = COLUMNS.map(|wanted| header.fields.iter().position(|field| field.trim() == wanted));
    if let Some(missing) = COLUMNS.iter().zip(found).find(|(_, place)| place.is_none()).map(|(name, _)| name)
    {
        let diagnostic = Diagnostic::error(&rules::HEADER, format!("there is no column `{missing}`"))
            .with_place(Place::line(name, 1, text.lines().next().unwrap_or_default()))
            .with_hint(format!("the columns are {}", COLUMNS.map(|column| format!("`{column}`")).join(", ")));
        return (None, Diagnostics(vec![diagnostic]));
    }
    let at = found.map(Option::unwrap_or_default);
    let mut sites: BTreeMap<String, Vec<Step>> = BTreeMap::new();
    for row in rows.filter(|row| row.fields.len() > 1) {
        match step(&row, at) {
            Ok((site, step)) => sites.entry(site).or_default().push(step),
            Err(message) if said.len() < MOST => {
                let place = Place::line(name, row.line, &row.fields.join(","));
                let hint = "write a date such as `2026-05-23`, a site and numbers of zero or more";
                said.push(Diagnostic::warning(&rules::ROW, message).with_place(place).with_hint(hint));
            }
            Err(_) => {}
        }
    }
    let timeline = |(site, mut steps): (String, Vec<Step>)| {
        steps.sort_by_key(|step| step.date);
        Timeline { site, steps }
    };
    (Some(Vintage { sites: sites.into_iter().map(timeline).collect() }), Diagnostics(said))
}

/// A site and one of its states, or what is wrong with the row.
fn step(row: &Row, at: [usize; 5]) -> Result<(String, Step), String> {
    let field = |column: usize| row.fields.get(at[column]).map_or("", |field| field.trim());
    let date = date(field(0)).ok_or_else(|| format!("`{}` is no date", field(0)))?;
    let number = |column: usize| match field(column) {
        "" => Ok(0.0),
        text => match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
            _ => Err(format!("`{text}` is no number of zero or more")),
        },
    };
    let site = field(1);
    if site.is_empty() {
        return Err("the site has no name".to_owned());
    }
    let (buildings, mw) = (number(3)?, number(4)?);
    Ok((site.to_owned(), Step { date, buildings, mw, status: field(2).to_owned() }))
}

/// `2026-05-23` or `5/23/2026`.
fn date(text: &str) -> Option<SimTime> {
    let mut parts = text.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(month), Some(day), Some(year), None) => {
            SimTime::parse(&format!("{year}-{month:0>2}-{day:0>2}"))
        }
        _ => SimTime::parse(text),
    }
}

/// A row and the line that it begins on.
#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    line: u64,
    fields: Vec<String>,
}

/// The rows of a text of comma-separated values; a quoted field may hold commas, quotes and line ends.
fn rows(text: &str) -> impl Iterator<Item = Row> {
    let mut letters = text.chars().peekable();
    let mut line = 1;
    std::iter::from_fn(move || {
        letters.peek()?;
        let mut row = Row { line, fields: vec![String::new()] };
        let mut quoted = false;
        while let Some(letter) = letters.next() {
            line += u64::from(letter == '\n');
            let last = row.fields.len() - 1;
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    row.fields[last].push('"');
                }
                '"' if quoted || row.fields[last].is_empty() => quoted = !quoted,
                ',' if !quoted => row.fields.push(String::new()),
                '\n' if !quoted => break,
                '\r' if !quoted => {}
                _ => row.fields[last].push(letter),
            }
        }
        Some(row)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Date,Data center,Construction status,Buildings operational,Power (MW)\n";

    #[test]
    fn both_forms_of_dates_and_quoted_text_are_read() {
        let text = format!(
            "\u{feff}{HEAD}7/1/2026,Abilene,\"Building 5-8, \"\"late\"\"\nsee notes\",8,1180\r\n2025-09-26,Abilene,,2.0,295.0\n"
        );
        let (vintage, said) = read("t.csv", &text);
        assert!(said.0.is_empty(), "{said:?}");
        let site = &vintage.expect("readable").sites[0];
        let told: Vec<_> = site.steps.iter().map(|s| (s.date.to_string(), s.mw, s.status.as_str())).collect();
        assert_eq!(told[0], ("2025-09-26T00:00:00Z".to_owned(), 295.0, ""));
        assert_eq!(told[1], ("2026-07-01T00:00:00Z".to_owned(), 1180.0, "Building 5-8, \"late\"\nsee notes"));
        assert_eq!(site.rises().map(|rise| rise.added_mw).collect::<Vec<_>>(), [295.0, 885.0]);
    }

    #[test]
    fn a_file_without_its_columns_is_refused_and_a_bad_row_is_left_out_and_said() {
        let (vintage, said) = read("t.csv", "day,site,mw\n2026-05-23,Abilene,590\n");
        assert!(vintage.is_none());
        assert_eq!(said.0[0].rule.code, "S350");
        let text = format!(
            "{HEAD}Q2 2026,Abilene,x,4,590\n2026-01-02,,x,4,590\n2026-01-02,A,x,4,-1\n2026-01-02,A,x,4,1\n"
        );
        let (vintage, said) = read("t.csv", &text);
        assert_eq!(
            said.0.iter().map(|d| (d.rule.code, d.place.as_ref().map(|p| p.line))).collect::<Vec<_>>(),
            [("S351", Some(2)), ("S351", Some(3)), ("S351", Some(4)),]
        );
        assert_eq!(vintage.expect("readable").sites[0].steps.len(), 1);
    }
}
