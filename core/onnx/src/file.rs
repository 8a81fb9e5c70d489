//! Reading an ONNX file.

use std::path::Path;

use ecg_audit_plugin::Error;
use prost::Message;
use prost::encoding::{self, DecodeContext, WireType};
use sha2::{Digest, Sha256};
use tract_onnx::pb::{GraphProto, ModelProto, ValueInfoProto};

/// Protobuf's limit, in bytes; ONNX Runtime reads no larger message, and exporters write none.
const LARGEST: u64 = i32::MAX as u64;

/// The field of `ModelProto` that holds the graph.
const GRAPH: u32 = 7;

/// A decoded ONNX file.
#[derive(Debug, Clone)]
pub struct OnnxFile {
    /// The model.
    pub model: ModelProto,
    /// The folder of the file, where external weights are.
    pub folder: Option<String>,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// All of the model but its graph, as it stands in the file.
    frame: Vec<u8>,
}

impl OnnxFile {
    /// Reads `path`.
    ///
    /// # Errors
    /// [`Error::Resource`] for a file that cannot be read or is not an ONNX model.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = |reason: String| {
            Error::Resource(format!(
                "{} is not a readable ONNX model: {reason}",
                path.display()
            ))
        };
        let bytes = bytes(path)?;
        let broken = |error: prost::DecodeError| unreadable(format!("{error} ({} bytes)", bytes.len()));
        let model = ModelProto::decode(bytes.as_slice()).map_err(broken)?;
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
        Ok(Self {
            frame: frame(&bytes).map_err(broken)?,
            model,
            folder: path.parent().and_then(Path::to_str).map(str::to_owned),
            sha256,
        })
    }

    /// The graph.
    ///
    /// # Errors
    /// [`Error::Resource`] where there is none.
    pub fn graph(&self) -> Result<&GraphProto, Error> {
        self.model.graph.as_ref().ok_or_else(no_graph)
    }

    /// The graph, to be changed.
    pub(crate) fn graph_mut(&mut self) -> Result<&mut GraphProto, Error> {
        self.model.graph.as_mut().ok_or_else(no_graph)
    }

    /// The file's bytes with the graph as it is now. Everything else is as it was, also what this program does not
    /// know of.
    ///
    /// # Errors
    /// [`Error::Resource`] where there is no graph.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = self.frame.clone();
        encoding::message::encode(GRAPH, self.graph()?, &mut bytes);
        Ok(bytes)
    }

    /// The bytes of a model with `names` as further outputs: protobuf merges the two parts of the graph.
    pub fn with_outputs(model: &[u8], names: &[&str]) -> Vec<u8> {
        let output = |name: &&str| ValueInfoProto {
            name: (*name).to_owned(),
            ..ValueInfoProto::default()
        };
        let further = GraphProto {
            output: names.iter().map(output).collect(),
            ..GraphProto::default()
        };
        let mut bytes = model.to_vec();
        encoding::message::encode(GRAPH, &further, &mut bytes);
        bytes
    }
}

fn no_graph() -> Error {
    Error::Resource("the ONNX model holds no graph".into())
}

fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |error| Error::Resource(format!("cannot read the model {}: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > LARGEST {
        return Err(Error::Resource(format!(
            "{} has {size} bytes, and an ONNX file holds {LARGEST} at most; export the model with its weights as \
             external data",
            path.display()
        )));
    }
    std::fs::read(path).map_err(failed)
}

/// All fields of the model but the graph.
fn frame(bytes: &[u8]) -> Result<Vec<u8>, prost::DecodeError> {
    let (mut rest, mut frame) = (bytes, Vec::new());
    while !rest.is_empty() {
        let field = rest;
        let (number, kind): (u32, WireType) = encoding::decode_key(&mut rest)?;
        encoding::skip_field(kind, number, &mut rest, DecodeContext::default())?;
        if number != GRAPH {
            let length = field.len() - rest.len();
            frame.extend(field.iter().take(length));
        }
    }
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::sketch::{graph, node, weight};

    fn written(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.onnx");
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn encoding_keeps_what_is_not_known() {
        let model = ModelProto {
            ir_version: 8,
            graph: Some(graph(
                vec![node("Relu", &["x"], "y")],
                vec![weight("w", &[2], &[1.0, 2.0])],
            )),
            ..ModelProto::default()
        };
        // A field 99 that no version of the format has, before and after the graph.
        let unknown = [0x9a, 0x06, 0x03, b'a', b'b', b'c'];
        let bytes = [unknown.as_slice(), &model.encode_to_vec(), &unknown].concat();
        let (_folder, path) = written(&bytes);
        let file = OnnxFile::read(&path).unwrap();
        assert_eq!(file.model, model);
        let encoded = file.encode().unwrap();
        assert_eq!(encoded.windows(6).filter(|window| *window == unknown).count(), 2);
        assert_eq!(ModelProto::decode(encoded.as_slice()).unwrap(), model);
        let further = ModelProto::decode(OnnxFile::with_outputs(&encoded, &["tap"]).as_slice()).unwrap();
        let names: Vec<String> = further
            .graph
            .unwrap()
            .output
            .into_iter()
            .map(|output| output.name)
            .collect();
        assert_eq!(names, ["y", "tap"]);
    }

    #[test]
    fn files_beyond_two_gigabytes_are_not_even_read() {
        let (_folder, path) = written(b"");
        // Sparse: it takes no room on the disk.
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(3 << 30)
            .unwrap();
        let error = OnnxFile::read(&path).unwrap_err().to_string();
        assert!(
            error.contains("3221225472 bytes") && error.contains("external data"),
            "{error}"
        );
    }
}
