//! One record made ready for measuring: padding left out, gaps closed, rate reduced.

use std::ops::Range;

use sci_rs::signal::filter::design::{DigitalFilter, FilterBandType, FilterOutputType, Sos, butter_dyn};
use sci_rs::signal::filter::sosfiltfilt_dyn;

use crate::{Signal, lead_key};

/// Sampling rates that are taken at their word; at others only what needs no clock is measured.
const RATES: std::ops::RangeInclusive<f64> = 50.0..=20_000.0;

/// The leads of a record, without padding.
pub(super) struct Traces {
    /// Hz, where the record has a sampling rate that can be.
    pub rate: Option<f64>,
    /// One per lead, in the record's order.
    pub traces: Vec<Trace>,
}

/// One lead.
pub(super) struct Trace {
    /// The name as the record spells it.
    pub name: String,
    key: String,
    /// Share of samples that are not finite.
    pub missing: f64,
    /// Millivolts; samples that are not finite lie on the line between their neighbours. Empty where no sample is
    /// finite.
    pub samples: Vec<f64>,
}

impl Traces {
    pub fn new(signal: &Signal) -> Self {
        let inside = inside_padding(signal);
        let rows = signal.samples.rows().into_iter();
        let traces = rows.enumerate().map(|(i, row)| {
            let name = signal.leads.get(i).cloned();
            let name = name.unwrap_or_else(|| format!("lead {}", i + 1));
            let mut samples: Vec<f64> = row.iter().map(|v| f64::from(*v)).collect();
            samples.truncate(inside.end);
            samples.drain(..inside.start.min(samples.len()));
            let finite = samples.iter().filter(|v| v.is_finite()).count();
            let missing = 1.0 - finite as f64 / samples.len().max(1) as f64;
            close_gaps(&mut samples);
            Trace {
                key: lead_key(&name),
                name,
                missing,
                samples,
            }
        });
        Self {
            traces: traces.collect(),
            rate: Some(signal.sampling_rate).filter(|rate| RATES.contains(rate)),
        }
    }

    /// The lead of a key (as [`lead_key`] gives it) if the record has exactly one such lead and it holds samples.
    pub fn lead(&self, key: &str) -> Option<&Trace> {
        let mut found = self.traces.iter().filter(|trace| trace.key == key);
        let trace = found.next().filter(|trace| !trace.samples.is_empty());
        found.next().is_none().then_some(trace).flatten()
    }

    /// The leads of all `keys`, or nothing if one is not there.
    pub fn leads<const N: usize>(&self, keys: [&str; N]) -> Option<[&Trace; N]> {
        let found: Vec<&Trace> = keys.iter().filter_map(|key| self.lead(key)).collect();
        found.try_into().ok()
    }

    /// Divides all samples by `factor`.
    pub fn divide(&mut self, factor: f64) {
        for trace in &mut self.traces {
            trace.samples.iter_mut().for_each(|v| *v /= factor);
        }
    }
}

impl Trace {
    /// The lead with means over blocks of samples, at the lowest rate that is at least `rate` (or the lead's own
    /// if that is lower), and that rate.
    pub fn reduced(&self, own_rate: f64, rate: f64) -> (Vec<f64>, f64) {
        let block = reduction(own_rate, rate);
        let means = self.samples.chunks_exact(block);
        let means = means.map(|chunk| chunk.iter().sum::<f64>() / block as f64);
        (means.collect(), own_rate / block as f64)
    }

    /// Root mean square about the mean, millivolts.
    pub fn spread(&self) -> f64 {
        let n = self.samples.len().max(1) as f64;
        let mean = self.samples.iter().sum::<f64>() / n;
        (self.samples.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
    }
}

/// Samples per block of [`Trace::reduced`].
pub(super) fn reduction(own_rate: f64, rate: f64) -> usize {
    ((own_rate / rate).floor() as usize).max(1)
}

/// The samples between zeros that stand at both ends of *all* leads: data sets such as CODE-15% pad records to one
/// length. A record of nothing but zeros is no padding but an empty record.
fn inside_padding(signal: &Signal) -> Range<usize> {
    let samples = signal.samples.ncols();
    let is_zero = |i: &usize| signal.samples.column(*i).iter().all(|v| *v == 0.0);
    let start = (0..samples).take_while(is_zero).count();
    let end = (start..samples).rev().take_while(is_zero).count();
    if start == samples {
        0..samples
    } else {
        start..samples - end
    }
}

/// Puts samples that are not finite on the line between their finite neighbours.
fn close_gaps(samples: &mut Vec<f64>) {
    let finite = |v: &f64| v.is_finite();
    let (Some(first), Some(last)) = (samples.iter().position(finite), samples.iter().rposition(finite))
    else {
        samples.clear();
        return;
    };
    let (head, tail) = (samples[first], samples[last]);
    samples[..first].fill(head);
    samples[last + 1..].fill(tail);
    let mut before = first;
    for i in first + 1..=last {
        if !samples[i].is_finite() {
            continue;
        }
        let (from, to, gap) = (samples[before], samples[i], (i - before) as f64);
        for (k, value) in samples[before + 1..i].iter_mut().enumerate() {
            *value = from + (to - from) * (k + 1) as f64 / gap;
        }
        before = i;
    }
}

/// A zero-phase Butterworth filter for one sampling rate.
pub(super) struct Filter {
    sections: Vec<Sos<f64>>,
    /// The filter extends both ends by three times its coefficients.
    pad: usize,
}

impl Filter {
    /// High-pass filter; nothing where the cut-off is too near to half the sampling rate.
    pub fn high_pass(hz: f64, order: usize, rate: f64) -> Option<Filter> {
        if hz >= 0.45 * rate {
            return None;
        }
        let design = butter_dyn(
            order,
            vec![hz],
            Some(FilterBandType::Highpass),
            Some(false),
            Some(FilterOutputType::Sos),
            Some(rate),
        );
        match design {
            DigitalFilter::Sos(design) => Some(Filter {
                sections: design.sos,
                pad: 3 * (order + 2),
            }),
            _ => None,
        }
    }

    /// The filtered signal; nothing for one too short for the filter.
    pub fn apply(&self, samples: &[f64]) -> Option<Vec<f64>> {
        (samples.len() > self.pad).then(|| sosfiltfilt_dyn(samples.iter(), &self.sections))
    }
}

/// Lowest and highest value.
pub(super) fn range(values: &[f64]) -> (f64, f64) {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    values
        .iter()
        .fold(start, |(low, high), v| (low.min(*v), high.max(*v)))
}

/// The value at a share `q` of the sorted values; nothing for none.
pub(super) fn quantile(values: &mut [f64], q: f64) -> Option<f64> {
    let place = (q * values.len().checked_sub(1)? as f64).round() as usize;
    let (_, value, _) = values.select_nth_unstable_by(place.min(values.len() - 1), f64::total_cmp);
    Some(*value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn signal(samples: ndarray::Array2<f32>) -> Signal {
        let leads = (0..samples.nrows()).map(|i| format!("V{}", i + 1)).collect();
        Signal {
            samples,
            sampling_rate: 100.0,
            leads,
        }
    }

    #[test]
    fn padding_is_left_out_and_gaps_are_closed() {
        let nan = f32::NAN;
        let traces = Traces::new(&signal(array![
            [0.0, 0.0, nan, 1.0, nan, nan, 4.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0]
        ]));
        assert_eq!(traces.traces[0].samples, [1.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(traces.traces[0].missing, 0.6);
        assert_eq!(traces.traces[1].samples, [0.0, 0.0, 0.0, 0.0, 2.0]);
    }

    #[test]
    fn an_empty_record_is_not_padding() {
        let traces = Traces::new(&signal(ndarray::Array2::zeros((2, 5))));
        assert_eq!(traces.traces[0].samples.len(), 5);
        let none = Traces::new(&signal(array![[f32::NAN, f32::INFINITY]]));
        assert!(none.traces[0].samples.is_empty());
        assert_eq!(none.traces[0].missing, 1.0);
    }

    #[test]
    fn a_lead_that_stands_twice_is_nobody() {
        let mut signal = signal(array![[1.0, 2.0], [3.0, 4.0]]);
        signal.leads = vec![" avf".into(), "AVF".into()];
        assert!(Traces::new(&signal).lead("AVF").is_none());
        signal.leads.pop();
        let traces = Traces::new(&signal);
        assert!(traces.lead("AVF").is_some());
        assert_eq!(traces.traces[1].name, "lead 2");
    }

    #[test]
    fn quantiles_of_few() {
        assert_eq!(quantile(&mut [], 0.5), None);
        assert_eq!(quantile(&mut [3.0], 0.9), Some(3.0));
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 0.5), Some(2.0));
    }
}
