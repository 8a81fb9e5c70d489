//! Checks and the walk over the rows, shared by the measures.

use ecg_audit_plugin::{Context, Error};
use ndarray::{Array1, ArrayView2, Axis};
use rayon::prelude::*;

/// Rows per task: long enough that a task outweighs its hand-over.
const CHUNK: usize = 4096;

/// Scores each row of `memberships` `[n, K]` by `measure` (in [0, 1] up to rounding).
pub(crate) fn score(
    context: &Context,
    memberships: ArrayView2<'_, f32>,
    distances: ArrayView2<'_, f32>,
    measure: fn(&[f32]) -> f64,
) -> Result<Array1<f32>, Error> {
    if memberships.dim() != distances.dim() {
        return Err(Error::Input(format!(
            "memberships are {:?} but distances are {:?}; both must be [n, K]",
            memberships.shape(),
            distances.shape()
        )));
    }
    let (n, clusters) = memberships.dim();
    if n > 0 && clusters == 0 {
        return Err(Error::Input(format!(
            "memberships are [{n}, 0]; at least one cluster is needed"
        )));
    }
    let mut scores = vec![0f32; n];
    let chunk = |(number, out): (usize, &mut [f32])| {
        let first = number * CHUNK;
        score_chunk(memberships, distances, first, out, measure)
    };
    let outcomes: Vec<Result<(), Error>> = if n > CHUNK && context.threads() > 1 {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(context.threads())
            .build()
            .map_err(|error| Error::Failed(format!("cannot start threads: {error}")))?;
        pool.install(|| scores.par_chunks_mut(CHUNK).enumerate().map(chunk).collect())
    } else {
        scores.chunks_mut(CHUNK).enumerate().map(chunk).collect()
    };
    outcomes.into_iter().collect::<Result<(), Error>>()?;
    Ok(Array1::from_vec(scores))
}

fn score_chunk(
    memberships: ArrayView2<'_, f32>,
    distances: ArrayView2<'_, f32>,
    first: usize,
    out: &mut [f32],
    measure: fn(&[f32]) -> f64,
) -> Result<(), Error> {
    let mut copy = Vec::new();
    for (offset, score) in out.iter_mut().enumerate() {
        let number = first + offset;
        let row = memberships.index_axis(Axis(0), number);
        let shares = match row.to_slice() {
            Some(shares) => shares,
            None => {
                copy.clear();
                copy.extend(row.iter().copied());
                &copy
            }
        };
        if let Some(share) = shares.iter().find(|share| !(share.is_finite() && **share >= 0.0)) {
            return Err(Error::Input(format!(
                "row {number} has the membership {share}; memberships are finite and not negative"
            )));
        }
        if let Some(distance) = distances
            .index_axis(Axis(0), number)
            .iter()
            .find(|d| !d.is_finite())
        {
            return Err(Error::Input(format!(
                "row {number} has the distance {distance}; distances are finite"
            )));
        }
        *score = measure(shares).clamp(0.0, 1.0) as f32;
    }
    Ok(())
}
