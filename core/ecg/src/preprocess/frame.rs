//! A record on its way through the steps.

use std::ops::Range;

use ndarray::{Array2, Axis, s};

use super::step::Align;
use crate::{Error, Signal, lead_key};

/// Samples that a prepared record may have per lead: 11 h at 500 Hz. Beyond it a configuration or
/// a header is wrong, and the memory would not be there.
pub(super) const MAX_SAMPLES: usize = 20_000_000;

/// Shortest run of zeros in all leads that counts as padding which the file brings along.
const MIN_PADDING_SECONDS: f64 = 0.1;

/// A record between two steps, in f64.
pub(super) struct Frame {
    /// `[leads, samples]`.
    pub samples: Array2<f64>,
    /// Hz.
    pub rate: f64,
    /// One name per row.
    pub leads: Vec<String>,
    /// Columns that are signal and not padding.
    pub valid: Range<usize>,
    /// Time of column 0 in the record, in seconds.
    pub origin: f64,
}

impl Frame {
    pub fn new(signal: &Signal) -> Result<Frame, Error> {
        let (rows, columns) = signal.samples.dim();
        if signal.leads.len() != rows {
            return Err(Error::Invalid(format!(
                "the record has {rows} leads but {} lead names",
                signal.leads.len()
            )));
        }
        if rows == 0 || columns == 0 {
            return Err(Error::Invalid(format!(
                "the record is empty ({rows} leads of {columns} samples)"
            )));
        }
        let samples = signal.samples.mapv(f64::from);
        let valid = without_padding(&samples, signal.sampling_rate);
        Ok(Frame {
            samples,
            rate: signal.sampling_rate,
            leads: signal.leads.clone(),
            valid,
            origin: 0.0,
        })
    }

    /// Keeps the named leads, in this order.
    pub fn select_leads(&mut self, order: &[String]) -> Result<(), Error> {
        let keys: Vec<String> = self.leads.iter().map(|name| lead_key(name)).collect();
        let mut rows = Vec::with_capacity(order.len());
        for name in order {
            let key = lead_key(name);
            let row = keys.iter().position(|k| *k == key).ok_or_else(|| {
                Error::Invalid(format!(
                    "leads: the record has no lead `{name}`; it has {}",
                    self.leads.join(", ")
                ))
            })?;
            rows.push(row);
        }
        self.samples = self.samples.select(Axis(0), &rows);
        self.leads = order.to_vec();
        Ok(())
    }

    /// Pads with zeros or crops to `target` columns.
    pub fn set_length(&mut self, target: usize, align: Align) -> Result<(), Error> {
        let (rows, length) = self.samples.dim();
        let before = |difference: usize| match align {
            Align::Center => difference / 2,
            Align::Start => 0,
        };
        if target < length {
            let start = before(length - target);
            let kept = start..start + target;
            if self.valid.start.max(kept.start) >= self.valid.end.min(kept.end) {
                return Err(Error::Invalid(format!(
                    "length: cropping to {target} samples leaves nothing but padding"
                )));
            }
            self.samples = self.samples.slice(s![.., kept.clone()]).to_owned();
            self.valid =
                self.valid.start.saturating_sub(start)..(self.valid.end.min(kept.end)).saturating_sub(start);
            self.origin += start as f64 / self.rate;
        } else if target > length {
            let start = before(target - length);
            let mut padded = Array2::zeros((rows, target));
            padded
                .slice_mut(s![.., start..start + length])
                .assign(&self.samples);
            self.samples = padded;
            self.valid = self.valid.start + start..self.valid.end + start;
            self.origin -= start as f64 / self.rate;
        }
        Ok(())
    }
}

/// Columns without the zeros in all leads at either end that some data sets (CODE-15%) store to
/// bring their records to one length. A record of nothing but zeros has no padding: it is flat.
fn without_padding(samples: &Array2<f64>, rate: f64) -> Range<usize> {
    let length = samples.ncols();
    let is_zero = |column: &usize| samples.column(*column).iter().all(|&x| x == 0.0);
    let leading = (0..length).take_while(is_zero).count();
    if leading == length {
        return 0..length;
    }
    let trailing = (0..length).rev().take_while(is_zero).count();
    let counts = |run: usize| run as f64 >= MIN_PADDING_SECONDS * rate;
    let start = if counts(leading) { leading } else { 0 };
    let end = if counts(trailing) {
        length - trailing
    } else {
        length
    };
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize) -> Frame {
        let samples = Array2::from_shape_fn((1, length), |(_, i)| i as f32 + 1.0);
        Frame::new(&Signal {
            samples,
            sampling_rate: 10.0,
            leads: vec!["I".into()],
        })
        .unwrap()
    }

    #[test]
    fn centred_padding_gives_the_odd_sample_to_the_end() {
        let mut f = frame(4);
        f.set_length(7, Align::Center).unwrap();
        assert_eq!(f.samples.row(0).to_vec(), [0.0, 1.0, 2.0, 3.0, 4.0, 0.0, 0.0]);
        assert_eq!(f.valid, 1..5);
        assert_eq!(f.origin, -0.1);
    }

    #[test]
    fn cropping_moves_the_origin() {
        let mut f = frame(7);
        f.set_length(4, Align::Center).unwrap();
        assert_eq!(f.samples.row(0).to_vec(), [2.0, 3.0, 4.0, 5.0]);
        assert_eq!((f.valid, f.origin), (0..4, 0.1));
        let mut f = frame(7);
        f.set_length(4, Align::Start).unwrap();
        assert_eq!(f.samples.row(0).to_vec(), [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn cropping_what_was_padded_keeps_the_valid_range() {
        let mut f = frame(4);
        f.set_length(10, Align::Start).unwrap();
        f.set_length(6, Align::Start).unwrap();
        assert_eq!(f.valid, 0..4);
        let mut f = frame(4);
        f.set_length(10, Align::Center).unwrap();
        f.set_length(4, Align::Center).unwrap();
        assert_eq!((f.valid.clone(), f.origin), (0..4, 0.0));
    }

    #[test]
    fn zeros_at_both_ends_are_padding() {
        let mut samples = Array2::<f64>::zeros((2, 400));
        samples.slice_mut(s![0, 100..300]).fill(1.0);
        assert_eq!(without_padding(&samples, 100.0), 100..300);
        // Fewer than 0.1 s of zeros can be signal.
        samples.slice_mut(s![1, 5..395]).fill(1.0);
        assert_eq!(without_padding(&samples, 100.0), 0..400);
        assert_eq!(
            without_padding(&Array2::zeros((2, 40)), 100.0),
            0..40,
            "a flat record is not padding"
        );
    }
}
