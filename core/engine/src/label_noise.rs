//! How well each score finds wrong labels: labels are turned wrong on purpose, and looked for.
//!
//! Signals are encoded and clustered once; for each noise, rate and seed the labels are changed, the surrogates and the
//! combined score are learnt again from the changed labels, and every score ranks the records. The data set's own
//! wrong labels count as right here, which lowers all figures alike.

mod figures;
mod plant;

use ndarray::{Array1, Array2, Axis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use figures::{Figures, Interval, Setting};
pub use plant::Noise;

use crate::Error;
use crate::cohort::Cohort;
use crate::issues::{self, Known, Support, lowest};
use ecg_audit_stats::confident::{Score, multilabel};
use figures::Outcome;
use plant::{Planted, Planting};

/// The value of `schema` in `label-noise.json`.
pub const SCHEMA: &str = "ecg-audit-label-noise/1";
/// Name of the score that the others are held against: cleanlab's multi-label score of the network's probabilities.
pub const REFERENCE: &str = "confident-learning";
/// Name of the combined score.
pub const COMBINED: &str = "combined";

/// What is planted, and how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The kinds of noise.
    pub noises: Vec<Noise>,
    /// Shares of records that get a wrong label.
    pub rates: Vec<f64>,
    /// Number of seeds; each draws other records.
    pub seeds: u64,
    /// Ranks at which precision and recall are taken, besides the number of planted records.
    pub at: Vec<usize>,
}

impl Plan {
    /// Refuses plans that make no sense.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no noise, no rate, a rate outside (0, 0.5], fewer than two seeds, or a rank of 0.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |message: String| Err(Error::Invalid(message));
        if self.noises.is_empty() {
            return wrong("no kind of noise is named".into());
        }
        if self.rates.is_empty() {
            return wrong("no rate is named".into());
        }
        if let Some(rate) = self.rates.iter().find(|rate| !(**rate > 0.0 && **rate <= 0.5)) {
            return wrong(format!("the rate {rate} is not above 0 and at most 0.5"));
        }
        if self.seeds < 2 {
            return wrong(format!(
                "{} seeds give no interval; expected at least 2",
                self.seeds
            ));
        }
        if self.at.contains(&0) {
            return wrong("precision at rank 0 does not exist; ranks begin at 1".into());
        }
        Ok(())
    }
}

/// The benchmark's outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Benchmark {
    /// Version of this format: [`SCHEMA`].
    pub schema: String,
    /// Name of the audit.
    pub name: String,
    /// Number of labelled records.
    pub records: usize,
    /// The classes.
    pub classes: Vec<String>,
    /// What was planted.
    pub plan: Plan,
    /// One entry per noise and rate.
    pub settings: Vec<Setting>,
}

/// The JSON Schema of `label-noise.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Benchmark).to_value()
}

/// What the benchmark needs of an encoded data set.
pub(crate) struct Bench<'a> {
    pub cohort: &'a Cohort,
    pub labelled: &'a [usize],
    /// Cluster proportions of the audited records `[n, K]`.
    pub proportions: &'a Array2<f64>,
    /// Mean uncertainty of each audited record.
    pub uncertainty: &'a [f64],
    pub trained_folds: Option<&'a [u32]>,
    /// Who or what labelled each audited record, where the data set says.
    pub annotators: Vec<Option<String>>,
    pub seed: u64,
}

/// What must be learnt again from changed labels.
pub(crate) trait Relearn {
    /// Out-of-fold probabilities of the labels by every surrogate, `[n, C]`.
    fn surrogates(&self, cohort: &Cohort) -> Result<Vec<Array2<f64>>, Error>;
    /// What the data says of the labels.
    fn evidence(&self, cohort: &Cohort) -> issues::DataEvidence;
}

impl Bench<'_> {
    /// Runs the plan; `done` is told after each seed.
    pub fn run(
        &self,
        plan: &Plan,
        relearn: &dyn Relearn,
        mut done: impl FnMut() -> Result<(), Error>,
    ) -> Result<Vec<Setting>, Error> {
        let planting = Planting::new(self)?;
        let mut settings = Vec::new();
        for noise in &plan.noises {
            for rate in &plan.rates {
                let mut outcomes = Vec::new();
                for seed in 0..plan.seeds {
                    let planted = planting.plant(*noise, *rate, self.seed.wrapping_add(seed))?;
                    outcomes.push(self.outcome(planted, &plan.at, relearn)?);
                    done()?;
                }
                settings.push(Setting::new(*noise, *rate, &plan.at, &outcomes)?);
            }
        }
        Ok(settings)
    }

    fn outcome(&self, planted: Planted, at: &[usize], relearn: &dyn Relearn) -> Result<Outcome, Error> {
        let mut cohort = self.cohort.clone();
        for (row, labels) in self.labelled.iter().zip(planted.labels.rows()) {
            cohort.labels.row_mut(*row).assign(&labels);
        }
        let surrogates = relearn.surrogates(&cohort)?;
        let data = relearn.evidence(&cohort);
        let known = Known {
            cohort: &cohort,
            labelled: self.labelled,
            surrogates: &surrogates,
            proportions: self.proportions,
            uncertainty: self.uncertainty,
            trained_folds: self.trained_folds,
            data: &data,
        };
        let assessment = issues::assess(&known)?;
        let network = cohort
            .outputs
            .select(Axis(0), self.labelled)
            .mapv(|p| p.clamp(0.0, 1.0));
        let reference = multilabel::record_scores(
            planted.labels.view(),
            network.view(),
            Score::SelfConfidence,
            false,
            multilabel::Aggregation::default(),
        )?;
        let mut scores: Vec<(String, Array1<f64>, Option<Array2<f64>>)> =
            vec![(REFERENCE.into(), reference, None)];
        for Support { source, values } in assessment.supports {
            scores.push((source.name().into(), lowest(&values), Some(values)));
        }
        scores.push((
            COMBINED.into(),
            lowest(&assessment.scores),
            Some(assessment.scores),
        ));
        Outcome::new(&planted.wrong, scores, at)
    }
}
