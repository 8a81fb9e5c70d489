//! The components a run uses, made by the plugin host.

use std::path::Path;
use std::sync::Arc;

use ecg_audit_plugin::{Clusterer, Context, Delineator, Encoder, Host, Kind, Level, Surrogate, Uncertainty};
use serde_json::{Map, Value};

use crate::audit;
use crate::config::{Config, ConfigError, Selection, Source};
use crate::host::{self, Registry, Request, Resolved, SearchPath};
use crate::{Error, Observer};

/// The components of one audit.
pub struct Components {
    pub(crate) encoder: Box<dyn Encoder>,
    pub(crate) clusterer: Box<dyn Clusterer>,
    pub(crate) uncertainty: Box<dyn Uncertainty>,
    /// With their addresses.
    pub(crate) surrogates: Vec<(String, Box<dyn Surrogate>)>,
    /// With its address, where one is configured.
    pub(crate) delineator: Option<(String, Box<dyn Delineator>)>,
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
        let encoder = maker.make(
            Kind::Encoder,
            "/encoder",
            &config.encoder,
            &mut facts,
            Registry::create_encoder,
        )?;
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
        let delineator = match &config.delineator {
            Some(selection) => {
                let kind = Kind::Delineator;
                let create = Registry::create_delineator;
                let made = maker.make(kind, "/delineator", selection, &mut facts, create)?;
                Some((selection.plugin.clone(), made))
            }
            None => None,
        };
        Ok(Self {
            encoder,
            clusterer,
            uncertainty,
            surrogates,
            delineator,
            encoder_again,
            facts,
        })
    }

    /// The encoder with its trained weights shuffled by `seed`; nothing where it cannot do that.
    pub(crate) fn shuffled_encoder(&self, seed: u64) -> Result<Option<Box<dyn Encoder>>, Error> {
        let again = &self.encoder_again;
        if !again.shuffles {
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
        let info = self.encoder.info();
        let taps: Vec<&str> = info.taps.iter().map(|tap| tap.name.as_str()).collect();
        let component = |fact: &audit::Plugin| format!("{:<10} {} {}", fact.kind, fact.name, fact.version);
        self.facts
            .iter()
            .map(component)
            .chain([format!("taps       {}", taps.join(", "))])
            .collect()
    }
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
