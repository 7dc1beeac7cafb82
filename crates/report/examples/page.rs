//! Writes the page of a results folder to a file: `cargo run --release -p report --example page DIR FILE`.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, file] = arguments.as_slice() else {
        eprintln!("two arguments are needed: a results folder and the file to write");
        return ExitCode::from(2);
    };
    match report::write(Path::new(folder), &report::Options::default(), Path::new(file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
