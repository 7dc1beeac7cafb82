//! How far a run is: a bar on a terminal, a line now and then elsewhere.

use crate::printer::Printer;
use crate::text::{duration, short};
use base::SimTime;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use run::{Observer, Progress};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A run shorter than this shows nothing.
const SILENT: Duration = Duration::from_secs(1);

/// Time between two lines where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Instants between two looks at the clock.
const INSTANTS: u32 = 256;

/// Watches a run for the user.
pub struct Watch<'a> {
    printer: &'a mut Printer,
    stop: Arc<AtomicBool>,
    begun: Instant,
    instants: u32,
    show: Option<Show>,
}

enum Show {
    Bar(ProgressBar),
    Lines { next: Instant },
}

impl<'a> Watch<'a> {
    /// Starts the clock.
    pub fn new(printer: &'a mut Printer, stop: Arc<AtomicBool>) -> Watch<'a> {
        let begun = Instant::now();
        let show = printer.progress().map(|terminal| match terminal {
            true => Show::Bar(ProgressBar::hidden()),
            false => Show::Lines { next: begun + BETWEEN_LINES },
        });
        Watch { printer, stop, begun, instants: 0, show }
    }

    /// Takes the bar away.
    pub fn end(self) -> Duration {
        if let Some(Show::Bar(bar)) = self.show {
            bar.finish_and_clear();
        }
        self.begun.elapsed()
    }

    fn look(&mut self, progress: &Progress) {
        let elapsed = self.begun.elapsed();
        if elapsed < SILENT {
            return;
        }
        let share = progress.share();
        let rate = progress.jobs as f64 / elapsed.as_secs_f64();
        match &mut self.show {
            Some(Show::Bar(bar)) => {
                if bar.is_hidden() {
                    *bar = new_bar();
                }
                bar.set_position((share * STEPS as f64) as u64);
                bar.set_message(format!(
                    "{}  {} jobs, {}/s, {} left",
                    day(progress.now),
                    short(progress.jobs as f64),
                    short(rate),
                    left(elapsed, share)
                ));
            }
            Some(Show::Lines { next }) if Instant::now() >= *next => {
                *next += BETWEEN_LINES;
                self.printer.say(&format!(
                    "  {:3.0} %  {}  {} jobs, {}/s, {} left",
                    100.0 * share,
                    day(progress.now),
                    short(progress.jobs as f64),
                    short(rate),
                    left(elapsed, share)
                ));
            }
            _ => {}
        }
    }
}

impl Observer for Watch<'_> {
    fn instant(&mut self, progress: &Progress) -> ControlFlow<()> {
        if self.stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        self.instants += 1;
        if self.instants >= INSTANTS {
            self.instants = 0;
            self.look(progress);
        }
        ControlFlow::Continue(())
    }
}

const STEPS: u64 = 1000;

fn new_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("  [{bar:30}] {percent:>3} %  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr()).with_style(style)
}

/// The day that the simulation has reached.
fn day(now: SimTime) -> String {
    now.to_string().chars().take(10).collect()
}

/// The time left, if the rest goes as fast as what is done.
fn left(elapsed: Duration, share: f64) -> String {
    if share <= 0.0 {
        return "unknown time".to_owned();
    }
    let seconds = elapsed.as_secs_f64() * (1.0 - share).max(0.0) / share;
    duration(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_the_share_done() {
        assert_eq!(left(Duration::from_secs(10), 0.5), "10 s");
        assert_eq!(left(Duration::from_secs(60), 0.1), "9 min");
        assert_eq!(left(Duration::from_secs(600), 0.01), "16.5 h");
        assert_eq!(left(Duration::from_secs(1), 0.0), "unknown time");
        assert_eq!(left(Duration::from_secs(5), 1.0), "0 s");
    }
}
