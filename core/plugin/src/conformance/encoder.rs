//! Checks of encoders.

use ndarray::{Array3, Axis, s};

use super::bench::{Bench, Outcome, close, concurrently, expect, fail, refuses, same, survives};
use super::data::signals;
use crate::{Context, Encoded, Encoder, Error};

/// Where the network leaves it open.
const LEADS: usize = 12;
const SAMPLES: usize = 400;
const HZ: f64 = 100.0;
const BATCH: usize = 3;

/// All of them.
pub fn check(bench: &mut Bench<'_>) {
    bench.check("encodes", encodes);
    bench.check("two calls give the same", |it| {
        let (encoder, signal) = start(it, 2)?;
        equal(&encoder.encode(signal.view())?, &encoder.encode(signal.view())?)
    });
    bench.check("one thread and four give the same", |it| {
        let (one, signal) = start(it, 1)?;
        let (four, _) = start(it, 4)?;
        equal(&one.encode(signal.view())?, &four.encode(signal.view())?)
    });
    bench.check("strided input gives the same", strided);
    bench.check("rows of a batch are independent", rows_are_independent);
    bench.check("empty and wrong input does no harm", wrong_input);
    bench.check("layers", |it| {
        let (encoder, _) = start(it, 1)?;
        match encoder.layers() {
            Ok(layers) => expect(layers.iter().all(|layer| !layer.name.is_empty()), || {
                "a layer without a name".to_owned()
            }),
            Err(Error::Unsupported(_)) => Ok(()),
            Err(error) => fail(error.to_string()),
        }
    });
    bench.check("Grad-CAM", grad_cam);
    bench.check("calls at the same time are safe", |it| {
        let (encoder, signal) = start(it, 2)?;
        concurrently("encode", || encoder.encode(signal.view()))
    });
}

/// An encoder and a batch that fits it.
fn start(bench: &Bench<'_>, threads: usize) -> Result<(Box<dyn Encoder>, Array3<f32>), Error> {
    let context = Context::quiet(threads);
    let encoder = bench
        .library
        .create_encoder(&bench.component.name, bench.params, &context)?;
    let input = encoder.info().input;
    let signal = signals(
        BATCH,
        input.leads.unwrap_or(LEADS),
        input.samples.unwrap_or(SAMPLES),
        HZ,
    );
    Ok((encoder, signal))
}

fn encodes(bench: &Bench<'_>) -> Outcome {
    let (encoder, signal) = start(bench, 2)?;
    let encoded = encoder.encode(signal.view())?;
    let finite = encoded.outputs.iter().all(|value| value.is_finite())
        && encoded.taps.iter().flatten().all(|value| value.is_finite());
    expect(finite, || "values that are not finite".to_owned())?;
    expect(encoded.outputs.ncols() > 0, || "no outputs".to_owned())
}

fn strided(bench: &Bench<'_>) -> Outcome {
    let (encoder, signal) = start(bench, 2)?;
    // The same values, every other sample of a reversed array with the leads last.
    let (batch, leads, samples) = signal.dim();
    let wide = Array3::from_shape_fn((batch, samples * 2, leads), |(b, t, c)| {
        signal
            .get((b, c, samples - 1 - t / 2))
            .copied()
            .unwrap_or_default()
    });
    let view = wide.slice(s![.., ..;-2, ..]).permuted_axes([0, 2, 1]);
    expect(view == signal, || {
        "the kit's own strided view is wrong".to_owned()
    })?;
    equal(&encoder.encode(signal.view())?, &encoder.encode(view)?)
}

fn rows_are_independent(bench: &Bench<'_>) -> Outcome {
    let (encoder, signal) = start(bench, 2)?;
    let all = encoder.encode(signal.view())?;
    let last = encoder.encode(signal.slice(s![2..3, .., ..]))?;
    close("outputs", &all.outputs.slice(s![2..3, ..]), &last.outputs.view())?;
    for (all, last) in all.taps.iter().zip(&last.taps) {
        close("tap", &all.slice(s![2..3, .., ..]), &last.view())?;
    }
    Ok(())
}

fn wrong_input(bench: &Bench<'_>) -> Outcome {
    let (encoder, signal) = start(bench, 2)?;
    let (_, leads, samples) = signal.dim();
    let input = encoder.info().input;
    let zeros = |shape: (usize, usize, usize)| Array3::<f32>::zeros(shape);
    survives("no records", encoder.encode(zeros((0, leads, samples)).view()))?;
    survives("no samples", encoder.encode(zeros((1, leads, 0)).view()))?;
    survives("no leads", encoder.encode(zeros((1, 0, samples)).view()))?;
    if input.leads.is_some() {
        refuses(
            "a lead too many",
            encoder.encode(zeros((1, leads + 1, samples)).view()),
        )?;
    }
    if input.samples.is_some() {
        refuses(
            "a sample too many",
            encoder.encode(zeros((1, leads, samples + 1)).view()),
        )?;
    }
    for bad in [f32::NAN, f32::INFINITY, f32::MAX] {
        let mut signal = signal.clone();
        signal.index_axis_mut(Axis(2), 5).fill(bad);
        survives(&format!("samples of {bad}"), encoder.encode(signal.view()))?;
    }
    Ok(())
}

fn grad_cam(bench: &Bench<'_>) -> Outcome {
    let (encoder, signal) = start(bench, 2)?;
    if encoder.info().taps.is_empty() {
        return Ok(());
    }
    match encoder.grad_cam(signal.view(), 0, 0) {
        Ok(map) => expect(map.iter().all(|&value| value >= 0.0), || {
            "values that are negative or not numbers".to_owned()
        })?,
        Err(Error::Unsupported(_)) => return Ok(()),
        Err(error) => return fail(error.to_string()),
    }
    let taps = encoder.info().taps.len();
    refuses(
        "a tap that is not there",
        encoder.grad_cam(signal.view(), 0, taps),
    )?;
    refuses(
        "a class that is not there",
        encoder.grad_cam(signal.view(), 1 << 20, 0),
    )
}

fn equal(a: &Encoded, b: &Encoded) -> Outcome {
    same("outputs", &a.outputs, &b.outputs)?;
    for (a, b) in a.taps.iter().zip(&b.taps) {
        same("tap", a, b)?;
    }
    Ok(())
}
