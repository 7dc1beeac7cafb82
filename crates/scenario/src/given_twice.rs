//! Where a key or table that is given twice was given first: looked up in the text, because the parser tells only the
//! second place.

use std::ops::Range;

/// The heading of a table, `[site.lab]` or `[[link]]`, if the line is one.
fn heading(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let end = line.find('#').unwrap_or(line.len());
    line.starts_with('[').then(|| line[..end].trim_end())
}

/// Each line with where it starts.
fn lines(text: &str) -> impl DoubleEndedIterator<Item = (usize, &str)> {
    let start = text.as_ptr() as usize;
    text.lines().map(move |line| (line.as_ptr() as usize - start, line))
}

/// Where what stands at `again` was given first, where a look at the lines can tell.
pub fn first(text: &str, again: Range<usize>) -> Option<Range<usize>> {
    let here = text.get(..again.start)?.rfind('\n').map_or(0, |at| at + 1);
    let before = lines(text.get(..here)?);
    let line = text[here..].lines().next()?;
    if let Some(wanted) = heading(line) {
        let (at, found) = before.into_iter().find(|(_, line)| heading(line) == Some(wanted))?;
        let at = at + found.len() - found.trim_start().len();
        return Some(at..at + wanted.len());
    }
    let key = text.get(again)?;
    let same_table = before.rev().take_while(|(_, line)| heading(line).is_none());
    let gives = |line: &str| {
        line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
    };
    let (at, found) = same_table.into_iter().filter(|(_, line)| gives(line)).last()?;
    let at = at + found.len() - found.trim_start().len();
    Some(at..at + key.len())
}

/// Whether a fault at `next` follows from a whole table that was given twice at `table`: it stands in that table.
pub fn follows(text: &str, table: usize, next: usize) -> bool {
    let here = text.get(..table).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let Some(between) = text.get(here..next) else { return false };
    lines(between).next().is_some_and(|(_, line)| heading(line).is_some())
        && lines(between).skip(1).all(|(_, line)| heading(line).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_two_is_found() {
        let text = "a = 1\n[x]  # one\nb = 2\n[y]\nb = 3\nb=4\n[x]\nb = 5\n";
        let at = |what: &str, nth: usize| text.match_indices(what).nth(nth).map(|(at, _)| at).unwrap_or(0);
        let second_b = at("b=4", 0);
        assert_eq!(first(text, second_b..second_b + 1), Some(at("b = 3", 0)..at("b = 3", 0) + 1));
        let second_x = at("[x]", 1) + 1;
        assert_eq!(first(text, second_x..second_x + 1), Some(at("[x]", 0)..at("[x]", 0) + 3));
        assert!(follows(text, second_x, at("b = 5", 0)));
        assert!(!follows(text, second_b, at("b = 5", 0)));
        assert_eq!(first("k = { a = 1, a = 2 }", 13..14), None, "on one line it is seen anyway");
        assert_eq!(first("", 5..9), None);
    }
}
