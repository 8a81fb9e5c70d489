//! The rate that the method works at.

/// Every signal is resampled to this many samples per second, so that one set of scales and windows serves all rates.
pub(crate) const RATE: f64 = 500.0;

/// Milliseconds in samples at [`RATE`].
pub(crate) const fn ms(milliseconds: f64) -> usize {
    (milliseconds * RATE / 1000.0 + 0.5) as usize
}
