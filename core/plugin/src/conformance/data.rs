//! Data to try components with: made here, the same on every machine.

use ndarray::{Array1, Array2, Array3, Axis, s};

/// Rows of [`features`].
pub const ROWS: usize = 240;
/// Columns of [`features`].
pub const COLUMNS: usize = 6;
/// Classes of [`labels`].
pub const CLASSES: usize = 3;

/// A number in [-1, 1) from an index, by SplitMix64's finaliser.
fn noise(index: u64) -> f64 {
    let mut z = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// Four noisy groups `[n, D]`.
pub fn features() -> Array2<f32> {
    Array2::from_shape_fn((ROWS, COLUMNS), |(row, column)| {
        let centre = if column % 4 == row % 4 { 4.0 } else { 0.0 };
        (centre + noise((row * COLUMNS + column) as u64)) as f32
    })
}

/// Proportions `[n, F]`: rows sum to 1 and lean to one column.
pub fn proportions() -> Array2<f64> {
    let mut x = Array2::from_shape_fn((ROWS, COLUMNS), |(row, column)| {
        let leaning = if column == row % CLASSES { 1.5 } else { 0.0 };
        1.1 + leaning + noise((row * COLUMNS + column) as u64)
    });
    for mut row in x.rows_mut() {
        let total = row.sum();
        row.mapv_inplace(|value| value / total);
    }
    x
}

/// Labels `[n]` that go with [`proportions`], one in ten of them wrong.
pub fn labels() -> Array1<u32> {
    (0..ROWS)
        .map(|row| ((row + usize::from(row % 10 == 9)) % CLASSES) as u32)
        .collect()
}

/// A continuous target `[n]` that goes with [`proportions`].
pub fn values() -> Array1<f64> {
    let x = proportions();
    x.rows()
        .into_iter()
        .enumerate()
        .map(|(row, values)| 40.0 + 30.0 * values.iter().next().unwrap_or(&0.0) + noise(9_000 + row as u64))
        .collect()
}

/// ECG-like signals `[B, leads, samples]` in millivolts: a beat per 0.8 s with P, QRS and T, lightly noisy.
pub fn signals(batch: usize, leads: usize, samples: usize, sampling_rate: f64) -> Array3<f32> {
    const WAVES: [(f64, f64, f64); 5] = [
        (0.20, 0.025, 0.15),
        (0.36, 0.008, -0.10),
        (0.38, 0.010, 1.20),
        (0.40, 0.008, -0.25),
        (0.62, 0.045, 0.30),
    ];
    Array3::from_shape_fn((batch, leads, samples), |(record, lead, sample)| {
        let phase = (sample as f64 / sampling_rate + 0.05 * record as f64) % 0.8;
        let beat: f64 = WAVES
            .iter()
            .map(|(centre, width, height)| height * (-0.5 * ((phase - centre) / width).powi(2)).exp())
            .sum();
        let index = ((record * leads + lead) * samples + sample) as u64;
        ((1.0 + 0.1 * lead as f64) * beat + 0.01 * noise(index)) as f32
    })
}

/// The same values with every stride other than a compact array has: both axes stepped, one reversed.
pub fn strided<T: Copy>(array: &Array2<T>) -> Strided<T> {
    let mut wide = array
        .select(
            Axis(0),
            &(0..array.nrows())
                .rev()
                .flat_map(|row| [row, row])
                .collect::<Vec<_>>(),
        )
        .select(
            Axis(1),
            &(0..array.ncols())
                .flat_map(|column| [column, column])
                .collect::<Vec<_>>(),
        );
    wide.swap_axes(0, 1);
    let standard = Array2::from_shape_fn(wide.dim(), |at| wide[at]);
    Strided(standard)
}

/// Holds the memory of a strided view.
pub struct Strided<T>(Array2<T>);

impl<T> Strided<T> {
    /// The strided view.
    pub fn view(&self) -> ndarray::ArrayView2<'_, T> {
        self.0.slice(s![..;2, ..;-2]).reversed_axes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strided_view_holds_the_same_values() {
        let (compact, wide) = (features(), strided(&features()));
        assert_eq!(compact.view(), wide.view());
        assert!(!wide.view().is_standard_layout());
        assert!(wide.view().strides().iter().any(|&stride| stride < 0));
    }
}
