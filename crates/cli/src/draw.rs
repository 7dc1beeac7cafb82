//! Diagnostics as people read them: the line, a caret under the value, what to write instead.

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use base::{Diagnostic, Place, Severity};

/// One diagnostic over several lines, ending without a line break.
pub fn diagnostic(diagnostic: &Diagnostic, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(visible(&diagnostic.message)).id(diagnostic.rule.code);
    let label = match (&diagnostic.field, &diagnostic.value) {
        (Some(field), Some(value)) => Some(format!("`{field}` is {}", shorten(value))),
        (Some(field), None) => Some(format!("`{field}`")),
        (None, Some(value)) => Some(format!("found {}", shorten(value))),
        (None, None) => None,
    };
    let mut elements: Vec<Element<'_>> = Vec::new();
    match &diagnostic.place {
        Some(place) => elements.push(element(place, label, AnnotationKind::Primary)),
        None => elements.extend(label.map(|label| Level::NOTE.message(visible(&label)).into())),
    }
    for (place, what) in &diagnostic.related {
        elements.push(element(place, Some(what.clone()), AnnotationKind::Context));
    }
    if let Some(hint) = &diagnostic.hint {
        elements.push(Level::HELP.with_name("hint").message(visible(hint)).into());
    }
    // A place without a line has no gutter; the arrow is indented all the same.
    renderer(colour).render(&[title.elements(elements)]).replacen("\n--> ", "\n --> ", 1)
}

/// An error that has no place in a file, ending without a line break.
pub fn message(message: &str, hint: Option<&str>, colour: bool) -> String {
    let (red, bold, reset) = if colour { ("\u{1b}[1;91m", "\u{1b}[1m", "\u{1b}[0m") } else { ("", "", "") };
    let mut text = format!("{red}error{reset}{bold}: {}{reset}", visible(message));
    if let Some(hint) = hint {
        text.push_str(&format!("\n{bold}hint{reset}: {}", visible(hint)));
    }
    text
}

fn renderer(colour: bool) -> Renderer {
    if colour { Renderer::styled() } else { Renderer::plain() }
}

/// A place as a snippet with its line, or only the name of the file where there is no line to show.
fn element<'a>(place: &Place, label: Option<String>, kind: AnnotationKind) -> Element<'a> {
    let file = visible(&place.file);
    if place.line == 0 {
        return Origin::path(file).into();
    }
    let text = visible(&place.text);
    let start = byte_of(&text, place.column.saturating_sub(1));
    let end = byte_of(&text, place.column.saturating_sub(1).saturating_add(place.width.max(1)));
    let annotation = kind.span(start..end).label(label.map(|label| visible(&label)));
    let line = usize::try_from(place.line).unwrap_or(usize::MAX);
    Snippet::source(text).line_start(line).path(file).annotation(annotation).into()
}

/// The byte at which the character `index` starts, or the length of the text.
fn byte_of(text: &str, index: u64) -> usize {
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    text.char_indices().nth(index).map_or(text.len(), |(byte, _)| byte)
}

/// Control characters of a broken file must not reach the terminal: one character for each, so that columns stay.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// A value cut to a length that can stand behind a caret.
fn shorten(value: &str) -> String {
    const MOST: usize = 60;
    let mut short: String = value.chars().take(MOST).collect();
    if short.len() < value.len() {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Rule;

    static RULE: Rule = Rule { code: "S042", title: "must be positive", explanation: "" };

    #[test]
    fn the_caret_stands_under_the_value() {
        let text = "[site.abilene]\nit_mw = -60 # MW\n";
        let at = text.find("-60").expect("there");
        let wrong = Diagnostic::error(&RULE, "power must be above 0")
            .with_place(Place::in_text("a.toml", text, at..at + 3))
            .with_field("site.abilene.it_mw")
            .with_value("-60")
            .with_hint("write a number of megawatts above 0")
            .with_related(Place::in_text("a.toml", text, 0..14), "of this site");
        let expected = "\
error[S042]: power must be above 0
 --> a.toml:2:9
  |
2 | it_mw = -60 # MW
  |         ^^^ `site.abilene.it_mw` is -60
  |
 ::: a.toml:1:1
  |
1 | [site.abilene]
  | -------------- of this site
  |
  = hint: write a number of megawatts above 0";
        assert_eq!(diagnostic(&wrong, false), expected);
    }

    #[test]
    fn a_file_as_a_whole_has_no_line() {
        let wrong = Diagnostic::error(&RULE, "cannot read the file").with_place(Place::file("gone.toml"));
        assert_eq!(diagnostic(&wrong, false), "error[S042]: cannot read the file\n --> gone.toml");
    }

    #[test]
    fn nothing_of_a_hostile_file_reaches_the_terminal_or_panics() {
        for (text, column, width) in
            [("a\u{1b}[2Jb", 1, 400), ("", 9, 9), ("é\u{7}é", 2, u64::MAX), ("ab", u64::MAX, 1)]
        {
            let place = Place { file: "x\u{1b}".into(), line: u64::MAX, column, width, text: text.into() };
            let wrong =
                Diagnostic::error(&RULE, "bad\u{1b}").with_place(place).with_value("\u{1b}".repeat(99));
            assert!(!diagnostic(&wrong, false).contains('\u{1b}'));
        }
    }
}
