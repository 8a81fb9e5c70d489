//! All checks and tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::browser::{self, Outcome};
use crate::{docs, libtorch, onnxruntime, sh, stage};

/// Tools that cargo installs into the target folder when they are missing: crate, its binary, version.
const DENY: (&str, &str, &str) = ("cargo-deny", "cargo-deny", "0.20.2");
const TYPOS: (&str, &str, &str) = ("typos-cli", "typos", "1.52.0");

pub(crate) fn test(quick: bool) -> Result<(), String> {
    let libtorch = libtorch::provide(None)?;
    if !quick {
        lints(&libtorch)?;
    }
    onnxruntime::provide(&onnxruntime::folder()?)?;
    let program = stage::build()?;
    docs::check()?;
    let mut tests = sh::cargo();
    tests
        .args(["test", "--release", "--locked", "--workspace", "--no-fail-fast"])
        .env("LIBTORCH", &libtorch);
    sh::run(&mut tests)?;
    match browser::test(&program)? {
        Outcome::Passed => println!("all checks and tests passed"),
        Outcome::NotRun(reason) => println!("all checks and tests passed, but: {reason}"),
    }
    Ok(())
}

fn lints(libtorch: &Path) -> Result<(), String> {
    sh::run(sh::cargo().args(["fmt", "--all", "--check"]))?;
    let clippy = [
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "--deny",
        "warnings",
    ];
    sh::run(sh::cargo().args(clippy).env("LIBTORCH", libtorch))?;
    let mut doc = sh::cargo();
    doc.args(["doc", "--locked", "--workspace", "--no-deps", "--quiet"])
        .env("RUSTDOCFLAGS", "--deny warnings")
        .env("LIBTORCH", libtorch);
    sh::run(&mut doc)?;
    sh::run(Command::new(tool(DENY)?).current_dir(sh::root()).args([
        "--locked",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))?;
    sh::run(Command::new(tool(TYPOS)?).current_dir(sh::root()))
}

/// The path of a tool, installed first when it is not there in the right version.
fn tool((package, binary, version): (&str, &str, &str)) -> Result<PathBuf, String> {
    let root = stage::target()?.join("tools");
    let path = root
        .join("bin")
        .join(format!("{binary}{}", std::env::consts::EXE_SUFFIX));
    let there = |program: &PathBuf| {
        sh::output(Command::new(program).arg("--version")).is_ok_and(|text| text.contains(version))
    };
    let installed = PathBuf::from(binary);
    if there(&installed) {
        return Ok(installed);
    }
    if !there(&path) {
        let mut install = sh::cargo();
        install
            .args([
                "install",
                "--locked",
                "--quiet",
                "--version",
                version,
                package,
                "--root",
            ])
            .arg(&root);
        sh::run(&mut install)?;
    }
    Ok(path)
}
