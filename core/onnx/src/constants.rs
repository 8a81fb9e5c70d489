//! The constants of a graph: weights, and what exporters make of them.

use std::collections::HashMap;

use ecg_audit_plugin::Error;
use ndarray::Array2;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};
use tract_onnx::prelude::{Tensor, TractError};

use crate::nodes;

/// How many nodes may stand between a weight and what it was made from.
const DEPTH: usize = 8;

/// The constants of a graph by name.
pub(crate) struct Constants<'a> {
    tensors: HashMap<&'a str, &'a TensorProto>,
    producers: HashMap<&'a str, &'a NodeProto>,
    folder: Option<&'a str>,
}

impl<'a> Constants<'a> {
    /// The initialisers of `graph`, and its `Constant` nodes. External data is looked for in `folder`.
    pub(crate) fn new(graph: &'a GraphProto, folder: Option<&'a str>) -> Self {
        let initializers = graph
            .initializer
            .iter()
            .map(|tensor| (tensor.name.as_str(), tensor));
        let nodes = graph
            .node
            .iter()
            .filter_map(|node| Some((node.output.first()?.as_str(), node)));
        let computed = nodes
            .clone()
            .filter(|(_, node)| nodes::operator(node) == Some("Constant"))
            .filter_map(|(name, node)| Some((name, nodes::tensor(node, "value")?)));
        Self {
            tensors: initializers.chain(computed).collect(),
            producers: nodes.collect(),
            folder,
        }
    }

    /// The dimensions of a constant.
    pub(crate) fn dims(&self, name: &str) -> Option<&'a [i64]> {
        self.tensors.get(name).map(|tensor| tensor.dims.as_slice())
    }

    /// A constant list of whole numbers.
    pub(crate) fn ints(&self, name: &str) -> Option<Vec<i64>> {
        if let Some(node) = self
            .producers
            .get(name)
            .filter(|node| nodes::operator(node) == Some("Constant"))
        {
            if let Some(ints) = nodes::ints(node, "value_ints") {
                return Some(ints.to_vec());
            }
            if let Some(int) = nodes::int(node, "value_int") {
                return Some(vec![int]);
            }
        }
        let tensor = self.load(name).ok()??.cast_to::<i64>().ok()?.into_owned();
        Some(tensor.try_as_plain_ram().ok()?.as_slice::<i64>().ok()?.to_vec())
    }

    /// A constant matrix. Exporters may leave it behind an `Identity` or a `Transpose`.
    ///
    /// # Errors
    /// [`Error::Resource`] for a constant that cannot be read. `None` for what is no constant matrix.
    pub(crate) fn matrix(&self, name: &str) -> Result<Option<Array2<f32>>, Error> {
        let (source, transposed) = self.source(name);
        let unreadable =
            |reason: String| Error::Resource(format!("the weight '{source}' cannot be read: {reason}"));
        let told = |error: TractError| unreadable(format!("{error:#}"));
        let Some(tensor) = self.load(source)? else {
            return Ok(None);
        };
        let &[rows, columns] = tensor.shape() else {
            return Ok(None);
        };
        let tensor = tensor.cast_to::<f32>().map_err(told)?;
        let plain = tensor.try_as_plain_ram().map_err(told)?;
        let values = plain.as_slice::<f32>().map_err(told)?.to_vec();
        let matrix =
            Array2::from_shape_vec((rows, columns), values).map_err(|error| unreadable(error.to_string()))?;
        Ok(Some(if transposed {
            matrix.reversed_axes()
        } else {
            matrix
        }))
    }

    /// Follows `name` back through `Identity` and `Transpose`; whether an odd number of transpositions was met.
    fn source<'n>(&self, name: &'n str) -> (&'n str, bool)
    where
        'a: 'n,
    {
        let (mut name, mut transposed) = (name, false);
        for _ in 0..DEPTH {
            let Some(node) = self.producers.get(name) else {
                break;
            };
            match nodes::operator(node) {
                Some("Identity") => {}
                Some("Transpose") if matches!(nodes::ints(node, "perm"), None | Some([1, 0])) => {
                    transposed = !transposed
                }
                _ => break,
            }
            let Some(input) = node.input.first() else { break };
            name = input;
        }
        (name, transposed)
    }

    fn load(&self, name: &str) -> Result<Option<Tensor>, Error> {
        self.tensors
            .get(name)
            .map(|tensor| load(tensor, self.folder))
            .transpose()
    }
}

/// Decodes a tensor, from its external file where it has one.
///
/// # Errors
/// [`Error::Resource`] for a tensor that contradicts itself, or whose file is not there.
pub(crate) fn load(tensor: &TensorProto, folder: Option<&str>) -> Result<Tensor, Error> {
    let broken =
        |reason: String| Error::Resource(format!("the weight '{}' cannot be read: {reason}", tensor.name));
    let size = tensor
        .dims
        .iter()
        .try_fold(1usize, |size, &dim| size.checked_mul(usize::try_from(dim).ok()?));
    if size.is_none_or(|size| size > isize::MAX as usize / 16) {
        return Err(broken(format!("its dimensions are {:?}", tensor.dims)));
    }
    tract_onnx::tensor::load_tensor(&tract_onnx::data_resolver::MmapDataResolver, tensor, folder)
        .map_err(|error| broken(format!("{error:#}")))
}
