//! Times a selection of label issues on records from raw files, for `benches/peers/cleanlab.py`.
//!
//! `time_confident FOLDER RECORDS CLASSES SELECTION THREADS`: `FOLDER/labels.u32` holds RECORDS little-endian 32-bit
//! integers, `FOLDER/probabilities.f64` RECORDS × CLASSES little-endian 64-bit floats. Writes the selection to
//! `FOLDER/selected.u8`, a byte per record, and prints one JSON line with seconds and the peak of resident memory.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use ecg_audit_stats::confident::{Score, Selection, find_label_issues, label_quality_scores};
use ndarray::{Array1, Array2};

const USAGE: &str = "usage: time_confident FOLDER RECORDS CLASSES SELECTION THREADS";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, records, classes, selection, threads] = &arguments[..] else {
        return Err(USAGE.into());
    };
    let (folder, records, classes) = (PathBuf::from(folder), records.parse()?, classes.parse()?);
    let selection = named(selection).ok_or("no such selection")?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.parse()?)
        .build_global()?;

    let labels = read(&folder.join("labels.u32"), records, |b| {
        u32::from_le_bytes(b) as usize
    })?;
    let probabilities = read(
        &folder.join("probabilities.f64"),
        records * classes,
        f64::from_le_bytes,
    )?;
    let labels = Array1::from(labels);
    let probabilities = Array2::from_shape_vec((records, classes), probabilities)?;
    let loaded = peak_memory()?;

    let start = Instant::now();
    let selected = find_label_issues(labels.view(), probabilities.view(), selection, 1)?;
    let find = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let scores = label_quality_scores(labels.view(), probabilities.view(), Score::NormalisedMargin, None)?;
    let score = start.elapsed().as_secs_f64();

    let bytes: Vec<u8> = selected.iter().map(|&s| u8::from(s)).collect();
    std::fs::write(folder.join("selected.u8"), bytes)?;
    println!(
        "{{\"find\": {find}, \"score\": {score}, \"score_sum\": {}, \"loaded\": {loaded}, \"peak\": {}}}",
        scores.sum(),
        peak_memory()?
    );
    Ok(())
}

/// The selection of this name in cleanlab.
fn named(name: &str) -> Option<Selection> {
    Some(match name {
        "prune_by_noise_rate" => Selection::PruneByNoiseRate,
        "prune_by_class" => Selection::PruneByClass,
        "both" => Selection::Both,
        "confident_learning" => Selection::ConfidentLearning,
        "low_normalized_margin" => Selection::LowNormalisedMargin,
        "low_self_confidence" => Selection::LowSelfConfidence,
        "predicted_neq_given" => Selection::PredictionDiffers,
        _ => return None,
    })
}

/// Little-endian values, read without holding their bytes twice.
fn read<T, const N: usize>(
    path: &Path,
    count: usize,
    value: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, Box<dyn Error>> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut values = Vec::with_capacity(count);
    let mut bytes = [0; N];
    for _ in 0..count {
        file.read_exact(&mut bytes)?;
        values.push(value(bytes));
    }
    Ok(values)
}

/// Peak of resident memory in bytes, as Linux counts it.
fn peak_memory() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("no VmHWM in /proc/self/status")?.parse::<u64>()? * 1024)
}
