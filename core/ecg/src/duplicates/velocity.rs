//! The form in which two recordings are compared: each lead's velocity on a common time grid.
//!
//! Correlating with the derivative of a Gaussian low-passes, differentiates and resamples in one
//! step. It weighs QRS complexes up and baseline wander down, it is the same analogue filter for every
//! sampling rate, and its reach is finite, so that cropping a record changes nothing further in.

use ndarray::{Array2, ArrayView1, s};

use crate::Signal;

/// Distance of two samples of the grid, seconds.
pub(super) const STEP: f64 = 0.01;
/// Standard deviation of the Gaussian, seconds: the pass band is centred at 8 Hz.
const WIDTH: f64 = 0.02;
/// Reach of the kernel on either side, seconds.
const REACH: f64 = 4.0 * WIDTH;
/// Below this rate, Hz, the kernel has too few samples to be a derivative.
const LOWEST_RATE: f64 = 60.0;

/// The velocities of a record's usable leads.
#[derive(Debug)]
pub(super) struct Velocity {
    /// Rows of the signal that are not flat, ascending.
    pub rows: Vec<usize>,
    /// `[rows, grid]`, in units of the record's largest excursion per second.
    pub samples: Array2<f32>,
    /// Grid position of the first column: its time is `(first + offset) · STEP`.
    pub first: i64,
    /// The record's largest excursion from a lead's mean, mV.
    pub peak: f64,
}

impl Velocity {
    /// The velocities at the times `(k + offset) · STEP`, k whole, wherever the kernel lies inside the
    /// record. Constant stretches at both ends (padding) are not part of it. `None` when nothing is left.
    pub fn new(signal: &Signal, offset: f64) -> Option<Velocity> {
        let rate = signal.sampling_rate;
        if !rate.is_finite() || rate < LOWEST_RATE {
            return None;
        }
        let (rows, leads, peak) = usable(signal)?;
        let (start, end) = varying(&leads)?;
        let reach = REACH * rate;
        let position = |k: i64| (k as f64 + offset) * STEP * rate;
        let first = ((start as f64 + reach) / (STEP * rate) - offset).ceil() as i64;
        let last = ((end as f64 - reach) / (STEP * rate) - offset).floor() as i64;
        let length = usize::try_from(last - first + 1).ok().filter(|&n| n > 0)?;
        let mut samples = Array2::zeros((rows.len(), length));
        let mut kernel = Kernel::new(rate);
        for (k, mut column) in (first..).zip(samples.columns_mut()) {
            let (from, taps) = kernel.at(position(k));
            for (y, lead) in column.iter_mut().zip(leads.rows()) {
                // The last weight may lie one sample beyond the record.
                let end = (from + taps.len()).min(lead.len());
                *y = lead.slice(s![from..end]).dot(&taps.slice(s![..end - from]));
            }
        }
        Some(Velocity {
            rows,
            samples,
            first,
            peak,
        })
    }

    /// Number of grid samples.
    pub fn len(&self) -> usize {
        self.samples.ncols()
    }

    /// Length of the velocity vector over all leads, per grid sample: the same for any order of leads.
    pub fn speed(&self) -> Vec<f32> {
        let energy = |column: ArrayView1<'_, f32>| column.iter().map(|&v| v * v).sum::<f32>();
        self.samples
            .columns()
            .into_iter()
            .map(|column| energy(column).sqrt())
            .collect()
    }
}

/// Rows that are not flat, their samples around their mean in units of the largest one, and that one.
fn usable(signal: &Signal) -> Option<(Vec<usize>, Array2<f32>, f64)> {
    let filled: Vec<(usize, Vec<f64>)> = signal
        .samples
        .rows()
        .into_iter()
        .enumerate()
        .filter_map(|(row, samples)| Some((row, filled(samples)?)))
        .collect();
    let peak = filled
        .iter()
        .flat_map(|(_, lead)| lead)
        .fold(0.0f64, |peak, x| peak.max(x.abs()));
    let length = filled.first()?.1.len();
    let samples = Array2::from_shape_fn((filled.len(), length), |(i, t)| {
        filled
            .get(i)
            .and_then(|(_, lead)| lead.get(t))
            .map_or(0.0, |x| (x / peak) as f32)
    });
    Some((filled.into_iter().map(|(row, _)| row).collect(), samples, peak))
}

/// A lead around its mean, with a straight line over invalid samples; `None` for a flat one.
fn filled(samples: ArrayView1<'_, f32>) -> Option<Vec<f64>> {
    let mut valid = samples.iter().copied().filter(|x| x.is_finite());
    let level = valid.next()?;
    if valid.all(|x| x == level) {
        return None;
    }
    let mut lead: Vec<f64> = samples.iter().map(|&x| f64::from(x)).collect();
    // The last valid sample before, if any; the gap after it is filled when the next one comes.
    let mut before: Option<usize> = None;
    for i in 0..lead.len() {
        if !lead[i].is_finite() {
            continue;
        }
        let gap = before.map_or(0, |b| b + 1)..i;
        let from = before.map_or(lead[i], |b| lead[b]);
        let (to, steps) = (lead[i], (gap.len() + 1) as f64);
        for (n, k) in gap.enumerate() {
            lead[k] = from + (to - from) * (n + 1) as f64 / steps;
        }
        before = Some(i);
    }
    if let Some(b) = before {
        let last = lead[b];
        lead.iter_mut().skip(b + 1).for_each(|x| *x = last);
    }
    let mean = lead.iter().sum::<f64>() / lead.len() as f64;
    lead.iter_mut().for_each(|x| *x -= mean);
    Some(lead)
}

/// First and last sample of the stretch that no padding (every lead constant) precedes or follows.
fn varying(leads: &Array2<f32>) -> Option<(usize, usize)> {
    let differ = |i: usize, j: usize| leads.column(i) != leads.column(j);
    let last = leads.ncols().checked_sub(1)?;
    let start = (0..=last).find(|&i| differ(i, 0))?;
    let end = (0..=last).rev().find(|&i| differ(i, last))?;
    // An unpadded record keeps its ends.
    let start = if start <= 1 { 0 } else { start };
    let end = if end + 1 >= last { last } else { end };
    (start < end).then_some((start, end))
}

/// Derivative of a Gaussian at the samples around a position.
struct Kernel {
    rate: f64,
    /// Distance of the position to the sample before it, for which `taps` holds.
    phase: f64,
    taps: ndarray::Array1<f32>,
}

impl Kernel {
    fn new(rate: f64) -> Kernel {
        Kernel {
            rate,
            phase: f64::NAN,
            taps: ndarray::Array1::zeros(0),
        }
    }

    /// First sample and weights for a position in samples, at least `REACH` from either end.
    fn at(&mut self, position: f64) -> (usize, ArrayView1<'_, f32>) {
        // Rounding must not move a sample's own position before it, nor make many phases of few.
        let whole = position.round();
        let position = if (position - whole).abs() < 1e-6 {
            whole
        } else {
            position
        };
        let before = position.floor();
        let phase = position - before;
        let reach = (REACH * self.rate).floor();
        if self.phase.is_nan() || (phase - self.phase).abs() > 1e-7 {
            self.phase = phase;
            self.taps = (0..2 * reach as usize + 2)
                .map(|i| {
                    let z = (i as f64 - reach - phase) / self.rate / WIDTH;
                    (z * (-0.5 * z * z).exp() / (WIDTH * WIDTH * self.rate)) as f32
                })
                .collect();
        }
        ((before - reach).max(0.0) as usize, self.taps.view())
    }
}
