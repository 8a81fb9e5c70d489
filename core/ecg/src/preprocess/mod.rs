//! From a signal to the windows a network reads.
//!
//! A network answers for the preprocessing that it was trained with, so every step states the
//! formula or the SciPy function that it equals.
//!
//! ```
//! use ecg_audit_ecg::Signal;
//! use ecg_audit_ecg::preprocess::{Pipeline, Step};
//!
//! let steps = [Step::Bandpass { low_hz: 0.5, high_hz: 40.0, order: 4 }];
//! let pipeline = Pipeline::new(&steps, None)?;
//! let signal = Signal {
//!     samples: ndarray::Array2::from_shape_fn((1, 1000), |(_, i)| (i as f32 / 9.0).sin()),
//!     sampling_rate: 100.0,
//!     leads: vec!["II".into()],
//! };
//! let prepared = pipeline.apply(&signal)?;
//! assert_eq!(prepared.windowed().dim(), (1, 1, 1000));
//! # Ok::<(), ecg_audit_ecg::Error>(())
//! ```

mod baseline;
mod filter;
mod frame;
mod missing;
mod pipeline;
mod plan;
mod prepared;
mod resample;
mod standardize;
mod step;
mod validate;

pub use pipeline::Pipeline;
pub use prepared::{Prepared, Warning};
pub use step::{Aggregate, Align, Scope, Step, Window};
