//! The forest's parameters.

use ecg_audit_plugin::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most trees a forest may have.
const MAX_TREES: u32 = 100_000;

/// Parameters of the forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Number of trees, 1 to 100000.
    #[schemars(range(min = 1, max = 100_000))]
    pub trees: u32,
    /// Greatest depth of a tree, at least 1; without it trees grow until their leaves are pure.
    #[schemars(range(min = 1))]
    pub max_depth: Option<u32>,
    /// Fewest rows of a leaf, at least 1; a row that the bootstrap drew several times counts once.
    #[schemars(range(min = 1))]
    pub min_samples_leaf: u32,
    /// Fewest rows of a node that may still be split, at least 2.
    #[schemars(range(min = 2))]
    pub min_samples_split: u32,
    /// How many features each split chooses from: "sqrt", "all", a count (1 or more), or a fraction written with a
    /// decimal point (above 0, up to 1.0). Without it "sqrt" for classes and "all" for values.
    pub max_features: Option<MaxFeatures>,
    /// Whether each tree grows on a bootstrap sample of the rows instead of on all of them.
    pub bootstrap: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            trees: 300,
            max_depth: None,
            min_samples_leaf: 1,
            min_samples_split: 2,
            max_features: None,
            bootstrap: true,
        }
    }
}

/// How many features each split chooses from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected \"sqrt\", \"all\", a count of features (1 or more) or a fraction (above 0, up to 1.0)"
)]
pub enum MaxFeatures {
    /// A named rule.
    Rule(Rule),
    /// This many, at most all.
    Count(#[schemars(range(min = 1))] u32),
    /// This share of them, rounded down, at least one.
    Fraction(#[schemars(range(min = 0.0, max = 1.0))] f64),
}

/// A named rule for the number of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// The square root of their number, rounded down.
    Sqrt,
    /// All of them.
    All,
}

impl MaxFeatures {
    /// The number of features out of `features`, from 1 to `features`.
    pub(crate) fn resolve(self, features: usize) -> usize {
        let wanted = match self {
            Self::Rule(Rule::All) => features,
            Self::Rule(Rule::Sqrt) => features.isqrt(),
            Self::Count(count) => usize::try_from(count).unwrap_or(features),
            Self::Fraction(fraction) => (fraction * features as f64) as usize,
        };
        wanted.clamp(1, features.max(1))
    }
}

impl Params {
    /// Checks the ranges once more, for callers that have no schema at hand.
    ///
    /// # Errors
    /// [`Error::Params`] naming the parameter, its range and the value.
    pub fn check(&self) -> Result<(), Error> {
        let invalid = |name: &str, range: &str, found: String| {
            Err(Error::Params(format!("{name} must be {range}, not {found}")))
        };
        if !(1..=MAX_TREES).contains(&self.trees) {
            return invalid("trees", "1 to 100000", self.trees.to_string());
        }
        if self.max_depth == Some(0) {
            return invalid("max_depth", "at least 1", "0".into());
        }
        if self.min_samples_leaf < 1 {
            return invalid("min_samples_leaf", "at least 1", "0".into());
        }
        if self.min_samples_split < 2 {
            return invalid(
                "min_samples_split",
                "at least 2",
                self.min_samples_split.to_string(),
            );
        }
        match self.max_features {
            Some(MaxFeatures::Count(0)) => invalid("max_features", "1 or more as a count", "0".into()),
            Some(MaxFeatures::Fraction(f)) if !(f > 0.0 && f <= 1.0) => invalid(
                "max_features",
                "above 0 and up to 1.0 as a fraction",
                f.to_string(),
            ),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Params, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_and_each_form_of_max_features() {
        assert_eq!(parse("{}").unwrap(), Params::default());
        let max_features = |json: &str| parse(json).unwrap().max_features;
        assert_eq!(
            max_features(r#"{"max_features": "sqrt"}"#),
            Some(MaxFeatures::Rule(Rule::Sqrt))
        );
        assert_eq!(
            max_features(r#"{"max_features": 1}"#),
            Some(MaxFeatures::Count(1))
        );
        assert_eq!(
            max_features(r#"{"max_features": 1.0}"#),
            Some(MaxFeatures::Fraction(1.0))
        );
    }

    #[test]
    fn unknown_names_and_forms_are_refused() {
        assert!(
            parse(r#"{"tree": 3}"#)
                .unwrap_err()
                .contains("unknown field `tree`")
        );
        assert!(
            parse(r#"{"max_features": "log2"}"#)
                .unwrap_err()
                .contains("\"sqrt\", \"all\"")
        );
        assert!(parse(r#"{"trees": -3}"#).is_err());
    }

    #[test]
    fn values_out_of_range_are_named() {
        let message = |params: Params| params.check().unwrap_err().to_string();
        let base = Params::default;
        assert!(message(Params { trees: 0, ..base() }).contains("trees"));
        assert!(
            message(Params {
                max_depth: Some(0),
                ..base()
            })
            .contains("max_depth")
        );
        assert!(
            message(Params {
                min_samples_leaf: 0,
                ..base()
            })
            .contains("min_samples_leaf")
        );
        assert!(
            message(Params {
                min_samples_split: 1,
                ..base()
            })
            .contains("min_samples_split")
        );
        for bad in [
            MaxFeatures::Count(0),
            MaxFeatures::Fraction(0.0),
            MaxFeatures::Fraction(f64::NAN),
        ] {
            assert!(
                message(Params {
                    max_features: Some(bad),
                    ..base()
                })
                .contains("max_features")
            );
        }
        assert!(base().check().is_ok());
    }

    #[test]
    fn the_number_of_features_is_never_zero_nor_too_large() {
        assert_eq!(MaxFeatures::Rule(Rule::Sqrt).resolve(30), 5);
        assert_eq!(MaxFeatures::Rule(Rule::All).resolve(30), 30);
        assert_eq!(MaxFeatures::Count(99).resolve(30), 30);
        assert_eq!(MaxFeatures::Fraction(0.01).resolve(30), 1);
        assert_eq!(MaxFeatures::Fraction(0.5).resolve(30), 15);
    }
}
