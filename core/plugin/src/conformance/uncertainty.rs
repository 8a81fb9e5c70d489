//! Checks of uncertainty measures.

use ndarray::{Array1, Array2};

use super::bench::{Bench, Outcome, concurrently, expect, refuses, same, survives};
use super::data::{COLUMNS, ROWS, proportions, strided};
use crate::{Context, Error, Uncertainty};

/// All of them.
pub fn check(bench: &mut Bench<'_>) {
    bench.check("scores lie in [0, 1] and order certainty", scores);
    bench.check("two calls give the same", |it| {
        same("scores", &score(it, 2)?, &score(it, 2)?)
    });
    bench.check("one thread and four give the same", |it| {
        same("scores", &score(it, 1)?, &score(it, 4)?)
    });
    bench.check("strided input gives the same", |it| {
        let (memberships, distances) = example();
        let (wide_m, wide_d) = (strided(&memberships), strided(&distances));
        let there = make(it, 2)?.score(wide_m.view(), wide_d.view())?;
        same("scores", &score(it, 2)?, &there)
    });
    bench.check("empty and wrong input does no harm", wrong_input);
    bench.check("calls at the same time are safe", |it| {
        let (measure, (memberships, distances)) = (make(it, 2)?, example());
        concurrently("score", || measure.score(memberships.view(), distances.view()))
    });
}

fn make(bench: &Bench<'_>, threads: usize) -> Result<Box<dyn Uncertainty>, Error> {
    bench
        .library
        .create_uncertainty(&bench.component.name, bench.params, &Context::quiet(threads))
}

/// Memberships and squared distances that go together.
fn example() -> (Array2<f32>, Array2<f32>) {
    let memberships = proportions().mapv(|p| p as f32);
    let distances = memberships.mapv(|m| 1.0 - m);
    (memberships, distances)
}

fn score(bench: &Bench<'_>, threads: usize) -> Result<Array1<f32>, Error> {
    let (memberships, distances) = example();
    make(bench, threads)?.score(memberships.view(), distances.view())
}

fn scores(bench: &Bench<'_>) -> Outcome {
    let scores = score(bench, 2)?;
    expect(scores.iter().all(|s| (0.0..=1.0).contains(s)), || {
        "a score outside [0, 1]".to_owned()
    })?;
    // The first row is certain, the second undecided.
    let mut memberships = Array2::from_elem((2, COLUMNS), 1.0 / COLUMNS as f32);
    let mut distances = Array2::from_elem((2, COLUMNS), 1.0);
    memberships.row_mut(0).fill(0.0);
    if let (Some(m), Some(d)) = (memberships.get_mut((0, 2)), distances.get_mut((0, 2))) {
        (*m, *d) = (1.0, 0.0);
    }
    let scores = make(bench, 2)?
        .score(memberships.view(), distances.view())?
        .to_vec();
    expect(scores.first() < scores.last(), || {
        format!("a certain and an undecided row score {scores:?}")
    })
}

fn wrong_input(bench: &Bench<'_>) -> Outcome {
    let measure = make(bench, 2)?;
    let (memberships, distances) = example();
    let none = Array2::zeros((0, COLUMNS));
    survives("no rows", measure.score(none.view(), none.view()))?;
    let thin = Array2::zeros((ROWS, 0));
    survives("no clusters", measure.score(thin.view(), thin.view()))?;
    let one = Array2::ones((3, 1));
    survives("one cluster", measure.score(one.view(), one.view()))?;
    refuses(
        "shapes that differ",
        measure.score(memberships.view(), one.view()),
    )?;
    for bad in [f32::NAN, f32::INFINITY, -1.0] {
        let mut memberships = memberships.clone();
        if let Some(cell) = memberships.get_mut((3, 1)) {
            *cell = bad;
        }
        survives(
            &format!("a membership of {bad}"),
            measure.score(memberships.view(), distances.view()),
        )?;
    }
    Ok(())
}
