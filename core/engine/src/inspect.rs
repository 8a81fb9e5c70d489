//! A model introduces itself: what it takes and gives, its layers, its residual blocks, and which layers to tap.

mod blocks;
mod choose;
mod ending;
mod graph;
mod propose;
mod reach;
mod stages;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use ecg_audit_plugin::{Encoder, InputShape, Layer};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Error;
use crate::host::{Registry, SearchPath};

pub use choose::PassedOver;
pub use ending::Ending;
pub use propose::TapOrigin;
pub use reach::Reach;

use graph::Graph;

/// What is known of a model before it is opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Address of the encoder to open it with. Default: the first, by name, that reads the file's format.
    pub plugin: Option<String>,
    /// Name of the output to read, where the model has several.
    pub output: Option<String>,
    /// The input, for models that do not say it themselves.
    pub input: Option<InputShape>,
}

/// What a model says of itself, and what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The model file, as given.
    pub file: PathBuf,
    /// SHA-256 of the file, lower-case hexadecimal, where the encoder reads one file.
    pub sha256: Option<String>,
    /// Address and version of the encoder that opened it.
    pub encoder: EncoderUsed,
    /// Encoders for the same format that could not open it.
    pub passed_over: Vec<PassedOver>,
    /// The input: by the model, else as given.
    pub input: InputShape,
    /// Number of outputs, where known.
    pub outputs: Option<usize>,
    /// The layer that gives the output, and the sigmoid or softmax in it.
    pub ending: Option<Ending>,
    /// The layers in topological order.
    pub layers: Vec<LayerFacts>,
    /// The residual blocks, from shallow to deep.
    pub residual_blocks: Vec<ResidualBlock>,
    /// The taps that are proposed, from shallow to deep.
    pub taps: Vec<ProposedTap>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// The encoder that opened a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EncoderUsed {
    /// Address for the configuration.
    pub plugin: String,
    /// Version of its library.
    pub version: String,
    /// The parameters it was made with, beside `model`, `taps` and `activation`.
    pub params: Map<String, Value>,
    /// Whether it takes the name of the output as a parameter.
    pub takes_output: bool,
}

/// A layer, where it lies on the input, and how far it sees.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerFacts {
    /// The layer.
    #[serde(flatten)]
    pub layer: Layer,
    /// Its place on the input.
    #[serde(flatten)]
    pub reach: Reach,
}

/// A residual block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResidualBlock {
    /// The sum where the branches meet.
    pub merge: String,
    /// The activation after it, where there is one.
    pub activation: Option<String>,
    /// Number of convolutions on its branches.
    pub convolutions: usize,
    /// Output shape without the batch, where known.
    pub shape: Option<Vec<usize>>,
}

/// A tap that is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProposedTap {
    /// Name of the layer.
    pub name: String,
    /// What it is the end of.
    pub origin: TapOrigin,
}

/// Opens `model` with an encoder that reads its format and looks through its layers.
///
/// # Errors
/// [`Error::Invalid`] where no plugin reads the format, or none of those that do can open the file;
/// [`Error::Host`] where the encoder that was asked for does not exist or refuses.
pub fn inspect(model: &Path, options: &Options) -> Result<Inspection, Error> {
    let registry = Registry::discover(&SearchPath::standard(&[]));
    let chosen = choose::choose(&registry, model, options)?;
    let info = chosen.encoder.info();
    let mut notes = Vec::new();
    let input = agreed(info.input, options.input)?;
    let layers = layers(chosen.encoder.as_ref(), &mut notes)?;
    let analysis = Analysis::of(&layers, options.output.as_deref());
    notes.extend(analysis.notes.iter().cloned());
    Ok(Inspection {
        file: model.to_owned(),
        sha256: info.model_sha256,
        encoder: chosen.used,
        passed_over: chosen.passed_over,
        input,
        outputs: info.outputs,
        ending: analysis.ending,
        residual_blocks: analysis.blocks,
        taps: analysis.taps,
        layers: layers
            .into_iter()
            .zip(analysis.reach)
            .map(|(layer, reach)| LayerFacts { layer, reach })
            .collect(),
        notes,
    })
}

/// The layers; none, with a note, from an encoder that cannot list them.
fn layers(encoder: &dyn Encoder, notes: &mut Vec<String>) -> Result<Vec<Layer>, Error> {
    match encoder.layers() {
        Ok(layers) => Ok(layers),
        Err(ecg_audit_plugin::Error::Unsupported(reason)) => {
            notes.push(format!("{reason}: no taps can be proposed"));
            Ok(Vec::new())
        }
        Err(error) => Err(Error::plugin("encoder", "layers")(error)),
    }
}

/// The model's own input, completed by what was given.
fn agreed(own: InputShape, given: Option<InputShape>) -> Result<InputShape, Error> {
    let given = given.unwrap_or(InputShape {
        leads: None,
        samples: None,
    });
    let one = |what: &str, own: Option<usize>, given: Option<usize>| match (own, given) {
        (Some(own), Some(given)) if own != given => Err(Error::Invalid(format!(
            "--input says {given} {what}, but the model itself takes {own}"
        ))),
        (own, given) => Ok(own.or(given)),
    };
    Ok(InputShape {
        leads: one("leads", own.leads, given.leads)?,
        samples: one("samples", own.samples, given.samples)?,
    })
}

/// What follows from a list of layers alone.
struct Analysis {
    reach: Vec<Reach>,
    blocks: Vec<ResidualBlock>,
    taps: Vec<ProposedTap>,
    ending: Option<Ending>,
    notes: Vec<String>,
}

impl Analysis {
    fn of(layers: &[Layer], output: Option<&str>) -> Self {
        let graph = Graph::new(layers);
        let reach = reach::reaches(&graph);
        let found = blocks::residual(&graph, &reach);
        let output = graph.output(output);
        // Without layers there is a note already.
        let proposal = match layers {
            [] => propose::Proposal::default(),
            _ => propose::propose(&graph, &reach, &found, output),
        };
        let name = |layer: usize| layers[layer].name.clone();
        let is_convolution = |layer: &&usize| graph.role(**layer) == ecg_audit_plugin::Role::Convolution;
        let blocks = found.iter().map(|block| ResidualBlock {
            merge: name(block.merge),
            activation: block.activation.map(name),
            convolutions: block.body.iter().filter(is_convolution).count(),
            shape: layers[block.tap()].shape.clone(),
        });
        let taps = proposal.taps.iter().map(|(tap, origin)| ProposedTap {
            name: name(*tap),
            origin: *origin,
        });
        Self {
            blocks: blocks.collect(),
            taps: taps.collect(),
            ending: output.map(|output| ending::ending(&graph, output)),
            notes: proposal.notes,
            reach,
        }
    }
}

impl Inspection {
    /// The proposed taps as a line of a configuration's `[encoder.params]`.
    pub fn taps_toml(&self) -> String {
        let names = self.taps.iter().map(|tap| toml::Value::from(tap.name.as_str()));
        format!("taps = {}", toml::Value::Array(names.collect()))
    }
}
