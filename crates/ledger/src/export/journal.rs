//! Journals of plain-text accounting: beancount and hledger. Both end with an assertion of every balance, so that the
//! tool that reads one says whether it came to the same books.

use super::Row;
use crate::month::Day;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// Which tool reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Beancount, versions 2 and 3.
    Beancount,
    /// hledger, version 1.
    Hledger,
}

/// Writes a journal, row by row; the postings of an entry follow each other. Memory grows with the number of accounts
/// alone.
pub struct Journal<W> {
    out: W,
    dialect: Dialect,
    entry: Option<u64>,
    /// By partner and account as the rows name them: the name in the journal, and its balance.
    accounts: BTreeMap<String, (String, i128)>,
    taken: BTreeSet<String>,
    first: Option<Day>,
    last: Option<Day>,
    key: String,
    line: Vec<u8>,
}

impl<W: Write> Journal<W> {
    /// Begins a journal; `title` is a comment in its first line.
    ///
    /// # Errors
    /// What the writer says, as of the others.
    pub fn new(mut out: W, dialect: Dialect, title: &str) -> io::Result<Journal<W>> {
        writeln!(out, "; {}", plain(title))?;
        match dialect {
            Dialect::Beancount => writeln!(out, "option \"operating_currency\" \"USD\"")?,
            Dialect::Hledger => writeln!(out, "decimal-mark .\ncommodity 1.000000 USD")?,
        }
        Ok(Journal {
            out,
            dialect,
            entry: None,
            accounts: BTreeMap::new(),
            taken: BTreeSet::new(),
            first: None,
            last: None,
            key: String::new(),
            line: Vec::new(),
        })
    }

    /// Adds a posting.
    ///
    /// # Errors
    /// What the writer says.
    pub fn post(&mut self, row: &Row<'_>) -> io::Result<()> {
        let day = Day::of(row.time);
        self.line.clear();
        if self.entry != Some(row.entry) {
            self.entry = Some(row.entry);
            self.first = Some(self.first.map_or(day, |first| first.min(day)));
            self.last = Some(self.last.map_or(day, |last| last.max(day)));
            self.head(day, row)?;
        }
        self.key.clear();
        self.key.push_str(row.partner);
        self.key.push(':');
        self.key.push_str(row.account);
        if !self.accounts.contains_key(&self.key) {
            let name = self.new_name(row);
            self.accounts.insert(self.key.clone(), (name, 0));
        }
        let Some((name, balance)) = self.accounts.get_mut(&self.key) else { return Ok(()) };
        *balance += i128::from(row.amount.0);
        self.line.extend_from_slice(if self.dialect == Dialect::Beancount { b"  " } else { b"    " });
        self.line.extend_from_slice(name.as_bytes());
        self.line.extend_from_slice(b"  ");
        push_money(&mut self.line, i128::from(row.amount.0));
        self.line.extend_from_slice(b" USD");
        self.details(row)?;
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }

    fn head(&mut self, day: Day, row: &Row<'_>) -> io::Result<()> {
        let (fact, subject, rule) = (plain(row.fact), plain(row.subject), plain(row.rule));
        match self.dialect {
            Dialect::Beancount => write!(
                self.line,
                "\n{day} * \"{fact}\" \"{subject}\"\n  entry: {}\n  rule: \"{rule}\"\n",
                row.entry
            ),
            Dialect::Hledger => {
                write!(self.line, "\n{day} * ({}) {fact} | {subject}  ; rule:{rule}\n", row.entry)
            }
        }
    }

    fn details(&mut self, row: &Row<'_>) -> io::Result<()> {
        let quantity = row.quantity.filter(|quantity| *quantity != 0);
        if row.site.is_none() && row.counterparty.is_none() && quantity.is_none() {
            return Ok(());
        }
        let (start, end) = match self.dialect {
            Dialect::Beancount => ("\n    ", "\""),
            Dialect::Hledger => ("", ""),
        };
        let mut separator = if self.dialect == Dialect::Hledger { "  ; " } else { "" };
        for (name, value) in [("site", row.site), ("with", row.counterparty)] {
            if let Some(value) = value {
                let open = if self.dialect == Dialect::Beancount { ": \"" } else { ":" };
                write!(self.line, "{separator}{start}{name}{open}{}{end}", plain(value))?;
                separator = if self.dialect == Dialect::Hledger { ", " } else { "" };
            }
        }
        if let Some(quantity) = quantity {
            match self.dialect {
                Dialect::Beancount => write!(self.line, "\n    quantity: \"{quantity} {}\"", row.unit),
                Dialect::Hledger => write!(self.line, "{separator}quantity:{quantity} {}", row.unit),
            }?;
        }
        Ok(())
    }

    /// A name that the tool takes, and that no other account has.
    fn new_name(&mut self, row: &Row<'_>) -> String {
        let (class, key) = row.account.split_once(':').unwrap_or(("assets", row.account));
        let part = |text: &str| match self.dialect {
            Dialect::Beancount => component(text),
            Dialect::Hledger => plain(text).into_owned(),
        };
        let class = part(class);
        let base = format!("{class}:{}:{}", part(row.partner), part(key));
        let mut name = base.clone();
        let mut again = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{base}-{again}");
            again += 1;
        }
        name
    }

    /// Ends the journal with the balance of every account.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(mut self) -> io::Result<W> {
        let (Some(first), Some(last)) = (self.first, self.last) else { return Ok(self.out) };
        let mut text = Vec::new();
        match self.dialect {
            Dialect::Beancount => {
                text.push(b'\n');
                for (name, _) in self.accounts.values() {
                    writeln!(text, "{first} open {name} USD")?;
                }
                for (name, balance) in self.accounts.values() {
                    // A balance is that of the beginning of its day.
                    write!(text, "{} balance {name} ", Day(last.0 + 1))?;
                    push_money(&mut text, *balance);
                    text.extend_from_slice(b" USD\n");
                }
            }
            Dialect::Hledger => {
                writeln!(text, "\n{last} * balances")?;
                for (name, balance) in self.accounts.values() {
                    write!(text, "    {name}  0 USD = ")?;
                    push_money(&mut text, *balance);
                    text.extend_from_slice(b" USD\n");
                }
            }
        }
        self.out.write_all(&text)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Micro-dollars as dollars with six decimals.
fn push_money(line: &mut Vec<u8>, micro: i128) {
    if micro < 0 {
        line.push(b'-');
    }
    let micro = micro.unsigned_abs();
    let mut digits = [b'0'; 48];
    let mut at = digits.len();
    let mut rest = micro;
    let mut count = 0;
    while rest > 0 || count < 7 {
        if count == 6 {
            at -= 1;
            digits[at] = b'.';
        }
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        count += 1;
    }
    line.extend_from_slice(&digits[at..]);
}

/// Text on one line without what the journals keep for themselves.
fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    let special = |c: char| c.is_control() || matches!(c, '"' | ';' | '|' | '\\');
    if text.contains(special) { text.replace(special, " ").into() } else { text.into() }
}

/// A component of a beancount account: a capital letter or digit, then letters, digits and hyphens.
fn component(text: &str) -> String {
    let mut name: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphanumeric() => {
            name.replace_range(..1, &first.to_ascii_uppercase().to_string());
            name
        }
        _ => format!("X{name}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base::{Money, SimTime};

    fn row<'a>(partner: &'a str, account: &'a str, micro: i64) -> Row<'a> {
        Row {
            entry: 0,
            time: SimTime::parse("2026-01-31T23:59:59Z").unwrap(),
            partner,
            account,
            counterparty: Some("tenant \"x\""),
            site: None,
            amount: Money(micro),
            quantity: (account == "income:compute").then_some(-3600),
            unit: "GPU s",
            fact: "usage",
            subject: "tenant x, 2026-01-31",
            rule: "tariff list",
        }
    }

    fn text(dialect: Dialect) -> String {
        let mut journal = Journal::new(Vec::new(), dialect, "books").unwrap();
        journal.post(&row("soft_bank", "assets:unbilled", 2_500_000)).unwrap();
        journal.post(&row("soft_bank", "income:compute", -2_500_000)).unwrap();
        String::from_utf8(journal.finish().unwrap()).unwrap()
    }

    #[test]
    fn beancount_opens_posts_and_asserts() {
        let expected = "\
; books
option \"operating_currency\" \"USD\"

2026-01-31 * \"usage\" \"tenant x, 2026-01-31\"
  entry: 0
  rule: \"tariff list\"
  Assets:Soft-bank:Unbilled  2.500000 USD
    with: \"tenant  x \"
  Income:Soft-bank:Compute  -2.500000 USD
    with: \"tenant  x \"
    quantity: \"-3600 GPU s\"

2026-01-31 open Assets:Soft-bank:Unbilled USD
2026-01-31 open Income:Soft-bank:Compute USD
2026-02-01 balance Assets:Soft-bank:Unbilled 2.500000 USD
2026-02-01 balance Income:Soft-bank:Compute -2.500000 USD
";
        assert_eq!(text(Dialect::Beancount), expected);
    }

    #[test]
    fn hledger_posts_and_asserts() {
        let expected = "\
; books
decimal-mark .
commodity 1.000000 USD

2026-01-31 * (0) usage | tenant x, 2026-01-31  ; rule:tariff list
    assets:soft_bank:unbilled  2.500000 USD  ; with:tenant  x 
    income:soft_bank:compute  -2.500000 USD  ; with:tenant  x , quantity:-3600 GPU s

2026-01-31 * balances
    assets:soft_bank:unbilled  0 USD = 2.500000 USD
    income:soft_bank:compute  0 USD = -2.500000 USD
";
        assert_eq!(text(Dialect::Hledger), expected);
    }

    #[test]
    fn names_that_look_alike_stay_apart() {
        let mut journal = Journal::new(Vec::new(), Dialect::Beancount, "").unwrap();
        for partner in ["a_b", "a-b", "-x"] {
            journal.post(&row(partner, "assets:cash", 0)).unwrap();
        }
        let names: Vec<&str> = journal.accounts.values().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Assets:X-x:Cash", "Assets:A-b:Cash-2", "Assets:A-b:Cash"]);
    }

    #[test]
    fn money_of_any_size_is_written() {
        let written = |micro| {
            let mut line = Vec::new();
            push_money(&mut line, micro);
            String::from_utf8(line).unwrap()
        };
        assert_eq!(written(0), "0.000000");
        assert_eq!(written(-1), "-0.000001");
        assert_eq!(written(i128::MAX).len(), 40);
        assert_eq!(written(12_345_678_901), "12345.678901");
    }
}
