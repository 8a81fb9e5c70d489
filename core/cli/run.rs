//! `run` and `validate`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use ecg_audit_engine::audit::{Audit, CheckStatus};
use ecg_audit_engine::config::Source;
use ecg_audit_engine::review::Review;
use ecg_audit_engine::{Error, Silent, run};
use ecg_audit_terminal::Failure;

use crate::Verdict;
use crate::args;
use crate::page::Page;
use crate::progress::{Bars, Watch};
use crate::summary;

pub(crate) fn run(args: args::Run, bars: Bars) -> Result<Verdict, Failure> {
    let source = Source::read(&args.configuration.config, &args.configuration.set)?;
    let review = args.review.as_deref().map(Review::read).transpose();
    let review = review.map_err(Error::from)?;
    let prepared = run::prepare(&source, Arc::new(Watch::new(bars)))?;
    let out = match args.out {
        Some(out) => out,
        None => default_folder(prepared.name()),
    };
    let page = Page::new(prepared.templates())?;
    let (audit, folder) = prepared.run(&out, review.as_ref(), &|audit| page.render(audit))?;
    let mut stdout = std::io::stdout().lock();
    // A reader that closes early, such as `head`, is no failure of the audit.
    let _ = write!(stdout, "{}", summary::text(&audit, &folder));
    page.finish(&folder)?;
    Ok(verdict(&audit))
}

pub(crate) fn validate(args: args::Validate, bars: Bars) -> Result<Verdict, Failure> {
    drop(bars);
    let source = Source::read(&args.configuration.config, &args.configuration.set)?;
    let prepared = run::prepare(&source, Arc::new(Silent))?;
    Page::new(prepared.templates())?;
    let mut stdout = std::io::stdout().lock();
    for line in prepared.summary() {
        let _ = writeln!(stdout, "{line}");
    }
    let _ = writeln!(stdout, "{} is valid", source.path().display());
    Ok(Verdict::Passed)
}

pub(crate) fn render(audit: &Audit) -> Result<Vec<u8>, String> {
    ecg_audit_report::html(audit)
        .map(String::into_bytes)
        .map_err(|e| e.to_string())
}

pub(crate) fn verdict(audit: &Audit) -> Verdict {
    let failed = audit.checks.iter().any(|check| check.status == CheckStatus::Fail);
    if failed {
        Verdict::CheckFailed
    } else {
        Verdict::Passed
    }
}

/// Writes beside the target and renames, so that nothing half-written ever bears its name.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let partial = path.with_extension("tmp");
    std::fs::write(&partial, bytes)?;
    std::fs::rename(&partial, path)
}

/// `runs/NAME-DATE-TIME`, UTC.
pub(crate) fn default_folder(name: &str) -> PathBuf {
    let plain = |c: char| {
        if c.is_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(plain).collect();
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let now: String = now.chars().filter(|c| c.is_ascii_digit() || *c == 'T').collect();
    Path::new("runs").join(format!("{name}-{}", now.replace('T', "-")))
}
