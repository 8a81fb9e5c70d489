//! Features: tapped activations, aligned in time, normalised, weighted and joined (method steps 1–4).

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::config::{TapWeights, WeightRule};

/// ε beneath the norm of a position, as in the method's reference.
const EPSILON: f64 = 1e-8;

/// The weight of each block with `channels` C_b, from shallow to deep.
///
/// # Errors
/// A message when explicit weights are not one per block.
pub fn tap_weights(rule: &TapWeights, channels: &[usize]) -> Result<Vec<f64>, String> {
    match rule {
        TapWeights::Rule(WeightRule::Equal) => Ok(vec![1.0; channels.len()]),
        TapWeights::Rule(WeightRule::Channels) => {
            let first = channels.first().map_or(0.0, |c| *c as f64);
            Ok(channels
                .iter()
                .map(|c| (1.0 + first) / (1.0 + *c as f64))
                .collect())
        }
        TapWeights::Explicit(weights) if weights.len() == channels.len() => Ok(weights.clone()),
        TapWeights::Explicit(weights) => Err(format!(
            "`features.weights` has {} weights; the encoder has {} taps",
            weights.len(),
            channels.len()
        )),
    }
}

/// Number of timestamps after alignment: the longest tap's.
pub fn timestamps(taps: &[ArrayView2<'_, f32>]) -> usize {
    taps.iter().map(|tap| tap.ncols()).max().unwrap_or(0)
}

/// Joins one window's `taps` (each `[C_b, L_b]`) into `features` `[T, D]` with T from [`timestamps`] and D = Σ C_b.
///
/// Each block is brought to T timestamps by linear interpolation with half-pixel centres (as torch's
/// `interpolate(mode="linear", align_corners=False)`), then each of its positions is brought to unit L2 norm and
/// multiplied by the block's weight. A position where the block is silent stays zero.
///
/// # Panics
/// When `features` or `weights` do not have the shape that `taps` ask for.
pub fn fuse(taps: &[ArrayView2<'_, f32>], weights: &[f64], mut features: ArrayViewMut2<'_, f32>) {
    let steps = timestamps(taps);
    let width: usize = taps.iter().map(|tap| tap.nrows()).sum();
    assert_eq!(features.dim(), (steps, width), "features have the wrong shape");
    assert_eq!(weights.len(), taps.len(), "one weight per tap");
    let mut aligned = Vec::new();
    let mut scale = vec![0.0_f64; steps];
    let mut first = 0;
    for (tap, weight) in taps.iter().zip(weights) {
        align(*tap, steps, &mut aligned);
        scale.fill(0.0);
        for row in aligned.chunks_exact(steps) {
            for (sum, value) in scale.iter_mut().zip(row) {
                *sum += f64::from(*value) * f64::from(*value);
            }
        }
        for sum in &mut scale {
            *sum = weight / (sum.sqrt() + EPSILON);
        }
        transpose_scaled(
            &aligned,
            &scale,
            features.slice_mut(ndarray::s![.., first..first + tap.nrows()]),
        );
        first += tap.nrows();
    }
}

/// `tap` `[C, L]` at `steps` timestamps, rows one after the other.
fn align(tap: ArrayView2<'_, f32>, steps: usize, aligned: &mut Vec<f32>) {
    let length = tap.ncols();
    aligned.clear();
    aligned.reserve(tap.nrows() * steps);
    if length == steps {
        for row in tap.rows() {
            aligned.extend(row);
        }
        return;
    }
    let places: Vec<(usize, usize, f32)> = (0..steps)
        .map(|t| {
            let place =
                ((t as f64 + 0.5) * length as f64 / steps as f64 - 0.5).clamp(0.0, (length - 1) as f64);
            let low = place.floor() as usize;
            (low, (low + 1).min(length - 1), (place - place.floor()) as f32)
        })
        .collect();
    for row in tap.rows() {
        aligned.extend(
            places
                .iter()
                .map(|(low, high, w)| row[*low] * (1.0 - w) + row[*high] * w),
        );
    }
}

/// Rows of `aligned` `[C, T]`, each timestamp times its scale, as columns of `block` `[T, C]`.
fn transpose_scaled(aligned: &[f32], scale: &[f64], mut block: ArrayViewMut2<'_, f32>) {
    // Tiles keep both sides in the first-level cache; a plain transpose reads one cache line per value.
    const TILE: usize = 16;
    let (steps, channels) = block.dim();
    for c0 in (0..channels).step_by(TILE) {
        for t0 in (0..steps).step_by(TILE) {
            for t in t0..(t0 + TILE).min(steps) {
                for c in c0..(c0 + TILE).min(channels) {
                    block[[t, c]] = (f64::from(aligned[c * steps + t]) * scale[t]) as f32;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    /// The method's steps 1–4 written out for one value, without any of `fuse`'s order of work.
    fn plain(taps: &[Array2<f32>], weights: &[f64]) -> Array2<f64> {
        let steps = taps.iter().map(|a| a.ncols()).max().unwrap();
        let width = taps.iter().map(|a| a.nrows()).sum();
        let mut z = Array2::zeros((steps, width));
        let mut first = 0;
        for (tap, weight) in taps.iter().zip(weights) {
            for t in 0..steps {
                let at = |c: usize| {
                    let n = tap.ncols() as f64;
                    let p = ((t as f64 + 0.5) * n / steps as f64 - 0.5).max(0.0).min(n - 1.0);
                    let (low, high) = (p.floor() as usize, (p.floor() as usize + 1).min(tap.ncols() - 1));
                    let w = p - p.floor();
                    f64::from(tap[[c, low]]) * (1.0 - w) + f64::from(tap[[c, high]]) * w
                };
                let norm = (0..tap.nrows()).map(|c| at(c) * at(c)).sum::<f64>().sqrt();
                for c in 0..tap.nrows() {
                    z[[t, first + c]] = at(c) / (norm + EPSILON) * weight;
                }
            }
            first += tap.nrows();
        }
        z
    }

    #[test]
    fn weights_follow_the_channels() {
        let rule = TapWeights::default();
        assert_eq!(
            tap_weights(&rule, &[64, 64, 128]).unwrap(),
            vec![1.0, 1.0, 65.0 / 129.0]
        );
        assert!(tap_weights(&TapWeights::Explicit(vec![1.0]), &[64, 64]).is_err());
    }

    #[test]
    fn a_silent_position_stays_zero() {
        let tap: Array2<f32> = array![[0.0, 3.0], [0.0, 4.0]];
        let mut z = Array2::zeros((2, 2));
        fuse(&[tap.view()], &[1.0], z.view_mut());
        assert_eq!(z, array![[0.0, 0.0], [0.6, 0.8]]);
    }

    proptest! {
        #[test]
        fn equals_the_method_written_out(
            seed in any::<u64>(),
            shapes in prop::collection::vec((1usize..40, 1usize..60), 1..4),
        ) {
            let mut state = seed | 1;
            let mut next = || {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                ((state >> 40) as f32 / (1 << 23) as f32) - 1.0
            };
            let taps: Vec<Array2<f32>> =
                shapes.iter().map(|s| Array2::from_shape_simple_fn(*s, &mut next)).collect();
            let weights: Vec<f64> = (0..taps.len()).map(|i| 1.0 / (1 + i) as f64).collect();
            let expected = plain(&taps, &weights);
            let views: Vec<_> = taps.iter().map(|a| a.view()).collect();
            let mut z = Array2::zeros(expected.dim());
            fuse(&views, &weights, z.view_mut());
            for (a, b) in z.iter().zip(&expected) {
                prop_assert!((f64::from(*a) - b).abs() < 2e-5, "{a} {b}");
            }
        }
    }
}
