//! The label-noise benchmark on a prepared audit.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::clock::Clock;
use super::stages::{self, Clustered};
use super::{Prepared, learn};
use crate::audit::{DataQuality, Task};
use crate::cohort::Cohort;
use crate::folder::RunFolder;
use crate::issues::DataEvidence;
use crate::label_noise::{Bench, Benchmark, Plan, Relearn, SCHEMA};
use crate::{Error, atlas, quality};

/// Entries that name who or what labelled a record, the first that any record has.
const ANNOTATORS: [&str; 5] = ["annotator", "validated_by", "nurse", "site", "device"];

/// Learns again from changed labels with the audit's own components.
struct Again<'a> {
    prepared: &'a Prepared,
    clustered: &'a Clustered,
    labelled: &'a [usize],
    quality: &'a DataQuality,
}

impl Relearn for Again<'_> {
    fn surrogates(&self, cohort: &Cohort) -> Result<Vec<Array2<f64>>, Error> {
        learn::truth(self.prepared, cohort, &self.clustered.profiles, self.labelled)
    }

    fn evidence(&self, cohort: &Cohort) -> DataEvidence {
        let data = self.prepared.data.as_ref();
        quality::evidence(cohort, &quality::with_labels_of(cohort, data, self.quality))
    }
}

impl Prepared {
    /// Plants wrong labels by `plan` and measures how well each score finds them. Leaves a folder `out` with
    /// `label-noise.json`, and `label-noise.csv` as written by `table`.
    ///
    /// # Errors
    /// Whatever keeps the audit from running, a plan that makes no sense, and a data set without labels.
    pub fn label_noise(
        &self,
        plan: &Plan,
        out: &Path,
        table: &(dyn Fn(&Benchmark) -> Result<Vec<u8>, String> + Sync),
    ) -> Result<(Benchmark, PathBuf), Error> {
        plan.check()?;
        let folder = RunFolder::create(out)?;
        let result = self.pool.install(|| {
            let benchmark = self.measure_noise(plan, &folder)?;
            let json = serde_json::to_vec_pretty(&benchmark)
                .map_err(|e| Error::Invalid(format!("label-noise.json: {e}")))?;
            folder.write("label-noise.json", &json)?;
            let csv = table(&benchmark).map_err(|e| Error::Invalid(format!("label-noise.csv: {e}")))?;
            folder.write("label-noise.csv", &csv)?;
            Ok(benchmark)
        });
        match result {
            Ok(benchmark) => Ok((benchmark, folder.finish()?)),
            Err(error) => {
                folder.abandon();
                Err(error)
            }
        }
    }

    fn measure_noise(&self, plan: &Plan, folder: &RunFolder) -> Result<Benchmark, Error> {
        let observer = self.observer.as_ref();
        let mut clock = Clock::new(observer);
        let caches = stages::caches(self, folder)?;
        let clustered = stages::cluster(self, &self.encodings(&caches), &mut clock, None)?;
        let labelled = clustered.labelled();
        if labelled.is_empty() {
            return Err(Error::Invalid(
                "no record has a label; there is nothing to plant".into(),
            ));
        }
        if clustered.cohort.task == Task::Regression {
            return Err(Error::Invalid(
                "wrong labels are planted in classes; the data set's labels are continuous".into(),
            ));
        }
        let records = self.data.records().len();
        let quality = clock.stage("signals", records, || {
            quality::look(self.data.as_ref(), &self.folds, observer)
        })?;
        let cohort = &clustered.cohort;
        let bench = Bench {
            cohort,
            labelled: &labelled,
            proportions: &clustered.tally.shares(cohort),
            uncertainty: &atlas::held_out_uncertainty(cohort, &clustered.profiles),
            trained_folds: self.config.data.trained_folds.as_deref(),
            annotators: self.annotators(cohort),
            seed: self.config.audit.seed,
        };
        let again = Again {
            prepared: self,
            clustered: &clustered,
            labelled: &labelled,
            quality: &quality,
        };
        let seeds = plan.noises.len() * plan.rates.len() * plan.seeds as usize;
        let mut done = 0;
        let settings = clock.stage("label noise", seeds, || {
            bench.run(plan, &again, || {
                done += 1;
                observer.progress(done);
                if observer.cancelled() {
                    Err(Error::Cancelled)
                } else {
                    Ok(())
                }
            })
        })?;
        Ok(Benchmark {
            schema: SCHEMA.into(),
            name: self.config.audit.name.clone(),
            records: labelled.len(),
            classes: cohort.classes.clone(),
            plan: plan.clone(),
            settings,
        })
    }

    fn annotators(&self, cohort: &Cohort) -> Vec<Option<String>> {
        let entry = |name: &str, position: &usize| {
            let value = self.data.records()[*position].metadata.get(name)?.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        let known = ANNOTATORS
            .iter()
            .find(|name| cohort.positions.iter().any(|p| entry(name, p).is_some()));
        let of = |position: &usize| known.and_then(|name| entry(name, position));
        cohort.positions.iter().map(of).collect()
    }
}
