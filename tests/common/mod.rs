//! What the end-to-end tests share: the real program, the real plugins, synthetic data.

#![allow(dead_code, clippy::unwrap_used)] // each test file uses its own part; a test that cannot go on panics

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
pub fn program() -> Command {
    let path = Path::new(env!("CARGO_BIN_EXE_ecg-audit"));
    let plugins = path.with_file_name("plugins");
    assert!(
        plugins.join("kmeans.plugin.toml").exists(),
        "no plugins in {}: run these tests by `cargo xtask test`, which lays them out",
        plugins.display()
    );
    let mut command = Command::new(path);
    command.env_remove("ECG_AUDIT_PLUGIN_PATH").env("NO_COLOR", "1");
    command
}

/// The folder of the plugins under test.
pub fn plugin_folder() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_ecg-audit")).with_file_name("plugins")
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// 60 synthetic records, made once per test program.
pub fn ecgs() -> &'static Path {
    static DATA: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = DATA.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ecgs");
        let made = program()
            .arg("synth")
            .arg(&path)
            .args(["--records", "60", "--seed", "3", "--wrong-labels", "0.1"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", text(&made.stderr));
        (folder, path)
    });
    path
}

/// `ecg-audit run configs/demo.toml` on `data`, small and quick, with further `--set`.
pub fn demo(data: &Path, out: &Path, set: &[&str]) -> Output {
    demo_command(data, out, set).output().unwrap()
}

/// The command of [`demo`].
pub fn demo_command(data: &Path, out: &Path, set: &[&str]) -> Command {
    let mut command = program();
    command
        .arg("run")
        .arg(root().join("configs/demo.toml"))
        .arg("--out")
        .arg(out);
    small(&mut command, data, set);
    command
}

/// What makes an audit of `data` small and quick, with further `--set`.
pub fn small(command: &mut Command, data: &Path, set: &[&str]) {
    command.arg("--set").arg(format!("data.path={}", data.display()));
    let small = [
        "clusterer.params.k=5",
        "surrogate.0.params.trees=20",
        "explain.masked_records=1",
        "explain.shuffled_records=0",
        "explain.refits=0",
    ];
    for set in small.iter().chain(set) {
        command.args(["--set", set]);
    }
}

/// Standard output or error as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asserts that the program could not run (status 2), left nothing at `out`, and said all of `words`.
pub fn assert_refused(output: &Output, out: Option<&Path>, words: &[&str]) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(!said.contains("panicked at"), "{said}");
    let flat = said
        .split_whitespace()
        .filter(|word| *word != "│")
        .collect::<Vec<_>>()
        .join(" ");
    for word in words {
        assert!(flat.contains(word), "`{word}` is not in:\n{said}");
    }
    if let Some(out) = out {
        assert!(!out.exists(), "{} was left behind", out.display());
    }
}

/// `audit.json` of a run.
pub fn audit(run: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(run.join("audit.json")).unwrap()).unwrap()
}

/// A number in it.
pub fn number(audit: &Value, pointer: &str) -> f64 {
    audit
        .pointer(pointer)
        .and_then(Value::as_f64)
        .unwrap_or_else(|| panic!("no number at {pointer}"))
}

/// The folder with real data, or a visible line that says that it is not there.
pub fn shared(needed_by: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ECG_AUDIT_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    if folder.join("data").is_dir() {
        return Some(folder);
    }
    eprintln!(
        "skipped: {needed_by} needs the real data; {} is not there",
        folder.display()
    );
    None
}

/// Copies a folder.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// Cuts a CSV down to its header and first `rows` rows, one fold each.
pub fn keep_rows(path: &Path, rows: usize) {
    let mut csv = csv::Reader::from_path(path).unwrap();
    let headers = csv.headers().unwrap().clone();
    let fold = headers.iter().position(|name| name == "strat_fold").unwrap();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&headers).unwrap();
    for (i, row) in csv.records().take(rows).enumerate() {
        let row = row.unwrap();
        let number = (i + 1).to_string();
        out.write_record(
            row.iter()
                .enumerate()
                .map(|(c, value)| if c == fold { &number } else { value }),
        )
        .unwrap();
    }
    std::fs::write(path, out.into_inner().unwrap()).unwrap();
}

/// Changes one column of one row (from 0) of a CSV.
pub fn set_cell(path: &Path, row: usize, column: &str, value: &str) {
    let mut csv = csv::Reader::from_path(path).unwrap();
    let headers = csv.headers().unwrap().clone();
    let at = headers.iter().position(|name| name == column).unwrap();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&headers).unwrap();
    for (i, record) in csv.records().enumerate() {
        let record = record.unwrap();
        let cells = record.iter().enumerate();
        out.write_record(cells.map(|(c, old)| if (i, c) == (row, at) { value } else { old }))
            .unwrap();
    }
    std::fs::write(path, out.into_inner().unwrap()).unwrap();
}
