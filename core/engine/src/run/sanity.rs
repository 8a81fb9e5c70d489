//! The audit of the same network with shuffled weights, as far as it tells whether clusters explain what was learnt.

use super::stages::{Clustered, cache_key};
use super::{Prepared, learn};
use crate::assign::{Profiles, Sequence, Timeline, assign, hard, record_features, rows, width};
use crate::audit::{Sanity, Task};
use crate::codebook::{self, Codebook, Sample};
use crate::cohort::Cohort;
use crate::encode::{Cache, EncodedRecord, Encoding, Outcome};
use crate::explain::{Compared, draw_groups, figures};
use crate::folder::RunFolder;
use crate::{Error, Silent, atlas};

/// Stream of the draw of patients.
const STREAM: u64 = 0x5a11;

/// Nothing where it was not asked for; a reason where it could not be carried out.
pub(super) fn audit(
    prepared: &Prepared,
    folder: &RunFolder,
    clustered: &Clustered,
) -> Result<Option<Result<Sanity, String>>, Error> {
    let config = &prepared.config;
    let (wanted, seed) = (config.explain.shuffled_records, config.audit.seed);
    if wanted == 0 {
        return Ok(None);
    }
    let not_run = |reason: &str| Ok(Some(Err(reason.to_owned())));
    let encoder = match prepared.components.shuffled_encoder(seed) {
        Ok(Some(encoder)) => encoder,
        Ok(None) if prepared.components.networks.len() > 1 => {
            return not_run("that is done with one network for all records, not with one per fold");
        }
        Ok(None) => return not_run("the encoder cannot shuffle them"),
        Err(error) => return not_run(&error.to_string()),
    };
    let cohort = clustered
        .cohort
        .subset(&draw_groups(&clustered.cohort.groups, wanted, seed, STREAM));
    if cohort.task == Task::Regression && constant(&cohort) {
        return not_run("the network gives every record the same value");
    }
    let folds = cohort.fold_names();
    if folds != clustered.cohort.fold_names() {
        return not_run("`explain.shuffled_records` does not reach every fold");
    }
    let mut key = cache_key(prepared, 0);
    if let Some(key) = key.as_object_mut() {
        key.insert("shuffled".into(), serde_json::json!([seed, cohort.positions]));
    }
    let cache = Cache::open(&folder.work().join("shuffled"), &key, prepared.cache_bytes())?;
    let caches = [cache];
    let encodings = prepared.encodings(&caches);
    let Some(trained) = encodings.all().first() else {
        return not_run("there is no network");
    };
    let encoding = Encoding {
        records: &cohort.positions,
        encoder: encoder.as_ref(),
        ..*trained
    };
    let features: usize = clustered.taps.iter().map(|tap| tap.channels).sum();
    let bytes = config.features.codebook_mib << 20;
    let mut sample = Sample::new(cohort.len(), features, bytes, seed);
    each(&encoding, |position, record| {
        let (features, valid) = record_features(&record, &clustered.weights);
        sample.add(position, features.view(), &valid);
        Ok(())
    })?;
    if sample.records() != cohort.positions {
        return not_run("with them, the network does not answer every record");
    }
    let held_out: Vec<Option<u32>> = folds.iter().copied().map(Some).chain([None]).collect();
    let codebooks = codebook::fit(
        prepared.components.clusterer.as_ref(),
        &config.clusterer.plugin,
        &sample,
        &held_out,
        |record| prepared.folds[record],
        seed,
        &Silent,
    )?;
    codebook::one_size(&config.clusterer.plugin, &codebooks)?;
    drop(sample);
    let (profiles, sequences) = assigned(prepared, &encoding, &clustered.weights, &codebooks)?;
    let clusters = [&clustered.codebooks, &codebooks]
        .iter()
        .filter_map(|books| books.last().map(|book| book.model.summary().clusters))
        .max();
    let soft = |profiles| learn::model(prepared, &cohort, profiles);
    let (Some(trained), Some(shuffled)) = (soft(&clustered.profiles)?, soft(&profiles)?) else {
        return not_run("there is no surrogate");
    };
    let uncertainty = |profiles| atlas::held_out_uncertainty(&cohort, profiles);
    let compared = Compared {
        cohort: &cohort,
        soft: [&trained, &shuffled],
        sequences: [&clustered.sequences, &sequences],
        uncertainty: [uncertainty(&clustered.profiles), uncertainty(&profiles)],
        clusters: clusters.unwrap_or_default(),
        seed,
    };
    Ok(Some(Ok(figures(&compared)?)))
}

fn constant(cohort: &Cohort) -> bool {
    let values = cohort.outputs.column(0);
    values.iter().all(|value| Some(value) == values.first())
}

/// Every record that the network answers.
fn each(
    encoding: &Encoding<'_>,
    mut visit: impl FnMut(usize, EncodedRecord) -> Result<(), Error>,
) -> Result<(), Error> {
    encoding.for_each(|shard| {
        for item in shard.items {
            if let Outcome::Done(record) = item.outcome {
                visit(item.record, record)?;
            }
        }
        Ok(())
    })
}

/// Proportions and uncertainty under all codebooks, and timelines under the last.
fn assigned(
    prepared: &Prepared,
    encoding: &Encoding<'_>,
    weights: &[f64],
    codebooks: &[Codebook],
) -> Result<(Profiles, Vec<Option<Sequence>>), Error> {
    let config = &prepared.config;
    let clusters = codebooks.first().map_or(0, |book| book.model.summary().clusters);
    let kinds = &config.features.proportions;
    let records = prepared.data.records().len();
    let mut profiles = Profiles::new(records, codebooks.len(), width(kinds, clusters));
    let mut sequences = vec![None; records];
    each(encoding, |position, record| {
        let rows = rows(&[(position, record)], weights);
        for (number, codebook) in codebooks.iter().enumerate() {
            let (memberships, uncertainty) = assign(
                codebook,
                &config.clusterer.plugin,
                prepared.components.uncertainty.as_ref(),
                &config.uncertainty.plugin,
                rows.features.view(),
            )?;
            let hard = hard(memberships.view());
            profiles.add(number, &rows, &memberships, &hard, &uncertainty, kinds)?;
            if number + 1 == codebooks.len() {
                let timelines = rows.records.iter();
                let sequence = |own| Sequence::new(&Timeline::new(own, &memberships, &uncertainty));
                sequences[position] = timelines.map(sequence).next();
            }
        }
        Ok(())
    })?;
    Ok((profiles, sequences))
}
