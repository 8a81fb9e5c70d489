//! Delineators: where P, QRS and T are.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Finds the waves of each beat.
pub trait Delineator: Send + Sync {
    /// Delineates `signal` `[leads, samples]` in millivolts at `sampling_rate` Hz. A wave that is not there is
    /// absent, never invented; a signal without beats gives none.
    ///
    /// # Errors
    /// [`Error::Input`] when there are no leads, or a sampling rate the method is not made for.
    fn delineate(&self, signal: ArrayView2<'_, f32>, sampling_rate: f64) -> Result<Delineation, Error>;
}

/// The waves of a signal.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Delineation {
    /// The beats of all leads taken together, in time order.
    pub fused: Vec<Beat>,
    /// The beats of each lead, in time order; empty where the method only fuses.
    pub per_lead: Vec<Vec<Beat>>,
}

/// One beat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Beat {
    /// The P wave.
    pub p: Wave,
    /// The QRS complex; its peak is the R (or most prominent) peak.
    pub qrs: Wave,
    /// The T wave.
    pub t: Wave,
}

/// One wave, in samples from the signal's start; what was not found is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Wave {
    /// Where it begins.
    pub onset: Option<f64>,
    /// Its peak.
    pub peak: Option<f64>,
    /// Where it ends.
    pub offset: Option<f64>,
}
