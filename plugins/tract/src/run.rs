//! Running a plan over the rows of a batch.

use ecg_audit_onnx::activation;
use ecg_audit_plugin::{Activation, Context, Encoded, Error};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis};
use rayon::ThreadPool;
use rayon::prelude::*;
use tract_onnx::prelude::*;

use crate::plan::Plan;

/// Fewest rows that a thread takes at a time.
const ROWS: usize = 4;

/// Where one row's results go.
struct Slots<'a> {
    output: &'a mut [f32],
    taps: Vec<&'a mut [f32]>,
}

/// Runs `signal` `[B, leads, samples]`; each thread has its own state of the one plan.
pub(crate) fn batch(
    plan: &Plan,
    pool: &ThreadPool,
    context: &Context,
    activation: Activation,
    signal: ArrayView3<'_, f32>,
) -> Result<Encoded, Error> {
    let rows = signal.len_of(Axis(0));
    let mut outputs = vec![0f32; rows * plan.outputs];
    let mut taps: Vec<Vec<f32>> = plan
        .taps
        .iter()
        .map(|[channels, length]| vec![0f32; rows * channels * length])
        .collect();
    let mut slots: Vec<Slots<'_>> = outputs
        .chunks_exact_mut(plan.outputs)
        .map(|output| Slots {
            output,
            taps: Vec::with_capacity(plan.taps.len()),
        })
        .collect();
    for (tap, [channels, length]) in taps.iter_mut().zip(&plan.taps) {
        for (slot, part) in slots.iter_mut().zip(tap.chunks_exact_mut(channels * length)) {
            slot.taps.push(part);
        }
    }
    let outcomes: Vec<Result<(), Error>> = pool.install(|| {
        slots
            .par_iter_mut()
            .enumerate()
            .with_min_len(ROWS)
            .map_init(
                || plan.runnable.spawn(),
                |state, (number, slot)| {
                    context.check()?;
                    let state = state
                        .as_mut()
                        .map_err(|error| Error::Failed(format!("tract cannot start: {error:#}")))?;
                    row(plan, state, signal.index_axis(Axis(0), number), slot)
                        .and_then(|()| {
                            activation::finish(activation, slot.output, slot.taps.iter().map(|tap| &**tap))
                        })
                        .map_err(|reason| Error::Failed(format!("row {number}: {reason}")))
                },
            )
            .collect()
    });
    drop(slots);
    outcomes.into_iter().collect::<Result<(), Error>>()?;
    shaped(plan, rows, outputs, taps)
}

/// One row through the network, raw.
fn row(
    plan: &Plan,
    state: &mut TypedSimpleState,
    signal: ArrayView2<'_, f32>,
    slots: &mut Slots<'_>,
) -> Result<(), String> {
    let told = |error: TractError| format!("{error:#}");
    let shape = [1, plan.input[0], plan.input[1]];
    let contiguous = signal.as_standard_layout();
    let samples = contiguous.as_slice().ok_or("the signal is not contiguous")?;
    let tensor = Tensor::from_shape(&shape, samples).map_err(told)?;
    let tensor = tensor.cast_to_dt(plan.input_type).map_err(told)?.into_owned();
    let results = state.run(tvec!(tensor.into_tvalue())).map_err(told)?;
    let targets = std::iter::once(&mut *slots.output).chain(slots.taps.iter_mut().map(|tap| &mut **tap));
    for (result, target) in results.iter().zip(targets) {
        let values = result.cast_to::<f32>().map_err(told)?;
        let values = values.try_as_plain_ram().map_err(told)?;
        let values = values.as_slice::<f32>().map_err(told)?;
        if values.len() != target.len() {
            return Err(format!(
                "tract answered {} values, planned were {}",
                values.len(),
                target.len()
            ));
        }
        target.copy_from_slice(values);
    }
    Ok(())
}

fn shaped(plan: &Plan, rows: usize, outputs: Vec<f32>, taps: Vec<Vec<f32>>) -> Result<Encoded, Error> {
    let failed = |error: ndarray::ShapeError| Error::Failed(error.to_string());
    Ok(Encoded {
        outputs: Array2::from_shape_vec((rows, plan.outputs), outputs).map_err(failed)?,
        taps: taps
            .into_iter()
            .zip(&plan.taps)
            .map(|(tap, [channels, length])| Array3::from_shape_vec((rows, *channels, *length), tap))
            .collect::<Result<_, _>>()
            .map_err(failed)?,
    })
}
