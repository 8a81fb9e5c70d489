//! Checks of clusterers.

use ndarray::{Array2, ArrayView2, s};

use super::bench::{
    Bench, Outcome, Trouble, cancelled, close, concurrently, expect, refuses, same, stops, survives,
};
use super::data::{COLUMNS, features, strided};
use crate::{Assignment, ClusterModel, Clusterer, Context, Error};

const SEED: u64 = 7;

/// All of them.
pub fn check(bench: &mut Bench<'_>) {
    bench.check("fits and assigns", fits);
    bench.check("the same seed gives the same model", |it| {
        equal_models(&*fitted(it, 2)?, &*fitted(it, 2)?)
    });
    bench.check("one thread and four give the same model", |it| {
        equal_models(&*fitted(it, 1)?, &*fitted(it, 4)?)
    });
    bench.check("strided input gives the same model", |it| {
        let wide = strided(&features());
        let model = make(it, &Context::quiet(2))?.fit(wide.view(), SEED)?;
        let compact = fitted(it, 2)?;
        equal_models(&*compact, &*model)?;
        let (a, b) = (compact.assign(features().view())?, compact.assign(wide.view())?);
        equal_assignments(&a, &b)
    });
    bench.check("rows are independent", rows_are_independent);
    bench.check("empty input does no harm", empty);
    bench.check("values that are not finite do no harm", not_finite);
    bench.check("saved and loaded, it assigns the same", saves);
    bench.check("bytes that are no model are refused", garbage);
    bench.check("cancelling is answered", |it| match make(it, &cancelled()) {
        Ok(clusterer) => stops(clusterer.fit(features().view(), SEED)),
        Err(error) => stops::<()>(Err(error)),
    });
    bench.check("calls at the same time are safe", |it| {
        let (model, features) = (fitted(it, 2)?, features());
        concurrently("assign", || model.assign(features.view()))
    });
}

fn make(bench: &Bench<'_>, context: &Context) -> Result<Box<dyn Clusterer>, Error> {
    bench
        .library
        .create_clusterer(&bench.component.name, bench.params, context)
}

fn fitted(bench: &Bench<'_>, threads: usize) -> Result<Box<dyn ClusterModel>, Error> {
    make(bench, &Context::quiet(threads))?.fit(features().view(), SEED)
}

fn fits(bench: &Bench<'_>) -> Outcome {
    let model = fitted(bench, 2)?;
    let summary = model.summary();
    expect(summary.clusters > 0 && summary.features == COLUMNS, || {
        format!("{} clusters over {} features", summary.clusters, summary.features)
    })?;
    let msd = summary.mean_squared_distance;
    expect(msd.is_finite() && msd >= 0.0, || {
        format!("mean squared distance {msd}")
    })?;
    let assignment = model.assign(features().view())?;
    for row in assignment.memberships.rows() {
        let total: f32 = row.sum();
        expect(
            (total - 1.0).abs() < 1e-4 && row.iter().all(|&m| m >= 0.0),
            || format!("memberships {row} sum to {total}"),
        )?;
    }
    expect(assignment.distances.iter().all(|&d| d >= 0.0), || {
        "a squared distance that is negative or not a number".to_owned()
    })?;
    if let Some(centroids) = model.centroids() {
        expect(centroids.iter().all(|value| value.is_finite()), || {
            "centroids that are not finite".to_owned()
        })?;
    }
    Ok(())
}

fn rows_are_independent(bench: &Bench<'_>) -> Outcome {
    let (model, features) = (fitted(bench, 2)?, features());
    let all = model.assign(features.view())?;
    let some = model.assign(features.slice(s![10..17, ..]))?;
    let part = |array: &Array2<f32>| array.slice(s![10..17, ..]).to_owned();
    close("memberships", &part(&all.memberships), &some.memberships)?;
    close("distances", &part(&all.distances), &some.distances)
}

fn empty(bench: &Bench<'_>) -> Outcome {
    let clusterer = make(bench, &Context::quiet(2))?;
    refuses("no rows", clusterer.fit(Array2::zeros((0, COLUMNS)).view(), SEED))?;
    survives("no columns", clusterer.fit(Array2::zeros((20, 0)).view(), SEED))?;
    survives(
        "equal rows",
        clusterer.fit(Array2::zeros((40, COLUMNS)).view(), SEED),
    )?;
    let model = fitted(bench, 2)?;
    survives("assign no rows", model.assign(Array2::zeros((0, COLUMNS)).view()))?;
    let narrow = Array2::zeros((3, COLUMNS - 1));
    refuses("assign with a column too few", model.assign(narrow.view()))
}

fn not_finite(bench: &Bench<'_>) -> Outcome {
    let clusterer = make(bench, &Context::quiet(2))?;
    let model = fitted(bench, 2)?;
    for bad in [f32::NAN, f32::INFINITY, f32::MAX] {
        let mut features = features();
        if let Some(cell) = features.get_mut((3, 1)) {
            *cell = bad;
        }
        survives(&format!("fit with {bad}"), clusterer.fit(features.view(), SEED))?;
        survives(&format!("assign with {bad}"), model.assign(features.view()))?;
    }
    Ok(())
}

fn saves(bench: &Bench<'_>) -> Outcome {
    let model = fitted(bench, 2)?;
    let loaded = make(bench, &Context::quiet(2))?.load(&model.save()?)?;
    equal_models(&*model, &*loaded)
}

fn garbage(bench: &Bench<'_>) -> Outcome {
    let clusterer = make(bench, &Context::quiet(2))?;
    let saved = fitted(bench, 2)?.save()?;
    let half = saved.get(..saved.len() / 2).unwrap_or_default();
    for (what, bytes) in [("nothing", &[][..]), ("zeros", &[0; 64]), ("half a model", half)] {
        refuses(what, clusterer.load(bytes))?;
    }
    Ok(())
}

fn equal_models(a: &dyn ClusterModel, b: &dyn ClusterModel) -> Outcome {
    expect(a.summary() == b.summary(), || {
        format!("summaries {:?} and {:?}", a.summary(), b.summary())
    })?;
    expect(a.save()? == b.save()?, || "the saved bytes differ".to_owned())?;
    let features = features();
    let assign =
        |model: &dyn ClusterModel, view: ArrayView2<'_, f32>| model.assign(view).map_err(Trouble::from);
    equal_assignments(&assign(a, features.view())?, &assign(b, features.view())?)
}

fn equal_assignments(a: &Assignment, b: &Assignment) -> Outcome {
    same("memberships", &a.memberships, &b.memberships)?;
    same("distances", &a.distances, &b.distances)
}
