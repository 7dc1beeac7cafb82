//! Books: postings posted, closed by the month and exported as a journal, beside the tools that read it.

use crate::meter::{Tally, timed};
use crate::{Row, Size};
use base::id::SiteId;
use base::{Money, SimTime, Span};
use ledger::export::journal::{Dialect, Journal};
use ledger::{Account, Basis, Books, Cause, Month, PartyId, Posting, Unit};
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Partners and sites of the made-up programme.
const PARTNERS: u32 = 8;
const SITES: u32 = 10;
/// Months over which the entries are spread.
const MONTHS: i32 = 120;

/// What a run came to.
struct Done {
    postings: u64,
    digest: Tally,
    balances: usize,
}

fn names() -> Vec<String> {
    (0..PARTNERS).map(|at| format!("partner-{at}")).collect()
}

/// Posts `entries` sales of four postings over ten years, closes every month, writes the journal.
fn post_close_export(entries: u64, dialect: Dialect, path: &Path) -> Done {
    let (names, accounts): (Vec<String>, Vec<String>) =
        (names(), Account::ALL.iter().map(|account| account.path()).collect());
    let sites: Vec<String> = (0..SITES).map(|at| format!("site-{at}")).collect();
    let sink = BufWriter::with_capacity(1 << 20, File::create(path).expect("a file for the journal"));
    let mut journal = Journal::new(sink, dialect, "benchmark").expect("a journal");
    let (mut books, mut digest, mut balances) = (Books::new(), Tally::default(), 0);
    let start = SimTime::parse("2026-01-01").expect("a date");
    let (mut month, last) = (Month::of(start), Month(Month::of(start).0 + MONTHS));
    let step = Span((last.start() - start).0 / entries.max(1) as i64);
    let mut state: u64 = 1;
    let mut draw = |below: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(below)) as u32
    };
    for n in 0..entries {
        let now = start + step * n as i64;
        while now >= month.end() {
            let closed = books.close(month).expect("closed once");
            balances += closed.slots.len();
            closed.slots.iter().for_each(|slot| digest.add(slot.balance.0 as u64));
            month = month.next();
        }
        let seller = draw(PARTNERS);
        let buyer = PartyId((seller + 1 + draw(PARTNERS - 1)) % PARTNERS);
        let (seller, site) = (PartyId(seller), Some(SiteId(draw(SITES))));
        let amount = Money(i64::from(draw(1_000_000_000)) + 1);
        let quantity = i64::from(draw(86_400));
        let minus = Money(-amount.0);
        let lines = [
            Posting::new(seller, Account::Unbilled, amount).with(buyer).at(site),
            Posting::new(seller, Account::ComputeSold, minus)
                .with(buyer)
                .at(site)
                .of(-quantity, Unit::GpuSeconds),
            Posting::new(buyer, Account::ComputeBought, amount)
                .with(seller)
                .at(site)
                .of(quantity, Unit::GpuSeconds),
            Posting::new(buyer, Account::Accrued, minus).with(seller).at(site),
        ];
        books.post(now, Cause::Close { month }, Basis::Invoice, &lines).expect("in range");
        books.drain(|entry| {
            for line in entry.postings {
                let row = ledger::export::Row {
                    entry: entry.number,
                    time: entry.time,
                    partner: &names[line.partner.index()],
                    account: &accounts[line.account.index()],
                    counterparty: line.counterparty.map(|party| names[party.index()].as_str()),
                    site: line.site.map(|site| sites[site.index()].as_str()),
                    amount: line.amount,
                    quantity: Some(line.quantity),
                    unit: line.unit.name(),
                    fact: "usage",
                    subject: "a sale",
                    rule: "tariff list",
                };
                journal.post(&row).expect("the disk takes it");
            }
        });
    }
    journal.finish().expect("the disk takes it").flush().expect("the disk takes it");
    for (_, sum) in books.trial_balance() {
        assert_eq!(sum, 0, "a trial balance is zero");
    }
    Done { postings: books.postings(), digest, balances }
}

/// Processor seconds that a tool takes to read a journal; `None`, with the reason on stderr, where it cannot be run.
fn reads(tool: &str, arguments: &[&str]) -> Option<f64> {
    let own = crate::data::root().join("target/peers/bin").join(tool);
    let program = if own.exists() { own } else { PathBuf::from(tool) };
    // The shell's `times` says what its children used.
    let script = "\"$@\" >/dev/null 2>&1 || exit 1; times";
    let output =
        Command::new("bash").args(["-c", script, "bash"]).arg(program).args(arguments).output().ok()?;
    if !output.status.success() {
        eprintln!("passed over: `{tool}` is not there or refuses the journal");
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let seconds = |part: &str| {
        let (minutes, seconds) = part.trim_end_matches('s').split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    text.lines().nth(1)?.split_whitespace().map(seconds).sum()
}

/// Ten million postings as they are, and journals of a size that the other tools can read.
pub fn rows(size: Size) -> Vec<Row> {
    let folder = std::env::temp_dir().join(format!("stargate-bench-books-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the journals");
    let row = |name: &str, entries: u64, dialect, peer: Option<(&str, &[&str])>| {
        let path = folder.join(name);
        crate::meter::reset_peak();
        let (cpu_s, done) = timed(|| post_close_export(entries, dialect, &path));
        let peak = crate::meter::peak_mib();
        let bytes = fs::metadata(&path).map_or(0, |data| data.len());
        let reference = peer.and_then(|(tool, options)| {
            let path = path.to_string_lossy().into_owned();
            let arguments: Vec<&str> =
                options.iter().map(|option| if *option == "FILE" { path.as_str() } else { option }).collect();
            Some((format!("{tool} reading the journal"), reads(tool, &arguments)?))
        });
        // Removed at once: the largest is a gigabyte.
        let _ = fs::remove_file(&path);
        Row {
            name: name.to_owned(),
            units: "postings",
            count: done.postings,
            cpu_s,
            digest: done.digest,
            answer: match size {
                Size::Small => String::new(),
                Size::Full => format!(
                    "{} months closed with {} balances, a journal of {} MB, at most {peak:.0} MiB",
                    MONTHS,
                    done.balances,
                    bytes / 1_000_000
                ),
            },
            reference,
        }
    };
    let few = size.pick(1_000, 25_000);
    let rows = vec![
        row("books, hledger journal", few, Dialect::Hledger, Some(("hledger", &["-f", "FILE", "check"]))),
        row(
            "books, beancount journal",
            few,
            Dialect::Beancount,
            Some(("bean-check", &["--no-cache", "FILE"])),
        ),
        row("books, ten years", size.pick(2_000, 2_500_000), Dialect::Hledger, None),
    ];
    let _ = fs::remove_dir_all(&folder);
    rows
}
