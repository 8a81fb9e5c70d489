//! A sweep: the parts of an audit that settings are compared by, with all that is equal between settings done once.

mod check;
mod kept;
mod keys;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::clock::Clock;
use super::stages::{self, Clustered};
use super::{Prepared, learn, prepare};
use crate::folder::RunFolder;
use crate::sweep::{
    ACTIVATIONS, Cost, ENCODE, Findings, PAGE, PREPARE, SCHEMA, SWEEP, Setting, Sweep, TABLE, Table,
};
use crate::{Error, atlas};
pub use check::{PreparedSweep, prepare_sweep};
use kept::Kept;
use keys::Keys;

/// What the last setting left for the next.
#[derive(Default)]
struct Shared {
    /// Keys of the encodings whose activations lie on disk.
    encoded: HashSet<String>,
    /// Codebooks and all that was assigned under them, by their key.
    clustered: Option<(String, Clustered)>,
}

impl PreparedSweep {
    /// The audit's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of settings.
    pub fn settings(&self) -> usize {
        self.plan.len()
    }

    /// Runs the sweep into the folder `out`, which gets `sweep.json`, `sweep.csv` and `sweep.html`; `render` turns the
    /// sweep into the page's bytes. `next` is told the name of each setting before it begins.
    ///
    /// A setting that fails is recorded with its error, and the others go on. Until the sweep is finished, everything
    /// stands in a folder of the same name with `.partial` behind it; a sweep that was stopped is taken up from there.
    ///
    /// # Errors
    /// Whatever keeps the sweep as a whole from running, and when no setting could be run; then nothing stands at `out`.
    pub fn run(
        &self,
        out: &Path,
        next: &mut dyn FnMut(&str),
        render: &dyn Fn(&Sweep) -> Result<Vec<u8>, String>,
    ) -> Result<(Sweep, PathBuf), Error> {
        let folder = RunFolder::create(out)?;
        match self.run_in(&folder, next, render) {
            Ok(sweep) => Ok((sweep, folder.finish()?)),
            Err(error) => {
                folder.abandon();
                Err(error)
            }
        }
    }

    fn run_in(
        &self,
        folder: &RunFolder,
        next: &mut dyn FnMut(&str),
        render: &dyn Fn(&Sweep) -> Result<Vec<u8>, String>,
    ) -> Result<Sweep, Error> {
        let kept = Kept::open(folder.work())?;
        let mut settings: BTreeMap<usize, Setting> = BTreeMap::new();
        let mut shared = Shared::default();
        let mut taken_up = 0;
        let [encodings, clusterings] = [
            keys::numbers(&self.keys, |k| &k.encoding),
            keys::numbers(&self.keys, |k| &k.clustering),
        ];
        for index in self.order(&encodings, &clusterings) {
            let planned = &self.plan.settings[index];
            next(&planned.name);
            let mut setting = match kept.load(&self.keys[index].setting) {
                Some(setting) => {
                    taken_up += 1;
                    shared.encoded.insert(self.keys[index].encoding.clone());
                    setting
                }
                None => {
                    let setting = self.setting(index, folder, &mut shared)?;
                    if setting.error.is_none() {
                        kept.store(&self.keys[index].setting, &setting)?;
                    }
                    setting
                }
            };
            // A setting that was there already may stand elsewhere in this sweep.
            setting.number = index + 1;
            setting.values.clone_from(&planned.values);
            (setting.encoding, setting.clustering) = (encodings[index], clusterings[index]);
            settings.insert(index, setting);
        }
        let settings: Vec<Setting> = settings.into_values().collect();
        self.refuse_all_failed(&settings)?;
        let sweep = self.sweep(settings, taken_up);
        write(folder, &sweep, render)?;
        Ok(sweep)
    }

    /// The settings in the order in which least is done twice: one encoding after the other, and within it one set of
    /// codebooks after the other.
    fn order(&self, encodings: &[usize], clusterings: &[usize]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.plan.len()).collect();
        order.sort_by_key(|i| (encodings[*i], clusterings[*i], *i));
        order
    }

    /// One setting. Only what ends the sweep as a whole is an error.
    fn setting(&self, index: usize, folder: &RunFolder, shared: &mut Shared) -> Result<Setting, Error> {
        let planned = &self.plan.settings[index];
        let again = shared.encoded.contains(&self.keys[index].encoding);
        let mut clock = Clock::new(self.observer.as_ref());
        let found = self.findings(index, folder, shared, &mut clock);
        let (findings, error) = match found {
            Ok(findings) => (Some(findings), None),
            Err(error @ (Error::Cancelled | Error::Io { .. })) => return Err(error),
            Err(error) => {
                tracing::warn!("setting {}: {error}", planned.name);
                (None, Some(error.to_string()))
            }
        };
        let mut stages = clock.timing().stages;
        for stage in stages.iter_mut().filter(|stage| again && stage.name == ENCODE) {
            stage.name = ACTIVATIONS.into();
        }
        Ok(Setting {
            number: index + 1,
            values: planned.values.clone(),
            findings,
            error,
            encoding: 0,
            clustering: 0,
            seconds: stages.iter().map(|stage| stage.seconds).sum(),
            stages,
        })
    }

    fn findings(
        &self,
        index: usize,
        folder: &RunFolder,
        shared: &mut Shared,
        clock: &mut Clock<'_>,
    ) -> Result<Findings, Error> {
        let keys = &self.keys[index];
        let mut prepared = clock.stage(PREPARE, 1, || {
            prepare(&self.plan.settings[index].source, Arc::clone(&self.observer))
        })?;
        // No figure of a sweep is about the heartbeat.
        prepared.components.delineator = None;
        let reused = shared.clustered.take().filter(|(key, _)| *key == keys.clustering);
        let clustered = match reused {
            Some((_, clustered)) => clustered,
            None => prepared
                .pool
                .install(|| cluster(&prepared, folder, shared, keys, clock))?,
        };
        let findings = prepared.pool.install(|| findings(&prepared, &clustered, clock));
        shared.clustered = Some((keys.clustering.clone(), clustered));
        findings
    }

    fn refuse_all_failed(&self, settings: &[Setting]) -> Result<(), Error> {
        let errors: Vec<&String> = settings.iter().filter_map(|s| s.error.as_ref()).collect();
        match errors.first() {
            Some(first) if errors.len() == settings.len() => Err(Error::Invalid(format!(
                "none of the {} settings could be run; the first, {}: {first}",
                settings.len(),
                self.plan.settings.first().map_or("", |setting| &setting.name)
            ))),
            _ => Ok(()),
        }
    }

    fn sweep(&self, settings: Vec<Setting>, taken_up: usize) -> Sweep {
        let (instant, time) = self.started;
        let cost = Cost {
            total_seconds: instant.elapsed().as_secs_f64(),
            taken_up,
            ..Cost::of(&settings)
        };
        Sweep {
            schema: SCHEMA.into(),
            name: self.name.clone(),
            config: self.plan.config.display().to_string(),
            version: env!("CARGO_PKG_VERSION").into(),
            started: humantime::format_rfc3339_seconds(time).to_string(),
            varied: self.plan.varied.clone(),
            settings,
            cost,
        }
    }
}

/// From encoded records to clusters; the encoding is shared through the disk.
fn cluster(
    prepared: &Prepared,
    folder: &RunFolder,
    shared: &mut Shared,
    keys: &Keys,
    clock: &mut Clock<'_>,
) -> Result<Clustered, Error> {
    let caches = stages::caches(prepared, folder)?;
    let clustered = stages::cluster(prepared, &prepared.encodings(&caches), clock, None)?;
    if caches.iter().all(|cache| cache.kept().0) {
        shared.encoded.insert(keys.encoding.clone());
    }
    Ok(clustered)
}

/// What a setting is compared by.
fn findings(prepared: &Prepared, clustered: &Clustered, clock: &mut Clock<'_>) -> Result<Findings, Error> {
    let learnt = clock.stage("surrogates", learn::fits(prepared, clustered), || {
        learn::surrogates(prepared, clustered)
    })?;
    clock.stage("figures", 1, || {
        let Clustered {
            cohort,
            codebooks,
            profiles,
            ..
        } = clustered;
        let config = &prepared.config;
        let labelled = clustered.labelled();
        let first = learnt.surrogates.first().map(|surrogate| &surrogate.vs_model);
        let baselines = learn::baselines(cohort, first)?;
        let scores = atlas::held_out_uncertainty(cohort, profiles);
        let converged = codebooks.iter().filter(|book| book.facts.converged).count();
        Ok(Findings {
            task: cohort.task,
            records: cohort.len(),
            clusters: codebooks.first().map_or(0, |book| book.model.summary().clusters),
            codebooks: codebooks.iter().map(|book| book.facts.clone()).collect(),
            codebooks_converged: converged as f64 / codebooks.len().max(1) as f64,
            model_vs_truth: learn::model_vs_truth(cohort, &labelled, config.audit.seed)?,
            baselines,
            surrogates: learnt.surrogates,
            uncertainty: atlas::uncertainty(
                cohort,
                profiles,
                &labelled,
                &scores,
                &[],
                &config.uncertainty.plugin,
            )?,
            stability: clustered.stability.clone(),
        })
    })
}

fn write(
    folder: &RunFolder,
    sweep: &Sweep,
    render: &dyn Fn(&Sweep) -> Result<Vec<u8>, String>,
) -> Result<(), Error> {
    let json = serde_json::to_vec_pretty(sweep).map_err(|e| Error::Invalid(format!("{SWEEP}: {e}")))?;
    folder.write(SWEEP, &json)?;
    folder.write(TABLE, &Table::new(sweep).csv(sweep)?)?;
    let page = render(sweep).map_err(|e| Error::Invalid(format!("{PAGE}: {e}")))?;
    folder.write(PAGE, &page)
}
