//! A network, ready to be run: its file, cut down to the output and the taps.

use std::collections::HashSet;
use std::path::Path;

use ecg_audit_plugin::{Error, Layer};
use tract_onnx::pb::GraphProto;

use crate::constants::Constants;
use crate::file::OnnxFile;
use crate::flow::Flow;
use crate::head::Head;
use crate::input::SignalInput;
use crate::{layers, names, prune, shuffle};

/// What an encoder's parameters ask for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The ONNX file.
    pub model: &'a Path,
    /// ONNX value names of the taps, from shallow to deep; may be empty.
    pub taps: &'a [String],
    /// ONNX value name of the raw outputs; by default the graph's only output.
    pub output: Option<&'a str>,
    /// Name of the input that takes the signal; by default the only one.
    pub input: Option<&'a str>,
    /// Seed with which the trained weights are shuffled, where they are to be.
    pub randomize_weights: Option<u64>,
}

/// A network, cut down to its output and taps.
#[derive(Debug)]
pub struct Network {
    /// The file; the outputs of its graph are the output and the taps, in that order.
    pub file: OnnxFile,
    /// What can be tapped, shapes left open.
    pub layers: Vec<Layer>,
    /// Names of the layers that the output and the taps need, themselves among them.
    pub kept: Vec<String>,
    /// ONNX value name of the raw outputs.
    pub output: String,
    /// ONNX value names of the taps, from shallow to deep.
    pub taps: Vec<String>,
    /// The input that takes the signal.
    pub input: SignalInput,
    /// The linear head after each tap, or why there is none.
    pub heads: Vec<Result<Head, Error>>,
}

impl Network {
    /// Reads the model and finds what is asked for.
    ///
    /// # Errors
    /// [`Error::Resource`] for files; [`Error::Params`] for unknown names (the nearest are listed), and for an output
    /// and taps that need other inputs than one signal.
    pub fn open(request: Request<'_>) -> Result<Self, Error> {
        let mut file = OnnxFile::read(request.model)?;
        let folder = file.folder.clone();
        let graph = file.graph_mut()?;
        let layers = layers::list(&Flow::new(graph), &Constants::new(graph, folder.as_deref()));
        let output = output_name(graph, request.output, &layers)?;
        let taps = tap_names(request.taps, &layers)?;
        if taps.contains(&output) {
            return Err(Error::Params(format!("'{output}' is both the output and a tap")));
        }
        let wanted: Vec<String> = std::iter::once(&output).chain(&taps).cloned().collect();
        prune::prune(graph, &wanted);
        let input = SignalInput::find(graph, request.input)?;
        if let Some(seed) = request.randomize_weights {
            shuffle::shuffle(graph, folder.as_deref(), seed)?;
        }
        let kept = Flow::new(graph)
            .values()
            .map(|(name, _)| name.to_owned())
            .collect();
        let heads = heads(graph, folder.as_deref(), &taps, &output);
        Ok(Self {
            file,
            layers,
            kept,
            output,
            taps,
            input,
            heads,
        })
    }

    /// The output, then the taps.
    pub fn wanted(&self) -> Vec<String> {
        std::iter::once(&self.output).chain(&self.taps).cloned().collect()
    }
}

fn heads(
    graph: &GraphProto,
    folder: Option<&str>,
    taps: &[String],
    output: &str,
) -> Vec<Result<Head, Error>> {
    let (flow, constants) = (Flow::new(graph), Constants::new(graph, folder));
    taps.iter()
        .map(|tap| Head::find(&flow, &constants, tap, output))
        .collect()
}

/// The output to read: the one asked for, or the graph's only one.
fn output_name(graph: &GraphProto, asked: Option<&str>, layers: &[Layer]) -> Result<String, Error> {
    if let Some(name) = asked {
        return known("output", name, layers);
    }
    match graph.output.as_slice() {
        [only] => known("output", &only.name, layers),
        several => {
            let names: Vec<&str> = several.iter().map(|output| output.name.as_str()).collect();
            Err(Error::Params(format!(
                "the model has {} outputs ({}); name one as `output`",
                several.len(),
                names.join(", ")
            )))
        }
    }
}

/// The taps asked for, checked against the graph.
fn tap_names(asked: &[String], layers: &[Layer]) -> Result<Vec<String>, Error> {
    let mut seen = HashSet::new();
    for name in asked {
        if !seen.insert(name) {
            return Err(Error::Params(format!("the tap '{name}' is named twice")));
        }
    }
    asked.iter().map(|name| known("tap", name, layers)).collect()
}

fn known(role: &str, name: &str, layers: &[Layer]) -> Result<String, Error> {
    if layers.iter().any(|layer| layer.name == name) {
        Ok(name.to_owned())
    } else {
        Err(names::unknown(
            role,
            name,
            layers.iter().map(|layer| layer.name.as_str()),
        ))
    }
}
