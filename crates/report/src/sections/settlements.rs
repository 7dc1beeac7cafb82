//! Agreements that the books settle: commitments against use, and the waterfall of each revenue share.

use crate::chart::{Bar, Bars, Chart, Ink, Step, Waterfall};
use crate::figure::{Block, Figure, Table};
use crate::format::{self, dollars};
use crate::run::{CommittedPeriod, Run, ShareTotal};

/// The most periods that are drawn; the table has all.
const PERIODS: usize = 40;

/// Both figures, each where there is something of it.
pub(super) fn blocks(run: &Run) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !run.settlements.commitments.is_empty() {
        blocks.push(Block::Figure(commitments(run)));
    }
    let (some, none): (Vec<&ShareTotal>, Vec<&ShareTotal>) =
        run.settlements.shares.iter().partition(|share| share.revenue != 0.0 || share.deductions != 0.0);
    if !some.is_empty() {
        blocks.push(Block::Figure(shares(&some)));
    }
    if !none.is_empty() {
        let names: Vec<String> =
            none.iter().map(|share| format!("{} ({})", share.agreement, share.payer)).collect();
        blocks.push(Block::Text(format!(
            "No revenue of the run came under these revenue shares, so that nothing was due: {}.",
            names.join(", ")
        )));
    }
    blocks
}

/// A quantity in what the commitment counts.
fn amount(value: f64, counts: &str) -> String {
    match counts {
        "usd" => dollars(value),
        "gpu_hours" => format::quantity(value, "GPU-h"),
        "mwh" => format::quantity(value, "MWh"),
        _ => format::quantity(value, "M tokens"),
    }
}

fn commitments(run: &Run) -> Figure {
    let periods = &run.settlements.commitments;
    // Agreements count different things: each has a scale of its own.
    let longest = |of: &CommittedPeriod| {
        let same = periods.iter().filter(|other| other.agreement == of.agreement);
        same.flat_map(|period| [period.committed, period.taken, period.short])
            .fold(f64::MIN_POSITIVE, f64::max)
    };
    let bar = |period: &CommittedPeriod| {
        let longest = longest(period);
        let value = |value: f64| (value / longest, amount(value, &period.counts));
        Bar {
            name: format!("{} from {}", period.agreement, format::date(period.begins)),
            values: vec![value(period.committed), value(period.taken), value(period.short)],
        }
    };
    let mut table = Table::new(&[
        "agreement",
        "period",
        "#committed",
        "#paid in any case",
        "#taken",
        "#excused",
        "#short at a true-up",
        "#cost of what was taken",
        "#paid besides",
    ]);
    for period in periods {
        let open = if period.ends > run.end { ", not over yet" } else { "" };
        let (begins, ends) = (format::date(period.begins), format::date(period.ends));
        let amount = |value| amount(value, &period.counts);
        table.push([
            period.agreement.clone(),
            format!("{begins} to {ends}{open}"),
            amount(period.committed),
            amount(period.minimum),
            amount(period.taken),
            amount(period.excused),
            amount(period.short),
            dollars(period.cost),
            dollars(period.beside),
        ]);
    }
    let more = match periods.len() > PERIODS {
        true => format!(" The first {PERIODS} of {} are drawn.", periods.len()),
        false => String::new(),
    };
    Figure {
        id: "fig-commitments".to_string(),
        title: "Was what was committed taken?".to_string(),
        caption: format!(
            "Each period of each commitment, and what the books of this run say was taken of it. Where several periods are \
             compared with their minimum together, what is short stands in the last of them. Each agreement has its own \
             scale.{more}"
        ),
        chart: Chart::Bars(Bars {
            rows: "commitment".to_string(),
            measures: vec![
                ("committed".to_string(), Ink::Installed),
                ("taken".to_string(), Ink::Busy),
                ("short of the minimum".to_string(), Ink::Down),
            ],
            bars: periods.iter().take(PERIODS).map(bar).collect(),
        }),
        table,
    }
}

/// The steps of a share from revenue to what each side has of it. What takes away is negative.
fn steps(share: &ShareTotal) -> Vec<(String, f64)> {
    let always = |name: String, usd: f64| Some((name, usd));
    let where_any = |name: String, usd: f64| (usd != 0.0).then_some((name, usd));
    let steps = [
        always("revenue".to_string(), share.revenue),
        where_any("other shares".to_string(), -share.deductions),
        where_any("months below zero".to_string(), share.losses),
        where_any("earlier losses set off".to_string(), -share.losses_used),
        always("= base of the share".to_string(), share.base),
        where_any(format!("paid to {}", share.payee), share.paid),
        where_any("cut off by the cap".to_string(), share.cut),
        where_any("of what is paid, set off".to_string(), share.set_off),
        always(format!("= left to {}", share.payer), share.revenue - share.deductions - share.paid),
    ];
    steps.into_iter().flatten().collect()
}

/// What of them moves money, from the revenue to what the payer keeps; and the base, which says what the share is of.
fn falls(share: &ShareTotal) -> impl Iterator<Item = Step> {
    let net = share.revenue - share.deductions;
    let total = |name: String, usd: f64| Step { name, from: 0.0, to: usd, total: true, text: dollars(usd) };
    let moves =
        |name: String, from: f64, to: f64| Step { name, from, to, total: false, text: dollars(to - from) };
    let others = moves("other shares".to_string(), share.revenue, net);
    let steps = [
        Some(moves("revenue".to_string(), 0.0, share.revenue)),
        (share.deductions != 0.0).then_some(others),
        Some(total("= base of the share".to_string(), share.base)),
        Some(moves(format!("paid to {}", share.payee), net, net - share.paid)),
        Some(total(format!("= left to {}", share.payer), net - share.paid)),
    ];
    steps.into_iter().flatten()
}

fn shares(shares: &[&ShareTotal]) -> Figure {
    let mut table = Table::new(&["agreement", "step", "#amount"]);
    let mut drawn = Vec::new();
    for share in shares {
        for (step, usd) in steps(share) {
            table.push([share.agreement.clone(), step, dollars(usd)]);
        }
        drawn.extend(falls(share).map(|step| match shares.len() {
            1 => step,
            _ => Step { name: format!("{}: {}", share.agreement, step.name), ..step },
        }));
    }
    let names: Vec<String> = shares
        .iter()
        .map(|share| format!("{} {}", share.agreement, format::plural(share.months, "month", "months")))
        .collect();
    Figure {
        id: "fig-shares".to_string(),
        title: "Who had which part of the revenue?".to_string(),
        caption: format!(
            "From the revenue that a share is of to what was paid and what was left, over the months in which it is \
             live: {}. Costs are not in it. The table has what leads to the base, and what a cap cuts off.",
            names.join(", ")
        ),
        chart: Chart::Waterfall(Waterfall { rows: "step".to_string(), steps: drawn }),
        table,
    }
}
