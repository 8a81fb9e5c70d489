//! `review apply`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use ecg_audit_engine::review::{self, Applied};
use ecg_audit_terminal::Failure;

use crate::Verdict;
use crate::args::ReviewCommand;

pub(crate) fn review(command: ReviewCommand) -> Result<Verdict, Failure> {
    let ReviewCommand::Apply { run, reviewed, out } = command;
    let out = out.unwrap_or_else(|| run.join("corrected"));
    let applied = review::apply(&run, &reviewed, &out)?;
    // A reader that closes early, such as `head`, is no failure.
    let _ = std::io::stdout().write_all(summary(&applied, &run, &reviewed).as_bytes());
    Ok(Verdict::Passed)
}

/// What was done, and how to go on.
fn summary(applied: &Applied, run: &Path, reviewed: &Path) -> String {
    let mut text = format!(
        "corrected labels  {}\nchange log        {}\n",
        applied.labels.display(),
        applied.log.display()
    );
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "labels            {} changed in {}, {} confirmed, {} undecided",
        applied.changed.len(),
        records(applied.records()),
        applied.confirmed,
        applied.undecided
    );
    if !applied.set_aside.is_empty() {
        let _ = writeln!(
            text,
            "without a label   {} ({}): the next audit sets them aside, unless `data.unlabelled` says otherwise",
            records(applied.set_aside.len()),
            shortened(&applied.set_aside)
        );
    }
    if !applied.vanished.is_empty() {
        let _ = writeln!(
            text,
            "without a record  {}: name all classes in `data.classes` to keep the order of the network's outputs",
            applied.vanished.join(", ")
        );
    }
    let setting = format!("{}={}", applied.key, applied.labels.display());
    let _ = writeln!(
        text,
        "next audit        ecg-audit run {} --set {} --review {}",
        word(&run.join("audit.toml").display().to_string()),
        word(&setting),
        word(&reviewed.display().to_string())
    );
    text
}

fn records(number: usize) -> String {
    match number {
        1 => "1 record".into(),
        number => format!("{number} records"),
    }
}

/// The first of many names.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let mut text = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text += ", …";
    }
    text
}

/// A word of a shell's command line.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-=:\\".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
