//! Runs that end early leave nothing half-written, and are taken up where they stood.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use common::{assert_refused, audit, demo, demo_command, ecgs, program, text};

fn wait_for(what: &str, found: impl Fn() -> bool) {
    let start = Instant::now();
    while !found() {
        assert!(start.elapsed() < Duration::from_secs(120), "{what} did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn encoded(partial: &Path) -> usize {
    let Ok(folders) = fs::read_dir(partial) else {
        return 0;
    };
    let shards = folders
        .flatten()
        .filter_map(|folder| fs::read_dir(folder.path()).ok())
        .flatten()
        .flatten();
    shards
        .filter(|shard| shard.path().extension().is_some_and(|e| e == "shard"))
        .count()
}

#[test]
fn ctrl_c_ends_cleanly_and_the_next_run_takes_up_what_was_encoded() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ecgs");
    let made = program()
        .arg("synth")
        .arg(&data)
        .args(["--records", "200", "--seed", "5"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    let run = folder.path().join("run");
    let partial = folder.path().join("run.partial");

    let mut child = demo_command(&data, &run, &[])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for("the first shard", || encoded(&partial) > 0);
    let signalled = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(signalled.success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(2));
    assert!(!run.exists());
    assert!(
        !partial.join("result").exists(),
        "only what can be taken up is kept"
    );
    let kept = encoded(&partial);
    assert!(kept > 0);

    let resumed = demo(&data, &run, &[]);
    assert!(
        matches!(resumed.status.code(), Some(0 | 1)),
        "{}",
        text(&resumed.stderr)
    );
    assert!(!partial.exists());
    let undisturbed = folder.path().join("undisturbed");
    assert!(matches!(
        demo(&data, &undisturbed, &[]).status.code(),
        Some(0 | 1)
    ));
    assert_eq!(findings(&run), findings(&undisturbed));
}

/// What a run found: all of audit.json but times, and the plan that measured times decide.
fn findings(run: &Path) -> serde_json::Value {
    let mut audit = audit(run);
    audit.as_object_mut().unwrap().remove("timing");
    audit["provenance"].as_object_mut().unwrap().remove("started");
    audit["method"].as_object_mut().unwrap().remove("feature_plan");
    audit
}

/// The tables of a run by name, to the last byte.
fn tables(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(run).unwrap().map(|entry| entry.unwrap().path());
    let is_table = |path: &PathBuf| path.extension().is_some_and(|e| e == "parquet" || e == "csv");
    files
        .filter(is_table)
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect()
}

/// Starts a run and kills it after `delay`; says whether it was still at work.
fn kill_after(delay: Duration, run: &Path) -> bool {
    let mut child = demo_command(ecgs(), run, &[])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(delay);
    child.kill().unwrap(); // SIGKILL on Unix
    child.wait().unwrap().code().is_none()
}

#[test]
fn killed_at_any_point_and_started_again_it_finds_the_same() {
    const POINTS: usize = 6;
    let folder = tempfile::tempdir().unwrap();
    let undisturbed = folder.path().join("undisturbed");
    ecgs();
    let start = Instant::now();
    let output = demo(ecgs(), &undisturbed, &[]);
    let whole = start.elapsed().as_secs_f64();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        text(&output.stderr)
    );
    let expected = (findings(&undisturbed), tables(&undisturbed));
    assert!(expected.1.len() >= 3, "{:?}", expected.1.keys());

    let mut random = ChaCha8Rng::seed_from_u64(6);
    let mut killed = 0;
    for point in 0..POINTS {
        let run = folder.path().join(format!("run-{point}"));
        // Every part of the duration is hit, at a random place; what goes on from there is killed anywhere.
        let first = (point as f64 + random.random::<f64>()) / POINTS as f64 * whole;
        let second = random.random::<f64>() * whole / 2.0;
        for seconds in [first, second] {
            if run.exists() {
                break; // It was quicker than the undisturbed one.
            }
            killed += usize::from(kill_after(Duration::from_secs_f64(seconds), &run));
        }
        if !run.exists() {
            let output = demo(ecgs(), &run, &[]);
            assert!(
                matches!(output.status.code(), Some(0 | 1)),
                "killed after {first:.2} s and {second:.2} s of {whole:.2} s: {}",
                text(&output.stderr)
            );
        }
        let found = (findings(&run), tables(&run));
        assert!(
            found == expected,
            "killed after {first:.2} s and {second:.2} s of {whole:.2} s"
        );
        fs::remove_dir_all(&run).unwrap();
    }
    assert!(killed >= POINTS, "only {killed} runs were killed at work");
}

#[test]
fn a_folder_in_use_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    fs::create_dir(&run).unwrap();
    fs::write(run.join("notes.txt"), "mine").unwrap();
    assert_refused(
        &demo(ecgs(), &run, &[]),
        None,
        &["already holds something", "--out"],
    );
    assert_eq!(fs::read_to_string(run.join("notes.txt")).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_that_cannot_be_written_to() {
    let output = demo(ecgs(), "/proc/run".as_ref(), &[]);
    assert_refused(&output, Some("/proc/run".as_ref()), &["/proc/run"]);
}

#[test]
fn a_full_disk_is_an_error_and_leaves_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let command = demo_command(ecgs(), &run, &[]);
    // A limit on file size fails writes as a full disk does, without needing one.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""]);
    limited.arg(command.get_program()).args(command.get_args());
    for (key, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(key, value),
            None => limited.env_remove(key),
        };
    }
    let output = limited.output().unwrap();
    assert_refused(&output, Some(&run), &["run.partial", "File too large"]);
}
