//! Classes compared by the clusters' uncertainty and by attribution, side by side (method step 13).

use ecg_audit_stats::correction::holm;
use ecg_audit_stats::kruskal::kruskal_wallis;
use ecg_audit_stats::mann_whitney::all_pairs;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::Error;
use crate::atlas::group;
use crate::audit::{Comparison, Effect, Measure, PairEffect};
use crate::cohort::Cohort;
use crate::landmarks::PHASES;

/// Numbers of every record that classes are compared by; NaN where there is none.
pub(crate) struct Records {
    /// Mean uncertainty, `[n]`.
    pub uncertainty: Vec<f64>,
    /// Mean uncertainty in each phase, `[n, phases]`.
    pub uncertainty_in: Array2<f64>,
    /// Entropy of the map of each class, `[n, C]`.
    pub entropy: Array2<f64>,
    /// Share of the map of each class in each phase, `[n, C × phases]`.
    pub mass: Array2<f64>,
}

impl Records {
    /// All NaN, for `n` records of `classes` classes.
    pub fn new(uncertainty: Vec<f64>, uncertainty_in: Array2<f64>, classes: usize) -> Self {
        let n = uncertainty.len();
        Self {
            uncertainty,
            uncertainty_in,
            entropy: Array2::from_elem((n, classes), f64::NAN),
            mass: Array2::from_elem((n, classes * PHASES.len()), f64::NAN),
        }
    }
}

/// Compares the classes of `rows` (those with maps), by the network's decisions and by the truth; nothing for a continuous
/// target, which has no classes.
pub(crate) fn compare(cohort: &Cohort, rows: &[usize], records: &Records) -> Result<Vec<Comparison>, Error> {
    if cohort.classes.is_empty() {
        return Ok(Vec::new());
    }
    let labelled: Vec<usize> = rows.iter().copied().filter(|r| cohort.labelled[*r]).collect();
    let mut comparisons = vec![by("model", cohort, rows, cohort.decisions.view(), records)?];
    if !labelled.is_empty() {
        comparisons.push(by("truth", cohort, &labelled, cohort.labels.view(), records)?);
    }
    Ok(comparisons)
}

fn by(
    name: &str,
    cohort: &Cohort,
    rows: &[usize],
    flags: ArrayView2<'_, bool>,
    records: &Records,
) -> Result<Comparison, Error> {
    let only = |row: &usize| only(flags.row(*row)).map(|class| (*row, class));
    let single: Vec<(usize, usize)> = rows.iter().filter_map(only).collect();
    let measure =
        |of: &str, name: &str, value: &dyn Fn(usize, usize) -> f64| measure(cohort, &single, of, name, value);
    let mut measures = vec![measure("uncertainty", "mean", &|row, _| {
        records.uncertainty[row]
    })?];
    let in_phase =
        |p: usize, name: &str| measure("uncertainty", name, &|row, _| records.uncertainty_in[[row, p]]);
    let mass = |p: usize, name: &str| {
        measure("attribution", name, &|row, class| {
            records.mass[[row, class * PHASES.len() + p]]
        })
    };
    for (p, phase) in phases() {
        measures.push(in_phase(p, phase)?);
    }
    measures.push(measure("attribution", "entropy", &|row, class| {
        records.entropy[[row, class]]
    })?);
    for (p, phase) in phases() {
        measures.push(mass(p, phase)?);
    }
    measures.retain(|measure| !measure.groups.is_empty());
    adjust(&mut measures)?;
    Ok(Comparison {
        by: name.to_owned(),
        records: single.len(),
        measures,
    })
}

/// The phases of the heartbeat; `none` is no phase.
fn phases() -> impl Iterator<Item = (usize, &'static str)> {
    PHASES
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, name)| *name != "none")
}

/// The one class that holds, where exactly one does.
fn only(flags: ArrayView1<'_, bool>) -> Option<usize> {
    let mut on = flags
        .iter()
        .enumerate()
        .filter(|(_, on)| **on)
        .map(|(class, _)| class);
    on.next().filter(|_| on.next().is_none())
}

fn measure(
    cohort: &Cohort,
    single: &[(usize, usize)],
    of: &str,
    name: &str,
    value: &dyn Fn(usize, usize) -> f64,
) -> Result<Measure, Error> {
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); cohort.classes.len()];
    for (row, class) in single {
        let value = value(*row, *class);
        if value.is_finite() {
            values[*class].push(value);
        }
    }
    let mut groups = Vec::new();
    for (class, values) in cohort.classes.iter().zip(&values) {
        let all: Vec<usize> = (0..values.len()).collect();
        groups.extend(group(class, "class", &all, values)?);
    }
    let compared: Vec<(usize, ArrayView1<'_, f64>)> = values
        .iter()
        .enumerate()
        .filter(|(_, values)| values.len() > 1)
        .map(|(class, values)| (class, ArrayView1::from(values.as_slice())))
        .collect();
    let views: Vec<ArrayView1<'_, f64>> = compared.iter().map(|(_, view)| *view).collect();
    let constant = views
        .iter()
        .flatten()
        .all(|v| Some(v) == views.iter().flatten().next());
    if views.len() < 2 || constant {
        return Ok(Measure {
            of: of.to_owned(),
            name: name.to_owned(),
            groups,
            test: None,
            pairs: Vec::new(),
        });
    }
    let test = kruskal_wallis(&views)?;
    let class = |place: usize| cohort.classes[compared[place].0].clone();
    let pairs = all_pairs(&views)?.into_iter().map(|pair| PairEffect {
        first: class(pair.first),
        second: class(pair.second),
        cliffs_delta: pair.test.cliffs_delta,
        p_adjusted: pair.p_adjusted,
    });
    Ok(Measure {
        of: of.to_owned(),
        name: name.to_owned(),
        groups,
        test: Some(Effect {
            h: test.h,
            degrees_of_freedom: test.degrees_of_freedom,
            p: test.p,
            p_adjusted: test.p,
            epsilon_squared: test.epsilon_squared,
            eta_squared: test.eta_squared,
        }),
        pairs: pairs.collect(),
    })
}

/// Corrects the tests for their number.
fn adjust(measures: &mut [Measure]) -> Result<(), Error> {
    let tests = || measures.iter().filter_map(|measure| measure.test);
    let p_values: Array1<f64> = tests().map(|test| test.p).collect();
    if p_values.is_empty() {
        return Ok(());
    }
    let adjusted = holm(p_values.view())?;
    let tests = measures.iter_mut().filter_map(|measure| measure.test.as_mut());
    tests.zip(adjusted).for_each(|(test, p)| test.p_adjusted = p);
    Ok(())
}
