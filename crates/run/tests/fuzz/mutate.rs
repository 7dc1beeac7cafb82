//! Seeded mutations of small files.

/// Texts that readers of numbers, dates and structure trip over.
const TOKENS: &[&str] = &[
    "-1",
    "0",
    "-0",
    "1e308",
    "-1e308",
    "1e-320",
    "NaN",
    "inf",
    "-inf",
    "4294967296",
    "18446744073709551615",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999999999",
    "0x7f",
    "1_000",
    "\"\"",
    "[]",
    "{}",
    "\"\u{0}\"",
    "\u{feff}",
    "\u{202e}",
    "é",
    "2026-02-30",
    "9999-12-31",
    "0000-00-00",
    "1 month",
    "-5 min",
    "true",
    "[[workload]]",
    "[site]",
    "..",
    "=",
    ",",
    "\"",
    "'''",
    "#",
    "\r",
    "\t",
    "include = [\"fuzz\"]",
];

/// Files to start from.
pub struct Corpus(Vec<Vec<u8>>);

impl Corpus {
    /// These files.
    pub fn of(files: &[&[u8]]) -> Corpus {
        assert!(!files.is_empty());
        Corpus(files.iter().map(|file| file.to_vec()).collect())
    }
}

/// An endless stream of broken files.
pub struct Mutator {
    corpus: Corpus,
    state: u64,
}

impl Mutator {
    /// The stream of this target: the same for the same name and corpus.
    pub fn new(target: &str, corpus: Corpus) -> Mutator {
        let state = target.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Mutator { corpus, state }
    }

    /// The next file, with one to eight things wrong.
    pub fn next(&mut self) -> Vec<u8> {
        let pick = self.below(self.corpus.0.len());
        let mut bytes = self.corpus.0[pick].clone();
        for _ in 0..=self.below(8) {
            self.mutate(&mut bytes);
        }
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        match self.below(11) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 if at < bytes.len() => bytes[at] = self.below(256) as u8,
            2 => bytes.insert(at, self.below(256) as u8),
            3 => {
                let end = (at + self.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + self.below(200)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            5 => bytes.truncate(at),
            6 => {
                let token = TOKENS[self.below(TOKENS.len())];
                bytes.splice(at..at, token.bytes());
            }
            7 => self.swap_lines(bytes),
            _ => self.replace_word(bytes, at),
        }
    }

    /// Puts a token in the place of the number, name or text at `at`.
    fn replace_word(&mut self, bytes: &mut Vec<u8>, at: usize) {
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+".contains(byte);
        let start = bytes[..at].iter().rposition(|byte| !word(byte)).map_or(0, |i| i + 1);
        let end = bytes[at..].iter().position(|byte| !word(byte)).map_or(bytes.len(), |i| at + i);
        let token = TOKENS[self.below(TOKENS.len())];
        bytes.splice(start..end, token.bytes());
    }

    fn swap_lines(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
        if lines.len() > 1 {
            let (a, b) = (self.below(lines.len()), self.below(lines.len()));
            lines.swap(a, b);
            *bytes = lines.concat();
        }
    }

    /// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) % limit as u64) as usize
    }
}
