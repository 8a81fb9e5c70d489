//! Where evidence on a label comes from.

use std::fmt;

use ndarray::Array2;

/// A source of evidence. Each gives every label of every record a support in \[0, 1\]: low where it speaks against the
/// label that was given, 1 where it has nothing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    Network,
    Surrogate,
    Neighbours,
    Uncertainty,
    Models,
    Duplicates,
    Signal,
    Metadata,
}

impl Source {
    /// Its name in the configuration, in `audit.json` and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Surrogate => "surrogate",
            Self::Neighbours => "neighbours",
            Self::Uncertainty => "uncertainty",
            Self::Models => "models",
            Self::Duplicates => "duplicates",
            Self::Signal => "signal",
            Self::Metadata => "metadata",
        }
    }

    /// How its support is computed, in one sentence.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Network => "The network's probability of the given label.",
            Self::Surrogate => {
                "The same of the first surrogate, taught by the labels of the other folds and reading cluster proportions."
            }
            Self::Neighbours => {
                "Share of the records of other patients with the most similar cluster proportions that bear the same label."
            }
            Self::Uncertainty => {
                "Two-sided normal tail of the record's mean uncertainty above that of records with the same label; 1 below."
            }
            Self::Models => {
                "One minus the range of the probabilities of the folds' networks, or of the surrogates, where there are several."
            }
            Self::Duplicates => {
                "Half where another record holds the same signal and bears another label, else 1."
            }
            Self::Signal => {
                "The worst finding on the record's signal: noise, lead reversal, impossible values."
            }
            Self::Metadata => "The worst contradiction between the record's own entries.",
        }
    }

    /// The same for a continuous target.
    pub fn describe_value(self) -> &'static str {
        match self {
            Self::Network => "Two-sided normal tail of the label's distance from the network's value.",
            Self::Surrogate => {
                "The same of the first surrogate, taught by the labels of the other folds and reading cluster proportions."
            }
            Self::Neighbours => {
                "The same of the mean label of the records of other patients with the most similar cluster proportions."
            }
            Self::Uncertainty => {
                "Two-sided normal tail of the record's mean uncertainty above that of all records; 1 below."
            }
            other => other.describe(),
        }
    }

    /// Whether its weight is fitted, class by class, rather than fixed.
    pub fn is_fitted(self) -> bool {
        matches!(self, Self::Network | Self::Surrogate | Self::Neighbours)
    }

    /// The exponent with which a source that is not fitted enters the combined score.
    ///
    /// These are judgements. A duplicate with another label proves that one of two labels is wrong, and a
    /// contradiction within a record that one of its entries is; bad signals and unusual uncertainty only make a label
    /// harder to trust.
    pub fn exponent(self) -> f64 {
        match self {
            Self::Network | Self::Surrogate | Self::Neighbours => 0.0,
            Self::Duplicates => 1.0,
            Self::Metadata => 0.5,
            Self::Uncertainty | Self::Models | Self::Signal => 0.1,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What one source says of every label of the records under examination.
pub(crate) struct Support {
    pub source: Source,
    /// Support of the given label `[n, C]`, in [0, 1].
    pub values: Array2<f64>,
}

impl Support {
    /// From probabilities that the class holds `[n, C]`.
    pub fn of_probabilities(source: Source, probabilities: &Array2<f64>, labels: &Array2<bool>) -> Self {
        let mut values = probabilities.mapv(|p| p.clamp(0.0, 1.0));
        values.zip_mut_with(labels, |p, given| {
            if !given {
                *p = 1.0 - *p;
            }
        });
        Self { source, values }
    }

    /// The least support of each record's labels `[n]`.
    pub fn of_records(&self) -> ndarray::Array1<f64> {
        lowest(&self.values)
    }
}

/// A record is as suspect as its most suspect label.
pub(crate) fn lowest(values: &Array2<f64>) -> ndarray::Array1<f64> {
    values
        .rows()
        .into_iter()
        .map(|row| row.iter().copied().fold(1.0, f64::min))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn an_absent_label_is_supported_by_a_low_probability() {
        let support = Support::of_probabilities(
            Source::Network,
            &array![[0.9, 0.2], [0.3, 1.5]],
            &array![[true, false], [false, true]],
        );
        assert_eq!(support.values, array![[0.9, 0.8], [0.7, 1.0]]);
        assert_eq!(support.of_records(), array![0.8, 0.7]);
    }
}
