//! Reading an ONNX file.

use std::path::Path;

use ecg_audit_plugin::Error;
use sha2::{Digest, Sha256};
use tract_onnx::pb::{GraphProto, ModelProto};
use tract_onnx::prelude::Framework;

/// A decoded ONNX file.
pub(crate) struct OnnxFile {
    pub(crate) model: ModelProto,
    /// The folder of the file, where external weights are.
    pub(crate) folder: Option<String>,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub(crate) sha256: String,
}

impl OnnxFile {
    /// Reads `path`.
    ///
    /// # Errors
    /// [`Error::Resource`] for a file that cannot be read or is not an ONNX model.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = |reason: String| {
            Error::Resource(format!(
                "{} is not a readable ONNX model: {reason}",
                path.display()
            ))
        };
        let bytes = std::fs::read(path)
            .map_err(|error| Error::Resource(format!("cannot read the model {}: {error}", path.display())))?;
        let model = tract_onnx::onnx()
            .proto_model_for_read(&mut bytes.as_slice())
            .map_err(|error| unreadable(format!("{error:#} ({} bytes)", bytes.len())))?;
        // Protobuf takes many byte strings, the empty one among them, for a message without fields.
        match &model.graph {
            None => return Err(unreadable(format!("it holds no graph ({} bytes)", bytes.len()))),
            Some(graph) if graph.node.is_empty() => return Err(unreadable("its graph has no nodes".into())),
            Some(_) => {}
        }
        let sha256 = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let folder = path.parent().and_then(Path::to_str).map(str::to_owned);
        Ok(Self {
            model,
            folder,
            sha256,
        })
    }

    /// The graph.
    pub(crate) fn graph(&self) -> Result<&GraphProto, Error> {
        self.model
            .graph
            .as_ref()
            .ok_or_else(|| Error::Resource("the ONNX model holds no graph".into()))
    }
}
