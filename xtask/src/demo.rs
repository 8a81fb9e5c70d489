//! The demo: synthetic ECGs, some with a wrong label, audited with the demo network.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{sh, stage};

/// Records of the demo.
const RECORDS: &str = "400";
/// Share of records that get a wrong label.
const WRONG: &str = "0.05";

pub(crate) fn demo() -> Result<(), String> {
    let program = stage::build()?;
    let folder = stage::target()?.join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let (data, run) = (folder.join("data"), folder.join("run"));
    let mut synth = Command::new(&program);
    synth
        .arg("synth")
        .arg(&data)
        .args(["--records", RECORDS, "--wrong-labels", WRONG]);
    sh::run(&mut synth)?;
    let mut audit = Command::new(&program);
    audit
        .arg("run")
        .arg(sh::root().join("configs/demo.toml"))
        .arg("--out")
        .arg(&run);
    audit.arg("--set").arg(format!("data.path={}", data.display()));
    match sh::status(&mut audit)? {
        0 | 1 => {}
        code => return Err(format!("the audit ended with status {code}")),
    }
    println!("{}", found(&data, &run)?);
    println!("Open {} in a browser.", run.join("report.html").display());
    Ok(())
}

/// How many of the wrong labels that the generator planted were flagged.
fn found(data: &Path, run: &Path) -> Result<String, String> {
    let wrong = records(&data.join("truth/labels.csv"), Some(("wrong", "true")))?;
    let flagged = records(&run.join("issues.csv"), None)?;
    let found = wrong.intersection(&flagged).count();
    Ok(format!(
        "Of {} records with a planted wrong label, {found} are among the {} flagged records.",
        wrong.len(),
        flagged.len()
    ))
}

/// The distinct values of the column `record`, in the rows whose column `only.0` is `only.1`.
fn records(path: &Path, only: Option<(&str, &str)>) -> Result<HashSet<String>, String> {
    let failed = |e: csv::Error| format!("{}: {e}", path.display());
    let mut csv = csv::Reader::from_path(path).map_err(failed)?;
    let headers = csv.headers().map_err(failed)?.clone();
    let position = |name: &str| {
        headers
            .iter()
            .position(|header| header == name)
            .ok_or_else(|| format!("{} has no column {name}", path.display()))
    };
    let record = position("record")?;
    let only = only
        .map(|(name, value)| position(name).map(|at| (at, value)))
        .transpose()?;
    let mut found = HashSet::new();
    for row in csv.records() {
        let row = row.map_err(failed)?;
        if only.is_none_or(|(at, value)| row.get(at) == Some(value)) {
            found.extend(row.get(record).map(str::to_owned));
        }
    }
    Ok(found)
}
