//! Sums of rows per cluster, exact and so independent of the order of additions.
//!
//! Each column has a fixed-point unit, chosen so that no sum of all rows can overflow 64 bits. A value becomes
//! an integer multiple of its column's unit by one rounding f64 addition (of 1.5 × 2⁵² units, which leaves the
//! integer in the low mantissa bits); from there on all arithmetic is on integers. With n rows the unit is at
//! most 2^(−60 + ⌈log₂ n⌉) of the column's largest magnitude (2⁻⁴¹ for 300 000 rows), finer than f32 data and
//! comparable to plain f64 sums, and rows can be taken out again without a trace when they change cluster.

use crate::data::Moments;

/// The fixed-point units of all columns.
pub(crate) struct Units {
    /// Adding this to a value rounds it to its column's unit.
    shifts: Vec<f64>,
}

impl Units {
    pub(crate) fn new(moments: &Moments) -> Self {
        let rows = moments.norms.len().max(1);
        // Bits of one value's magnitude: sums of all rows stay below 2^61; 50 is what the shift can hold.
        let bits = 61_i32.saturating_sub(log2_ceil(rows)).clamp(1, 50);
        let shifts = moments
            .magnitude
            .iter()
            .map(|largest| 1.5 * exponent_above(*largest) * 2.0_f64.powi(52 - bits))
            .collect();
        Self { shifts }
    }

    pub(crate) fn columns(&self) -> usize {
        self.shifts.len()
    }

    /// The mean of `count` rows whose integers sum to `sums`.
    fn mean(&self, sums: &[i64], count: i64, mean: &mut [f32]) {
        for ((sum, shift), mean) in sums.iter().zip(&self.shifts).zip(mean) {
            let integer = sum.wrapping_sub(count.wrapping_mul(shift.to_bits() as i64));
            let unit = shift / 1.5 / 2.0_f64.powi(52);
            *mean = (integer as f64 * unit / count as f64) as f32;
        }
    }
}

/// The smallest power of two above a magnitude.
fn exponent_above(magnitude: f32) -> f64 {
    // f64's normal range holds all f32, so the exponent field is the exponent, zero included.
    let exponent_bits = f64::from(magnitude).to_bits() & (0x7ff << 52);
    if exponent_bits == 0 {
        1.0
    } else {
        f64::from_bits(exponent_bits) * 2.0
    }
}

fn log2_ceil(count: usize) -> i32 {
    (usize::BITS - (count - 1).leading_zeros()) as i32
}

/// Sums and counts of K clusters.
#[derive(Clone)]
pub(crate) struct Sums {
    integers: Vec<i64>,
    counts: Vec<i64>,
}

impl Sums {
    pub(crate) fn zero(clusters: usize, units: &Units) -> Self {
        Self {
            integers: vec![0; clusters * units.columns()],
            counts: vec![0; clusters],
        }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, cluster: usize, row: &[f32], units: &Units) {
        self.counts[cluster] += 1;
        let width = units.shifts.len();
        let integers = &mut self.integers[cluster * width..(cluster + 1) * width];
        for ((integer, x), shift) in integers.iter_mut().zip(row).zip(&units.shifts) {
            *integer = integer.wrapping_add((f64::from(*x) + shift).to_bits() as i64);
        }
    }

    #[inline(always)]
    pub(crate) fn remove(&mut self, cluster: usize, row: &[f32], units: &Units) {
        self.counts[cluster] -= 1;
        let width = units.shifts.len();
        let integers = &mut self.integers[cluster * width..(cluster + 1) * width];
        for ((integer, x), shift) in integers.iter_mut().zip(row).zip(&units.shifts) {
            *integer = integer.wrapping_sub((f64::from(*x) + shift).to_bits() as i64);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.integers.iter_mut().zip(&other.integers) {
            *mine = mine.wrapping_add(*theirs);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    pub(crate) fn count(&self, cluster: usize) -> i64 {
        self.counts[cluster]
    }

    /// Writes a cluster's mean; leaves it as it is when the cluster is empty.
    pub(crate) fn mean(&self, cluster: usize, units: &Units, mean: &mut [f32]) {
        let width = units.columns();
        if self.counts[cluster] > 0 {
            let integers = &self.integers[cluster * width..(cluster + 1) * width];
            units.mean(integers, self.counts[cluster], mean);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(magnitude: f32, rows: usize) -> Units {
        Units::new(&Moments {
            origin: vec![0.0],
            magnitude: vec![magnitude],
            norms: vec![0.0; rows],
            total: 0.0,
        })
    }

    #[test]
    fn means_are_those_of_f64() {
        for scale in [1e-38_f32, 1e-3, 1.0, 7.5, 1e30] {
            let values: Vec<f32> = (0..1000)
                .map(|i| ((i * 37 % 101) as f32 - 40.0) * scale / 61.0)
                .collect();
            let largest = values.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            let units = units(largest, values.len());
            let mut sums = Sums::zero(1, &units);
            values.iter().for_each(|x| sums.add(0, &[*x], &units));
            let mut mean = [0.0];
            sums.mean(0, &units, &mut mean);
            let expected = values.iter().map(|x| f64::from(*x)).sum::<f64>() / 1000.0;
            let error = (f64::from(mean[0]) - expected).abs();
            assert!(
                error <= expected.abs() * 1e-7,
                "{scale}: {} vs {expected}",
                mean[0]
            );
        }
    }

    #[test]
    fn removal_leaves_no_trace() {
        let units = units(3.0, 100);
        let mut sums = Sums::zero(2, &units);
        sums.add(0, &[2.0], &units);
        let before = sums.integers.clone();
        for x in [0.1_f32, -2.7, 3.0] {
            sums.add(0, &[x], &units);
        }
        for x in [3.0_f32, 0.1, -2.7] {
            sums.remove(0, &[x], &units);
        }
        assert_eq!(before, sums.integers);
        assert_eq!(sums.count(0), 1);
    }

    #[test]
    fn a_full_column_does_not_overflow() {
        let units = units(1.0, 1 << 20);
        let mut sums = Sums::zero(1, &units);
        for _ in 0..1 << 20 {
            sums.add(0, &[-1.0], &units);
        }
        let mut mean = [0.0];
        sums.mean(0, &units, &mut mean);
        assert_eq!(mean, [-1.0]);
    }
}
