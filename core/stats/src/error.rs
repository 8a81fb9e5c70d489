//! What can be wrong with the numbers handed to a statistic.

/// The result of a statistic.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a statistic cannot be computed. `what` names the argument.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing to compute on.
    #[error("{what} is empty: at least one value is needed")]
    Empty {
        /// The argument.
        what: &'static str,
    },
    /// Fewer values than the statistic is defined for.
    #[error("{what}: at least {needed} values are needed, found {found}")]
    TooFew {
        /// The argument.
        what: &'static str,
        /// The least number of values.
        needed: usize,
        /// The number given.
        found: usize,
    },
    /// A NaN or an infinity.
    #[error("{what}: value {index} is {value}, expected a finite number")]
    NotFinite {
        /// The argument.
        what: &'static str,
        /// Position in row-major order.
        index: usize,
        /// What was found there.
        value: f64,
    },
    /// A value outside the interval in which it has a meaning.
    #[error("{what}: value {index} is {value}, expected one in [{low}, {high}]")]
    OutOfRange {
        /// The argument.
        what: &'static str,
        /// Position in row-major order.
        index: usize,
        /// What was found there.
        value: f64,
        /// Least allowed value.
        low: f64,
        /// Greatest allowed value.
        high: f64,
    },
    /// Two arguments that must have the same shape have not.
    #[error("{what} has shape {found:?}, expected {expected:?}")]
    ShapeMismatch {
        /// The argument that does not fit.
        what: &'static str,
        /// Shape of the argument it is held against.
        expected: Vec<usize>,
        /// Its own shape.
        found: Vec<usize>,
    },
    /// All labels are equal, so that no ranking of positives against negatives exists.
    #[error("{what}: all {count} labels are {label}, expected both classes")]
    SingleClass {
        /// The argument.
        what: &'static str,
        /// Number of labels.
        count: usize,
        /// The one label found.
        label: bool,
    },
    /// No class of a multi-label matrix has both labels.
    #[error("{what}: none of the {classes} classes has both labels")]
    NoClassDefined {
        /// The argument.
        what: &'static str,
        /// Number of classes.
        classes: usize,
    },
    /// All values are equal, so that the statistic would divide by zero.
    #[error("{what}: all {count} values are equal, the statistic is undefined")]
    Constant {
        /// The argument.
        what: &'static str,
        /// Number of values.
        count: usize,
    },
    /// A probability row that does not sum to one.
    #[error("{what}: row {row} sums to {sum}, expected 1")]
    NotNormalised {
        /// The argument.
        what: &'static str,
        /// The row.
        row: usize,
        /// Its sum.
        sum: f64,
    },
    /// A probability outside [0, 1], or NaN.
    #[error("{what}: row {row}, class {class} is {value}, expected a number in [0, 1]")]
    NotAProbability {
        /// The argument.
        what: &'static str,
        /// The row.
        row: usize,
        /// The class, that is the column.
        class: usize,
        /// What was found there.
        value: f64,
    },
    /// A given class that is not below the number of classes.
    #[error("{what}: row {row} is {label}, expected a class below {classes}")]
    NotAClass {
        /// The argument.
        what: &'static str,
        /// The row.
        row: usize,
        /// What was found there.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
    /// Records that are not those of an earlier pass.
    #[error("{what}: {found} records, expected {expected} as in the thresholds")]
    OtherRecords {
        /// What was counted.
        what: &'static str,
        /// Records that the thresholds were made from.
        expected: u64,
        /// Records found.
        found: u64,
    },
    /// A chunk of records that does not follow the one before.
    #[error("the chunk starts at row {found}, expected row {expected}")]
    NotConsecutive {
        /// Row after the last one seen.
        expected: usize,
        /// First row of the chunk.
        found: usize,
    },
    /// A score that is not defined for probabilities that were adjusted by thresholds.
    #[error("{score} is not defined for probabilities adjusted by thresholds")]
    NotAdjustable {
        /// The score.
        score: &'static str,
    },
    /// A cluster label that is negative or not below the number of clusters.
    #[error("{what}: label {index} is no cluster number below {clusters}")]
    NotACluster {
        /// The argument.
        what: &'static str,
        /// Position of the label.
        index: usize,
        /// Number of clusters.
        clusters: usize,
    },
    /// No record is to be found, so that a ranking cannot be judged.
    #[error("{what}: none of the {count} records is to be found, the figure is undefined")]
    NoneRelevant {
        /// The argument.
        what: &'static str,
        /// Number of records.
        count: usize,
    },
    /// The statistic was undefined on the data itself or on every bootstrap replicate.
    #[error("the statistic is undefined on {place}")]
    Undefined {
        /// On what.
        place: &'static str,
    },
}
