//! Inner products of rows with all centroids: the kernel that the whole component stands on.
//!
//! With the origin m (the fitted rows' mean) and c = μ − m, ‖x − μ‖² = ‖x − m‖² − 2 x·c + (‖c‖² + 2 m·c).
//! Rows are read as they lie; only the centroids are shifted, so that an offset common to all data cancels
//! without a copy of it. Centroids are packed into groups of a few vectors that lie together for each column;
//! a tile of some rows times one group keeps all its sums in registers. Each sum runs over the columns in
//! order, so a row's result does not depend on its neighbours. Measured against the `gemm` and
//! `matrixmultiply` crates on 256 columns and 8 to 50 centroids this is 1.2 to 2 times as fast: products this
//! narrow spend much of a general kernel's time on packing the rows.

use ndarray::Array2;
use pulp::{Arch, Simd, WithSimd};

use crate::vector::squared_distance;

/// Most vectors in a group of centroids.
const GROUP: usize = 4;
/// Columns per turn of the tile's loop.
const UNROLL: usize = 4;

/// Centroids, packed for products with rows.
pub(crate) struct Codebook {
    /// The centroids [K, D].
    centroids: Array2<f32>,
    /// The shifted centroids in groups: for each group and each column, one value of each of its centroids.
    packed: Vec<f32>,
    /// ‖c‖² + 2 m·c of each centroid; infinite for the padding, which therefore is never nearest.
    pub(crate) bias: Vec<f32>,
    /// Norm of the origin.
    origin_norm: f32,
    /// Largest norm of a shifted centroid.
    reach: f32,
}

impl Codebook {
    pub(crate) fn new(centroids: Array2<f32>, origin: &[f32]) -> Self {
        let (clusters, columns) = centroids.dim();
        let lanes = Arch::new().dispatch(Lanes);
        let width = clusters.div_ceil(lanes) * lanes;
        let mut packed = vec![0.0; width * columns];
        let mut bias = vec![f32::INFINITY; width];
        let mut reach = 0.0_f64;
        for (k, centroid) in centroids.outer_iter().enumerate() {
            let start = k / (GROUP * lanes) * (GROUP * lanes);
            let group_width = (width - start).min(GROUP * lanes);
            let (mut square, mut cross) = (0.0_f64, 0.0_f64);
            for (j, (mu, m)) in centroid.iter().zip(origin).enumerate() {
                let c = mu - m;
                packed[start * columns + j * group_width + (k - start)] = c;
                square += f64::from(c) * f64::from(c);
                cross += f64::from(*m) * f64::from(c);
            }
            bias[k] = (square + 2.0 * cross) as f32;
            reach = reach.max(square.sqrt());
        }
        let origin_norm = origin.iter().map(|m| f64::from(*m) * f64::from(*m)).sum::<f64>();
        Self {
            centroids,
            packed,
            bias,
            origin_norm: origin_norm.sqrt() as f32,
            reach: reach as f32,
        }
    }

    pub(crate) fn clusters(&self) -> usize {
        self.centroids.nrows()
    }

    pub(crate) fn columns(&self) -> usize {
        self.centroids.ncols()
    }

    /// K, padded to whole vectors: the length of a row of products.
    pub(crate) fn width(&self) -> usize {
        self.bias.len()
    }

    pub(crate) fn centroids(&self) -> &Array2<f32> {
        &self.centroids
    }

    #[inline(always)]
    pub(crate) fn centroid(&self, index: usize) -> &[f32] {
        let columns = self.columns();
        let values = self.centroids.as_slice().unwrap_or(&[]);
        &values[index * columns..(index + 1) * columns]
    }

    /// Writes x·c of each row with each centroid, `width` values a row. Vectorises for the machine it runs on.
    pub(crate) fn products(&self, rows: &[&[f32]], products: &mut [f32]) {
        if !rows.is_empty() {
            Arch::new().dispatch(Products {
                codebook: self,
                rows,
                products,
            });
        }
    }

    /// The square's magnitude against which rounding errors of a row's squared distances are measured; `norm`
    /// is ‖x − m‖².
    #[inline(always)]
    fn scale(&self, norm: f32) -> f32 {
        2.0 * (norm.sqrt() + self.origin_norm) * self.reach + norm + self.reach * self.reach
    }

    /// An upper bound of the error of a squared distance made from products (Higham 2002, section 3.1, with
    /// room for the few roundings around the inner product).
    #[inline(always)]
    pub(crate) fn error_bound(&self, norm: f32) -> f32 {
        (self.columns() + 32) as f32 * (f32::EPSILON / 2.0) * self.scale(norm)
    }

    /// Turns a row's products with the K centroids into squared distances. Where cancellation has taken the leading
    /// digits they are recomputed from the differences; a row that equals a centroid is exactly zero away.
    #[inline(always)]
    pub(crate) fn squared_distances(&self, products: &[f32], norm: f32, row: &[f32], distances: &mut [f32]) {
        let limit = 1e-3 * self.scale(norm);
        let mut near = 0_u32;
        for ((distance, product), bias) in distances.iter_mut().zip(products).zip(&self.bias) {
            *distance = norm + (bias - 2.0 * product);
            near += u32::from(*distance < limit);
        }
        if near > 0 {
            for (k, distance) in distances.iter_mut().enumerate() {
                if *distance < limit {
                    *distance = squared_distance(row, self.centroid(k));
                }
            }
        }
    }
}

struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

struct Products<'a> {
    codebook: &'a Codebook,
    rows: &'a [&'a [f32]],
    products: &'a mut [f32],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            codebook,
            rows,
            products,
        } = self;
        let (width, columns, lanes) = (codebook.width(), codebook.columns(), S::F32_LANES);
        for start in (0..width).step_by(GROUP * lanes) {
            let group_width = (width - start).min(GROUP * lanes);
            let packed = &codebook.packed[start * columns..(start + group_width) * columns];
            let place = Place { start, width };
            // As many rows as leave their sums in registers, on 16 (AVX2, Neon's half) as on 32 of them.
            match group_width / lanes {
                1 => tiles::<S, 8, 1>(simd, rows, packed, products, place),
                2 => tiles::<S, 6, 2>(simd, rows, packed, products, place),
                3 => tiles::<S, 4, 3>(simd, rows, packed, products, place),
                _ => tiles::<S, 4, 4>(simd, rows, packed, products, place),
            }
        }
    }
}

/// Where a group's products go within a row of them.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    width: usize,
}

#[inline(always)]
fn tiles<S: Simd, const R: usize, const P: usize>(
    simd: S,
    rows: &[&[f32]],
    packed: &[f32],
    products: &mut [f32],
    place: Place,
) {
    let (packed, _) = S::as_simd_f32s(packed);
    let (packed, _) = packed.as_chunks::<P>();
    for (tile_rows, tile_products) in rows.chunks(R).zip(products.chunks_mut(R * place.width)) {
        // The last tile repeats its last row; the surplus is not written.
        let last = tile_rows.len() - 1;
        let padded: [&[f32]; R] = std::array::from_fn(|r| tile_rows[r.min(last)]);
        let sums = tile::<S, R, P>(simd, padded, packed);
        for (sums, out) in sums.iter().zip(tile_products.chunks_exact_mut(place.width)) {
            let (out, _) = S::as_mut_simd_f32s(&mut out[place.start..]);
            for (sum, out) in sums.iter().zip(out) {
                *out = *sum;
            }
        }
    }
}

#[inline(always)]
fn tile<S: Simd, const R: usize, const P: usize>(
    simd: S,
    rows: [&[f32]; R],
    packed: &[[S::f32s; P]],
) -> [[S::f32s; P]; R] {
    let columns = packed.len();
    let (blocks, rest) = packed.as_chunks::<UNROLL>();
    let row_blocks = rows.map(|row| &row[..columns].as_chunks::<UNROLL>().0[..blocks.len()]);
    let row_rests = rows.map(|row| &row[blocks.len() * UNROLL..columns]);
    let mut sums = [[simd.splat_f32s(0.0); P]; R];
    for (i, block) in blocks.iter().enumerate() {
        let x: [&[f32; UNROLL]; R] = std::array::from_fn(|r| &row_blocks[r][i]);
        for j in 0..UNROLL {
            for r in 0..R {
                let x = simd.splat_f32s(x[r][j]);
                for p in 0..P {
                    sums[r][p] = simd.mul_add_e_f32s(x, block[j][p], sums[r][p]);
                }
            }
        }
    }
    for (j, c) in rest.iter().enumerate() {
        for r in 0..R {
            let x = simd.splat_f32s(row_rests[r][j]);
            for p in 0..P {
                sums[r][p] = simd.mul_add_e_f32s(x, c[p], sums[r][p]);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All tile widths, row counts that do not fill a tile, columns that do not fill a turn.
    #[test]
    fn products_give_squared_distances() {
        for clusters in [2, 9, 17, 40, 63, 70, 131] {
            for columns in [1, 3, 4, 30] {
                let value = |i: usize, j: usize| ((i * 31 + j * 17) % 23) as f32 / 7.0 + 10.0;
                let centroids = Array2::from_shape_fn((clusters, columns), |(i, j)| value(i + 5, j * 3));
                let origin = vec![11.0_f32; columns];
                let codebook = Codebook::new(centroids.clone(), &origin);
                let data: Vec<Vec<f32>> = (0..11)
                    .map(|i| (0..columns).map(|j| value(i, j)).collect())
                    .collect();
                let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
                let mut products = vec![f32::NAN; rows.len() * codebook.width()];
                codebook.products(&rows, &mut products);
                for (row, products) in rows.iter().zip(products.chunks(codebook.width())) {
                    let norm = squared_distance(row, &origin);
                    let mut distances = vec![f32::NAN; clusters];
                    codebook.squared_distances(products, norm, row, &mut distances);
                    for (k, found) in distances.iter().enumerate() {
                        let expected = squared_distance(row, codebook.centroid(k));
                        assert!((found - expected).abs() <= codebook.error_bound(norm));
                    }
                    assert!(codebook.bias[clusters..].iter().all(|bias| bias.is_infinite()));
                }
            }
        }
    }
}
