//! What happened under agreements and to offers.

use super::cells::Cells;
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
            let cells = Cells { batch: &batch, row };
            let number = cells.text("offer")?.and_then(|text| text.parse().ok());
            steps.push(Step {
                time: cells.instant("time")?.unwrap_or(SimTime(0)),
                what: cells.word("what")?,
                agreement: cells.text("agreement")?,
                offer: number.zip(cells.text("offer_key")?),
                clause: cells.word("clause")?,
                deadline: cells.instant("deadline")?,
                sentence: cells.word("sentence")?,
                place: cells.word("place")?,
            });
        }
    }
    for batch in read::open(folder, &tables::allotments::TABLE, &[])? {
        let batch = batch?;
        for row in 0..batch.len() {
            let cells = Cells { batch: &batch, row };
            allotments.push(Allotment {
                offer: cells.number("offer")? as i64,
                block: format!("{}.{}", cells.word("site")?, cells.word("block")?),
                partners: [cells.word("host")?, cells.word("used_by")?],
                it_mw: cells.number("it_kw")? / 1000.0,
                gpus: cells.number("gpus")? as i64,
                usd: cells.number("usd")?,
                by_right: cells.text("agreement")?.is_some(),
            });
        }
    }
    Ok((steps, allotments))
}
