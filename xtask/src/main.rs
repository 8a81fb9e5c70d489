//! The one door to everything a fresh machine needs: `cargo xtask demo`, `cargo xtask test`, `cargo xtask build`.

mod browser;
mod demo;
mod docs;
mod libtorch;
mod onnxruntime;
mod sh;
mod stage;
mod test;
mod wheel;

use std::path::Path;
use std::process::ExitCode;

use browser::Outcome;

const HELP: &str = "\
cargo xtask build         build the program and its plugins, and lay the plugins out beside it
cargo xtask demo          make synthetic ECGs, audit the demo network on them, name the report
cargo xtask test          all checks and tests, as continuous integration runs them
cargo xtask test --quick  tests only: no formatting, lints, documentation, licences or spelling
cargo xtask browser       the tests of the report in a real browser
cargo xtask onnxruntime   put the ONNX Runtime that the ort plugin opens into target/onnxruntime, or --dest DIR
cargo xtask libtorch      put the libtorch that the torch plugin is built with into target/libtorch, or --dest DIR
cargo xtask docs          write docs/configuration.md and the JSON Schemas from the code";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["build"] => stage::build().map(|program| println!("{}", program.display())),
        ["demo"] => demo::demo(),
        ["test"] => test::test(false),
        ["test", "--quick"] => test::test(true),
        ["browser"] => stage::build().and_then(|program| match browser::test(&program)? {
            Outcome::Passed => Ok(()),
            Outcome::NotRun(reason) => Err(reason),
        }),
        ["onnxruntime"] => onnxruntime::folder().and_then(|folder| onnxruntime::provide(&folder)),
        ["onnxruntime", "--dest", folder] => onnxruntime::provide(Path::new(folder)),
        ["libtorch"] => libtorch::provide(None).map(|folder| println!("{}", folder.display())),
        ["libtorch", "--dest", folder] => {
            libtorch::provide(Some(Path::new(folder))).map(|folder| println!("{}", folder.display()))
        }
        ["docs"] => docs::write(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("unknown: {}\n\n{HELP}", args.join(" "));
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
