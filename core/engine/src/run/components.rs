//! The components a run uses, made by the plugin host.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecg_audit_plugin::{Clusterer, Context, Delineator, Encoder, Host, Kind, Level, Surrogate, Uncertainty};
use serde_json::{Map, Value};

use crate::audit;
use crate::config::{Config, ConfigError, Selection, Source};
use crate::host::{self, Registry, Request, Resolved, SearchPath};
use crate::{Error, Observer};

/// A component with its address.
pub(crate) type Named<T> = (String, Box<T>);

/// A network.
pub(crate) struct Network {
    /// The fold that it was not trained on, where each fold has its own.
    pub held_out: Option<u32>,
    pub encoder: Box<dyn Encoder>,
    /// Its file, where each fold has its own.
    pub model: Option<PathBuf>,
}

/// The components of one audit.
pub struct Components {
    /// One network, or one per fold, by ascending fold.
    pub(crate) networks: Vec<Network>,
    pub(crate) clusterer: Box<dyn Clusterer>,
    pub(crate) uncertainty: Box<dyn Uncertainty>,
    /// With their addresses.
    pub(crate) surrogates: Vec<Named<dyn Surrogate>>,
    /// With its address, where one is configured.
    pub(crate) delineator: Option<Named<dyn Delineator>>,
    /// How the encoder is made once more.
    encoder_again: Again,
    /// What provenance says of them, in the order encoder, clusterer, uncertainty, surrogates, delineator.
    pub(crate) facts: Vec<audit::Plugin>,
}

impl Components {
    pub(crate) fn new(
        source: &Source,
        config: &Config,
        observer: &Arc<dyn Observer>,
        threads: usize,
        folds: &[u32],
    ) -> Result<Self, Error> {
        let registry = Arc::new(Registry::discover(&SearchPath::standard(&config.plugins.path)));
        let maker = Maker {
            source,
            registry: &registry,
            observer,
            threads,
        };
        let mut facts = Vec::new();
        let encoder_again = maker.again(&config.encoder)?;
        let networks = maker.networks(config, folds, &mut facts)?;
        let clusterer = maker.make(
            Kind::Clusterer,
            "/clusterer",
            &config.clusterer,
            &mut facts,
            Registry::create_clusterer,
        )?;
        let uncertainty = maker.make(
            Kind::Uncertainty,
            "/uncertainty",
            &config.uncertainty,
            &mut facts,
            Registry::create_uncertainty,
        )?;
        let mut surrogates = Vec::new();
        for (i, selection) in config.surrogate.iter().enumerate() {
            let pointer = format!("/surrogate/{i}");
            let made = maker.make(
                Kind::Surrogate,
                &pointer,
                selection,
                &mut facts,
                Registry::create_surrogate,
            )?;
            surrogates.push((selection.plugin.clone(), made));
        }
        let delineator = maker.delineator(config, &mut facts)?;
        Ok(Self {
            networks,
            clusterer,
            uncertainty,
            surrogates,
            delineator,
            encoder_again,
            facts,
        })
    }

    /// The first network: what all have in common is read from it.
    pub(crate) fn encoder(&self) -> &dyn Encoder {
        // `Maker::networks` makes at least one.
        self.networks[0].encoder.as_ref()
    }

    /// Number of the network that records of `fold` are audited with.
    pub(crate) fn network_of(&self, fold: u32) -> usize {
        let own = self
            .networks
            .iter()
            .position(|network| network.held_out == Some(fold));
        own.unwrap_or_default()
    }

    /// The encoder with its trained weights shuffled by `seed`; nothing where it cannot do that.
    pub(crate) fn shuffled_encoder(&self, seed: u64) -> Result<Option<Box<dyn Encoder>>, Error> {
        let again = &self.encoder_again;
        if !again.shuffles || self.networks.len() > 1 {
            return Ok(None);
        }
        let mut params = again.params.clone();
        params.insert(SHUFFLE.into(), Value::from(seed));
        let request = Request {
            address: &again.address,
            params: &Value::Object(params),
            base: Path::new(""),
            pin: again.pin.as_deref(),
        };
        Ok(Some(again.registry.create_encoder(&request, &again.context)?))
    }

    /// A line per component.
    pub(crate) fn summary(&self) -> Vec<String> {
        let info = self.encoder().info();
        let taps: Vec<&str> = info.taps.iter().map(|tap| tap.name.as_str()).collect();
        let component = |fact: &audit::Plugin| format!("{:<10} {} {}", fact.kind, fact.name, fact.version);
        self.facts
            .iter()
            .map(component)
            .chain([format!("taps       {}", taps.join(", "))])
            .chain(
                (self.networks.len() > 1)
                    .then(|| format!("networks   {}, one per fold", self.networks.len())),
            )
            .collect()
    }
}

/// The delineator that `config` names, with its address, and no other component.
pub(crate) fn delineator(
    source: &Source,
    config: &Config,
    observer: &Arc<dyn Observer>,
) -> Result<Option<Named<dyn Delineator>>, Error> {
    let registry = Arc::new(Registry::discover(&SearchPath::standard(&config.plugins.path)));
    let maker = Maker {
        source,
        registry: &registry,
        observer,
        threads: 1,
    };
    maker.delineator(config, &mut Vec::new())
}

/// The parameter by which encoders shuffle their weights.
const SHUFFLE: &str = "randomize_weights";

/// What it takes to make a component once more.
struct Again {
    registry: Arc<Registry>,
    address: String,
    /// Paths are absolute.
    params: Map<String, Value>,
    pin: Option<String>,
    context: Context,
    /// Whether it has the parameter [`SHUFFLE`].
    shuffles: bool,
}

/// Makes components, and turns the host's errors into ones that know their place in the configuration.
struct Maker<'a> {
    source: &'a Source,
    registry: &'a Arc<Registry>,
    observer: &'a Arc<dyn Observer>,
    threads: usize,
}

impl Maker<'_> {
    fn make<T>(
        &self,
        kind: Kind,
        pointer: &str,
        selection: &Selection,
        facts: &mut Vec<audit::Plugin>,
        create: impl Fn(&Registry, &Request<'_>, &Context) -> Result<T, host::Error>,
    ) -> Result<T, Error> {
        let placed = |error| self.place(pointer, error);
        let resolved = self.registry.component(kind, &selection.plugin).map_err(placed)?;
        let params = Value::Object(self.absolute_paths(pointer, selection, &resolved));
        let request = Request {
            address: &selection.plugin,
            params: &params,
            base: self.source.folder(),
            pin: selection.sha256.as_deref(),
        };
        let made = create(self.registry, &request, &self.context(selection)).map_err(placed)?;
        let manifest = &resolved.plugin.manifest;
        facts.push(audit::Plugin {
            kind: kind.name().into(),
            name: selection.plugin.clone(),
            version: manifest.version.clone(),
            sha256: manifest.sha256.clone(),
            params,
        });
        Ok(made)
    }

    /// The network of the configuration, or of every fold.
    fn networks(
        &self,
        config: &Config,
        folds: &[u32],
        facts: &mut Vec<audit::Plugin>,
    ) -> Result<Vec<Network>, Error> {
        let create = Registry::create_encoder;
        let Some(section) = &config.cross_validation else {
            let encoder = self.make(Kind::Encoder, "/encoder", &config.encoder, facts, create)?;
            return Ok(vec![Network {
                held_out: None,
                encoder,
                model: None,
            }]);
        };
        let missing: Vec<String> = folds
            .iter()
            .map(|fold| section.model_of(*fold))
            .filter(|model| !model.exists())
            .map(|model| model.display().to_string())
            .collect();
        if !missing.is_empty() {
            let message = format!(
                "{} of {} folds have no model: {} {} not exist",
                missing.len(),
                folds.len(),
                missing.join(", "),
                if missing.len() == 1 { "does" } else { "do" }
            );
            return Err(Error::Config(
                self.source.error_at("/cross_validation/model", message),
            ));
        }
        let mut networks: Vec<Network> = Vec::with_capacity(folds.len());
        for fold in folds {
            let model = section.model_of(*fold);
            let mut selection = config.encoder.clone();
            let path = Value::String(model.to_string_lossy().into_owned());
            selection.params.insert("model".into(), path);
            let mut own = Vec::new();
            let made = self.make(Kind::Encoder, "/encoder", &selection, &mut own, create);
            let encoder = made.map_err(|error| named(error, &model))?;
            if networks.is_empty() {
                facts.append(&mut own);
            }
            networks.push(Network {
                held_out: Some(*fold),
                encoder,
                model: Some(model),
            });
        }
        if let Some(params) = facts.last_mut().and_then(|fact| fact.params.as_object_mut()) {
            params.remove("model");
        }
        alike(&networks)?;
        Ok(networks)
    }

    fn delineator(
        &self,
        config: &Config,
        facts: &mut Vec<audit::Plugin>,
    ) -> Result<Option<Named<dyn Delineator>>, Error> {
        let Some(selection) = &config.delineator else {
            return Ok(None);
        };
        let create = Registry::create_delineator;
        let made = self.make(Kind::Delineator, "/delineator", selection, facts, create)?;
        Ok(Some((selection.plugin.clone(), made)))
    }

    fn context(&self, selection: &Selection) -> Context {
        Context::new(Arc::new(Services {
            name: selection.plugin.clone(),
            observer: Arc::clone(self.observer),
            threads: self.threads,
        }))
    }

    fn again(&self, selection: &Selection) -> Result<Again, Error> {
        let resolved = self
            .registry
            .component(Kind::Encoder, &selection.plugin)
            .map_err(|error| self.place("/encoder", error))?;
        let properties = resolved.component.params_schema.get("properties");
        Ok(Again {
            registry: Arc::clone(self.registry),
            address: selection.plugin.clone(),
            params: self.absolute_paths("/encoder", selection, &resolved),
            pin: selection.sha256.clone(),
            context: self.context(selection),
            shuffles: properties.is_some_and(|known| known.get(SHUFFLE).is_some()),
        })
    }

    /// Parameters with their paths resolved by the configuration's own rule, which knows what came from `--set`.
    fn absolute_paths(
        &self,
        pointer: &str,
        selection: &Selection,
        resolved: &Resolved,
    ) -> Map<String, Value> {
        let properties = resolved.component.params_schema.get("properties");
        let is_path = |key: &str| {
            properties
                .and_then(|p| p.get(key)?.get("format"))
                .and_then(Value::as_str)
                == Some("path")
        };
        let mut params = selection.params.clone();
        for (key, value) in &mut params {
            if let (true, Value::String(text)) = (is_path(key), &*value) {
                let path = self
                    .source
                    .resolve(&format!("{pointer}/params/{key}"), Path::new(text));
                *value = Value::String(path.to_string_lossy().into_owned());
            }
        }
        params
    }

    fn place(&self, pointer: &str, error: host::Error) -> Error {
        let at = match &error {
            host::Error::NotFound { .. } => format!("{pointer}/plugin"),
            host::Error::Params { path, .. } => {
                let path = path.replace('[', ".").replace(']', "");
                let keys = path
                    .split('.')
                    .filter(|key| !key.is_empty())
                    .map(|key| format!("/{key}"));
                format!("{pointer}/params{}", keys.collect::<String>())
            }
            host::Error::Digest { .. } => format!("{pointer}/sha256"),
            host::Error::Component { .. } => format!("{pointer}/params"),
            _ => format!("{pointer}/plugin"),
        };
        let help = match &error {
            host::Error::NotFound { .. } => Some(
                "`ecg-audit plugin list` shows what can be named here, `ecg-audit plugin doctor` why a library was \
                 refused"
                    .into(),
            ),
            _ => None,
        };
        let placed = self.source.error_at(&at, error.to_string());
        let help = [placed.help.clone(), help]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("; ");
        Error::Config(ConfigError {
            help: (!help.is_empty()).then_some(help),
            ..placed
        })
    }
}

/// Says which of several models an error is about.
fn named(error: Error, model: &Path) -> Error {
    match error {
        Error::Config(mut error) => {
            error.message = format!("{}: {}", model.display(), error.message);
            Error::Config(error)
        }
        other => other,
    }
}

/// Refuses networks that do not answer alike.
fn alike(networks: &[Network]) -> Result<(), Error> {
    let Some((first, others)) = networks.split_first() else {
        return Err(Error::Invalid("no fold has a model".into()));
    };
    let one = first.encoder.info();
    for other in others {
        let info = other.encoder.info();
        let names = |info: &ecg_audit_plugin::EncoderInfo| -> Vec<String> {
            info.taps.iter().map(|tap| tap.name.clone()).collect()
        };
        let (activation, taps) = (info.activation == one.activation, names(&info) == names(&one));
        if !(activation && taps) {
            return Err(Error::Invalid(format!(
                "the networks of folds {} and {} differ in {}",
                first.held_out.unwrap_or_default(),
                other.held_out.unwrap_or_default(),
                if activation {
                    "their taps"
                } else {
                    "the activation of their outputs"
                }
            )));
        }
    }
    Ok(())
}

/// The host's services to one component.
struct Services {
    name: String,
    observer: Arc<dyn Observer>,
    threads: usize,
}

impl Host for Services {
    fn log(&self, level: Level, message: &str) {
        match level {
            Level::Warn => tracing::warn!("{}: {message}", self.name),
            Level::Info => tracing::info!("{}: {message}", self.name),
            Level::Debug => tracing::debug!("{}: {message}", self.name),
        }
    }

    fn progress(&self, done: u64, total: u64) {
        tracing::trace!("{}: {done} of {total}", self.name);
    }

    fn cancelled(&self) -> bool {
        self.observer.cancelled()
    }

    fn threads(&self) -> usize {
        self.threads
    }
}
