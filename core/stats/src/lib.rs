//! Metrics, intervals and association tests over ndarray.
//!
//! Pure functions: arrays in, figures out; no files, no logging, no global state. Labels and decisions are
//! `bool`, probabilities and scores `f64`, rows are records and columns are classes or clusters. Every
//! function checks its input and says in [`Error`] what it found; none panics on data.
//!
//! | module | subject |
//! |---|---|
//! | [`auroc`] | area under the ROC curve, soft and hard, macro over classes, fast under resampling |
//! | [`classification`] | agreement, exact match, confusion counts, majority baseline |
//! | [`calibration`] | Brier score, reliability bins, expected calibration error |
//! | [`regression`] | MAE, RMSE, R², Pearson, Spearman |
//! | [`bootstrap`] | grouped percentile intervals, paired differences |
//! | [`summary`] | mean, standard deviation, quantiles, five-number summary |
//! | [`rank`] | midranks |
//! | [`association`] | Spearman correlation of all column pairs with corrected p-values |
//! | [`confident`] | confident learning: labels that probabilities or predictions contradict |
//! | [`retrieval`] | average precision, precision and recall at k of a ranking, most suspect first |
//! | [`correction`] | Benjamini–Hochberg and Holm |
//! | [`kruskal`] | Kruskal–Wallis with ε² and η² |
//! | [`mann_whitney`] | Mann–Whitney U, Cliff's delta, all pairs of groups |
//! | [`entropy`] | normalised entropy of memberships |
//! | [`clusters`] | contingency table, adjusted Rand index, normalised mutual information |
//! | [`sequence`] | proportions, dwell times and transitions of cluster sequences |
//! | [`assignment`] | matching the clusters of two runs |

pub mod assignment;
pub mod association;
pub mod auroc;
pub mod bootstrap;
pub mod calibration;
mod check;
pub mod classification;
pub mod clusters;
pub mod confident;
pub mod correction;
pub mod entropy;
mod error;
pub mod kruskal;
pub mod mann_whitney;
pub mod rank;
pub mod regression;
pub mod retrieval;
pub mod sequence;
pub mod summary;

pub use error::{Error, Result};
