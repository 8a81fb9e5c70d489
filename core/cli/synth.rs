//! `synth`.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use ecg_audit_ecg::synth::{self, Class, Options};
use ecg_audit_terminal::{Failure, interrupt_flag};

use crate::Verdict;
use crate::args;
use crate::progress::Bars;

pub(crate) fn synth(args: args::Synth, bars: &Bars) -> Result<Verdict, Failure> {
    let options = Options {
        records: args.records,
        seed: args.seed,
        sampling_rate: args.sampling_rate,
        duration_s: args.duration,
        wrong_labels: args.wrong_labels,
        noise: args.noise,
        powerline_hz: args.powerline,
        ..Options::default()
    };
    let bar = bars.bar("synth", Some(args.records as u64));
    let stop = interrupt_flag();
    let result = synth::write(&args.dir, &options, |done| {
        bar.set_position(done as u64);
        if stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    bar.finish_and_clear();
    let summary = result.map_err(|e| Failure::message(e.to_string()))?;
    let classes = Class::ALL
        .iter()
        .zip(summary.per_class)
        .map(|(class, n)| format!("{} {n}", class.name()));
    println!(
        "{} records of {} patients ({}), {} with a wrong label; the truth is in {}",
        summary.records,
        summary.patients,
        classes.collect::<Vec<_>>().join(", "),
        summary.wrong_labels,
        args.dir.join("truth").display()
    );
    Ok(Verdict::Passed)
}
