//! A map over windows, laid out over the time of its record.

use ecg_audit_ecg::preprocess::Prepared;
use ecg_audit_plugin::Beat;
use ndarray::ArrayView2;

use crate::landmarks::phase_fractions;

/// Values at equal steps of time; where windows overlap, their mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Steps {
    /// Time of the first step's start in the record as read, seconds.
    pub start: f64,
    /// Duration of a step, seconds.
    pub step: f64,
    /// `None` where nothing but padding lies.
    pub values: Vec<Option<f64>>,
}

impl Steps {
    /// From a map `[windows, L]` of the record's windows.
    pub fn new(map: ArrayView2<'_, f32>, prepared: &Prepared) -> Self {
        let length = map.ncols().max(1);
        let samples = prepared.window_length as f64 / length as f64;
        let end = prepared
            .windows
            .last()
            .map_or(0, |last| last + prepared.window_length);
        let steps = (end as f64 / samples).ceil() as usize;
        let (mut sums, mut counts) = (vec![0.0; steps], vec![0_u32; steps]);
        for (window, values) in prepared.windows.iter().zip(map.rows()) {
            for (t, value) in values.iter().enumerate() {
                let centre = *window as f64 + (t as f64 + 0.5) * samples;
                let valid = prepared.valid.start as f64 <= centre && centre < prepared.valid.end as f64;
                let at = (centre / samples) as usize;
                if let (true, Some(sum)) = (valid, sums.get_mut(at)) {
                    *sum += f64::from(*value);
                    counts[at] += 1;
                }
            }
        }
        let mean = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
        Self {
            start: prepared.origin,
            step: samples / prepared.sampling_rate,
            values: sums.into_iter().zip(counts).map(mean).collect(),
        }
    }

    /// Normalised entropy of the values' distribution over time, in [0, 1]; nothing where all are zero.
    pub fn entropy(&self) -> Option<f64> {
        let known: Vec<f64> = self.values.iter().flatten().copied().collect();
        let total: f64 = known.iter().sum();
        if !(total > 0.0 && total.is_finite()) || known.len() < 2 {
            return None;
        }
        let bits: f64 = known
            .iter()
            .filter(|v| **v > 0.0)
            .map(|v| -(v / total) * (v / total).ln())
            .sum();
        Some((bits / (known.len() as f64).ln()).clamp(0.0, 1.0))
    }

    /// Share of the values' sum in each phase of the heartbeat; nothing where all are zero.
    pub fn phases(&self, beats: &[Beat]) -> Option<Vec<f64>> {
        let total: f64 = self.values.iter().flatten().sum();
        if !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let parts = phase_fractions(beats, self.start, self.step, self.values.len());
        let mut shares = vec![0.0; parts.first().map_or(0, |p| p.len())];
        for (value, parts) in self.values.iter().zip(parts) {
            for (share, part) in shares.iter_mut().zip(parts) {
                *share += value.unwrap_or(0.0) * f64::from(part) / total;
            }
        }
        Some(shares)
    }

    /// The values over the largest, 0 to 1.
    pub fn relative(&self) -> Vec<Option<f32>> {
        let most = self.values.iter().flatten().fold(0.0_f64, |most, v| most.max(*v));
        let over = |v: &Option<f64>| v.map(|v| if most > 0.0 { (v / most) as f32 } else { 0.0 });
        self.values.iter().map(over).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    fn prepared(windows: Vec<usize>, valid: std::ops::Range<usize>) -> Prepared {
        Prepared {
            signal: Array2::zeros((1, 8)),
            sampling_rate: 2.0,
            leads: vec!["I".into()],
            valid,
            windows,
            window_length: 4,
            origin: 1.0,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn windows_are_averaged_where_they_overlap_and_padding_is_left_out() {
        let map = array![[1.0, 3.0], [5.0, 7.0]];
        let steps = Steps::new(map.view(), &prepared(vec![0, 2], 0..6));
        assert_eq!(steps.values, [Some(1.0), Some(4.0), Some(7.0)]);
        assert_eq!((steps.start, steps.step), (1.0, 1.0));
        let padded = Steps::new(map.view(), &prepared(vec![0, 4], 2..6));
        assert_eq!(padded.values, [None, Some(3.0), Some(5.0), None]);
        assert_eq!(padded.relative(), [None, Some(0.6), Some(1.0), None]);
    }

    #[test]
    fn entropy_is_one_where_even_and_zero_at_one_step() {
        let of = |values: &[f64]| {
            let values = values.iter().copied().map(Some).collect();
            let (start, step) = (0.0, 0.1);
            Steps { start, step, values }.entropy()
        };
        assert!((of(&[2.0, 2.0, 2.0]).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(of(&[0.0, 2.0, 0.0]), Some(0.0));
        assert_eq!(of(&[0.0, 0.0]), None);
    }
}
