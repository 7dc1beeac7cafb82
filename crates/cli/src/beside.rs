//! Long work that knows nothing of the screen, watched from beside it: a second thread shows how far it is.

use crate::failure::Failure;
use crate::printer::Printer;
use crate::progress::{BETWEEN_LINES, SILENT, STEPS, left, new_bar};
use crate::stop;
use crate::text::{bytes, duration};
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use trace::Meter;

/// Time between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// How far something is: a share where that is known, and words.
struct Reached {
    share: Option<f64>,
    words: String,
}

/// Reads a log and shows how much of the file is read. Ctrl-C stops the reader: nothing half-written stays.
pub fn reading<T>(
    printer: &mut Printer,
    work: impl FnOnce(Arc<Meter>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let meter = Arc::new(Meter::default());
    let stop = stop::flag()?;
    let look = |elapsed: Duration| {
        if stop.load(Ordering::Relaxed) {
            meter.stop();
        }
        far(meter.read(), meter.whole(), elapsed)
    };
    let result = watched(printer, &look, || work(meter.clone()));
    if result.is_err() && meter.stopped() { Err(Failure::Stopped) } else { result }
}

/// Does something of which nobody knows how long it takes, and says what it is once it has taken a second.
pub fn working<T>(printer: &mut Printer, what: &str, work: impl FnOnce() -> T) -> T {
    let look = |elapsed: Duration| Reached {
        share: None,
        words: format!("{what}, {}", duration(elapsed.as_secs_f64())),
    };
    watched(printer, &look, work)
}

fn far(read: u64, whole: u64, elapsed: Duration) -> Reached {
    let rate = format!("{}/s", bytes(read as f64 / elapsed.as_secs_f64().max(1e-3)));
    if whole == 0 {
        return Reached { share: None, words: format!("{} read, {rate}", bytes(read as f64)) };
    }
    let share = (read as f64 / whole as f64).min(1.0);
    let words = match read < whole {
        true => format!(
            "{} of {} read, {rate}, {} left",
            bytes(read as f64),
            bytes(whole as f64),
            left(elapsed, share, 1.0 - share)
        ),
        false => format!("{} read, working on them", bytes(whole as f64)),
    };
    Reached { share: Some(share), words }
}

/// Runs `work` here, and `look` on a thread beside it.
fn watched<T>(
    printer: &mut Printer,
    look: &(dyn Fn(Duration) -> Reached + Sync),
    work: impl FnOnce() -> T,
) -> T {
    let begun = Instant::now();
    let terminal = printer.progress();
    std::thread::scope(|scope| {
        // Dropped when the work is done, also by a panic: the thread sees that and ends.
        let (_working, done) = channel::<()>();
        scope.spawn(move || {
            let mut bar: Option<ProgressBar> = None;
            let mut next = begun + BETWEEN_LINES;
            while done.recv_timeout(BETWEEN_LOOKS) == Err(RecvTimeoutError::Timeout) {
                let elapsed = begun.elapsed();
                let reached = look(elapsed);
                match terminal {
                    Some(true) if elapsed >= SILENT => {
                        show(bar.get_or_insert_with(|| bar_for(&reached)), reached);
                    }
                    Some(false) if Instant::now() >= next => {
                        next += BETWEEN_LINES;
                        let share =
                            reached.share.map_or_else(String::new, |s| format!("{:3.0} %  ", 100.0 * s));
                        printer.say(&format!("  {share}{}", reached.words));
                    }
                    _ => {}
                }
            }
            bar.inspect(ProgressBar::finish_and_clear);
        });
        work()
    })
}

fn bar_for(reached: &Reached) -> ProgressBar {
    let bar = new_bar();
    if reached.share.is_none() {
        bar.set_style(
            ProgressStyle::with_template("  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
    }
    bar
}

fn show(bar: &ProgressBar, reached: Reached) {
    bar.set_position((reached.share.unwrap_or(0.0) * STEPS as f64) as u64);
    bar.set_message(reached.words);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_half_read_says_how_long_the_rest_takes() {
        let half = far(50_000_000, 100_000_000, Duration::from_secs(10));
        assert_eq!(half.words, "50.0 MB of 100 MB read, 5.00 MB/s, 10 s left");
        assert_eq!(half.share, Some(0.5));
        assert_eq!(far(7, 7, Duration::from_secs(1)).words, "7 B read, working on them");
        assert_eq!(far(3000, 0, Duration::from_secs(3)).words, "3.00 kB read, 1.00 kB/s");
    }
}
