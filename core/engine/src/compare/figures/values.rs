//! Error and R² of a continuous target.

use ecg_audit_stats::regression::{mean_absolute_error, r_squared};
use ndarray::Array1;

use super::statistic::Statistic;
use super::{Name, Paired, Side, pick};
use crate::Error;
use crate::audit::ValueFigures;
use crate::compare::model::{FigureChange, Subject};
use crate::compare::records::{Finished, Records};
use crate::sweep::Better;

/// The figures of one subject over `rows`; none where a run has no such answers.
pub(super) fn figures(paired: &Paired<'_>, of: Subject, rows: &[usize]) -> Result<Vec<FigureChange>, Error> {
    let a = sides(paired.first, &paired.a, of, rows)?;
    let b = sides(paired.second, &paired.b, of, rows)?;
    let (Some([a_mae, a_r2]), Some([b_mae, b_r2])) = (a, b) else {
        return Ok(Vec::new());
    };
    let name = |name, better| Name {
        of,
        name,
        class: None,
        better,
    };
    Ok(vec![
        paired.change(&name("mae", Better::Low), rows, a_mae, b_mae)?,
        paired.change(&name("r2", Better::High), rows, a_r2, b_r2)?,
    ])
}

/// Mean absolute error and R².
fn sides(
    finished: &Finished,
    records: &Records,
    of: Subject,
    rows: &[usize],
) -> Result<Option<[Side; 2]>, Error> {
    let cohort = &records.cohort;
    let answered = match of {
        Subject::VsModel => records.model.as_ref(),
        Subject::VsTruth => records.truth.as_ref(),
        _ => Some(&cohort.outputs),
    };
    let Some(answered) = answered else {
        return Ok(None);
    };
    let target = match of {
        Subject::VsModel => cohort.outputs.column(0),
        _ => cohort.values.view(),
    };
    let (target, answered) = (pick(target, rows), pick(answered.column(0), rows));
    let (t, p) = (Array1::from(target.clone()), Array1::from(answered.clone()));
    let errors: Vec<f64> = (&p - &t).iter().map(|error| error.abs()).collect();
    let run = in_audit(finished, of);
    Ok(Some([
        Side {
            value: Some(mean_absolute_error(t.view(), p.view())?),
            run: run.map(|run| run.mae),
            statistic: Some(Statistic::mean(&errors, vec![1.0; errors.len()])),
        },
        Side {
            value: r_squared(t.view(), p.view()).ok(),
            run: run.and_then(|run| run.r2),
            statistic: Some(Statistic::RSquared { target, answered }),
        },
    ]))
}

fn in_audit(finished: &Finished, of: Subject) -> Option<&ValueFigures> {
    let surrogate = finished.audit.surrogates.first();
    match of {
        Subject::VsModel => surrogate?.vs_model.values(),
        Subject::VsTruth => surrogate?.vs_truth.as_ref()?.values(),
        _ => finished.audit.model_vs_truth.as_ref()?.values(),
    }
}
