//! A panic is always our bug: it is said as such, once, and only if nobody caught it.

use std::panic::{catch_unwind, set_hook};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// What the last panic said.
static WORDS: Mutex<String> = Mutex::new(String::new());

/// Runs the program. A library that panics on a broken file, and whose panic the reader of that file has made a
/// diagnostic of, says nothing.
pub fn guard(program: fn() -> ExitCode) -> ExitCode {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        return program();
    }
    set_hook(Box::new(|info| *WORDS.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string()));
    catch_unwind(program).unwrap_or_else(|_| {
        let words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
        eprintln!("error: a bug of stargate: {words}");
        eprintln!("hint: please report it with the command and its input; `RUST_BACKTRACE=1` says more");
        ExitCode::from(101)
    })
}
