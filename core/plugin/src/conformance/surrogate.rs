//! Checks of surrogates.

use ndarray::{Array1, Array2};

use super::bench::{
    Bench, Outcome, Trouble, cancelled, concurrently, expect, fail, refuses, same, stops, survives,
};
use super::data::{CLASSES, COLUMNS, ROWS, labels, proportions, strided, values};
use crate::{Context, Error, Surrogate, SurrogateModel, Target};

const SEED: u64 = 7;

/// The two forms of target.
#[derive(Clone, Copy)]
enum Form {
    Labels,
    Values,
}

/// All of them.
pub fn check(bench: &mut Bench<'_>) {
    bench.check("learns labels or values", |it| {
        let forms = forms(it)?;
        expect(!forms.is_empty(), || "neither".to_owned())
    });
    bench.check("predicts labels", predicts_labels);
    bench.check("predicts values", predicts_values);
    bench.check("weights count", weighted);
    bench.check("the same seed gives the same model", |it| {
        each_form(it, |form| {
            equal_models(&*fitted(it, form, 2)?, &*fitted(it, form, 2)?)
        })
    });
    bench.check("one thread and four give the same model", |it| {
        each_form(it, |form| {
            equal_models(&*fitted(it, form, 1)?, &*fitted(it, form, 4)?)
        })
    });
    bench.check("strided input gives the same model", |it| {
        let wide = strided(&proportions());
        each_form(it, |form| {
            let model = with_target(form, |target| {
                make(it, &Context::quiet(2))?.fit(wide.view(), target, None, SEED)
            })?;
            let compact = fitted(it, form, 2)?;
            equal_models(&*compact, &*model)?;
            same(
                "predictions",
                &compact.predict(proportions().view())?,
                &compact.predict(wide.view())?,
            )
        })
    });
    bench.check("wrong shapes and labels are refused", wrong_input);
    bench.check("empty input does no harm", empty);
    bench.check("values that are not finite do no harm", not_finite);
    bench.check("saved and loaded, it predicts the same", |it| {
        each_form(it, |form| {
            let model = fitted(it, form, 2)?;
            let loaded = make(it, &Context::quiet(2))?.load(&model.save()?)?;
            equal_models(&*model, &*loaded)
        })
    });
    bench.check("bytes that are no model are refused", |it| {
        each_form(it, |form| {
            let surrogate = make(it, &Context::quiet(2))?;
            let saved = fitted(it, form, 2)?.save()?;
            let half = saved.get(..saved.len() / 2).unwrap_or_default();
            refuses("nothing", surrogate.load(&[]))?;
            refuses("zeros", surrogate.load(&[0; 64]))?;
            refuses("half a model", surrogate.load(half))
        })
    });
    bench.check("cancelling is answered", |it| {
        each_form(it, |form| match make(it, &cancelled()) {
            Ok(surrogate) => stops(with_target(form, |target| {
                surrogate.fit(proportions().view(), target, None, SEED)
            })),
            Err(error) => stops::<()>(Err(error)),
        })
    });
    bench.check("calls at the same time are safe", |it| {
        each_form(it, |form| {
            let (model, x) = (fitted(it, form, 2)?, proportions());
            concurrently("predict", || model.predict(x.view()))
        })
    });
}

fn make(bench: &Bench<'_>, context: &Context) -> Result<Box<dyn Surrogate>, Error> {
    bench
        .library
        .create_surrogate(&bench.component.name, bench.params, context)
}

fn with_target<R>(form: Form, work: impl FnOnce(Target<'_>) -> R) -> R {
    match form {
        Form::Labels => {
            let labels = labels();
            work(Target::Classes {
                labels: labels.view(),
                classes: CLASSES,
            })
        }
        Form::Values => work(Target::Values(values().view())),
    }
}

fn fitted(bench: &Bench<'_>, form: Form, threads: usize) -> Result<Box<dyn SurrogateModel>, Error> {
    let surrogate = make(bench, &Context::quiet(threads))?;
    with_target(form, |target| {
        surrogate.fit(proportions().view(), target, None, SEED)
    })
}

/// The forms that the component learns.
fn forms(bench: &Bench<'_>) -> Result<Vec<Form>, Trouble> {
    let mut forms = Vec::new();
    for form in [Form::Labels, Form::Values] {
        match fitted(bench, form, 2) {
            Ok(_) => forms.push(form),
            Err(Error::Unsupported(_)) => {}
            Err(error) => return fail(error.to_string()),
        }
    }
    Ok(forms)
}

fn each_form(bench: &Bench<'_>, check: impl Fn(Form) -> Outcome) -> Outcome {
    forms(bench)?.into_iter().try_for_each(check)
}

/// A fitted model, or a skipped check where the component does not learn this form.
fn fitted_or_skip(bench: &Bench<'_>, form: Form) -> Result<Box<dyn SurrogateModel>, Trouble> {
    fitted(bench, form, 2).map_err(|error| match error {
        Error::Unsupported(reason) => Trouble::Skip(reason),
        error => Trouble::from(error),
    })
}

fn predicts_labels(bench: &Bench<'_>) -> Outcome {
    let model = fitted_or_skip(bench, Form::Labels)?;
    let probabilities = model.predict(proportions().view())?;
    expect(probabilities.ncols() == CLASSES, || {
        format!("{} columns for {CLASSES} classes", probabilities.ncols())
    })?;
    for row in probabilities.rows() {
        let total: f64 = row.sum();
        expect(
            (total - 1.0).abs() < 1e-6 && row.iter().all(|&p| p >= 0.0),
            || format!("probabilities {row} sum to {total}"),
        )?;
    }
    check_importances(&*model)
}

fn predicts_values(bench: &Bench<'_>) -> Outcome {
    let model = fitted_or_skip(bench, Form::Values)?;
    let predicted = model.predict(proportions().view())?;
    expect(predicted.ncols() == 1, || {
        format!("{} columns, expected 1", predicted.ncols())
    })?;
    expect(predicted.iter().all(|value| value.is_finite()), || {
        "values that are not finite".to_owned()
    })?;
    check_importances(&*model)
}

fn check_importances(model: &dyn SurrogateModel) -> Outcome {
    let Some(importances) = model.importances() else {
        return Ok(());
    };
    let total: f64 = importances.sum();
    let sound = importances.len() == COLUMNS
        && importances.iter().all(|&value| value >= 0.0)
        && (total == 0.0 || (total - 1.0).abs() < 1e-6);
    expect(sound, || {
        format!("importances {importances} of {COLUMNS} features")
    })
}

fn weighted(bench: &Bench<'_>) -> Outcome {
    let surrogate = make(bench, &Context::quiet(2))?;
    let weights = Array1::from_shape_fn(ROWS, |row| 0.5 + (row % 4) as f64);
    let few = Array1::ones(ROWS - 1);
    each_form(bench, |form| {
        with_target(form, |target| {
            match surrogate.fit(proportions().view(), target, Some(weights.view()), SEED) {
                Ok(model) => drop(model.predict(proportions().view())?),
                Err(Error::Unsupported(reason)) => return Err(Trouble::Skip(reason)),
                Err(error) => return Err(error.into()),
            }
            let result = surrogate.fit(proportions().view(), target, Some(few.view()), SEED);
            refuses("a weight too few", result)
        })
    })
}

fn wrong_input(bench: &Bench<'_>) -> Outcome {
    let surrogate = make(bench, &Context::quiet(2))?;
    each_form(bench, |form| {
        with_target(form, |target| {
            let longer = Array2::zeros((ROWS + 1, COLUMNS));
            refuses("a row too many", surrogate.fit(longer.view(), target, None, SEED))
        })?;
        let model = fitted(bench, form, 2)?;
        let narrow = Array2::zeros((3, COLUMNS - 1));
        refuses("predict with a column too few", model.predict(narrow.view()))?;
        if matches!(form, Form::Labels) {
            let labels = labels();
            let target = Target::Classes {
                labels: labels.view(),
                classes: CLASSES - 1,
            };
            refuses(
                "a label out of range",
                surrogate.fit(proportions().view(), target, None, SEED),
            )?;
            let target = Target::Classes {
                labels: labels.view(),
                classes: CLASSES + 1,
            };
            let fit = surrogate.fit(proportions().view(), target, None, SEED);
            if let Some(model) = survives("a class without members", fit)? {
                let columns = model.predict(proportions().view())?.ncols();
                expect(columns == CLASSES + 1, || {
                    format!(
                        "{columns} columns for {} classes, one without members",
                        CLASSES + 1
                    )
                })?;
            }
        }
        Ok(())
    })
}

fn empty(bench: &Bench<'_>) -> Outcome {
    let surrogate = make(bench, &Context::quiet(2))?;
    let (labels, values) = (Array1::zeros(0), Array1::zeros(0));
    let x = Array2::zeros((0, COLUMNS));
    let target = Target::Classes {
        labels: labels.view(),
        classes: CLASSES,
    };
    refuses("no rows of labels", surrogate.fit(x.view(), target, None, SEED))?;
    let target = Target::Values(values.view());
    refuses("no rows of values", surrogate.fit(x.view(), target, None, SEED))?;
    each_form(bench, |form| {
        with_target(form, |target| {
            let x = Array2::zeros((ROWS, 0));
            survives("no columns", surrogate.fit(x.view(), target, None, SEED))?;
            let x = Array2::zeros((ROWS, COLUMNS));
            survives("equal rows", surrogate.fit(x.view(), target, None, SEED)).map(drop)
        })?;
        let model = fitted(bench, form, 2)?;
        survives("predict no rows", model.predict(x.view()))?;
        Ok(())
    })
}

fn not_finite(bench: &Bench<'_>) -> Outcome {
    let surrogate = make(bench, &Context::quiet(2))?;
    each_form(bench, |form| {
        let model = fitted(bench, form, 2)?;
        for bad in [f64::NAN, f64::INFINITY, f64::MAX] {
            let mut x = proportions();
            if let Some(cell) = x.get_mut((3, 1)) {
                *cell = bad;
            }
            let fit = with_target(form, |target| surrogate.fit(x.view(), target, None, SEED));
            survives(&format!("fit with {bad}"), fit)?;
            survives(&format!("predict with {bad}"), model.predict(x.view()))?;
        }
        let values = Array1::from_elem(ROWS, f64::NAN);
        let target = Target::Values(values.view());
        survives(
            "values of NaN",
            surrogate.fit(proportions().view(), target, None, SEED),
        )?;
        Ok(())
    })
}

fn equal_models(a: &dyn SurrogateModel, b: &dyn SurrogateModel) -> Outcome {
    expect(a.save()? == b.save()?, || "the saved bytes differ".to_owned())?;
    let x = proportions();
    same("predictions", &a.predict(x.view())?, &b.predict(x.view())?)?;
    expect(a.importances() == b.importances(), || {
        "the importances differ".to_owned()
    })
}
