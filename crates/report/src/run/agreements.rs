//! What happened under agreements and to offers.

use crate::Error;
use base::SimTime;
use std::path::Path;
use tables::read;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub time: SimTime,
    /// The word for it: `clockstarted`.
    pub what: String,
    /// Key of the agreement.
    pub agreement: Option<String>,
    /// Number and key of the offer.
    pub offer: Option<(i64, String)>,
    /// The clause.
    pub clause: String,
    /// The first instant that is too late.
    pub deadline: Option<SimTime>,
    /// In words.
    pub sentence: String,
    /// File and line.
    pub place: String,
}

/// Power that an offer has bound.
#[derive(Clone, Debug)]
pub struct Allotment {
    /// Number of the offer.
    pub offer: i64,
    /// Site and block.
    pub block: String,
    /// Who provides it and who uses it.
    pub partners: [String; 2],
    /// Power in MW.
    pub it_mw: f64,
    /// Accelerators.
    pub gpus: i64,
    /// What is paid, in US dollars.
    pub usd: f64,
    /// Whether it was bound under a right, and not to the third party.
    pub by_right: bool,
}

/// Steps that the page keeps; the tables have all.
const MOST: usize = 20_000;

/// The rows of both tables; none where the run has no agreements.
pub(super) fn read(folder: &Path) -> Result<(Vec<Step>, Vec<Allotment>), Error> {
    let (mut steps, mut allotments) = (Vec::new(), Vec::new());
    for batch in read::open(folder, &tables::agreements::TABLE, &[])? {
        let batch = batch?;
        for row in 0..batch.len() {
            if steps.len() >= MOST {
                break;
            }
            let text = |name: &str| Ok::<_, Error>(batch.cell(row, name)?);
            let instant =
                |name: &str| Ok::<_, Error>(batch.cell(row, name)?.and_then(|text| SimTime::parse(&text)));
            let number = text("offer")?.and_then(|text| text.parse().ok());
            steps.push(Step {
                time: instant("time")?.unwrap_or(SimTime(0)),
                what: text("what")?.unwrap_or_default(),
                agreement: text("agreement")?,
                offer: number.zip(text("offer_key")?),
                clause: text("clause")?.unwrap_or_default(),
                deadline: instant("deadline")?,
                sentence: text("sentence")?.unwrap_or_default(),
                place: text("place")?.unwrap_or_default(),
            });
        }
    }
    for batch in read::open(folder, &tables::allotments::TABLE, &[])? {
        let batch = batch?;
        for row in 0..batch.len() {
            let text = |name: &str| Ok::<_, Error>(batch.cell(row, name)?);
            let number =
                |name: &str| Ok::<f64, Error>(text(name)?.and_then(|t| t.parse().ok()).unwrap_or(0.0));
            allotments.push(Allotment {
                offer: number("offer")? as i64,
                block: format!(
                    "{}.{}",
                    text("site")?.unwrap_or_default(),
                    text("block")?.unwrap_or_default()
                ),
                partners: [text("host")?.unwrap_or_default(), text("used_by")?.unwrap_or_default()],
                it_mw: number("it_kw")? / 1000.0,
                gpus: number("gpus")? as i64,
                usd: number("usd")?,
                by_right: text("agreement")?.is_some(),
            });
        }
    }
    Ok((steps, allotments))
}
