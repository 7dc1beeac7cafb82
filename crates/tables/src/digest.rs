//! The digest of the facts of a run: two runs that said the same have the same digest.

use crate::error::TableError;
use base::SimTime;
use base::digest::hash128;
use serde::{Deserialize, Serialize};
use twin::Fact;

/// Bytes that are hashed together.
const BLOCK: usize = 1 << 16;

/// A running digest of facts, which can be kept in a checkpoint.
///
/// Facts are written one after the other, each as postcard encodes `(time, fact)`, which says itself where it ends.
/// The text is cut into blocks of 65,536 bytes and a rest; the digest of a block is the XXH3 (128 bits) of the digest of
/// the block before (16 bytes, the least significant first; zeros at the start) followed by the block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FactDigest {
    chain: u128,
    /// Not hashed yet; shorter than a block between calls.
    rest: Vec<u8>,
}

impl FactDigest {
    /// Adds what was said at `now`.
    pub(crate) fn add(&mut self, now: SimTime, fact: &Fact) -> Result<(), TableError> {
        let rest = std::mem::take(&mut self.rest);
        self.rest = postcard::to_extend(&(now, fact), rest)
            .map_err(|error| TableError::Unbalanced(format!("a fact cannot be encoded: {error}")))?;
        while self.rest.len() >= BLOCK {
            self.chain = link(self.chain, &self.rest[..BLOCK]);
            self.rest.drain(..BLOCK);
        }
        Ok(())
    }

    /// The digest so far as 32 hexadecimal digits.
    pub(crate) fn hex(&self) -> String {
        format!("{:032x}", link(self.chain, &self.rest))
    }
}

fn link(chain: u128, block: &[u8]) -> u128 {
    let mut text = Vec::with_capacity(16 + BLOCK);
    text.extend(chain.to_le_bytes());
    text.extend(block);
    hash128(&text)
}
