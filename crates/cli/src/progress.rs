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
pub const SILENT: Duration = Duration::from_secs(1);

/// Time between two lines where there is no terminal.
pub const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Instants between two looks at the clock.
const INSTANTS: u32 = 256;

/// Watches a run for the user.
pub struct Watch<'a> {
    printer: &'a mut Printer,
    stop: Arc<AtomicBool>,
    begun: Instant,
    instants: u32,
    /// Jobs and share where this run began: not 0 for one that goes on from a snapshot.
    first: Option<(u64, f64)>,
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
        Watch { printer, stop, begun, instants: 0, first: None, show }
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
        let (jobs_before, share_before) = self.first.unwrap_or_default();
        let rate = progress.jobs.saturating_sub(jobs_before) as f64 / elapsed.as_secs_f64();
        let left = left(elapsed, share - share_before, 1.0 - share);
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
                    left
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
                    left
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
        if self.first.is_none() {
            self.first = Some((progress.jobs, progress.share()));
        }
        self.instants += 1;
        if self.instants >= INSTANTS {
            self.instants = 0;
            self.look(progress);
        }
        ControlFlow::Continue(())
    }
}

/// Steps of a bar.
pub const STEPS: u64 = 1000;

/// A bar of [`STEPS`] steps with a message behind it.
pub fn new_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("  [{bar:30}] {percent:>3} %  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr()).with_style(style)
}

/// The day that the simulation has reached.
fn day(now: SimTime) -> String {
    now.to_string().chars().take(10).collect()
}

/// The time left, if the share to do goes as fast as the share done.
pub fn left(elapsed: Duration, done: f64, to_do: f64) -> String {
    if done <= 0.0 {
        return "unknown time".to_owned();
    }
    let seconds = elapsed.as_secs_f64() * to_do.max(0.0) / done;
    duration(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_the_share_done() {
        assert_eq!(left(Duration::from_secs(10), 0.5, 0.5), "10 s");
        assert_eq!(left(Duration::from_secs(60), 0.1, 0.9), "9 min");
        assert_eq!(left(Duration::from_secs(600), 0.01, 0.99), "16.5 h");
        assert_eq!(left(Duration::from_secs(1), 0.0, 1.0), "unknown time");
        assert_eq!(left(Duration::from_secs(5), 0.3, 0.0), "0 s");
    }
}
