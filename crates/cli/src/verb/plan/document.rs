//! The file `plan.json`.

use super::calibrate::Round;
use super::why::Why;
use crate::failure::Failure;
use ::plan::account::Account;
use ::plan::check::breaches;
use ::plan::instance::Instance;
use ::plan::solve::Plan;
use base::digest::sha256_hex;
use run::planning;
use scenario::world::planning::Planning;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Name of the plan in its folder.
pub const FILE: &str = "plan.json";

/// What `plan.json` holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Document {
    /// Name of the scenario.
    pub scenario: String,
    /// Digest of what was to be planned.
    pub digest: String,
    /// Distance of plan and bound, as a share.
    pub gap: f64,
    /// What was solved.
    pub instance: Instance,
    /// What was found.
    pub plan: Plan,
    /// What holds it back and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// Runs on which it was calibrated, the last with the factors of this plan; none if it was not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibration: Vec<Round>,
}

impl Document {
    /// A plan for what was to be planned, of which nothing else is said yet.
    pub fn new(wanted: &Planning, instance: Instance, plan: Plan) -> Document {
        Document {
            scenario: instance.name.clone(),
            digest: planning::digest(wanted),
            gap: plan.gap(),
            instance,
            plan,
            why: None,
            calibration: Vec::new(),
        }
    }

    /// Writes the plan aside and renames it: it is whole or it is not there.
    pub fn save(&self, out: &Path) -> Result<PathBuf, Failure> {
        self.save_as(out, FILE)
    }

    /// The same under another name.
    pub fn save_as(&self, out: &Path, name: &str) -> Result<PathBuf, Failure> {
        let path = out.join(name);
        let aside = out.join(format!("{name}.new"));
        let failed = |error| Failure::message(format!("cannot write `{}`: {error}", path.display()));
        let text = serde_json::to_string_pretty(self).map_err(Failure::from_display)?;
        fs::create_dir_all(out).map_err(failed)?;
        fs::write(&aside, text + "\n").and_then(|()| fs::rename(&aside, &path)).map_err(failed)?;
        Ok(path)
    }
}

/// Reads a plan, with the SHA-256 of its file. One that does not fit the problem it is for, or breaks its limits, is none.
pub fn read(path: &Path) -> Result<(Document, String), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        let message = format!("cannot read the plan `{}`: {error}", path.display());
        Failure::with_hint(message, "name a `plan.json` that `stargate plan` wrote")
    };
    let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
    let document: Document = serde_json::from_str(&text).map_err(|error| failed(&error))?;
    if let Some(mistake) = document.instance.check().first() {
        return Err(failed(&mistake.message));
    }
    if let Some(breach) = breaches(&document.instance, &document.plan.decisions).first() {
        return Err(failed(&format!("it breaks a limit of its own problem: {}", breach.what)));
    }
    let counted = Account::new(&document.instance, &document.plan.decisions).objective();
    let off = (counted - document.plan.objective).abs();
    if off.is_nan() || off > 1e-5 * counted.abs().max(1e3) {
        let said = document.plan.objective;
        return Err(failed(&format!("its objective is {said} and that of what it decides {counted}")));
    }
    Ok((document, sha256_hex(text.as_bytes())))
}
