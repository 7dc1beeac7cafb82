//! "Did you mean": the known word that is nearest to what was typed.

/// The candidate with the fewest edits from `word` (optimal string alignment: insert, delete, replace, swap two
/// neighbours), if it is near enough to be a slip of the finger; of several equally near, the first. Case is ignored.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let most = (word.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other: Vec<char> = candidate.to_lowercase().chars().collect();
        if other.len().abs_diff(word.len()) > most {
            continue;
        }
        let edits = edits(&word, &other);
        if edits <= most && best.is_none_or(|(fewest, _)| edits < fewest) {
            best = Some((edits, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn edits(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut fewest = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                fewest = fewest.min(before_last[j - 2] + 1);
            }
            row.push(fewest);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let keys = ["latitude_deg", "longitude_deg", "name", "it_mw", "block"];
        assert_eq!(closest("lattitude_deg", keys), Some("latitude_deg"));
        assert_eq!(closest("naem", keys), Some("name"));
        assert_eq!(closest("IT_MW", keys), Some("it_mw"));
        assert_eq!(closest("it_kw", keys), Some("it_mw"));
        assert_eq!(closest("colour", keys), None);
        assert_eq!(closest("", keys), None);
    }
}
