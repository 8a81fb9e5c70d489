//! From a record's signal to the windows that a network reads.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::frame::Frame;
use super::plan::Plan;
use super::prepared::{self, Prepared};
use super::step::{Step, Window};
use super::validate;
use crate::{Error, Signal};

/// Sampling rates whose plans are kept. A data set has one or a few; a folder of odd headers shall
/// not fill the memory.
const MAX_PLANS: usize = 64;

/// Preprocessing steps and windows, ready to be applied to records of any sampling rate, from any
/// number of threads.
#[derive(Debug)]
pub struct Pipeline {
    steps: Vec<Step>,
    window: Option<Window>,
    /// Filters by the bits of the record's sampling rate.
    plans: RwLock<HashMap<u64, Arc<Plan>>>,
}

impl Pipeline {
    /// Checks the steps and the window; without one, each record is read as a whole.
    ///
    /// # Errors
    ///
    /// A value out of its range, with the step's number and name, what was expected and what was
    /// found. Cut-offs are held against the sampling rate only when a record (or
    /// [`Pipeline::output_rate`]) brings one.
    pub fn new(steps: &[Step], window: Option<Window>) -> Result<Pipeline, Error> {
        validate::pipeline(steps, window.as_ref())?;
        Ok(Pipeline {
            steps: steps.to_vec(),
            window,
            plans: RwLock::default(),
        })
    }

    /// The steps in their order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The window, if records are cut into some.
    pub fn window(&self) -> Option<&Window> {
        self.window.as_ref()
    }

    /// Sampling rate in Hz after all steps, for records of `sampling_rate` Hz.
    ///
    /// # Errors
    ///
    /// If a step cannot be done at that rate, for example a cut-off above its half.
    pub fn output_rate(&self, sampling_rate: f64) -> Result<f64, Error> {
        Ok(self.plan(sampling_rate)?.rate)
    }

    /// Runs all steps on one record, in f64, and lays out its windows.
    ///
    /// # Errors
    ///
    /// A record that cannot be used: empty, invalid samples, every lead flat, a lead missing, too
    /// short for a filter or a window, or a sampling rate that a step cannot work with.
    pub fn apply(&self, signal: &Signal) -> Result<Prepared, Error> {
        let plan = self.plan(signal.sampling_rate)?;
        let mut frame = Frame::new(signal)?;
        let warnings = plan.run(&mut frame)?;
        let (windows, window_length) = prepared::windows(frame.samples.ncols(), self.window.as_ref())?;
        let signal = frame.samples.mapv(|x| x as f32);
        for (row, lead) in signal.rows().into_iter().zip(&frame.leads) {
            if row.iter().any(|x| !x.is_finite()) {
                return Err(Error::Invalid(format!(
                    "lead {lead} is out of the range of 32-bit numbers after preprocessing"
                )));
            }
        }
        Ok(Prepared {
            signal,
            sampling_rate: frame.rate,
            leads: frame.leads,
            valid: frame.valid,
            windows,
            window_length,
            origin: frame.origin,
            warnings,
        })
    }

    fn plan(&self, rate: f64) -> Result<Arc<Plan>, Error> {
        let key = rate.to_bits();
        let known = self.plans.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = known.get(&key) {
            return Ok(Arc::clone(plan));
        }
        drop(known);
        let plan = Arc::new(Plan::new(&self.steps, rate)?);
        let mut known = self.plans.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_PLANS {
            known.insert(key, Arc::clone(&plan));
        }
        Ok(plan)
    }
}
