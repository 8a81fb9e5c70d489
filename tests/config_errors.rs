//! Wrong configurations: each is refused with its place, what was expected, and what to do.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{assert_refused, demo, ecgs, program, root};

#[test]
fn an_unknown_key_names_file_line_column_and_the_nearest_key() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("audit.toml");
    let text = fs::read_to_string(root().join("configs/demo.toml")).unwrap();
    fs::write(
        &config,
        text.replace("[clusterer]\nplugin", "[clusterer]\nplugni"),
    )
    .unwrap();
    let line = fs::read_to_string(&config)
        .unwrap()
        .lines()
        .position(|l| l.starts_with("plugni"))
        .unwrap()
        + 1;
    let output = program().arg("validate").arg(&config).output().unwrap();
    assert_refused(
        &output,
        None,
        &[
            &format!("audit.toml:{line}:1"),
            "unknown key `plugni`",
            "did you mean `plugin`",
        ],
    );
}

#[test]
fn a_wrong_type_names_the_key_and_what_was_expected() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    let output = demo(ecgs(), &never, &["audit.seed=\"seven\""]);
    assert_refused(
        &output,
        Some(&never),
        &["audit.seed", "expected u64", "came from the command line"],
    );
}

#[test]
fn a_missing_configuration_and_text_that_is_no_toml() {
    let output = program().args(["run", "nowhere.toml"]).output().unwrap();
    assert_refused(&output, None, &["nowhere.toml", "cannot be read"]);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("a.toml");
    fs::write(&config, "[audit\nname = 1").unwrap();
    let output = program().arg("run").arg(&config).output().unwrap();
    assert_refused(&output, None, &["a.toml:1:", "not valid TOML"]);
}

#[test]
fn a_data_set_that_is_not_there() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    let output = demo("/nowhere/ptb-xl".as_ref(), &never, &[]);
    assert_refused(&output, Some(&never), &["/nowhere/ptb-xl", "does not exist"]);
}

#[test]
fn an_unknown_reader_lists_the_readers() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    let output = demo(ecgs(), &never, &["data.reader=ptbxl"]);
    assert_refused(&output, Some(&never), &["ptbxl", "ptb-xl", "npz"]);
}

#[test]
fn a_model_that_is_not_there() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    let output = demo(ecgs(), &never, &["encoder.params.model=gone.onnx"]);
    assert_refused(&output, Some(&never), &["gone.onnx"]);
}

#[test]
fn an_unknown_tap_lists_candidates() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    let output = demo(ecgs(), &never, &["encoder.params.taps=[\"block1\", \"blokc2\"]"]);
    assert_refused(&output, Some(&never), &["blokc2", "block2"]);
}

#[test]
fn a_truncated_model() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(root().join("configs/demo/demo.onnx")).unwrap();
    let model = folder.path().join("cut.onnx");
    fs::write(&model, &whole[..whole.len() / 2]).unwrap();
    let output = demo(
        ecgs(),
        &never,
        &[&format!("encoder.params.model={}", model.display())],
    );
    assert_refused(&output, Some(&never), &["cut.onnx"]);
}

#[test]
fn windows_of_a_length_the_model_does_not_take_name_both_shapes() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    let output = demo(
        ecgs(),
        &never,
        &["preprocess.steps=[{ op = \"leads\", order = [\"I\", \"II\"] }]"],
    );
    assert_refused(&output, Some(&never), &["could be encoded", "12", "2"]);
}

#[test]
fn a_plugin_that_is_not_there_shows_the_search() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    let output = demo(ecgs(), &never, &["clusterer.plugin=kmean"]);
    assert_refused(
        &output,
        Some(&never),
        &["kmean", "kmeans", "plugins", "plugin doctor"],
    );
}

#[test]
fn an_unknown_parameter_names_the_nearest() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    let output = demo(ecgs(), &never, &["clusterer.params.temprature=2"]);
    assert_refused(&output, Some(&never), &["temprature", "temperature"]);
}

#[test]
fn a_library_of_another_hash_is_not_opened() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    let output = demo(ecgs(), &never, &[&format!("clusterer.sha256={}", "0".repeat(64))]);
    assert_refused(&output, Some(&never), &["SHA-256", &"0".repeat(64)]);
}

#[test]
fn an_unknown_check_lists_the_checks() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    let output = demo(ecgs(), &never, &["checks.fidelity_agreemnt={warn_below=0.9}"]);
    assert_refused(
        &output,
        Some(&never),
        &["fidelity_agreemnt", "did you mean `fidelity_agreement`"],
    );
}

#[test]
fn more_clusters_than_timestamps() {
    let kept = tempfile::tempdir().unwrap();
    let never = kept.path().join("run");
    // Two records, whose timestamps are fewer than the clusters asked for.
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("few");
    common::copy_folder(ecgs(), &data);
    common::keep_rows(&data.join("ptbxl_database.csv"), 2);
    let output = demo(&data, &never, &["clusterer.params.k=1024"]);
    assert_refused(&output, Some(&never), &["1024"]);
}

#[test]
fn an_override_without_a_value() {
    let arguments = ["validate", "configs/demo.toml", "--set", "audit.seed"];
    let output = program().args(arguments).current_dir(root()).output().unwrap();
    assert_refused(&output, None, &["--set audit.seed", "has no `=`"]);
}

#[test]
fn a_check_that_fails_ends_with_status_one_and_still_leaves_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let output = demo(ecgs(), &run, &["checks.fidelity_agreement={fail_below=1.01}"]);
    assert_eq!(output.status.code(), Some(1), "{}", common::text(&output.stderr));
    assert!(run.join("report.html").exists());
    assert!(common::text(&output.stdout).contains("FAIL fidelity_agreement"));
}
