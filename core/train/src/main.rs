//! `ecg-audit-train`: trains the networks that `ecg-audit` audits.
//!
//! Exit status: 0 all folds asked for are trained, 2 the run did not come to its end.

mod progress;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use ecg_audit_engine::config::Source;
use ecg_audit_terminal::Failure;
use ecg_audit_train::config::Config;
use ecg_audit_train::{Error, run};

/// Trains one residual network per held-out fold, as TorchScript files that `ecg-audit` reads.
///
/// DIR receives fold<N>.pt (network), fold<N>.json (card), fold<N>.csv (answers to the held-out records), folds.csv,
/// train.json (all folds together) and curve.svg. A run that was ended goes on when it is started again. The last table on
/// standard output has the throughput of each fold: windows trained on per second.
#[derive(Parser)]
#[command(name = "ecg-audit-train", version)]
struct Args {
    /// The configuration: [train], [data], [preprocess], [network].
    config: PathBuf,
    /// Folder of the results: empty, or of the same run.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Hold out this fold only; may be repeated. Default: `train.folds`, else all.
    #[arg(long, value_name = "N")]
    fold: Vec<u32>,
    /// Replaces a key: `--set train.epochs=5`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Processors to use; changes no result. Default: `train.threads`, else all.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Say nothing but errors and the final table.
    #[arg(short, long)]
    quiet: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match train(&args) {
        Ok(table) => {
            println!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            failure(error).print();
            ExitCode::from(2)
        }
    }
}

/// An error with its place, where it has one.
fn failure(error: Error) -> Failure {
    match error {
        Error::Config(error) => error.into(),
        other => Failure::message(other.to_string()),
    }
}

fn train(args: &Args) -> Result<String, Error> {
    let mut config = Config::from_source(&Source::read(&args.config, &args.set)?)?;
    if !args.fold.is_empty() {
        config.train.folds = Some(args.fold.clone());
    }
    if let Some(threads) = args.threads {
        config.train.threads = Some(threads.into());
    }
    run::run(&config, &args.out, &progress::Progress::new(args.quiet))
}
