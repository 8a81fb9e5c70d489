//! Mean beats around the R peak.

use ecg_audit_ecg::{DataSet, Signal};
use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::beats::Heartbeats;
use crate::Error;
use crate::audit::MeanBeat;
use crate::cohort::Cohort;

/// Where a mean beat begins, seconds from the R peak: before the P wave of a slow heart.
pub(crate) const START: f64 = -0.35;
/// Seconds between two of its values.
pub(crate) const STEP: f64 = 0.01;
/// Its number of values: to 0.55 s, after the T wave.
pub(crate) const VALUES: usize = 91;
/// Records averaged per cluster.
const RECORDS: usize = 20;

/// Per cluster, the mean beat of the records of different patients in which it takes the largest share. `shares`
/// `[n, K]` of the audited records; `occupancy` `[K, VALUES]`.
pub(crate) fn mean_beats(
    data: &dyn DataSet,
    heartbeats: &Heartbeats,
    cohort: &Cohort,
    shares: &Array2<f64>,
    occupancy: ArrayView2<'_, f64>,
) -> Result<Vec<Option<MeanBeat>>, Error> {
    (0..shares.ncols())
        .into_par_iter()
        .map(|cluster| {
            let rows = typical(shares.column(cluster), cohort);
            let mut mean: Option<Sums> = None;
            for row in rows {
                let position = cohort.positions[row];
                if let (Some(beats), Ok(signal)) = (heartbeats.of(position), data.read(position)) {
                    let peaks: Vec<f64> = beats.iter().filter_map(|beat| beat.qrs.peak).collect();
                    mean.get_or_insert_with(|| Sums::new(&signal))
                        .add(&signal, &peaks);
                }
            }
            Ok(mean.and_then(|sums| sums.finish(occupancy.row(cluster))))
        })
        .collect()
}

fn typical(shares: ArrayView1<'_, f64>, cohort: &Cohort) -> Vec<usize> {
    let mut order: Vec<usize> = (0..shares.len()).filter(|row| shares[*row] > 0.0).collect();
    order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]).then(a.cmp(b)));
    let mut patients = std::collections::HashSet::new();
    order.retain(|row| patients.insert(&cohort.groups[*row]));
    order.truncate(RECORDS);
    order
}

/// A mean in the making.
struct Sums {
    leads: Vec<String>,
    sums: Array2<f64>,
    counts: Array2<u64>,
    records: usize,
    beats: usize,
}

impl Sums {
    fn new(signal: &Signal) -> Self {
        let shape = (signal.leads.len(), VALUES);
        Self {
            leads: signal.leads.clone(),
            sums: Array2::zeros(shape),
            counts: Array2::zeros(shape),
            records: 0,
            beats: 0,
        }
    }

    /// Adds the beats with R peaks at `peaks`, seconds. A record with other leads is left out.
    fn add(&mut self, signal: &Signal, peaks: &[f64]) {
        if signal.leads != self.leads || peaks.is_empty() {
            return;
        }
        self.records += 1;
        self.beats += peaks.len();
        for (lead, samples) in signal.samples.rows().into_iter().enumerate() {
            let base = median(samples);
            for peak in peaks {
                for value in 0..VALUES {
                    let at = (peak + START + value as f64 * STEP) * signal.sampling_rate;
                    if let Some(amplitude) = interpolate(samples, at).filter(|a| a.is_finite()) {
                        self.sums[[lead, value]] += amplitude - base;
                        self.counts[[lead, value]] += 1;
                    }
                }
            }
        }
    }

    fn finish(self, occupancy: ArrayView1<'_, f64>) -> Option<MeanBeat> {
        let microvolts = |lead: usize| {
            let values = self.sums.row(lead).into_iter().zip(self.counts.row(lead));
            values
                .map(|(sum, n)| (*n > 0).then(|| (1000.0 * sum / *n as f64).round() as i32))
                .collect()
        };
        (self.beats > 0).then(|| MeanBeat {
            records: self.records,
            beats: self.beats,
            microvolts: (0..self.leads.len()).map(microvolts).collect(),
            leads: self.leads,
            start: START,
            step: STEP,
            occupancy: occupancy.to_vec(),
        })
    }
}

/// The value between two samples; none outside the record.
fn interpolate(samples: ArrayView1<'_, f32>, at: f64) -> Option<f64> {
    if at < 0.0 {
        return None;
    }
    let (first, part) = (at as usize, at.fract());
    let before = f64::from(*samples.get(first)?);
    if part == 0.0 {
        return Some(before);
    }
    let after = f64::from(*samples.get(first + 1)?);
    Some(before + part * (after - before))
}

/// The median of what is finite, 0 where nothing is: a lead's resting level.
fn median(samples: ArrayView1<'_, f32>) -> f64 {
    let mut values: Vec<f32> = samples.iter().copied().filter(|v| v.is_finite()).collect();
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    f64::from(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(leads: &[&str]) -> Signal {
        // A spike of 1 mV every second at 200 Hz, on a level of 0.2 mV.
        let sample = |(_, i): (usize, usize)| if i % 200 == 100 { 1.2 } else { 0.2 };
        Signal {
            samples: Array2::from_shape_fn((leads.len(), 1000), sample),
            sampling_rate: 200.0,
            leads: leads.iter().map(|lead| (*lead).to_owned()).collect(),
        }
    }

    #[test]
    fn beats_are_averaged_at_their_peaks() {
        let signal = signal(&["I", "II"]);
        let mut sums = Sums::new(&signal);
        sums.add(&signal, &[0.5, 1.5, 2.5]);
        sums.add(&self::signal(&["V1", "V2"]), &[0.5]);
        let mean = sums.finish(ArrayView1::from(&[0.0; VALUES])).unwrap();
        assert_eq!((mean.records, mean.beats), (1, 3));
        let peak = (-START / STEP).round() as usize;
        assert_eq!(mean.microvolts[1][peak], Some(1000));
        assert_eq!(mean.microvolts[1][peak + 5], Some(0));
    }

    #[test]
    fn nothing_lies_outside_the_record() {
        let signal = signal(&["I"]);
        let mut sums = Sums::new(&signal);
        sums.add(&signal, &[0.1]);
        let mean = sums.finish(ArrayView1::from(&[0.0; VALUES])).unwrap();
        assert_eq!(mean.microvolts[0][0], None);
        assert!(
            Sums::new(&signal)
                .finish(ArrayView1::from(&[0.0; VALUES]))
                .is_none()
        );
    }
}
