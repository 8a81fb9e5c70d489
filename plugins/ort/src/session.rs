//! Sessions: a network inside ONNX Runtime.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ecg_audit_onnx::{Network, OnnxFile};
use ecg_audit_plugin::Error;
use ort::ep::{CUDA, ExecutionProvider};
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::ValueType;

use crate::library::Runtime;
use crate::params::Provider;

/// Where external weights are, for a model that is given as bytes.
const WEIGHTS_FOLDER: &str = "session.model_external_initializers_file_folder_path";

/// The sessions of one network, made as they are needed.
pub(crate) struct Sessions {
    runtime: Runtime,
    provider: Provider,
    device_id: u16,
    /// The network, its output and taps as outputs.
    model: Vec<u8>,
    folder: Option<String>,
    kept: Mutex<Vec<Arc<Mutex<Session>>>>,
}

impl Sessions {
    /// Makes the first session, which checks the model.
    ///
    /// # Errors
    /// [`Error::Resource`] for what ONNX Runtime cannot run, or not with this provider.
    pub(crate) fn new(
        runtime: Runtime,
        network: &Network,
        provider: Provider,
        device_id: u16,
    ) -> Result<Self, Error> {
        let sessions = Self {
            runtime,
            provider,
            device_id,
            model: network.file.encode()?,
            folder: network.file.folder.clone(),
            kept: Mutex::new(Vec::new()),
        };
        if provider == Provider::Cuda && !CUDA::is_available().unwrap_or(false) {
            return Err(Error::Resource(format!(
                "`provider`: {} has no CUDA; name the library of a GPU build of ONNX Runtime as `library`",
                sessions.runtime.library.display()
            )));
        }
        sessions.at_most(1)?;
        Ok(sessions)
    }

    /// One session for each of `threads`; a GPU has one.
    pub(crate) fn at_most(&self, threads: usize) -> Result<Vec<Arc<Mutex<Session>>>, Error> {
        let wanted = if self.provider == Provider::Cuda {
            1
        } else {
            threads.max(1)
        };
        let mut kept = lock(&self.kept);
        while kept.len() < wanted {
            let session = self
                .builder(GraphOptimizationLevel::All)
                .and_then(|mut builder| {
                    builder
                        .commit_from_memory(&self.model)
                        .map_err(|error| error.to_string())
                })
                .map_err(|reason| Error::Resource(format!("ONNX Runtime cannot use the model: {reason}")))?;
            kept.push(Arc::new(Mutex::new(session)));
        }
        Ok(kept.iter().take(wanted).map(Arc::clone).collect())
    }

    /// What the session knows of its outputs' shapes before the first batch.
    pub(crate) fn shapes(&self) -> Result<Vec<Shape>, Error> {
        let sessions = self.at_most(1)?;
        let session = sessions
            .first()
            .ok_or_else(|| Error::Failed("there is no session".into()))?;
        Ok(lock(session)
            .outputs()
            .iter()
            .map(|output| shape(output.dtype()))
            .collect())
    }

    /// The shapes that ONNX Runtime infers for the output, the taps and the values `inner` inside the graph, by name.
    pub(crate) fn shapes_of(&self, inner: &[&str]) -> Result<HashMap<String, Shape>, Error> {
        let model = OnnxFile::with_outputs(&self.model, inner);
        // Without optimisation: it would only take time, and nothing is run.
        let session = self
            .builder(GraphOptimizationLevel::Disable)
            .and_then(|mut builder| {
                builder
                    .commit_from_memory(&model)
                    .map_err(|error| error.to_string())
            })
            .map_err(|reason| Error::Failed(format!("ONNX Runtime cannot list the layers: {reason}")))?;
        let outputs = session.outputs().iter();
        Ok(outputs
            .map(|output| (output.name().to_owned(), shape(output.dtype())))
            .collect())
    }

    fn builder(&self, optimization: GraphOptimizationLevel) -> Result<SessionBuilder, String> {
        let told = |error: ort::Error<SessionBuilder>| error.to_string();
        let mut builder = Session::builder(&self.runtime.environment)
            .map_err(|error| error.to_string())?
            .with_intra_threads(1)
            .map_err(told)?
            .with_inter_threads(1)
            .map_err(told)?
            .with_deterministic_compute(true)
            .map_err(told)?
            .with_optimization_level(optimization)
            .map_err(told)?
            // Errors come back as such; nothing is to be written past the host's log.
            .with_log_level(LogLevel::Fatal)
            .map_err(told)?;
        if let Some(folder) = self.folder.as_deref().filter(|folder| !folder.is_empty()) {
            builder = builder.with_config_entry(WEIGHTS_FOLDER, folder).map_err(told)?;
        }
        if self.provider == Provider::Cuda {
            let cuda = CUDA::default()
                .with_device_id(i32::from(self.device_id))
                .build()
                .error_on_failure();
            builder = builder.with_execution_providers([cuda]).map_err(told)?;
        }
        Ok(builder)
    }
}

/// A shape without the batch, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Not even the rank.
    Unknown,
    /// The sizes that are known.
    Known(Vec<Option<usize>>),
}

impl Shape {
    /// The size of a dimension, counted from the last, which is 1.
    pub(crate) fn last(&self, from_end: usize) -> Option<usize> {
        let Self::Known(dims) = self else { return None };
        dims.len()
            .checked_sub(from_end)
            .and_then(|index| dims.get(index).copied().flatten())
    }

    /// All sizes, where all are known.
    pub(crate) fn whole(&self) -> Option<Vec<usize>> {
        match self {
            Self::Unknown => None,
            Self::Known(dims) => dims.iter().copied().collect(),
        }
    }
}

fn shape(kind: &ValueType) -> Shape {
    match kind {
        ValueType::Tensor { shape, .. } => Shape::Known(
            shape
                .iter()
                .skip(1)
                .map(|&size| usize::try_from(size).ok())
                .collect(),
        ),
        _ => Shape::Unknown,
    }
}

/// What the locks guard is whole at every moment, so that a panic elsewhere does not matter.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
