//! Occlusion: how much an answer changes when a stretch of the signal is replaced (Zeiler and Fergus 2014): how far a
//! class's log-odds fall, or how far a continuous output moves.

use ecg_audit_plugin::{Activation, Encoder, Error};
use ndarray::{Array2, Array3, ArrayView3, Axis, s};

/// Probabilities nearer to 0 or 1 than this are taken for it: 32-bit numbers tell no more apart.
const EDGE: f64 = 1e-7;

/// Maps `[windows, steps]` of output `class`, non-negative: each step is the mean change over the stretches that cover it.
/// A stretch is two steps of `half` samples long and is replaced, in all leads, by the window's mean per lead.
pub(super) fn map(
    encoder: &dyn Encoder,
    windows: ArrayView3<'_, f32>,
    class: usize,
    half: usize,
) -> Result<Array2<f32>, Error> {
    let (count, _, samples) = windows.dim();
    let half = half.clamp(1, samples.max(1));
    let steps = samples.div_ceil(half);
    let continuous = encoder.info().activation == Activation::Identity;
    let whole = answers(encoder, windows, class)?;
    let mut sums = Array2::<f64>::zeros((count, steps));
    let mut covered = vec![0.0_f64; steps];
    for first in 0..steps.saturating_sub(1).max(1) {
        let last = (first + 2).min(steps);
        let stretch = first * half..(last * half).min(samples);
        let occluded = answers(encoder, replaced(windows, stretch).view(), class)?;
        for step in first..last {
            covered[step] += 1.0;
            for (w, (before, after)) in whole.iter().zip(&occluded).enumerate() {
                let change = before - after;
                sums[[w, step]] += if continuous { change.abs() } else { change.max(0.0) };
            }
        }
    }
    for (mut column, times) in sums.columns_mut().into_iter().zip(covered) {
        column.mapv_inplace(|sum| sum / f64::max(times, 1.0));
    }
    Ok(sums.mapv(|v| v as f32))
}

/// The windows with one stretch replaced by the mean of its lead.
fn replaced(windows: ArrayView3<'_, f32>, stretch: std::ops::Range<usize>) -> Array3<f32> {
    let mut changed = windows.to_owned();
    for mut window in changed.axis_iter_mut(Axis(0)) {
        for mut lead in window.rows_mut() {
            let mean = lead.iter().map(|v| f64::from(*v)).sum::<f64>() / lead.len().max(1) as f64;
            lead.slice_mut(s![stretch.clone()]).fill(mean as f32);
        }
    }
    changed
}

/// A class's log-odds, or a continuous output as it is.
fn answers(encoder: &dyn Encoder, windows: ArrayView3<'_, f32>, class: usize) -> Result<Vec<f64>, Error> {
    let outputs = encoder.encode(windows)?.outputs;
    if class >= outputs.ncols() {
        return Err(Error::Input(format!(
            "output {class}, the network has {}",
            outputs.ncols()
        )));
    }
    let column = outputs.column(class);
    if encoder.info().activation == Activation::Identity {
        return Ok(column.iter().map(|value| f64::from(*value)).collect());
    }
    let odds = |p: &f32| {
        let p = f64::from(*p).clamp(EDGE, 1.0 - EDGE);
        (p / (1.0 - p)).ln()
    };
    Ok(column.iter().map(odds).collect())
}
