//! Agreement and AUROC.

use ecg_audit_stats::auroc::RankedScores;
use ndarray::{Array2, Axis};

use super::statistic::Statistic;
use super::{Figures, Name, Paired, Side, in_equal_folds, pick};
use crate::Error;
use crate::audit::{ClassFidelity, Fidelity, Task};
use crate::cohort::{Cohort, decide};
use crate::compare::model::{FigureChange, Subject};
use crate::compare::records::{Finished, Records};
use crate::fidelity::{agreement_by_record, fidelity, majority as majority_agreement, model_vs_truth};
use crate::sweep::Better;

/// One run's answers to what they are held against, over the rows compared.
struct Answers {
    subject: Subject,
    cohort: Cohort,
    target: Array2<bool>,
    decided: Array2<bool>,
    soft: Array2<f64>,
    /// As the audit computes them.
    here: Known,
    /// As `audit.json` has them, over all records of the run.
    run: Option<Known>,
}

/// The figures of an audit that are compared.
struct Known {
    agreement: f64,
    auroc_hard: Option<f64>,
    auroc_soft: Option<f64>,
    per_class: Vec<ClassFidelity>,
}

impl Known {
    fn of(fidelity: &Fidelity) -> Self {
        Self {
            agreement: fidelity.agreement.mean,
            auroc_hard: fidelity.auroc_hard,
            auroc_soft: fidelity.auroc_soft,
            per_class: fidelity.per_class.clone(),
        }
    }

    fn in_audit(finished: &Finished, subject: Subject) -> Option<Self> {
        let surrogate = finished.audit.surrogates.first();
        match subject {
            Subject::VsModel => surrogate?.vs_model.decisions().map(Self::of),
            Subject::VsTruth => surrogate?.vs_truth.as_ref()?.decisions().map(Self::of),
            _ => {
                let model = finished.audit.model_vs_truth.as_ref()?.decisions()?;
                Some(Self {
                    agreement: model.accuracy,
                    auroc_hard: model.auroc_hard,
                    auroc_soft: model.auroc_soft,
                    per_class: model.per_class.clone(),
                })
            }
        }
    }

    fn class(&self, class: &str) -> Option<&ClassFidelity> {
        self.per_class.iter().find(|figures| figures.class == class)
    }
}

impl Answers {
    /// Those of `records`, which come from `finished`; nothing where the run has none.
    fn new(
        finished: &Finished,
        records: &Records,
        subject: Subject,
        rows: &[usize],
        seed: u64,
    ) -> Result<Option<Self>, Error> {
        let soft = match subject {
            Subject::VsModel => records.model.as_ref(),
            Subject::VsTruth => records.truth.as_ref(),
            _ => Some(&records.cohort.outputs),
        };
        let Some(soft) = soft.map(|soft| soft.select(Axis(0), rows)) else {
            return Ok(None);
        };
        let cohort = records.cohort.subset(rows);
        let target = match subject {
            Subject::VsModel => cohort.decisions.clone(),
            _ => cohort.labels.clone(),
        };
        let all: Vec<usize> = (0..rows.len()).collect();
        let here = if subject == Subject::ModelVsTruth {
            let Some(model) = model_vs_truth(&cohort, &all, seed)? else {
                return Ok(None);
            };
            Known {
                agreement: model.accuracy,
                auroc_hard: model.auroc_hard,
                auroc_soft: model.auroc_soft,
                per_class: model.per_class,
            }
        } else {
            Known::of(&fidelity(&cohort, &all, &target, &soft, None, seed)?)
        };
        Ok(Some(Self {
            subject,
            decided: decide(cohort.task, soft.view()),
            cohort,
            target,
            soft,
            here,
            run: Known::in_audit(finished, subject),
        }))
    }

    fn agreement(&self) -> Result<Side, Error> {
        let all: Vec<usize> = (0..self.cohort.len()).collect();
        let by_record = agreement_by_record(&self.cohort, &all, &self.target, &self.soft)?;
        // Agreement is a mean over folds, accuracy one over records: as in the audit.
        let each = vec![1.0; all.len()];
        let weights = match self.subject {
            Subject::ModelVsTruth => each,
            _ => in_equal_folds(&self.cohort.folds, &each),
        };
        Ok(Side {
            value: Some(self.here.agreement),
            run: self.run.as_ref().map(|run| run.agreement),
            statistic: Some(Statistic::mean(&pick(by_record.view(), &all), weights)),
        })
    }

    fn auroc(&self, soft: bool) -> Result<Side, Error> {
        let classes = (0..self.cohort.classes.len()).map(|c| self.ranked(c, soft));
        let value = |known: &Known| if soft { known.auroc_soft } else { known.auroc_hard };
        Ok(Side {
            value: value(&self.here),
            run: self.run.as_ref().and_then(value),
            statistic: Statistic::auroc(classes.collect::<Result<_, _>>()?),
        })
    }

    fn ranked(&self, class: usize, soft: bool) -> Result<RankedScores, Error> {
        let target = self.target.column(class);
        Ok(if soft {
            RankedScores::new(target, self.soft.column(class))?
        } else {
            RankedScores::of_decisions(target, self.decided.column(class))?
        })
    }

    /// Agreement and soft AUROC of one class.
    fn class(&self, class: &str) -> Result<Option<[Side; 2]>, Error> {
        let Some(c) = self.cohort.classes.iter().position(|name| name == class) else {
            return Ok(None);
        };
        let run = self.run.as_ref().and_then(|run| run.class(class));
        let here = self.here.class(class);
        let met = self.target.column(c).into_iter().zip(self.decided.column(c));
        let met: Vec<f64> = met.map(|(a, b)| f64::from(u8::from(a == b))).collect();
        let agreement = Side {
            value: here.map(|figures| figures.agreement),
            run: run.map(|figures| figures.agreement),
            statistic: Some(Statistic::mean(&met, vec![1.0; met.len()])),
        };
        let auroc = Side {
            value: here.and_then(|figures| figures.auroc_soft),
            run: run.and_then(|figures| figures.auroc_soft),
            statistic: Statistic::auroc(vec![self.ranked(c, true)?]),
        };
        Ok(Some([agreement, auroc]))
    }
}

/// The figures of one subject over `rows`; none where a run has no such answers.
pub(super) fn figures(paired: &Paired<'_>, of: Subject, rows: &[usize]) -> Result<Figures, Error> {
    let seed = paired.bootstrap.seed;
    let a = Answers::new(paired.first, &paired.a, of, rows, seed)?;
    let b = Answers::new(paired.second, &paired.b, of, rows, seed)?;
    let (Some(a), Some(b)) = (a, b) else {
        return Ok((Vec::new(), Vec::new()));
    };
    let agreement = match of {
        Subject::ModelVsTruth => "accuracy",
        _ => "agreement",
    };
    let name = |name, class| Name {
        of,
        name,
        class,
        better: Better::High,
    };
    let overall = vec![
        paired.change(&name(agreement, None), rows, a.agreement()?, b.agreement()?)?,
        paired.change(&name("auroc_hard", None), rows, a.auroc(false)?, b.auroc(false)?)?,
        paired.change(&name("auroc_soft", None), rows, a.auroc(true)?, b.auroc(true)?)?,
    ];
    let mut per_class = Vec::new();
    for class in &paired.a.cohort.classes {
        if let (Some([a, a_soft]), Some([b, b_soft])) = (a.class(class)?, b.class(class)?) {
            per_class.push(paired.change(&name("agreement", Some(class)), rows, a, b)?);
            per_class.push(paired.change(&name("auroc_soft", Some(class)), rows, a_soft, b_soft)?);
        }
    }
    Ok((overall, per_class))
}

/// Agreement of always answering the majority of the network's decisions: what the surrogate's is to be held against.
pub(super) fn majority(paired: &Paired<'_>) -> Result<FigureChange, Error> {
    let side = |records: &Records, finished: &Finished| -> Result<Side, Error> {
        let task: Task = records.cohort.task;
        Ok(Side {
            value: Some(majority_agreement(task, records.cohort.decisions.view())?),
            run: finished.audit.baselines.majority_agreement,
            statistic: None,
        })
    };
    let name = Name {
        of: Subject::Baselines,
        name: "majority_agreement",
        class: None,
        better: Better::Neither,
    };
    let all: Vec<usize> = (0..paired.a.cohort.len()).collect();
    let (a, b) = (side(&paired.a, paired.first)?, side(&paired.b, paired.second)?);
    paired.change(&name, &all, a, b)
}
