//! `bench label-noise`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use ecg_audit_engine::config::Source;
use ecg_audit_engine::label_noise::{Benchmark, Figures, Interval, Plan, REFERENCE, Setting};
use ecg_audit_engine::run;
use ecg_audit_terminal::Failure;

use crate::Verdict;
use crate::args::{BenchCommand, LabelNoise};
use crate::progress::{Bars, Watch};

pub(crate) fn bench(command: BenchCommand, bars: Bars) -> Result<Verdict, Failure> {
    match command {
        BenchCommand::LabelNoise(args) => label_noise(args, bars),
    }
}

fn label_noise(args: LabelNoise, bars: Bars) -> Result<Verdict, Failure> {
    let source = Source::read(&args.configuration.config, &args.configuration.set)?;
    let plan = Plan {
        noises: args.noise.iter().map(|noise| (*noise).into()).collect(),
        rates: args.rate,
        seeds: args.seeds,
        at: args.at,
    };
    plan.check()?;
    let prepared = run::prepare(&source, Arc::new(Watch::new(bars)))?;
    let (benchmark, folder) = prepared.label_noise(&plan, &args.out, &csv)?;
    let mut stdout = std::io::stdout().lock();
    // A reader that closes early, such as `head`, is no failure of the benchmark.
    let _ = write!(stdout, "{}", text(&benchmark));
    let _ = writeln!(
        stdout,
        "All figures: {}",
        folder.join("label-noise.json").display()
    );
    Ok(Verdict::Passed)
}

/// One block per noise and rate.
fn text(benchmark: &Benchmark) -> String {
    let mut text = format!(
        "{}: {} labelled records, {} classes, {} seeds\n",
        benchmark.name,
        benchmark.records,
        benchmark.classes.len(),
        benchmark.plan.seeds
    );
    for setting in &benchmark.settings {
        block(&mut text, setting);
    }
    text
}

fn block(text: &mut String, setting: &Setting) {
    let name = setting.noise.name();
    let _ = writeln!(
        text,
        "\n{name}, {} % of records ({:.0} with a wrong label)\n\
         score                average precision      of labels   p@planted  gain over {REFERENCE}         ratio",
        100.0 * setting.rate,
        setting.planted,
    );
    for figures in &setting.scores {
        let ap = figures.average_precision;
        let labels = figures
            .average_precision_labels
            .map_or("    -".into(), |i| format!("{:.3}", i.mean));
        let gain = figures.gain;
        let _ = writeln!(
            text,
            "{:<20} {:.3} [{:.3}, {:.3}]   {labels:>9}   {:>9.3}  {:>+.3} [{:+.3}, {:+.3}]          {:>8.2}",
            figures.score,
            ap.mean,
            ap.ci95[0],
            ap.ci95[1],
            figures.precision_at_planted.mean,
            gain.mean,
            gain.ci95[0],
            gain.ci95[1],
            figures.ratio
        );
    }
}

/// A row per noise, rate and score.
fn csv(benchmark: &Benchmark) -> Result<Vec<u8>, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let ranks = benchmark.settings.first().map_or(&[][..], |s| s.at.as_slice());
    let mut header: Vec<String> = ["noise", "rate", "planted", "score"].map(Into::into).into();
    let mut columns = vec![
        "average_precision".to_owned(),
        "precision_at_planted".into(),
        "gain".into(),
    ];
    columns.extend(ranks.iter().map(|k| format!("precision_at_{k}")));
    columns.extend(ranks.iter().map(|k| format!("recall_at_{k}")));
    for column in columns {
        header.extend(["", "_sd", "_low", "_high"].map(|part| format!("{column}{part}")));
    }
    header.extend(["average_precision_labels".into(), "ratio".into()]);
    let failed = |e: csv::Error| e.to_string();
    writer.write_record(&header).map_err(failed)?;
    for setting in &benchmark.settings {
        for figures in &setting.scores {
            writer.write_record(row(setting, figures)).map_err(failed)?;
        }
    }
    writer.into_inner().map_err(|e| e.to_string())
}

fn row(setting: &Setting, figures: &Figures) -> Vec<String> {
    let mut row = vec![
        setting.noise.name().to_owned(),
        setting.rate.to_string(),
        setting.planted.to_string(),
        figures.score.clone(),
    ];
    let mut intervals = vec![
        figures.average_precision,
        figures.precision_at_planted,
        figures.gain,
    ];
    intervals.extend(&figures.precision_at);
    intervals.extend(&figures.recall_at);
    for Interval { mean, sd, ci95 } in intervals {
        row.extend([mean, sd, ci95[0], ci95[1]].map(|value| value.to_string()));
    }
    let labels = figures.average_precision_labels.map(|i| i.mean.to_string());
    row.extend([labels.unwrap_or_default(), figures.ratio.to_string()]);
    row
}
