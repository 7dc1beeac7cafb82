//! Digests: a fast one for the stream of facts, SHA-256 for files (so that `sha256sum` can check them).

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use xxhash_rust::xxh3::Xxh3;

/// A running 128-bit digest (XXH3) of a stream of records.
#[derive(Clone, Default)]
pub struct StreamDigest(Xxh3);

impl StreamDigest {
    /// An empty stream.
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds bytes; the caller makes records self-delimiting.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    /// The digest so far as 32 hexadecimal digits.
    pub fn hex(&self) -> String {
        format!("{:032x}", self.0.digest128())
    }
}

/// The XXH3 digest of some bytes.
pub fn hash128(bytes: &[u8]) -> u128 {
    xxhash_rust::xxh3::xxh3_128(bytes)
}

/// The SHA-256 of some bytes as 64 hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The SHA-256 of everything a reader yields, read in pieces.
pub fn sha256_of(mut reader: impl std::io::Read) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize())),
            n => hasher.update(&buffer[..n]),
        }
    }
}

/// 32 bytes derived from a label and a number: the key of a random stream.
pub(crate) fn key(seed: u64, label: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_le_bytes());
    hasher.update(label.as_bytes());
    hasher.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_matches_the_published_example() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), abc);
        assert_eq!(sha256_of(&b"abc"[..]).expect("memory reads"), abc);
    }

    #[test]
    fn a_stream_digests_as_its_concatenation() {
        let mut stream = StreamDigest::new();
        stream.update(b"star");
        stream.update(b"gate");
        assert_eq!(stream.hex(), format!("{:032x}", hash128(b"stargate")));
    }
}
