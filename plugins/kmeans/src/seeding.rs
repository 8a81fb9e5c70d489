//! Initial centroids: greedy k-means++ (Arthur & Vassilvitskii 2007; the greedy variant with 2 + ⌊ln K⌋
//! candidates is from the authors' own experiments and is what scikit-learn runs).
//!
//! Each new centroid is the best of a few candidates drawn with probability proportional to the squared distance
//! to the nearest centroid so far. Only distances to the candidates are computed, and by the triangle
//! inequality only for rows to which a candidate can be nearer than their centroid is (Elkan 2003; Raff 2021).

use ecg_audit_plugin::{Context, Error};
use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::codebook::Codebook;
use crate::data::{CHUNK, Moments, Rows};
use crate::vector::{squared_distance, vectorised};
use crate::workers::Workers;

/// Candidates for K = 1024: 2 + ⌊6.93⌋.
const MOST_CANDIDATES: usize = 8;

/// A candidate may be nearer than a row's centroid only when its distance to that centroid is less than twice
/// the row's; in squares four, and a little more for rounding.
const TWICE_SQUARED: f32 = 4.02;

/// A chunk's share of the state: which centroid is nearest to each row and at which squared distance.
struct Chunk<'a> {
    first_row: usize,
    values: &'a [f32],
    nearest: Vec<u32>,
    closest: Vec<f32>,
    /// Sum of `closest`.
    potential: f64,
    /// Rows that some candidate would bring nearer, with their squared distances to the candidates.
    nearer: Vec<(u32, [f32; MOST_CANDIDATES])>,
}

/// Draws `clusters` initial centroids.
///
/// # Errors
/// [`Error::Input`] when there are fewer distinct rows than clusters; [`Error::Cancelled`].
pub(crate) fn seed(
    rows: &Rows<'_>,
    moments: &Moments,
    clusters: usize,
    rng: &mut ChaCha8Rng,
    workers: &Workers,
    context: &Context,
) -> Result<Array2<f32>, Error> {
    let candidate_count = 2 + (clusters as f64).ln() as usize;
    let mut chunks: Vec<Chunk<'_>> = rows
        .chunks()
        .into_iter()
        .map(|(first_row, values)| Chunk::new(first_row, values, rows.columns()))
        .collect();
    let mut chosen = vec![rng.random_range(0..rows.count() as u64) as usize];
    let first = vec![rows.row(chosen[0])];
    for_chunks(&mut chunks, workers, |chunk| {
        chunk.measure(&codebook(&first, moments), moments, &[]);
        chunk.take(0, 0);
    });
    while chosen.len() < clusters {
        context.check()?;
        let potential: f64 = chunks.iter().map(|chunk| chunk.potential).sum();
        if potential <= 0.0 {
            return Err(Error::Input(format!(
                "the features have only {} distinct rows, fewer than k = {clusters} clusters",
                chosen.len()
            )));
        }
        let candidates: Vec<usize> = (0..candidate_count)
            .map(|_| pick(&chunks, rng.random::<f64>() * potential))
            .collect();
        let candidate_rows: Vec<&[f32]> = candidates.iter().map(|row| rows.row(*row)).collect();
        let reach = reaches(rows, &chosen, &candidate_rows);
        let book = codebook(&candidate_rows, moments);
        let gains = gains(&mut chunks, workers, candidate_count, |chunk| {
            chunk.measure(&book, moments, &reach)
        });
        let best = (1..candidate_count).fold(0, |best, l| if gains[l] > gains[best] { l } else { best });
        let cluster = chosen.len() as u32;
        for_chunks(&mut chunks, workers, |chunk| chunk.take(best, cluster));
        chosen.push(candidates[best]);
    }
    let values: Vec<f32> = chosen
        .iter()
        .flat_map(|row| rows.row(*row).iter().copied())
        .collect();
    Array2::from_shape_vec((clusters, rows.columns()), values)
        .map_err(|error| Error::Failed(format!("initial centroids: {error}")))
}

fn codebook(centroids: &[&[f32]], moments: &Moments) -> Codebook {
    let columns = moments.origin.len();
    let values = Array2::from_shape_fn((centroids.len(), columns), |(k, j)| centroids[k][j]);
    Codebook::new(values, &moments.origin)
}

fn for_chunks(chunks: &mut [Chunk<'_>], workers: &Workers, work: impl Fn(&mut Chunk<'_>) + Sync + Send) {
    workers.map(chunks.iter_mut().collect(), work);
}

/// By how much each candidate would lower the potential, chunk after chunk in order.
fn gains(
    chunks: &mut [Chunk<'_>],
    workers: &Workers,
    candidates: usize,
    measure: impl Fn(&mut Chunk<'_>) -> [f64; MOST_CANDIDATES] + Sync + Send,
) -> Vec<f64> {
    let parts = workers.map(chunks.iter_mut().collect(), measure);
    (0..candidates)
        .map(|l| parts.iter().map(|part| part[l]).sum())
        .collect()
}

/// For each chosen centroid, the squared distance of a row to it up to which no candidate can be nearer.
fn reaches(rows: &Rows<'_>, chosen: &[usize], candidates: &[&[f32]]) -> Vec<f32> {
    vectorised(
        #[inline(always)]
        || {
            let mut reaches = Vec::with_capacity(chosen.len());
            for centroid in chosen {
                let mut nearest = f32::INFINITY;
                for candidate in candidates {
                    nearest = nearest.min(squared_distance(rows.row(*centroid), candidate));
                }
                reaches.push(nearest / TWICE_SQUARED);
            }
            reaches
        },
    )
}

/// The row at which the running sum of `closest` passes `target`.
fn pick(chunks: &[Chunk<'_>], target: f64) -> usize {
    let mut left = target;
    let mut last = 0;
    for chunk in chunks.iter().filter(|chunk| chunk.potential > 0.0) {
        if left >= chunk.potential {
            left -= chunk.potential;
            // Rounding may carry the target past the end: then it is the last row that can be drawn.
            last = chunk.first_row + chunk.closest.iter().rposition(|d| *d > 0.0).unwrap_or(0);
            continue;
        }
        for (row, distance) in chunk.closest.iter().enumerate().filter(|(_, d)| **d > 0.0) {
            last = chunk.first_row + row;
            left -= f64::from(*distance);
            if left < 0.0 {
                break;
            }
        }
        return last;
    }
    last
}

impl<'a> Chunk<'a> {
    fn new(first_row: usize, values: &'a [f32], columns: usize) -> Self {
        let rows = values.len() / columns;
        Self {
            first_row,
            values,
            nearest: vec![0; rows],
            closest: vec![f32::INFINITY; rows],
            potential: f64::INFINITY,
            nearer: Vec::new(),
        }
    }

    /// Finds the rows that a candidate would bring nearer; by how much each candidate would lower the potential.
    fn measure(&mut self, candidates: &Codebook, moments: &Moments, reach: &[f32]) -> [f64; MOST_CANDIDATES] {
        let (columns, width) = (candidates.columns(), candidates.width());
        let mut active: Vec<u32> = Vec::with_capacity(CHUNK);
        for (row, (closest, nearest)) in self.closest.iter().zip(&self.nearest).enumerate() {
            if *closest > reach.get(*nearest as usize).copied().unwrap_or(0.0) {
                active.push(row as u32);
            }
        }
        let row = |row: u32| &self.values[row as usize * columns..(row as usize + 1) * columns];
        let active_rows: Vec<&[f32]> = active.iter().map(|i| row(*i)).collect();
        let mut products = vec![0.0; active.len() * width];
        candidates.products(&active_rows, &mut products);
        let mut gains = [0.0; MOST_CANDIDATES];
        self.nearer.clear();
        for ((index, row), products) in active.iter().zip(&active_rows).zip(products.chunks_exact(width)) {
            let closest = self.closest[*index as usize];
            let norm = moments.norms[self.first_row + *index as usize];
            let mut distances = [f32::INFINITY; MOST_CANDIDATES];
            let given = &mut distances[..candidates.clusters()];
            candidates.squared_distances(products, norm, row, given);
            let mut any = false;
            for (distance, gain) in given.iter().zip(&mut gains) {
                if *distance < closest {
                    *gain += f64::from(closest) - f64::from(*distance);
                    any = true;
                }
            }
            if any {
                self.nearer.push((*index, distances));
            }
        }
        gains
    }

    /// Makes a candidate of the last measurement a centroid.
    fn take(&mut self, candidate: usize, cluster: u32) {
        for (row, distances) in &self.nearer {
            let row = *row as usize;
            if distances[candidate] < self.closest[row] {
                self.closest[row] = distances[candidate];
                self.nearest[row] = cluster;
            }
        }
        self.potential = self.closest.iter().map(|d| f64::from(*d)).sum();
    }
}
