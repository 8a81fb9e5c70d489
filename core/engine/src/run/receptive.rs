//! How far a change of one input sample reaches at each tap.

use ndarray::{Array3, Axis, s};

use super::Prepared;

/// Changes that are tried: each reaches what the network's units let through at that value.
const CHANGES: [f32; 6] = [1.0, -1.0, 4.0, -4.0, 0.25, -0.25];
/// A timestamp is reached where it changes by more than this share of the tap's largest activation.
const REACHED: f32 = 1e-5;

/// Seconds that a change of all leads in the middle sample of the first window of the record at `position` spreads over,
/// per tap. Measured, not derived: it holds for any network, and is at most the receptive field where units are silent.
/// Nothing where the record cannot be encoded.
pub(super) fn fields(prepared: &Prepared, position: usize) -> Vec<Option<f64>> {
    let none = || vec![None; prepared.components.encoder().info().taps.len()];
    let signal = prepared.data.read(position).ok();
    let Some(ready) = signal.and_then(|signal| prepared.pipeline.apply(&signal).ok()) else {
        return none();
    };
    let windows = ready.windowed();
    let (_, leads, samples) = windows.dim();
    let mut batch = Array3::zeros((1 + CHANGES.len(), leads, samples));
    for (i, mut changed) in batch.axis_iter_mut(Axis(0)).enumerate() {
        changed.assign(&windows.index_axis(Axis(0), 0));
        if let Some(change) = i.checked_sub(1).and_then(|i| CHANGES.get(i)) {
            changed
                .slice_mut(s![.., samples / 2])
                .mapv_inplace(|v| v + change);
        }
    }
    let Ok(encoded) = prepared.components.encoder().encode(batch.view()) else {
        return none();
    };
    let window_seconds = samples as f64 / ready.sampling_rate;
    encoded
        .taps
        .iter()
        .map(|tap| reach(tap, window_seconds))
        .collect()
}

/// Seconds between the first and the last timestamp that any change reaches. `tap`: `[1 + changes, channels, timestamps]`,
/// the unchanged window first.
fn reach(tap: &Array3<f32>, window_seconds: f64) -> Option<f64> {
    let largest = tap.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    let still = tap.index_axis(Axis(0), 0);
    let steps = tap.dim().2;
    let reached = |t: &usize| {
        tap.axis_iter(Axis(0)).skip(1).any(|changed| {
            let pairs = changed.column(*t).into_iter().zip(still.column(*t));
            pairs.into_iter().any(|(a, b)| (a - b).abs() > REACHED * largest)
        })
    };
    let first = (0..steps).find(reached)?;
    let last = (first..steps).rev().find(reached)?;
    Some((last - first + 1) as f64 * window_seconds / steps as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reach_spans_from_the_first_to_the_last_change() {
        let mut tap = Array3::from_elem((3, 2, 10), 1.0);
        tap[[1, 0, 4]] = 2.0;
        tap[[2, 1, 6]] = 0.5;
        assert_eq!(reach(&tap, 5.0), Some(1.5));
        assert_eq!(reach(&Array3::from_elem((3, 2, 10), 1.0), 5.0), None);
    }
}
