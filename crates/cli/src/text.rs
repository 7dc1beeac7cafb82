//! Numbers and rows as people read them.

/// Rows with their columns aligned, two spaces apart; the columns in `right` to the right.
pub fn aligned(rows: &[Vec<String>], right: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let space = " ".repeat(widths[column] - cell.chars().count());
            let (before, after) =
                if right.contains(&column) { (space.as_str(), "") } else { ("", space.as_str()) };
            line.extend([before, cell, after, "  "]);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A path as text: names that are not UTF-8 lose what cannot be shown.
pub fn shown(path: &std::path::Path) -> String {
    path.display().to_string()
}

/// `12345678` as `12,345,678`.
pub fn whole(number: f64) -> String {
    let digits = base::grouped(&format!("{:.0}", number.abs()));
    if number < 0.0 { format!("-{digits}") } else { digits }
}

/// A month of a year: `March 2027`.
pub fn month(at: base::SimTime) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = base::Month::of(at);
    let name = usize::try_from(month.number() - 1).ok().and_then(|place| NAMES.get(place));
    format!("{} {}", name.unwrap_or(&""), month.year())
}

/// Dollars for people, to three digits at least: `3.10 B$`, `247.9 B$`, `243 M$`, `12.0 M$`, `80,000 $`.
pub fn dollars(usd: f64) -> String {
    match usd.abs() {
        size if size >= 9.995e9 => format!("{:.1} B$", usd / 1e9),
        size if size >= 9.995e8 => format!("{:.2} B$", usd / 1e9),
        size if size >= 9.995e7 => format!("{:.0} M$", usd / 1e6),
        size if size >= 9.995e6 => format!("{:.1} M$", usd / 1e6),
        size if size >= 9.995e5 => format!("{:.2} M$", usd / 1e6),
        _ => format!("{} $", whole(usd)),
    }
}

/// A share as `61.3 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Seconds as `150 ms`, `42 s`, `17 min`, `5.2 h` or `3.1 days`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        // Latencies are told apart by milliseconds; times of jobs are whole seconds.
        s if s != 0.0 && s.abs() < 1.0 => format!("{} ms", number(s * 1e3)),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s if s < 2.0 * 86400.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86400.0),
    }
}

/// A count with a short unit: `1234567` as `1.23 M`.
pub fn short(number: f64) -> String {
    match number {
        n if n >= 1e9 => format!("{:.2} G", n / 1e9),
        n if n >= 1e6 => format!("{:.2} M", n / 1e6),
        n if n >= 1e4 => format!("{:.1} k", n / 1e3),
        n => format!("{n:.0}"),
    }
}

/// Bytes with a unit: `1234567` as `1.23 MB`.
pub fn bytes(number: f64) -> String {
    let (value, unit) = match number {
        n if n >= 1e9 => (n / 1e9, "GB"),
        n if n >= 1e6 => (n / 1e6, "MB"),
        n if n >= 1e3 => (n / 1e3, "kB"),
        n => return format!("{n:.0} B"),
    };
    let digits = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {unit}")
}

/// A result by its name and unit: shares in percent, times in clock units, money in dollars.
pub fn measure(metric: &str, unit: &str, value: f64) -> String {
    let share = metric.ends_with("_share") || matches!(metric, "utilisation" | "goodput");
    match unit {
        "" if share => percent(value),
        "" if value.fract() == 0.0 => whole(value),
        "s" => duration(value),
        "USD" => usd(value),
        _ => format!("{} {unit}", number(value)).trim_end().to_owned(),
    }
}

/// Dollars: `$ 912`, `$ 4.50 M`, `$ 249 B`.
pub fn usd(dollars: f64) -> String {
    let size = dollars.abs();
    let text = match size {
        size if size >= 1e9 => format!("{} B", number(size / 1e9)),
        size if size >= 1e6 => format!("{} M", number(size / 1e6)),
        size => number(size),
    };
    format!("{}$ {text}", if dollars < 0.0 { "-" } else { "" })
}

/// A number to about three digits, whole from a hundred on: `0.052`, `7.34`, `42.5`, `12,345`.
pub fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 99.95 => whole(value),
        size if size >= 9.995 => format!("{value:.1}"),
        size if size >= 0.0995 => format!("{value:.2}"),
        size if size >= 1e-4 => format!("{value:.4}"),
        _ => format!("{value:.1e}"),
    }
}

/// An instant of the simulation to the second: `2027-04-09T19:12:45Z`.
pub fn instant(at: base::SimTime) -> String {
    let text = at.to_string();
    match text.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => text,
    }
}

/// `1 site`, `3 sites`.
pub fn plural(count: usize, name: &str) -> String {
    match count {
        1 => format!("1 {name}"),
        n => format!("{n} {name}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(whole(0.0), "0");
        assert_eq!(whole(-1234.0), "-1,234");
        assert_eq!(whole(12_345_678.4), "12,345,678");
        assert_eq!(short(999.4), "999");
        assert_eq!(short(43_210.0), "43.2 k");
        assert_eq!(short(1_234_567.0), "1.23 M");
        assert_eq!(percent(0.6134), "61.3 %");
        assert_eq!(duration(89.0), "89 s");
        assert_eq!([0.0, 0.15, -0.0123, 1.0].map(duration), ["0 s", "150 ms", "-12.3 ms", "1 s"]);
        assert_eq!(duration(3600.0), "60 min");
        assert_eq!(duration(86_400.0), "24.0 h");
        assert_eq!(duration(864_000.0), "10.0 days");
        assert_eq!(plural(1, "site"), "1 site");
        assert_eq!(
            [0.0, 999.0, 9994.0, 99_900.0, 1.5e9].map(bytes),
            ["0 B", "999 B", "9.99 kB", "99.9 kB", "1.50 GB"]
        );
        assert_eq!(measure("down_share", "", 0.0123), "1.2 %");
        assert_eq!(measure("gpus", "GPU", 506_160.0), "506,160 GPU");
        assert_eq!(measure("bounded_slowdown_mean", "", 1.5), "1.50");
        assert_eq!(measure("capital", "USD", 249.3e9), "$ 249 B");
        assert_eq!(measure("wait_mean_s", "s", 120.0), "2 min");
        assert_eq!([0.00123, -0.5, 12.34].map(number), ["0.0012", "-0.50", "12.3"]);
        assert_eq!(usd(-4.5e6), "-$ 4.50 M");
        let amounts = [247.94e9, 3.1e9, 0.9996e9, 243.4e6, -197.2e6, 12e6, 0.6e6, 0.0];
        let texts = ["247.9 B$", "3.10 B$", "1.00 B$", "243 M$", "-197 M$", "12.0 M$", "600,000 $", "0 $"];
        assert_eq!(amounts.map(dollars), texts);
        let at = base::SimTime::parse("2027-04-09T19:12:45.5Z").unwrap_or(base::SimTime(0));
        assert_eq!(instant(at), "2027-04-09T19:12:45Z");
    }

    #[test]
    fn columns_are_aligned_and_lines_have_no_end_space() {
        let rows =
            [["a".to_owned(), "10".to_owned()].to_vec(), vec!["long".to_owned(), "7".to_owned()], vec![]];
        assert_eq!(aligned(&rows, &[1]), "a     10\nlong   7\n\n");
        assert_eq!(aligned(&rows, &[]), "a     10\nlong  7\n\n");
        assert_eq!(aligned(&[], &[]), "");
    }
}
