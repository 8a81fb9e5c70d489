//! The command line: arguments in, engine calls, exit codes.
//!
//! Exit status: 0 all checks passed, 1 a check failed, 2 the audit could not run.

mod args;
mod bench;
mod compare;
mod init;
mod inspect;
mod page;
mod plot;
mod plugins;
mod progress;
mod report;
mod reproduce;
mod review;
mod run;
mod summary;
mod sweep;
mod synth;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

/// What a command comes to when nothing is wrong.
enum Verdict {
    Passed,
    CheckFailed,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let bars = progress::Bars::new(args.quiet);
    progress::log(&bars, args.verbose);
    let result = match args.command {
        Command::Run(run) => run::run(run, bars),
        Command::Sweep(sweep) => sweep::sweep(sweep, bars),
        Command::Validate(validate) => run::validate(validate, bars),
        Command::Report(report) => report::report(report),
        Command::Compare(compare) => compare::compare(&compare),
        Command::Plot(plot) => plot::plot(&plot),
        Command::Inspect(inspect) => inspect::inspect(&inspect),
        Command::Init(init) => init::init(&init),
        Command::Reproduce { command } => reproduce::reproduce(command, bars, args.quiet),
        Command::Synth(synth) => synth::synth(synth, &bars),
        Command::Review { command } => review::review(command),
        Command::Bench { command } => bench::bench(command, bars),
        Command::Plugin { command } => plugins::plugin(command),
        Command::Schema { of } => args::schema(of),
        Command::Completions { shell } => {
            args::completions(shell);
            Ok(Verdict::Passed)
        }
    };
    match result {
        Ok(Verdict::Passed) => ExitCode::SUCCESS,
        Ok(Verdict::CheckFailed) => ExitCode::from(1),
        Err(error) => {
            error.print();
            ExitCode::from(2)
        }
    }
}
