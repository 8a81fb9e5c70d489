//! The tests that open the report in a real browser: `tests/browser`, run by Node with the system's Chromium.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::{sh, stage};

/// The oldest Node that runs the tests.
const NODE: u32 = 20;
/// The names under which systems install Chromium.
const CHROMIUM: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Whether the tests ran.
pub(crate) enum Outcome {
    /// They ran and passed.
    Passed,
    /// They could not run, for this reason.
    NotRun(String),
}

/// Runs the tests, the round trip through the review with `program`.
pub(crate) fn test(program: &Path) -> Result<Outcome, String> {
    let named = named()?;
    let chromium = node()
        .and_then(|()| packages())
        .and_then(|()| named.map_or_else(chromium, Ok));
    match chromium {
        Ok(chromium) => run(&chromium, program).map(|()| Outcome::Passed),
        Err(reason) => {
            let reason = format!("browser tests not run: {reason}");
            eprintln!("{reason}");
            Ok(Outcome::NotRun(reason))
        }
    }
}

fn run(chromium: &Path, program: &Path) -> Result<(), String> {
    let pages = stage::target()?.join("browser");
    write_pages(&pages)?;
    let mut tests = Command::new("node");
    tests
        .args(["--test", "--test-reporter=spec"])
        .args(files()?)
        .current_dir(folder())
        .env("ECG_AUDIT_CHROMIUM", chromium)
        .env("ECG_AUDIT_PAGES", pages)
        .env("ECG_AUDIT_PROGRAM", program);
    sh::run(&mut tests)
}

fn folder() -> PathBuf {
    sh::root().join("tests/browser")
}

/// The test files, in order; Node's own search would open the packages' too.
fn files() -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder()).map_err(|e| format!("{}: {e}", folder().display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".test.mjs"))
        .collect();
    names.sort();
    Ok(names)
}

/// Makes the pages that the tests open, of made-up audits.
fn write_pages(folder: &Path) -> Result<(), String> {
    let sample = || {
        let mut sample = sh::cargo();
        sample.args(["run", "--release", "--locked", "--quiet", "--package"]);
        sample.args(["ecg-audit-report", "--example", "sample", "--"]);
        sample
    };
    sh::run(sample().arg(folder))?;
    sh::run(sample().arg("hostile").arg(folder.join("hostile.json")))
}

fn node() -> Result<(), String> {
    let wanted = format!("install Node {NODE} or newer, with npm");
    let version = sh::output(Command::new("node").arg("--version"))
        .map_err(|_| format!("there is no `node` on PATH; {wanted}"))?;
    let major = version.trim().trim_start_matches('v').split('.').next();
    match major.and_then(|major| major.parse::<u32>().ok()) {
        Some(major) if major >= NODE => Ok(()),
        _ => Err(format!("`node` is {}; {wanted}", version.trim())),
    }
}

/// Installs the packages that `package-lock.json` names, unless they are there.
fn packages() -> Result<(), String> {
    let locked = |file: &str| {
        let text = fs::read_to_string(folder().join(file)).ok()?;
        let mut lock: serde_json::Value = serde_json::from_str(&text).ok()?;
        let packages = lock.get_mut("packages")?.as_object_mut()?;
        // The project itself is in one of the two files only.
        packages.remove("");
        packages.values_mut().for_each(|package| {
            // Where it came from differs between machines.
            package.as_object_mut().map(|fields| fields.remove("resolved"));
        });
        Some(packages.clone())
    };
    let there = locked("node_modules/.package-lock.json");
    if there.is_some() && there == locked("package-lock.json") {
        return Ok(());
    }
    let mut install = Command::new("npm");
    install
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ])
        .current_dir(folder());
    sh::run(&mut install).map_err(|e| {
        format!("{e}; install npm and run `npm ci` in tests/browser where packages can be reached")
    })
}

/// The browser that `ECG_AUDIT_CHROMIUM` names.
fn named() -> Result<Option<PathBuf>, String> {
    match env::var_os("ECG_AUDIT_CHROMIUM").map(PathBuf::from) {
        Some(path) if !path.is_file() => Err(format!(
            "ECG_AUDIT_CHROMIUM is {}: there is no such file",
            path.display()
        )),
        named => Ok(named),
    }
}

/// The browser that is installed, or that the system's packages provide.
fn chromium() -> Result<PathBuf, String> {
    let installed = || CHROMIUM.iter().find_map(|name| on_path(name));
    if let Some(path) = installed() {
        return Ok(path);
    }
    let wanted = "install Chromium, or name it by ECG_AUDIT_CHROMIUM";
    let root = sh::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !root || on_path("apt-get").is_none() {
        return Err(format!("there is no Chromium on PATH; {wanted}"));
    }
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        sh::run(&mut apt).map_err(|e| format!("{e}; {wanted}"))
    };
    apt(&["update", "--quiet"])?;
    apt(&[
        "install",
        "--quiet",
        "--yes",
        "--no-install-recommends",
        "chromium",
    ])?;
    installed().ok_or_else(|| format!("apt-get installed no Chromium on PATH; {wanted}"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let file = |folder: PathBuf| folder.join(OsStr::new(name));
    env::split_paths(&path).map(file).find(|file| file.is_file())
}
