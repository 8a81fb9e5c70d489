//! Which encoder opens a model: by what the plugins say of the formats they read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ecg_audit_plugin::{ComponentMetadata, Context, Encoder, Host, Kind, Level};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{EncoderUsed, Options};
use crate::Error;
use crate::host::{self, Registry, Request};

/// An encoder for the format that could not open the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// Its address.
    pub plugin: String,
    /// What it said.
    pub reason: String,
}

/// The encoder that opened the model.
pub(super) struct Chosen {
    pub encoder: Box<dyn Encoder>,
    pub used: EncoderUsed,
    pub passed_over: Vec<PassedOver>,
}

/// An encoder that may be tried.
struct Candidate {
    address: String,
    version: String,
    component: ComponentMetadata,
}

/// Opens `model` with the encoder asked for, else with the first by name that can.
pub(super) fn choose(registry: &Registry, model: &Path, options: &Options) -> Result<Chosen, Error> {
    check_file(model)?;
    let candidates = candidates(registry, model, options)?;
    let only = candidates.len() == 1;
    let mut passed_over: Vec<PassedOver> = Vec::new();
    for candidate in candidates {
        let params = params(&candidate, options)?;
        match open(registry, model, &candidate, &params) {
            Ok(encoder) => {
                return Ok(Chosen {
                    encoder,
                    used: EncoderUsed {
                        plugin: candidate.address,
                        version: candidate.version,
                        params,
                        takes_output: property(&candidate.component, "output").is_some(),
                    },
                    passed_over,
                });
            }
            Err(error) if only || is_about_the_request(&error) => return Err(explained(error, options)),
            Err(error) => passed_over.push(PassedOver {
                plugin: candidate.address,
                reason: error.to_string(),
            }),
        }
    }
    let reasons: Vec<String> = passed_over
        .iter()
        .map(|passed| format!("  {}", passed.reason))
        .collect();
    Err(Error::Invalid(format!(
        "no encoder can open {}:\n{}",
        model.display(),
        reasons.join("\n")
    )))
}

fn check_file(model: &Path) -> Result<(), Error> {
    let metadata = std::fs::metadata(model).map_err(Error::io(model))?;
    if metadata.is_dir() {
        return Err(Error::Invalid(format!(
            "{} is a folder; expected a model file",
            model.display()
        )));
    }
    Ok(())
}

fn candidates(registry: &Registry, model: &Path, options: &Options) -> Result<Vec<Candidate>, Error> {
    if let Some(wanted) = &options.plugin {
        let found = registry.component(Kind::Encoder, wanted)?;
        return Ok(vec![Candidate {
            address: found.address,
            version: found.plugin.manifest.version.clone(),
            component: found.component,
        }]);
    }
    let extension = model
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let mut encoders: Vec<Candidate> = registry
        .list()
        .into_iter()
        .filter(|listed| listed.component.kind == Kind::Encoder && listed.shadowed_by.is_none())
        .map(|listed| Candidate {
            address: listed.address,
            version: listed.plugin.manifest.version.clone(),
            component: listed.component,
        })
        .collect();
    encoders.sort_by(|a, b| a.address.cmp(&b.address));
    let known = formats(&encoders);
    encoders.retain(|it| it.component.formats.contains(&extension));
    if encoders.is_empty() {
        return Err(no_reader(registry, model, &extension, &known));
    }
    Ok(encoders)
}

/// The encoders' addresses by format.
fn formats(encoders: &[Candidate]) -> BTreeMap<String, Vec<String>> {
    let mut formats: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for encoder in encoders {
        for format in &encoder.component.formats {
            formats
                .entry(format.clone())
                .or_default()
                .push(encoder.address.clone());
        }
    }
    formats
}

fn no_reader(
    registry: &Registry,
    model: &Path,
    extension: &str,
    known: &BTreeMap<String, Vec<String>>,
) -> Error {
    let what = if extension.is_empty() {
        format!("{} has no extension that tells its format", model.display())
    } else {
        format!("{}: no encoder reads `.{extension}` files", model.display())
    };
    let known: Vec<String> = known
        .iter()
        .map(|(format, by)| format!(".{format} ({})", by.join(", ")))
        .collect();
    let (known, search) = if known.is_empty() {
        let trace = registry.trace();
        ("no encoder is installed".to_owned(), format!("\n{trace}"))
    } else {
        (format!("known formats: {}", known.join("; ")), String::new())
    };
    Error::Invalid(format!(
        "{what}; {known}.\nA plugin that reads it belongs in one of the plugin folders, which `ecg-audit plugin doctor` \
         shows; `--plugin NAME` tries an encoder whatever the extension.{search}"
    ))
}

fn property<'c>(component: &'c ComponentMetadata, name: &str) -> Option<&'c Value> {
    component.params_schema.get("properties")?.get(name)
}

/// Whether a property's schema allows an array, directly or as an alternative.
fn takes_array(property: &Value) -> bool {
    let is_array = |kind: &Value| kind == "array";
    let direct = match property.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is_array),
        Some(kind) => is_array(kind),
        None => false,
    };
    let alternatives = ["anyOf", "oneOf"]
        .iter()
        .filter_map(|key| property.get(key)?.as_array())
        .flatten();
    direct || alternatives.into_iter().any(takes_array)
}

/// The parameters beside the model that follow from what the user said.
fn params(candidate: &Candidate, options: &Options) -> Result<Map<String, Value>, Error> {
    let mut params = Map::new();
    if let Some(output) = &options.output {
        if property(&candidate.component, "output").is_none() {
            return Err(Error::Invalid(format!(
                "the encoder `{}` has no parameter `output`: --output does not apply to it",
                candidate.address
            )));
        }
        params.insert("output".into(), json!(output));
    }
    // Other encoders call the name of the graph's input so.
    let takes_shape = property(&candidate.component, "input").is_some_and(takes_array);
    if let (Some(input), true) = (options.input, takes_shape)
        && let (Some(leads), Some(samples)) = (input.leads, input.samples)
    {
        params.insert("input".into(), json!([leads, samples]));
    }
    Ok(params)
}

fn open(
    registry: &Registry,
    model: &Path,
    candidate: &Candidate,
    params: &Map<String, Value>,
) -> Result<Box<dyn Encoder>, host::Error> {
    let model = std::path::absolute(model).unwrap_or_else(|_| model.to_owned());
    let mut params = params.clone();
    params.insert("model".into(), json!(model.to_string_lossy()));
    if property(&candidate.component, "taps").is_some() {
        params.insert("taps".into(), json!([]));
    }
    if property(&candidate.component, "activation").is_some() {
        params.insert("activation".into(), json!("identity"));
    }
    let request = Request {
        address: &candidate.address,
        params: &Value::Object(params),
        base: Path::new("."),
        pin: None,
    };
    registry.create_encoder(&request, &Context::new(Arc::new(Log(candidate.address.clone()))))
}

/// Whether another encoder would have the same to say: the request is wrong, not what the encoder needs.
fn is_about_the_request(error: &host::Error) -> bool {
    use ecg_audit_plugin::Error as Said;
    matches!(
        error,
        host::Error::Params { .. }
            | host::Error::Component {
                source: Said::Params(_) | Said::Input(_) | Said::Cancelled,
                ..
            }
    )
}

/// What the encoder said, with the option that mends it.
fn explained(error: host::Error, options: &Options) -> Error {
    let text = error.to_string();
    let mends = if text.contains("`output`") && options.output.is_none() {
        "`--output NAME` chooses one"
    } else if text.contains("`input`") && options.input.is_none() {
        "`--input LEADSxSAMPLES`, such as `--input 12x4096`, says it"
    } else {
        return Error::Host(error);
    };
    Error::Invalid(format!("{text}\n{mends}"))
}

/// Log lines go to the log; nothing else is needed to open a model.
struct Log(String);

impl Host for Log {
    fn log(&self, level: Level, message: &str) {
        match level {
            Level::Warn => tracing::warn!("{}: {message}", self.0),
            Level::Info => tracing::info!("{}: {message}", self.0),
            Level::Debug => tracing::debug!("{}: {message}", self.0),
        }
    }

    fn progress(&self, _: u64, _: u64) {}

    fn cancelled(&self) -> bool {
        false
    }

    fn threads(&self) -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }
}
