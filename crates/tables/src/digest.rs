//! The digest of the facts of a run: two runs that said the same have the same digest.

use crate::error::TableError;
use base::SimTime;
use base::digest::hash128;
use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};
use twin::Fact;

/// Bytes that are hashed together.
const BLOCK: usize = 1 << 16;
/// More than any fact takes when it is encoded.
const LONGEST_FACT: usize = 1 << 12;
/// Where the digest of the block before is kept: in front of the block, to be hashed with it.
const CHAIN: usize = 16;

/// A running digest of facts, which can be kept in a checkpoint.
///
/// Facts are written one after the other, each as postcard encodes `(time, fact)`, which says itself where it ends.
/// The text is cut into blocks of 65,536 bytes and a rest; the digest of a block is the XXH3 (128 bits) of the digest of
/// the block before (16 bytes, the least significant first; zeros at the start) followed by the block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub(crate) struct FactDigest {
    /// The digest of the block before, the block so far, and room for one fact more.
    buffer: Vec<u8>,
    /// Where the block so far ends; below `CHAIN + BLOCK` between calls.
    filled: usize,
}

/// What a checkpoint keeps: the digest of the block before and the block so far.
#[derive(Clone, Serialize, Deserialize)]
struct Saved(Vec<u8>);

impl From<FactDigest> for Saved {
    fn from(mut digest: FactDigest) -> Saved {
        digest.buffer.truncate(digest.filled);
        Saved(digest.buffer)
    }
}

impl TryFrom<Saved> for FactDigest {
    type Error = &'static str;
    fn try_from(Saved(mut buffer): Saved) -> Result<FactDigest, &'static str> {
        let filled = buffer.len();
        if !(CHAIN..CHAIN + BLOCK).contains(&filled) {
            return Err("the digest of the facts is broken");
        }
        buffer.resize(CHAIN + BLOCK + LONGEST_FACT, 0);
        Ok(FactDigest { buffer, filled })
    }
}

impl Default for FactDigest {
    fn default() -> FactDigest {
        FactDigest { buffer: vec![0; CHAIN + BLOCK + LONGEST_FACT], filled: CHAIN }
    }
}

impl FactDigest {
    /// Adds what was said at `now`.
    pub(crate) fn add(&mut self, now: SimTime, fact: &Fact) -> Result<(), TableError> {
        let sink = Sink { buffer: &mut self.buffer, filled: self.filled };
        self.filled = postcard::serialize_with_flavor(&(now, fact), sink)
            .map_err(|error| TableError::Unbalanced(format!("a fact cannot be encoded: {error}")))?;
        const END: usize = CHAIN + BLOCK;
        if self.filled >= END {
            let chain = hash128(&self.buffer[..END]);
            self.buffer[..CHAIN].copy_from_slice(&chain.to_le_bytes());
            self.buffer.copy_within(END..self.filled, CHAIN);
            self.filled -= BLOCK;
        }
        Ok(())
    }

    /// The digest so far as 32 hexadecimal digits.
    pub(crate) fn hex(&self) -> String {
        format!("{:032x}", hash128(&self.buffer[..self.filled]))
    }
}

/// Where postcard writes to. Facts are made of short pieces: byte by byte is faster than a call for each.
struct Sink<'a> {
    buffer: &'a mut [u8],
    filled: usize,
}

impl Flavor for Sink<'_> {
    type Output = usize;

    #[inline(always)]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        let place = self.buffer.get_mut(self.filled).ok_or(postcard::Error::SerializeBufferFull)?;
        *place = byte;
        self.filled += 1;
        Ok(())
    }

    fn finalize(self) -> postcard::Result<usize> {
        Ok(self.filled)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tests::fixture::made_up;

    /// The digest as the documentation describes it.
    fn described(told: &[(SimTime, Vec<Fact>)]) -> String {
        let facts = told.iter().flat_map(|(now, facts)| facts.iter().map(move |fact| (now, fact)));
        let text: Vec<u8> = facts.flat_map(|fact| postcard::to_stdvec(&fact).unwrap()).collect();
        let mut chain = 0u128;
        for block in text.chunks(BLOCK) {
            chain = hash128(&[&chain.to_le_bytes()[..], block].concat());
        }
        format!("{chain:032x}")
    }

    #[test]
    fn the_digest_is_the_one_described_and_survives_a_checkpoint() {
        let told = made_up(3000, 5);
        let mut digest = FactDigest::default();
        for (i, (now, facts)) in told.iter().enumerate() {
            for fact in facts {
                digest.add(*now, fact).unwrap();
            }
            if i % 700 == 0 {
                digest = postcard::from_bytes(&postcard::to_stdvec(&digest).unwrap()).unwrap();
            }
        }
        assert_eq!(digest.hex(), described(&told));
        let mut other = FactDigest::default();
        let (now, fact) = (told[0].0, &told[0].1[0]);
        other.add(now + base::Span(1), fact).unwrap();
        assert_ne!(other.hex(), described(&told[..1]), "the time counts too");
    }

    #[test]
    fn a_broken_checkpoint_is_refused() {
        let short = postcard::to_stdvec(&Saved(vec![0; 3])).unwrap();
        assert!(postcard::from_bytes::<FactDigest>(&short).is_err());
    }
}
