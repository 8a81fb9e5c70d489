//! A record's timeline: cluster, membership and uncertainty at equal steps of time (method step 8).

use ndarray::{Array1, Array2};

use super::RecordRows;

/// What is drawn beneath an ECG. Where windows overlap, memberships and uncertainty are averaged before the largest
/// membership is taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Timeline {
    /// Time of the first step's start in the record as read, seconds.
    pub start: f64,
    /// Duration of a step, seconds.
    pub step: f64,
    /// Cluster of each step; `None` where nothing but padding lies.
    pub clusters: Vec<Option<u32>>,
    /// Its membership; 0 where there is none.
    pub memberships: Vec<f32>,
    /// Uncertainty; 0 where there is none.
    pub uncertainty: Vec<f32>,
}

impl Timeline {
    /// From the rows of one record: `memberships` `[rows, K]` and `uncertainty` `[rows]` of all rows of its shard.
    pub fn new(record: &RecordRows, memberships: &Array2<f32>, uncertainty: &Array1<f32>) -> Self {
        let geometry = &record.geometry;
        let step_samples = geometry.window_length as f64 / record.steps.max(1) as f64;
        let end = geometry
            .starts
            .last()
            .map_or(0, |last| last + geometry.window_length);
        let steps = (end as f64 / step_samples).ceil() as usize;
        let k = memberships.ncols();
        let mut sums = vec![0.0_f64; steps * k];
        let mut scores = vec![0.0_f64; steps];
        let mut counts = vec![0_u32; steps];
        for (i, (window, t)) in record.places.iter().enumerate() {
            let centre = geometry.centre(*window, *t, record.steps);
            let at = ((centre / step_samples) as usize).min(steps.saturating_sub(1));
            let row = memberships.row(record.first + i);
            sums[at * k..(at + 1) * k]
                .iter_mut()
                .zip(row)
                .for_each(|(sum, v)| *sum += f64::from(*v));
            scores[at] += f64::from(uncertainty[record.first + i]);
            counts[at] += 1;
        }
        let mut timeline = Self {
            start: geometry.origin,
            step: geometry.time_step(record.steps),
            clusters: Vec::with_capacity(steps),
            memberships: Vec::with_capacity(steps),
            uncertainty: Vec::with_capacity(steps),
        };
        for at in 0..steps {
            let best = largest(&sums[at * k..(at + 1) * k]).filter(|_| counts[at] > 0);
            let count = f64::from(counts[at].max(1));
            timeline.clusters.push(best.map(|(cluster, _)| cluster as u32));
            timeline
                .memberships
                .push(best.map_or(0.0, |(_, sum)| (sum / count) as f32));
            timeline.uncertainty.push((scores[at] / count) as f32);
        }
        timeline
    }
}

/// Position and value of the largest, ties to the lowest position.
fn largest(values: &[f64]) -> Option<(usize, f64)> {
    let mut best: Option<(usize, f64)> = None;
    for (i, value) in values.iter().enumerate() {
        if best.is_none_or(|(_, b)| *value > b) {
            best = Some((i, *value));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Geometry;
    use ndarray::array;

    #[test]
    fn overlapping_windows_are_averaged_and_padding_is_left_out() {
        // Two windows of 4 samples and 2 timestamps, from samples 0 and 2: steps of 2 samples.
        let record = RecordRows {
            record: 0,
            first: 0,
            places: vec![(0, 0), (0, 1), (1, 0)],
            geometry: Geometry {
                starts: vec![0, 2],
                window_length: 4,
                sampling_rate: 10.0,
                valid: 0..4,
                origin: 0.5,
            },
            steps: 2,
        };
        let memberships = array![[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]];
        let timeline = Timeline::new(&record, &memberships, &array![0.1, 0.2, 0.6]);
        assert_eq!(timeline.clusters, [Some(0), Some(1), None]);
        assert!((timeline.memberships[1] - 0.6).abs() < 1e-6);
        assert!((timeline.uncertainty[1] - 0.4).abs() < 1e-6);
        assert_eq!((timeline.start, timeline.step), (0.5, 0.2));
    }
}
