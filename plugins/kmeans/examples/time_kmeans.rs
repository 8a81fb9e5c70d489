//! Times the steps of a fit on rows from a raw file, for `benches/peers/kmeans.py`.
//!
//! `time_kmeans FOLDER ROWS COLUMNS K ITERATIONS THREADS`: `FOLDER/rows.f32` holds ROWS × COLUMNS little-endian
//! 32-bit floats, `FOLDER/initial.f32` K × COLUMNS initial centroids. Prints one JSON line with seconds.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ecg_audit_kmeans::{KMeans, Params, Workers, fit_from, initial_centroids};
use ecg_audit_plugin::{Clusterer, Context, FromParams};
use ndarray::{Array2, ArrayView2};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, numbers @ ..] = &arguments[..] else {
        return Err("usage: time_kmeans FOLDER ROWS COLUMNS K ITERATIONS THREADS".into());
    };
    let numbers: Vec<usize> = numbers.iter().map(|n| n.parse()).collect::<Result<_, _>>()?;
    let [rows, columns, k, iterations, threads] = numbers[..] else {
        return Err("usage: time_kmeans FOLDER ROWS COLUMNS K ITERATIONS THREADS".into());
    };
    let folder = PathBuf::from(folder);
    let data = read(&folder.join("rows.f32"), rows, columns)?;
    let initial = read(&folder.join("initial.f32"), k, columns)?;
    let workers = Workers::new(threads)?;
    let context = Context::quiet(threads);

    let start = Instant::now();
    initial_centroids(data.view(), k, 1, &workers, &context)?;
    let seeding = start.elapsed().as_secs_f64();

    let run = |iterations| -> Result<_, ecg_audit_plugin::Error> {
        let start = Instant::now();
        let fit = fit_from(data.view(), initial.clone(), iterations, 0.0, &workers, &context)?;
        Ok((start.elapsed().as_secs_f64(), fit))
    };
    let (one, _) = run(1)?;
    let (all, fit) = run(iterations)?;

    let assign = time_assign(data.view(), k, &context)?;
    println!(
        "{{\"seeding\": {seeding}, \"one\": {one}, \"all\": {all}, \"iterations\": {}, \"inertia\": {}, \"assign\": {assign}}}",
        fit.iterations, fit.inertia
    );
    Ok(())
}

/// Seconds to assign all rows under a codebook that was fitted on some of them.
fn time_assign(
    data: ArrayView2<'_, f32>,
    k: usize,
    context: &Context,
) -> Result<f64, ecg_audit_plugin::Error> {
    let params = Params {
        k: ecg_audit_kmeans::Clusters::Fixed(k),
        max_iterations: 5,
        ..Params::default()
    };
    let some = data.slice(ndarray::s![..data.nrows().min(20_000), ..]);
    let model = KMeans::from_params(params, context)?.fit(some, 1)?;
    let start = Instant::now();
    model.assign(data)?;
    Ok(start.elapsed().as_secs_f64())
}

fn read(path: &Path, rows: usize, columns: usize) -> Result<Array2<f32>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let values: Vec<f32> = bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|value| f32::from_le_bytes(*value))
        .collect();
    Ok(Array2::from_shape_vec((rows, columns), values)?)
}
