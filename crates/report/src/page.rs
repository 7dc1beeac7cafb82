//! The page: head, table of contents, sections, the data for its script.

use crate::figure::{Block, Figure, KeyNumber, Readouts, Section, Table};
use crate::html::{base64, escape, json};
use crate::run::Run;
use crate::sections::SECTIONS;
use crate::{Options, format};
use base::digest::sha256_hex;
use std::fmt::Write as _;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of a run.
pub(crate) fn page(run: &Run, options: &Options) -> String {
    let sections: Vec<Section> = SECTIONS.iter().filter_map(|section| section(run)).collect();
    let facts = [
        format!("{} to {}", format::date(run.start), format::date(run.end)),
        format::plural(run.sites.len() as u64, "site", "sites"),
        format!("seed {}", run.manifest.seed),
        format!("Stargate {}", run.manifest.version),
    ];
    document(&Document {
        title: options.title.as_deref().unwrap_or(&run.manifest.scenario),
        kind: "Simulation of a network of data centres",
        about: run.setting("description").unwrap_or_default(),
        facts: &facts,
        version: &run.manifest.version,
        made_from: "the tables beside it",
        sections: &sections,
    })
}

/// What a page is made of.
pub(crate) struct Document<'a> {
    /// The heading.
    pub title: &'a str,
    /// What kind of page it is, above the heading.
    pub kind: &'a str,
    /// A paragraph under the heading; may be empty.
    pub about: &'a str,
    /// A line of facts under that.
    pub facts: &'a [String],
    /// The version of Stargate that it was made by.
    pub version: &'a str,
    /// What it was made from.
    pub made_from: &'a str,
    /// What follows.
    pub sections: &'a [Section],
}

/// A whole page.
pub(crate) fn document(page: &Document) -> String {
    let mut readouts = Readouts::default();
    let mut body = String::new();
    for section in page.sections {
        draw_section(&mut body, section, &mut readouts);
    }
    let mut out = String::with_capacity(body.len() * 2);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"stargate {}\">\n<title>{} · Stargate</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n",
        script_digest(),
        escape(page.version),
        escape(page.title)
    );
    head(&mut out, page);
    contents(&mut out, page.sections);
    let _ = write!(
        out,
        "<main>\n{body}</main>\n<footer><p>Made by Stargate {} from {}. Nothing on this page was fetched \
         from a network.</p></footer>\n<script type=\"application/json\" id=\"readouts\">{}</script>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n",
        escape(page.version),
        escape(page.made_from),
        json(&readouts.json())
    );
    out
}

/// The digest that the page's content policy names: no other script runs on the page.
fn script_digest() -> String {
    let hex = sha256_hex(SCRIPT.as_bytes());
    let digit = |letter: &u8| (*letter as char).to_digit(16).unwrap_or(0) as u8;
    base64(
        &hex.as_bytes()
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |byte, letter| byte << 4 | digit(letter)))
            .collect::<Vec<_>>(),
    )
}

fn head(out: &mut String, page: &Document) {
    let _ = write!(
        out,
        "<header class=\"top\"><p class=\"kind\">{}</p><h1>{}</h1>",
        escape(page.kind),
        escape(page.title)
    );
    if !page.about.is_empty() {
        let _ = write!(out, "<p class=\"about\">{}</p>", escape(page.about));
    }
    let facts: Vec<String> = page.facts.iter().map(|fact| format!("<span>{}</span>", escape(fact))).collect();
    let _ = writeln!(out, "<p class=\"facts\">{}</p></header>", facts.join(" "));
}

fn contents(out: &mut String, sections: &[Section]) {
    out.push_str("<nav class=\"toc\" aria-label=\"Contents\"><h2>Contents</h2><ol>");
    for section in sections {
        let _ = write!(out, "<li><a href=\"#{}\">{}</a></li>", section.id, escape(&section.title));
    }
    out.push_str("</ol></nav>\n");
}

fn draw_section(out: &mut String, section: &Section, readouts: &mut Readouts) {
    let _ = write!(out, "<section id=\"{}\"><h2>{}</h2>", section.id, escape(&section.title));
    if !section.lead.is_empty() {
        let _ = write!(out, "<p class=\"lead\">{}</p>", words(&section.lead));
    }
    for block in &section.blocks {
        draw_block(out, block, readouts);
    }
    out.push_str("</section>\n");
}

fn draw_block(out: &mut String, block: &Block, readouts: &mut Readouts) {
    let _ = match block {
        Block::Text(text) => write!(out, "<p>{}</p>", words(text)),
        Block::Note(text) => write!(out, "<p class=\"note\" role=\"note\">{}</p>", words(text)),
        Block::Code(text) => write!(out, "<pre><code>{}</code></pre>", escape(text)),
        Block::Figure(figure) => {
            draw_figure(out, figure, readouts);
            Ok(())
        }
        Block::Grid(figures) => {
            out.push_str("<div class=\"grid\">");
            figures.iter().for_each(|figure| draw_figure(out, figure, readouts));
            out.push_str("</div>");
            Ok(())
        }
        Block::Table(table) => {
            draw_table(out, table);
            Ok(())
        }
        Block::Folded(title, table) => {
            let _ = write!(
                out,
                "<details><summary>{} ({})</summary>",
                escape(title),
                format::count(table.rows.len() as u64)
            );
            draw_table(out, table);
            write!(out, "</details>")
        }
        Block::Numbers(numbers) => {
            draw_numbers(out, numbers);
            Ok(())
        }
    };
}

fn draw_numbers(out: &mut String, numbers: &[KeyNumber]) {
    out.push_str("<dl class=\"numbers\">");
    for number in numbers {
        let _ = write!(
            out,
            "<div><dt>{}</dt><dd><b>{}</b><span>{}</span></dd></div>",
            escape(&number.label),
            escape(&number.value),
            escape(&number.note)
        );
    }
    out.push_str("</dl>");
}

fn draw_figure(out: &mut String, figure: &Figure, readouts: &mut Readouts) {
    let _ = write!(
        out,
        "<figure id=\"{0}\"><h3><a href=\"#{0}\">{1}</a></h3>",
        escape(&figure.id),
        escape(&figure.title)
    );
    if figure.chart.is_empty() {
        out.push_str("<p class=\"empty\">There is nothing to draw.</p>");
    } else {
        let description = format!("{} {}", figure.title, figure.caption);
        out.push_str(&figure.chart.draw(&figure.id, &description, readouts));
    }
    let _ = write!(out, "<figcaption>{}</figcaption>", words(&figure.caption));
    if !figure.table.rows.is_empty() {
        out.push_str("<details><summary>The numbers</summary>");
        draw_table(out, &figure.table);
        out.push_str("</details>");
    }
    out.push_str("</figure>");
}

fn draw_table(out: &mut String, table: &Table) {
    let class = |column: usize| match table.columns.get(column) {
        Some(column) if column.numeric => " class=\"n\"",
        _ => "",
    };
    out.push_str(
        "<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table><thead><tr>",
    );
    for (place, column) in table.columns.iter().enumerate() {
        let _ = write!(out, "<th scope=\"col\"{}>{}</th>", class(place), escape(&column.name));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        for (place, cell) in row.iter().enumerate() {
            let _ = write!(out, "<td{}>{}</td>", class(place), words(cell));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
}

/// Escaped text in which what stands in back-ticks is set as code.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('`').peekable();
    let mut code = false;
    while let Some(part) = parts.next() {
        // A back-tick without a second one is only a back-tick.
        match (code, parts.peek().is_some()) {
            (true, true) => {
                let _ = write!(out, "<code>{}</code>", escape(part));
            }
            (true, false) => {
                let _ = write!(out, "`{}", escape(part));
            }
            (false, _) => out.push_str(&escape(part)),
        }
        code = !code;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_ticks_set_code_only_in_pairs() {
        assert_eq!(words("a `b<` c"), "a <code>b&lt;</code> c");
        assert_eq!(words("a ` b"), "a ` b");
    }

    #[test]
    fn the_policy_names_the_script_as_browsers_digest_it() {
        // `printf %s "" | openssl dgst -sha256 -binary | base64` for the empty text, through the same steps.
        assert_eq!(sha256_hex(b"").len(), 64);
        assert_eq!(script_digest().len(), 44);
    }
}
