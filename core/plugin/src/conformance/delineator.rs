//! Checks of delineators.

use ndarray::{Array2, Axis, s};

use super::bench::{Bench, Outcome, concurrently, expect, survives};
use super::data::{signals, strided};
use crate::{Beat, Context, Delineator, Error, Wave};

const LEADS: usize = 3;
const SAMPLES: usize = 5000;
const HZ: f64 = 500.0;

/// All of them.
pub fn check(bench: &mut Bench<'_>) {
    bench.check("beats are in order and within the signal", beats);
    bench.check("two calls, and any number of threads, give the same", |it| {
        let signal = signal();
        let first = make(it, 1)?.delineate(signal.view(), HZ)?;
        for threads in [1, 4] {
            let again = make(it, threads)?.delineate(signal.view(), HZ)?;
            expect(first == again, || {
                format!("{threads} threads give something else")
            })?;
        }
        Ok(())
    });
    bench.check("strided input gives the same", |it| {
        let (delineator, signal) = (make(it, 2)?, signal());
        let wide = strided(&signal);
        let (here, there) = (
            delineator.delineate(signal.view(), HZ)?,
            delineator.delineate(wide.view(), HZ)?,
        );
        expect(here == there, || "something else".to_owned())
    });
    bench.check("empty, flat and wrong input does no harm", wrong_input);
    bench.check("calls at the same time are safe", |it| {
        let (delineator, signal) = (make(it, 2)?, signal());
        concurrently("delineate", || delineator.delineate(signal.view(), HZ))
    });
}

fn make(bench: &Bench<'_>, threads: usize) -> Result<Box<dyn Delineator>, Error> {
    bench
        .library
        .create_delineator(&bench.component.name, bench.params, &Context::quiet(threads))
}

fn signal() -> Array2<f32> {
    signals(1, LEADS, SAMPLES, HZ).index_axis_move(Axis(0), 0)
}

fn beats(bench: &Bench<'_>) -> Outcome {
    let found = make(bench, 2)?.delineate(signal().view(), HZ)?;
    // Ten seconds at 75 beats a minute: a method that finds next to none of these is broken.
    expect((10..=14).contains(&found.fused.len()), || {
        format!("{} beats where there are 12 or 13", found.fused.len())
    })?;
    check_beats("fused", &found.fused)?;
    found
        .per_lead
        .iter()
        .try_for_each(|beats| check_beats("per lead", beats))
}

fn check_beats(what: &str, beats: &[Beat]) -> Outcome {
    let mut last = f64::NEG_INFINITY;
    for beat in beats {
        for wave in [beat.p, beat.qrs, beat.t] {
            check_wave(what, wave)?;
        }
        if let Some(peak) = beat.qrs.peak {
            expect(peak > last, || {
                format!("{what}: a QRS peak at {peak} after {last}")
            })?;
            last = peak;
        }
    }
    Ok(())
}

fn check_wave(what: &str, wave: Wave) -> Outcome {
    let times: Vec<f64> = [wave.onset, wave.peak, wave.offset]
        .into_iter()
        .flatten()
        .collect();
    let within = times.iter().all(|t| (0.0..=SAMPLES as f64).contains(t));
    expect(within && times.is_sorted(), || format!("{what}: {wave:?}"))
}

fn wrong_input(bench: &Bench<'_>) -> Outcome {
    let delineator = make(bench, 2)?;
    for (leads, samples) in [(0, 0), (0, 100), (2, 0), (2, 1), (1, 7)] {
        let signal = Array2::zeros((leads, samples));
        survives(
            &format!("[{leads}, {samples}]"),
            delineator.delineate(signal.view(), HZ),
        )?;
    }
    let flat = Array2::zeros((LEADS, SAMPLES));
    if let Some(found) = survives("a flat signal", delineator.delineate(flat.view(), HZ))? {
        expect(found.fused.is_empty(), || {
            format!("{} beats in a flat signal", found.fused.len())
        })?;
    }
    for hz in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9, 1e12] {
        survives(&format!("{hz} Hz"), delineator.delineate(signal().view(), hz))?;
    }
    for bad in [f32::NAN, f32::INFINITY, f32::MAX] {
        let mut signal = signal();
        signal.slice_mut(s![0, 100..200]).fill(bad);
        survives(
            &format!("samples of {bad}"),
            delineator.delineate(signal.view(), HZ),
        )?;
    }
    Ok(())
}
