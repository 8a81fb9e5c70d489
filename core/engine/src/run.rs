//! One audit from configuration to run folder.

mod assign;
mod cards;
mod clock;
mod components;
mod encode;
mod explain;
mod facts;
mod learn;
pub(crate) mod matching;
mod noise;
mod pipeline;
mod receptive;
mod sanity;
mod stages;
mod sweep;
mod trace;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecg_audit_ecg::preprocess::Pipeline;
use ecg_audit_ecg::{DataSet, datasets};

pub use components::Components;
use components::Network;
pub(crate) use components::delineator;
pub(crate) use learn::Learnt;
pub use sweep::{PreparedSweep, prepare_sweep};
pub(crate) use trace::{marked, of_record};

use crate::audit::Audit;
use crate::config::{Config, Source};
use crate::encode::{Cache, Encoding, Encodings};
use crate::folder::{CONFIGURATION, REPORT, RunFolder};
use crate::review::Review;
use crate::{Error, Observer, checks};

/// Everything a run needs, checked: data set opened, components made, steps valid.
pub struct Prepared {
    config: Config,
    resolved: String,
    data: Box<dyn DataSet>,
    /// All positions in the data set.
    all: Vec<usize>,
    folds: Vec<u32>,
    made_folds: bool,
    pipeline: Pipeline,
    components: Components,
    observer: Arc<dyn Observer>,
    pool: rayon::ThreadPool,
    readers: rayon::ThreadPool,
}

/// The file in the run folder that folds stand in which were made.
const FOLDS_FILE: &str = "folds.csv";

/// Checks a configuration as far as that is possible without reading signals.
///
/// # Errors
/// Whatever would keep the audit from running.
pub fn prepare(source: &Source, observer: Arc<dyn Observer>) -> Result<Prepared, Error> {
    let mut config = Config::from_source(source)?;
    checks::validate(source, &config.checks)?;
    let threads = config
        .audit
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let (pool, readers) = (pool(threads)?, pool(threads)?);
    let pipeline = Pipeline::new(&config.preprocess.steps, config.preprocess.window)
        .map_err(|e| Error::Config(source.error_at("/preprocess", e.to_string())))?;
    let Opened {
        data,
        folds,
        made_folds,
    } = open(source, &config)?;
    let components = Components::new(source, &config, &observer, threads, &names(&folds))?;
    // The run folder's configuration can be run from anywhere: its paths are absolute.
    for (selection, fact) in config.selections_mut().zip(&components.facts) {
        if let serde_json::Value::Object(params) = &fact.params {
            selection.params = params.clone();
        }
    }
    if components.encoder().info().taps.is_empty() {
        let message = "the encoder has no taps; name the tensors whose activations are clustered, from shallow to deep. \
                       `ecg-audit inspect MODEL` proposes some";
        return Err(Error::Config(
            source.error_at("/encoder/params/taps", message.to_owned()),
        ));
    }
    let resolved = toml::to_string(&config).map_err(|e| Error::Invalid(format!("the configuration: {e}")))?;
    Ok(Prepared {
        config,
        resolved,
        all: (0..data.records().len()).collect(),
        data,
        folds,
        made_folds,
        pipeline,
        components,
        observer,
        pool,
        readers,
    })
}

fn pool(threads: usize) -> Result<rayon::ThreadPool, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|e| Error::Invalid(format!("cannot start {threads} threads: {e}")))
}

/// An opened data set.
struct Opened {
    data: Box<dyn DataSet>,
    /// The fold of every record.
    folds: Vec<u32>,
    /// Whether they were made.
    made_folds: bool,
}

fn open(source: &Source, config: &Config) -> Result<Opened, Error> {
    let section = &config.data;
    let data = open_data(source, config)?;
    if let Some(file) = section.folds_file.as_ref().filter(|file| !file.exists()) {
        return missing(source, "/data/folds_file", "the folds' file", file);
    }
    let (folds, made_folds) = folds(data.as_ref(), section.folds_file.as_deref(), config.audit.seed)?;
    Ok(Opened {
        data,
        folds,
        made_folds,
    })
}

/// The data set that `config` names.
pub(crate) fn open_data(source: &Source, config: &Config) -> Result<Box<dyn DataSet>, Error> {
    let section = &config.data;
    if !section.path.exists() {
        return missing(source, "/data/path", "the data set", &section.path);
    }
    let data = datasets::open(&section.reader, &section.path, &section.options)?;
    if data.records().is_empty() {
        return Err(Error::Invalid(format!(
            "{} has no records",
            section.path.display()
        )));
    }
    Ok(data)
}

fn missing<T>(source: &Source, pointer: &str, what: &str, path: &Path) -> Result<T, Error> {
    let message = format!("{what} {} does not exist", path.display());
    Err(Error::Config(source.error_at(pointer, message)))
}

/// The fold of every record: as the file says, the data set's own, or folds made by patient where no record has one.
fn folds(data: &dyn DataSet, file: Option<&Path>, seed: u64) -> Result<(Vec<u32>, bool), Error> {
    let records = data.records();
    if let Some(file) = file {
        return Ok((datasets::read_folds(file, records)?, false));
    }
    if records.iter().all(|info| info.fold.is_none()) {
        return Ok((datasets::make_folds(records, seed)?, true));
    }
    let fold = |info: &ecg_audit_ecg::RecordInfo| {
        info.fold.ok_or_else(|| {
            Error::Invalid(format!(
                "record {} has no fold, others do; give every record one",
                info.id
            ))
        })
    };
    Ok((records.iter().map(fold).collect::<Result<_, _>>()?, false))
}

/// The folds that occur, ascending.
fn names(folds: &[u32]) -> Vec<u32> {
    let names: BTreeSet<u32> = folds.iter().copied().collect();
    names.into_iter().collect()
}

impl Prepared {
    /// What the run will do, a line per fact.
    pub fn summary(&self) -> Vec<String> {
        let mut lines = vec![
            format!(
                "data       {} ({}): {} records, {} set aside by the reader, classes {}",
                self.config.data.path.display(),
                self.data.reader(),
                self.data.records().len(),
                self.data.skipped().len(),
                self.data.classes().join(", ")
            ),
            format!(
                "folds      {}{}",
                names(&self.folds).len(),
                if self.made_folds { ", made by patient" } else { "" }
            ),
        ];
        lines.extend(self.components.summary());
        lines
    }

    /// The audit's name.
    pub fn name(&self) -> &str {
        &self.config.audit.name
    }

    /// The folder with the report's templates, where one is named.
    pub fn templates(&self) -> Option<&Path> {
        self.config.report.templates.as_deref()
    }

    /// The thread budget.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Bytes that activations may take on disk.
    fn cache_bytes(&self) -> u64 {
        (self.config.features.cache_gib * (1_u64 << 30) as f64) as u64
    }

    /// The encodings of all networks, with activations kept in `caches`, one per network.
    fn encodings<'a>(&'a self, caches: &'a [Cache]) -> Encodings<'a> {
        let networks = self.components.networks.iter();
        let encoding = |(network, cache): (&'a Network, &'a Cache)| Encoding {
            data: self.data.as_ref(),
            records: &self.all,
            pipeline: &self.pipeline,
            encoder: network.encoder.as_ref(),
            encoder_name: &self.config.encoder.plugin,
            cache,
            readers: &self.readers,
            observer: self.observer.as_ref(),
        };
        let networks_of = self.folds.iter().map(|fold| self.components.network_of(*fold));
        Encodings::new(
            networks.zip(caches).map(encoding).collect(),
            networks_of.collect(),
        )
    }

    /// Runs the audit into the folder `out`. Suggestions that `review` rejects are left out. `render` turns the audit into the report's bytes.
    ///
    /// # Errors
    /// Whatever kept the audit from running; then nothing stands at `out`.
    pub fn run(
        &self,
        out: &Path,
        review: Option<&Review>,
        render: &(dyn Fn(&Audit) -> Result<Vec<u8>, String> + Sync),
    ) -> Result<(Audit, PathBuf), Error> {
        let folder = RunFolder::create(out)?;
        let result = self.pool.install(|| {
            let audit = pipeline::audit(self, &folder, review)?;
            folder.write_audit(&audit)?;
            folder.write(CONFIGURATION, self.resolved.as_bytes())?;
            if self.made_folds {
                datasets::write_folds(&folder.path(FOLDS_FILE), self.data.records(), &self.folds)?;
            }
            let report = render(&audit).map_err(|e| Error::Invalid(format!("the report: {e}")))?;
            folder.write(REPORT, &report)?;
            Ok(audit)
        });
        match result {
            Ok(audit) => Ok((audit, folder.finish()?)),
            Err(error) => {
                folder.abandon();
                Err(error)
            }
        }
    }
}
