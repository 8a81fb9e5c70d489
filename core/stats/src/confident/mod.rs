//! Confident learning: which given labels do predicted probabilities contradict?
//!
//! The method of Northcutt, Jiang & Chuang 2021, *Confident Learning: Estimating Uncertainty in Dataset Labels*,
//! JAIR 70:1373–1411; multi-label by one-vs-rest with pooled class scores (Thyagarajan et al. 2022, arXiv
//! 2211.13895), regression by residuals over their spread (Zhou et al. 2023, arXiv 2305.16583). Definitions,
//! tolerances and rounding are those of the authors' own package, cleanlab 2.9.0: selections are identical and
//! scores equal to 1e-9 (`tests/parity_confident.rs`), with two differences that are meant:
//!
//! - Equal values are ordered by record, lowest first. The package sorts with an unstable sort, so that it picks
//!   among tied records by the processor's vector width.
//! - Labels that hold one class only are accepted everywhere, and nothing contradicts them: an absent class has no
//!   threshold. The package refuses them in some functions and accepts them in others.
//!
//! Probabilities must be *out of sample*. Everywhere, a **lower score is more suspect**.
//!
//! **Multi-class**, labels \[n\], probabilities \[n, K\]: [`label_quality_scores`], [`find_label_issues`].
//! **Multi-label**, labels and probabilities \[n, C\]: [`multilabel`]. **Regression**: [`residual`], [`outre`].
//!
//! The multi-class functions are thin wrappers around three passes over the records, each of which can be fed
//! chunk by chunk (in the same order) by who cannot hold the probabilities in memory:
//!
//! 1. [`ThresholdCounter`] → [`Thresholds`]: mean probability of the given class, per class;
//! 2. [`JointCounter`] → [`ConfidentJoint`]: counts of (given, confidently predicted) classes;
//! 3. [`Selector`] → a flag per record.
//!
//! Memory: O(K²), one flag per record, and at most two entries per record to be flagged. Neither the chunks nor the
//! number of threads change any result: counts are integers, threshold sums are exact (128-bit fixed point).

//!
//! ```
//! use ecg_audit_stats::confident::multilabel::{self, Aggregation};
//! use ecg_audit_stats::confident::{Score, Selection};
//! use ndarray::array;
//!
//! // Four records, two classes; the third bears class 0 although the model is sure that it should not.
//! let labels = array![[true, false], [false, true], [true, true], [false, false]];
//! let probabilities = array![[0.9, 0.2], [0.2, 0.8], [0.05, 0.9], [0.3, 0.1]];
//! let (labels, probabilities) = (labels.view(), probabilities.view());
//!
//! let classes = multilabel::class_scores(labels, probabilities, Score::SelfConfidence, false)?;
//! assert_eq!(classes[[2, 0]], 0.05);
//! let records = multilabel::aggregate(classes.view(), Aggregation::default())?;
//! assert!(records[2] < records[0] && records[2] < records[1] && records[2] < records[3]);
//! let issues = multilabel::find_class_issues(labels, probabilities, Selection::default(), 1)?;
//! assert_eq!(issues.indexed_iter().filter(|(_, issue)| **issue).map(|(at, _)| at).collect::<Vec<_>>(), [(2, 0)]);
//! # Ok::<(), ecg_audit_stats::Error>(())
//! ```

mod calibration;
mod joint;
mod latent;
pub mod multilabel;
pub mod outre;
mod pairwise;
mod prune;
pub mod residual;
mod rows;
mod scores;
mod select;
mod thresholds;

pub use joint::{ConfidentJoint, JointCounter, confident_joint};
pub use latent::Latent;
pub use rows::{LabelledRows, SUM_TOLERANCE};
pub use scores::{Score, label_quality_scores};
pub use select::{Selection, Selector, find_label_issues};
pub use thresholds::{MISSING, ThresholdCounter, Thresholds, confident_thresholds};

/// Slack of comparisons between a probability and a threshold or another probability.
const COMPARISON_SLACK: f64 = 1e-6;
/// Least divisor.
const TINY: f64 = 1e-100;
