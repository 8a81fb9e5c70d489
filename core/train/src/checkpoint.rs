//! What a fold's training goes on from after its last whole epoch.
//!
//! A safetensors file: the network, the best network so far and the optimiser's state, with everything else as JSON in
//! its metadata.

use std::collections::HashMap;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use crate::adam::Adam;
use crate::network::Network;
use crate::schedule::Schedule;
use crate::{Error, files};

const KEY: &str = "progress";

/// How far a fold is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Epochs that are done.
    pub(crate) epoch: usize,
    pub(crate) schedule: Schedule,
    pub(crate) curve: Vec<Point>,
    /// Seconds so far, over all starts, and those of them in training steps.
    pub(crate) seconds: f64,
    pub(crate) training_seconds: f64,
    /// Windows trained on so far.
    pub(crate) windows: usize,
}

/// One epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Point {
    pub(crate) epoch: usize,
    pub(crate) learning_rate: f64,
    pub(crate) training_loss: f64,
    pub(crate) validation_loss: f64,
}

/// Writes all of it.
pub(crate) fn write(
    path: &Path,
    progress: &Progress,
    network: &Network,
    best: &[Tensor],
    adam: &Adam,
) -> Result<(), Error> {
    let mut all = Vec::new();
    for (weight, best) in network.weights.iter().zip(best) {
        all.push(Plain::new(format!("network.{}", weight.name), &weight.tensor)?);
        all.push(Plain::new(format!("best.{}", weight.name), best)?);
    }
    for (name, tensor) in adam.state() {
        all.push(Plain::new(name, tensor)?);
    }
    let views = all
        .iter()
        .map(|plain| {
            let view = TensorView::new(Dtype::F32, plain.shape.clone(), &plain.bytes);
            Ok((plain.name.as_str(), view.map_err(|e| Error::content(path, e))?))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let json = serde_json::to_string(progress).map_err(|e| Error::content(path, e))?;
    let bytes = safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), json)])))
        .map_err(|e| Error::content(path, e))?;
    files::write(path, &bytes)
}

/// Takes up what [`write`] wrote, if the file is there: how far the fold is, and its best network.
pub(crate) fn read(
    path: &Path,
    network: &mut Network,
    adam: &mut Adam,
) -> Result<Option<(Progress, Vec<Tensor>)>, Error> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(path)(error)),
    };
    let wrong = |e: safetensors::SafeTensorError| Error::content(path, e);
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(wrong)?;
    let json = metadata.metadata().as_ref().and_then(|map| map.get(KEY));
    let json = json.ok_or_else(|| Error::content(path, "no checkpoint of ecg-audit-train"))?;
    let progress = serde_json::from_str(json).map_err(|e| Error::content(path, e))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(wrong)?;
    let find = |name: &str| -> Result<Tensor, Error> {
        let view = tensors.tensor(name).map_err(wrong)?;
        let shape: Vec<i64> = view.shape().iter().map(|size| *size as i64).collect();
        let values = view.data().as_chunks::<4>().0.iter();
        let values: Vec<f32> = values.map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Ok(Tensor::f_from_slice(&values)?.f_view(shape.as_slice())?)
    };
    let all = |network: &Network, part: &str| -> Result<Vec<Tensor>, Error> {
        let names = network.weights.iter();
        names
            .map(|weight| find(&format!("{part}.{}", weight.name)))
            .collect()
    };
    let (own, best) = (all(network, "network")?, all(network, "best")?);
    network.restore(&own)?;
    adam.restore(find)?;
    Ok(Some((progress, best)))
}

/// A tensor's bytes.
struct Plain {
    name: String,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Plain {
    fn new(name: String, tensor: &Tensor) -> Result<Self, Error> {
        let near = tensor
            .f_detach()?
            .f_to_device(Device::Cpu)?
            .f_to_kind(Kind::Float)?
            .f_contiguous()?;
        let mut values = vec![0f32; near.numel()];
        near.f_copy_data(&mut values, near.numel())?;
        let shape = near.size().into_iter();
        Ok(Self {
            name,
            shape: shape.map(|size| usize::try_from(size).unwrap_or(0)).collect(),
            bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        })
    }
}
