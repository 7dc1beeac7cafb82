//! Snapshots: the whole state of a run in one file, so that it can go on later to the same bytes.
//!
//! ```text
//! "stargate snapshot 1\n"   16 bytes: XXH3 of all that follows   postcard: Header, then State
//! ```

use crate::RunError;
use base::digest::hash128;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write as _;
use std::path::Path;

const MAGIC: &[u8] = b"stargate snapshot 1\n";

/// Name of the file in the partial folder.
const NAME: &str = "snapshot.bin";

/// What a snapshot belongs to: it is used only with the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of Stargate.
    pub version: String,
    /// Digest of the scenario, of everything it names and of the options that shape the results.
    pub inputs: String,
}

/// Writes a snapshot into the folder, aside, and renames it over the one before.
pub fn write(folder: &Path, header: &Header, state: &impl Serialize) -> Result<(), RunError> {
    let path = folder.join(NAME);
    let aside = folder.join("snapshot.new");
    let failed = |reason: String| RunError::Snapshot { path: path.clone(), reason };
    let body = postcard::to_allocvec(&(header, state)).map_err(|error| failed(error.to_string()))?;
    let written = (|| {
        let mut file = fs::File::create(&aside)?;
        file.write_all(MAGIC)?;
        file.write_all(&hash128(&body).to_le_bytes())?;
        file.write_all(&body)?;
        file.sync_all()?;
        fs::rename(&aside, &path)
    })();
    written.map_err(|error| RunError::File { path: path.clone(), error })
}

/// Reads the snapshot of the folder, if it belongs to the same inputs. `out` is what the user calls the run.
pub fn read<State: for<'de> Deserialize<'de>>(
    folder: &Path,
    out: &Path,
    expected: &Header,
) -> Result<State, RunError> {
    let path = folder.join(NAME);
    let failed = |reason: &str| RunError::Snapshot { path: path.clone(), reason: reason.to_owned() };
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(RunError::NothingToResume(out.to_owned()));
        }
        Err(error) => return Err(RunError::File { path, error }),
    };
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| failed("it is not a snapshot of this version"))?;
    let (digest, body) = rest.split_at_checked(16).ok_or_else(|| failed("it is cut short"))?;
    if digest != hash128(body).to_le_bytes() {
        return Err(failed("it is damaged"));
    }
    let (header, body): (Header, &[u8]) =
        postcard::take_from_bytes(body).map_err(|_| failed("it is not a snapshot of this version"))?;
    if header.version != expected.version {
        return Err(failed(&format!("version {} of stargate wrote it", header.version)));
    }
    if header.inputs != expected.inputs {
        return Err(failed("the scenario or its files have changed since"));
    }
    postcard::from_bytes(body).map_err(|_| failed("it is not a snapshot of this version"))
}
