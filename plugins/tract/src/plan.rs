//! An optimised plan for one input shape, and what tract knows about shapes before one.

use std::collections::HashMap;
use std::sync::Arc;

use ecg_audit_onnx::{Element, Network, SignalInput, sizes};
use ecg_audit_plugin::Error;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::{DimFact, Factoid, InferenceFact, InferenceModel, ShapeFactoid};
use tract_onnx::tract_hir::internal::{DimLike, OutletId};

/// Lengths that shapes are inferred for where the model leaves its own open; both occur in ECG data sets.
const PROBES: [usize; 2] = [4096, 5000];

/// A graph that tract has read, pruned to its wanted values; plans are built from copies of it (which share the
/// weights).
pub(crate) struct Template {
    model: InferenceModel,
    outlets: HashMap<String, OutletId>,
    input: SignalInput,
    /// Output first, then the taps.
    wanted: Vec<String>,
}

/// A plan for a batch of one.
pub(crate) struct Plan {
    pub(crate) runnable: Arc<TypedSimplePlan>,
    pub(crate) input_type: DatumType,
    /// Leads and samples.
    pub(crate) input: [usize; 2],
    /// Number of outputs.
    pub(crate) outputs: usize,
    /// Channels and timestamps of each tap.
    pub(crate) taps: Vec<[usize; 2]>,
}

impl Template {
    /// Lets tract read the network.
    pub(crate) fn new(network: &Network) -> Result<Self, Error> {
        // Shapes that exporters write into the file are often wrong for a batch of one: they are inferred instead.
        let parsed = tract_onnx::onnx()
            .with_ignore_value_info(true)
            .with_ignore_output_shapes(true)
            .parse(&network.file.model, network.file.folder.as_deref())
            .map_err(|error| Error::Resource(format!("tract cannot read the model: {error:#}")))?;
        if !parsed.unresolved_inputs.is_empty() {
            return Err(Error::Resource(format!(
                "the model is broken: nothing computes {}",
                parsed.unresolved_inputs.join(", ")
            )));
        }
        Ok(Self {
            model: parsed.model,
            outlets: parsed.outlets_by_name,
            input: network.input.clone(),
            wanted: network.wanted(),
        })
    }

    /// What the input's own shape tells of each value's shape, without the batch. Where the number of samples is
    /// free, what does not change with it: tract tells more of two given lengths than of an unknown one.
    pub(crate) fn shapes(&self) -> HashMap<&str, Vec<Option<usize>>> {
        if let Some(samples) = self.input.shape.samples {
            return self.inferred(samples);
        }
        let [mut shapes, other] = PROBES.map(|samples| self.inferred(samples));
        shapes.retain(|name, dims| {
            let Some(others) = other.get(name).filter(|others| others.len() == dims.len()) else {
                return false;
            };
            for (dim, other) in dims.iter_mut().zip(others) {
                *dim = dim.filter(|_| dim == other);
            }
            true
        });
        shapes
    }

    /// The shapes for a number of samples, without the batch.
    fn inferred(&self, samples: usize) -> HashMap<&str, Vec<Option<usize>>> {
        let mut model = self.model.clone();
        let leads = self
            .input
            .shape
            .leads
            .map_or_else(DimFact::default, |leads| leads.to_dim().into());
        let dims = tvec![1.to_dim().into(), leads, samples.to_dim().into()];
        let fact = InferenceFact::dt_shape(datum_type(self.input.element), ShapeFactoid::closed(dims));
        // Inference that stops half-way still leaves what it found by then.
        let _ = model.set_input_fact(0, fact).and_then(|()| model.analyse(false));
        self.outlets
            .iter()
            .filter_map(|(name, &outlet)| {
                let shape = &model.outlet_fact(outlet).ok()?.shape;
                let dims = shape.dims().map(|dim| dim.concretize()?.to_usize().ok());
                (!shape.is_open()).then(|| (name.as_str(), dims.skip(1).collect()))
            })
            .collect()
    }

    /// Refuses an output or a tap of the wrong rank where that is known without the input's size.
    pub(crate) fn check_ranks(&self) -> Result<(), Error> {
        let shapes = self.shapes();
        for (slot, name) in self.wanted.iter().enumerate() {
            match (slot, shapes.get(name.as_str())) {
                (_, None) => {}
                (0, Some(dims)) => sizes::check_output(name, dims)?,
                (_, Some(dims)) => sizes::check_tap(name, dims)?,
            }
        }
        Ok(())
    }

    /// Builds the plan for `leads` × `samples`.
    pub(crate) fn plan(&self, leads: usize, samples: usize) -> Result<Plan, Error> {
        let failed = |error: TractError| {
            Error::Failed(format!(
                "tract cannot plan the model for an input of [{leads}, {samples}]: {error:#}"
            ))
        };
        let input_type = datum_type(self.input.element);
        let mut model = self.model.clone();
        model
            .set_input_fact(0, InferenceFact::dt_shape(input_type, [1, leads, samples]))
            .map_err(failed)?;
        let optimized = model.into_optimized().map_err(failed)?;
        let mut shapes = Vec::with_capacity(self.wanted.len());
        for (slot, name) in self.wanted.iter().enumerate() {
            let shape = &optimized.output_fact(slot).map_err(failed)?.shape;
            let known = shape.as_concrete().map(<[usize]>::to_vec);
            shapes.push(known.ok_or_else(|| {
                Error::Failed(format!(
                    "the shape of '{name}' is not fixed by the input's: {shape:?}"
                ))
            })?);
        }
        let mut rows = self
            .wanted
            .iter()
            .zip(&shapes)
            .map(|(name, shape)| (name, shape.get(1..).unwrap_or_default()));
        let (output, shape) = rows
            .next()
            .ok_or_else(|| Error::Failed("the plan has no outputs".into()))?;
        Ok(Plan {
            outputs: sizes::outputs(output, shape)?,
            taps: rows
                .map(|(name, shape)| sizes::tap(name, shape))
                .collect::<Result<_, _>>()?,
            runnable: optimized.into_runnable().map_err(failed)?,
            input_type,
            input: [leads, samples],
        })
    }

    /// The input.
    pub(crate) fn input(&self) -> &SignalInput {
        &self.input
    }
}

fn datum_type(element: Element) -> DatumType {
    match element {
        Element::Float => DatumType::F32,
        Element::Double => DatumType::F64,
        Element::Half => DatumType::F16,
    }
}
