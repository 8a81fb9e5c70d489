//! `sweep`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use ecg_audit_engine::run;
use ecg_audit_engine::sweep::{Cost, PAGE, Plan, Reading, Sweep, Table, plain};
use ecg_audit_terminal::Failure;

use crate::Verdict;
use crate::args;
use crate::progress::{Bars, Watch};
use crate::run::default_folder;

pub(crate) fn sweep(args: args::Sweep, bars: Bars) -> Result<Verdict, Failure> {
    let plan = Plan::new(&args.configuration.config, &args.configuration.set, &args.vary)?;
    let prepared = run::prepare_sweep(plan, Arc::new(Watch::new(bars.clone())))?;
    let out = match args.out {
        Some(out) => out,
        None => default_folder(&format!("{}-sweep", prepared.name())),
    };
    let settings = prepared.settings();
    let bar = bars.bar("settings", Some(settings as u64));
    let mut begun = 0;
    let mut next = |name: &str| {
        bar.set_position(begun);
        begun += 1;
        bars.line(&format!("setting {begun} of {settings}: {name}"));
    };
    let result = prepared.run(&out, &mut next, &render);
    bar.finish_and_clear();
    let (sweep, folder) = result?;
    let mut stdout = std::io::stdout().lock();
    // A reader that closes early, such as `head`, is no failure of the sweep.
    let _ = write!(stdout, "{}", text(&sweep, &folder));
    drop(stdout);
    let failed: Vec<_> = sweep.failed().collect();
    for setting in &failed {
        let error = setting.error.as_deref().unwrap_or_default();
        eprintln!("setting {} failed: {error}", setting.number);
    }
    Ok(if failed.is_empty() {
        Verdict::Passed
    } else {
        Verdict::CheckFailed
    })
}

fn render(sweep: &Sweep) -> Result<Vec<u8>, String> {
    ecg_audit_report::sweep_html(sweep)
        .map(String::into_bytes)
        .map_err(|error| error.to_string())
}

/// Figures that stand in the files only: the table is wide as it is.
const LEFT_OUT: [&str; 3] = ["auroc_hard", "converged", "permuted_mae"];

/// The table, what it cost, and where the page is.
fn text(sweep: &Sweep, folder: &Path) -> String {
    let table = Table::new(sweep);
    let columns: Vec<usize> = (0..table.measures.len())
        .filter(|column| !LEFT_OUT.contains(&table.measures[*column].key))
        .collect();
    let mut header = vec!["#".to_owned()];
    header.extend(sweep.varied.iter().map(|varied| varied.key.clone()));
    header.extend(
        columns
            .iter()
            .map(|column| table.measures[*column].title.to_owned()),
    );
    let best: Vec<Vec<bool>> = columns.iter().map(|column| table.best(*column)).collect();
    let mut rows = vec![header];
    for (i, (setting, readings)) in sweep.settings.iter().zip(&table.rows).enumerate() {
        let mut row = vec![setting.number.to_string()];
        row.extend(setting.values.iter().map(plain));
        if setting.error.is_some() {
            row.push("failed".into());
        } else {
            let cells = columns.iter().zip(&best);
            row.extend(cells.map(|(column, best)| {
                let digits = table.measures[*column].digits;
                let mark = if best[i] { "*" } else { " " };
                readings[*column].map_or("–".into(), |reading| cell(reading, digits) + mark)
            }));
        }
        rows.push(row);
    }
    let mut text = format!("\n{}: {} settings\n\n", sweep.name, sweep.settings.len());
    text += &aligned(&rows, 1 + sweep.varied.len());
    text += "\n* best of the column";
    if let Some(main) = table.main() {
        let _ = write!(
            text,
            "; {}: {}",
            table.measures[main].title, table.measures[main].meaning
        );
    }
    let _ = write!(
        text,
        "\n{}\nPage: {}\n",
        cost(&sweep.cost),
        folder.join(PAGE).display()
    );
    text
}

fn cell(reading: Reading, digits: usize) -> String {
    let sd = reading.sd.map_or(String::new(), |sd| format!(" ± {sd:.digits$}"));
    format!("{:.digits$}{sd}", reading.value)
}

/// Columns side by side: the first `left` to the left, numbers to the right.
pub(crate) fn aligned(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate();
        let padded = cells.map(|(column, (cell, width))| {
            if column < left {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
        text += padded.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

/// What was done once, and what once per setting.
fn cost(cost: &Cost) -> String {
    let taken_up = match cost.taken_up {
        0 => String::new(),
        1 => " (1 setting was there already)".into(),
        number => format!(" ({number} settings were there already)"),
    };
    format!(
        "{:.1} s{taken_up}: {} {:.1} s, {} {:.1} s, surrogates {:.1} s, activations read again {:.1} s, opened {:.1} s",
        cost.total_seconds,
        counted(cost.encodings, "encoding"),
        cost.encode_seconds,
        counted(cost.clusterings, "clustering"),
        cost.cluster_seconds,
        cost.surrogate_seconds,
        cost.activations_seconds,
        cost.prepare_seconds,
    )
}

fn counted(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}
