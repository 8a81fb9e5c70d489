//! Running the sessions over the rows of a batch.

use std::ops::Range;
use std::sync::Mutex;

use ecg_audit_onnx::{Element, activation, sizes};
use ecg_audit_plugin::{Encoded, Error};
use half::f16;
use ndarray::{Array2, Array3, ArrayView3, Axis, concatenate, s};
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorElementType};

use crate::encoder::Ort;
use crate::params::Provider;
use crate::session::lock;

/// Rows that go through a session together where the model leaves it open. More of them are no faster on a processor.
const ROWS: usize = 4;
const ROWS_ON_GPU: usize = 32;

/// Runs a checked `signal` `[B, leads, samples]`.
pub(crate) fn batch(encoder: &Ort, signal: ArrayView3<'_, f32>) -> Result<Encoded, Error> {
    let rows = signal.len_of(Axis(0));
    if rows == 0 {
        return nothing(encoder, signal);
    }
    let most = match (encoder.input.batch, encoder.provider) {
        (Some(fixed), _) => fixed,
        (None, Provider::Cpu) => ROWS,
        (None, Provider::Cuda) => ROWS_ON_GPU,
    };
    let ranges: Vec<Range<usize>> = (0..rows)
        .step_by(most)
        .map(|first| first..rows.min(first + most))
        .collect();
    let sessions = encoder
        .sessions
        .at_most(encoder.context.threads().min(ranges.len()))?;
    let parts = Parts::new(ranges.len());
    let queue = Mutex::new(ranges.into_iter().enumerate());
    let work = |session: &Mutex<Session>| {
        while let Some((number, range)) = { lock(&queue).next() } {
            let part = encoder
                .context
                .check()
                .and_then(|()| chunk(encoder, session, signal, range));
            let failed = part.is_err();
            parts.put(number, part);
            if failed {
                break;
            }
        }
    };
    match sessions.as_slice() {
        [only] => work(only),
        several => std::thread::scope(|scope| {
            for session in several {
                scope.spawn(|| work(session));
            }
        }),
    }
    joined(parts.all()?)
}

/// The parts of a batch, put in any order.
struct Parts(Mutex<Vec<Option<Result<Encoded, Error>>>>);

impl Parts {
    fn new(count: usize) -> Self {
        Self(Mutex::new((0..count).map(|_| None).collect()))
    }

    fn put(&self, number: usize, part: Result<Encoded, Error>) {
        if let Some(slot) = lock(&self.0).get_mut(number) {
            *slot = Some(part);
        }
    }

    /// All of them in order, or the first error.
    fn all(self) -> Result<Vec<Encoded>, Error> {
        let parts = self
            .0
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        // Behind an error there may be parts that nobody took up.
        let (errors, parts): (Vec<_>, Vec<_>) =
            parts.into_iter().partition(|part| matches!(part, Some(Err(_))));
        if let Some(Some(Err(error))) = errors.into_iter().next() {
            return Err(error);
        }
        let missing = || Error::Failed("a part of the batch was not run".into());
        parts.into_iter().map(|part| part.ok_or_else(missing)?).collect()
    }
}

/// An empty batch in the right shape, which only a run can tell.
fn nothing(encoder: &Ort, signal: ArrayView3<'_, f32>) -> Result<Encoded, Error> {
    let (_, leads, samples) = signal.dim();
    let one = batch(encoder, Array3::zeros((1, leads, samples)).view())?;
    Ok(Encoded {
        outputs: one.outputs.slice(s![..0, ..]).to_owned(),
        taps: one
            .taps
            .iter()
            .map(|tap| tap.slice(s![..0, .., ..]).to_owned())
            .collect(),
    })
}

fn joined(mut parts: Vec<Encoded>) -> Result<Encoded, Error> {
    if parts.len() == 1 {
        return parts
            .pop()
            .ok_or_else(|| Error::Failed("the batch is empty".into()));
    }
    let failed =
        |error: ndarray::ShapeError| Error::Failed(format!("the shapes of the rows differ: {error}"));
    let outputs: Vec<_> = parts.iter().map(|part| part.outputs.view()).collect();
    let taps = parts.first().map_or(0, |part| part.taps.len());
    let tap = |number: usize| {
        let views: Vec<_> = parts
            .iter()
            .filter_map(|part| Some(part.taps.get(number)?.view()))
            .collect();
        concatenate(Axis(0), &views).map_err(failed)
    };
    Ok(Encoded {
        outputs: concatenate(Axis(0), &outputs).map_err(failed)?,
        taps: (0..taps).map(tap).collect::<Result<_, _>>()?,
    })
}

/// Some rows through a session.
fn chunk(
    encoder: &Ort,
    session: &Mutex<Session>,
    signal: ArrayView3<'_, f32>,
    range: Range<usize>,
) -> Result<Encoded, Error> {
    let first = range.start;
    let rows = range.len();
    let input = input(encoder, signal.slice(s![range, .., ..]))?;
    let mut session = lock(session);
    let results = session
        .run(vec![(encoder.input.name.as_str(), input)])
        .map_err(|error| Error::Failed(format!("ONNX Runtime: {error}")))?;
    let mut values = encoder.wanted.iter().map(|name| {
        let value = results
            .get(name)
            .ok_or_else(|| Error::Failed(format!("ONNX Runtime did not answer '{name}'")))?;
        numbers(name, value, encoder.input.batch.unwrap_or(rows))
    });
    let (shape, values_of_output) = values
        .next()
        .ok_or_else(|| Error::Failed("there is no output".into()))??;
    let count = sizes::outputs(encoder.wanted.first().map_or("", String::as_str), &shape)?;
    let mut outputs = first_rows(values_of_output, rows, count)?;
    let mut taps = Vec::with_capacity(encoder.wanted.len());
    for (name, value) in encoder.wanted.iter().skip(1).zip(values) {
        let (shape, values) = value?;
        let [channels, length] = sizes::tap(name, &shape)?;
        let flat = first_rows(values, rows, channels * length)?;
        taps.push(
            flat.into_shape_with_order((rows, channels, length))
                .map_err(shapeless)?,
        );
    }
    for (row, mut output) in outputs.rows_mut().into_iter().enumerate() {
        let taps: Vec<_> = taps
            .iter()
            .map(|tap: &Array3<f32>| tap.index_axis(Axis(0), row))
            .collect();
        let output = output
            .as_slice_mut()
            .ok_or_else(|| Error::Failed("the outputs are not contiguous".into()))?;
        activation::finish(
            encoder.activation,
            output,
            taps.iter().filter_map(|tap| tap.as_slice()),
        )
        .map_err(|reason| Error::Failed(format!("row {}: {reason}", first + row)))?;
    }
    Ok(Encoded { outputs, taps })
}

/// The input's tensor; a batch that the model fixes is filled up with zeros.
fn input(encoder: &Ort, signal: ArrayView3<'_, f32>) -> Result<SessionInputValue<'static>, Error> {
    let (rows, leads, samples) = signal.dim();
    let batch = encoder.input.batch.unwrap_or(rows);
    let mut values: Vec<f32> = signal.iter().copied().collect();
    values.resize(batch * leads * samples, 0.0);
    let shape = [batch, leads, samples];
    let tensor: Result<DynValue, ort::Error> = match encoder.input.element {
        Element::Float => Tensor::from_array((shape, values)).map(Tensor::into_dyn),
        Element::Double => {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            Tensor::from_array((shape, values)).map(Tensor::into_dyn)
        }
        Element::Half => {
            let values: Vec<f16> = values.into_iter().map(f16::from_f32).collect();
            Tensor::from_array((shape, values)).map(Tensor::into_dyn)
        }
    };
    let tensor =
        tensor.map_err(|error| Error::Failed(format!("ONNX Runtime does not take the signal: {error}")))?;
    Ok(tensor.into())
}

/// A value's shape without the batch, and its elements.
fn numbers(name: &str, value: &DynValue, batch: usize) -> Result<(Vec<usize>, Vec<f32>), Error> {
    let failed = |error: ort::Error| Error::Failed(format!("'{name}' cannot be read: {error}"));
    let kind = value.dtype().tensor_type();
    let (shape, values): (&ort::value::Shape, Vec<f32>) = match kind {
        Some(TensorElementType::Float32) => {
            let (shape, values) = value.try_extract_tensor::<f32>().map_err(failed)?;
            (shape, values.to_vec())
        }
        Some(TensorElementType::Float64) => {
            let (shape, values) = value.try_extract_tensor::<f64>().map_err(failed)?;
            (shape, values.iter().map(|&value| value as f32).collect())
        }
        Some(TensorElementType::Float16) => {
            let (shape, values) = value.try_extract_tensor::<f16>().map_err(failed)?;
            (shape, values.iter().map(|value| value.to_f32()).collect())
        }
        other => {
            let kind = other.map_or_else(|| "no tensor".to_owned(), |kind| format!("of type {kind}"));
            return Err(Error::Params(format!(
                "'{name}' is {kind}; expected float, double or float16"
            )));
        }
    };
    let dims: Vec<usize> = shape
        .iter()
        .map(|&size| usize::try_from(size).unwrap_or(0))
        .collect();
    match dims.split_first() {
        Some((&first, rest)) if first == batch => Ok((rest.to_vec(), values)),
        None if batch == 1 => Ok((Vec::new(), values)),
        _ => Err(Error::Params(format!(
            "'{name}' is {dims:?} for a batch of {batch}; expected {batch} rows"
        ))),
    }
}

/// The first `rows` rows of `columns` values; the rest is filling.
fn first_rows(mut values: Vec<f32>, rows: usize, columns: usize) -> Result<Array2<f32>, Error> {
    values.truncate(rows * columns);
    Array2::from_shape_vec((rows, columns), values).map_err(shapeless)
}

fn shapeless(error: ndarray::ShapeError) -> Error {
    Error::Failed(format!(
        "ONNX Runtime answered another number of values than its shape says: {error}"
    ))
}
