//! The heavy stages, shared by everything that runs an audit or a part of it.
//!
//! One network for all records has a codebook per held-out fold and one on all folds, which timelines are drawn with.
//! Where every fold has its own network, each has one codebook, on the folds it was trained on; every record's timeline
//! is drawn with its own fold's, under the numbers of the clusters of the first that theirs were matched to.

use super::Prepared;
use super::assign::{Drawing, Pass};
use super::clock::Clock;
use super::encode::{self, Encoded};
use super::facts::{self, Seen};
use super::matching::{self, Reference};
use crate::assign::{Profiles, Sequence};
use crate::atlas::Tally;
use crate::audit::{FoldMatching, Stability, TapInfo};
use crate::codebook::{self, Codebook, Sample};
use crate::cohort::{Answers, Cohort};
use crate::encode::{Cache, Encodings};
use crate::folder::{RunFolder, Table};
use crate::landmarks::{self, Alignment, Heartbeats};
use crate::{Error, explain};

/// The encoded records under all codebooks: what everything else is computed from.
pub(super) struct Clustered {
    pub cohort: Cohort,
    pub seen: Seen,
    pub taps: Vec<TapInfo>,
    pub weights: Vec<f64>,
    /// One per fold, and last one on all folds where one network reads all.
    pub codebooks: Vec<Codebook>,
    /// Per fold's network, how its clusters are numbered and how well they match; empty with one network.
    pub matchings: Vec<Matched>,
    /// Under every codebook; last under the one that timelines are drawn with.
    pub profiles: Profiles,
    pub tally: Tally,
    pub heartbeats: Option<Heartbeats>,
    pub alignment: Alignment,
    /// Timelines as drawn, by position in the data set.
    pub sequences: Vec<Option<Sequence>>,
    pub stability: Option<Stability>,
}

/// How one fold's clusters correspond to the first fold's.
pub(super) struct Matched {
    /// The reference's number of each of its clusters.
    pub numbers: Vec<usize>,
    /// How well; nothing for the reference itself.
    pub quality: Option<FoldMatching>,
    /// Records that it was found on.
    pub records: usize,
}

impl Clustered {
    /// Positions in the cohort of the records with a label.
    pub fn labelled(&self) -> Vec<usize> {
        (0..self.cohort.len())
            .filter(|r| self.cohort.labelled[*r])
            .collect()
    }

    /// The codebook that a row's timeline is drawn with, and the numbers its clusters go by where they have others.
    pub fn drawn_with(&self, row: usize) -> Option<(&Codebook, Option<&[usize]>)> {
        if self.matchings.is_empty() {
            return Some((self.codebooks.last()?, None));
        }
        let fold = self
            .cohort
            .fold_names()
            .iter()
            .position(|fold| *fold == self.cohort.folds[row])?;
        Some((
            self.codebooks.get(fold)?,
            Some(&self.matchings.get(fold)?.numbers),
        ))
    }
}

/// The caches of activations for this configuration, one per network, which share the budget.
pub(super) fn caches(prepared: &Prepared, folder: &RunFolder) -> Result<Vec<Cache>, Error> {
    let networks = &prepared.components.networks;
    let budget = prepared.cache_bytes() / networks.len().max(1) as u64;
    let mut caches = Vec::with_capacity(networks.len());
    for (number, network) in networks.iter().enumerate() {
        let parent = match network.held_out {
            None => folder.work().to_owned(),
            Some(fold) => folder.work().join(format!("fold-{fold}")),
        };
        caches.push(Cache::open(&parent, &cache_key(prepared, number), budget)?);
    }
    Ok(caches)
}

/// The stages `encode`, `codebooks`, `stability`, `landmarks` and `assign`. `timelines` takes every record's timeline.
pub(super) fn cluster(
    prepared: &Prepared,
    encodings: &Encodings<'_>,
    clock: &mut Clock<'_>,
    timelines: Option<&mut Table>,
) -> Result<Clustered, Error> {
    let records = prepared.data.records().len();
    let Fitted {
        answers,
        seen,
        taps,
        weights,
        codebooks,
        stability,
    } = fit(prepared, encodings, clock)?;
    let activation = prepared.components.encoder().info().activation;
    let cohort = Cohort::new(prepared.data.as_ref(), &prepared.folds, activation, answers)?;
    let folds = cohort.fold_names();
    if let Some(network) = prepared
        .components
        .networks
        .iter()
        .filter_map(|n| n.held_out)
        .find(|f| !folds.contains(f))
    {
        return Err(Error::Invalid(format!(
            "no record of fold {network} could be encoded; leave the fold out of the data"
        )));
    }
    let heartbeats = clock.stage("landmarks", cohort.len(), || heartbeats(prepared, &cohort))?;
    let mut pass = Pass::new(
        prepared,
        &cohort,
        &codebooks,
        heartbeats.as_ref(),
        &weights,
        timelines,
    );
    let matchings = if prepared.components.networks.len() == 1 {
        clock.stage("assign", records, || one_network(&mut pass, encodings))?;
        Vec::new()
    } else {
        clock.stage("assign", records, || {
            network_per_fold(prepared, &mut pass, encodings, &folds)
        })?
    };
    let (profiles, tally, alignment, sequences) = pass.finish();
    Ok(Clustered {
        cohort,
        seen,
        taps,
        weights,
        codebooks,
        matchings,
        profiles,
        tally,
        heartbeats,
        alignment,
        sequences,
        stability,
    })
}

/// What the networks answered, and the codebooks on their activations.
struct Fitted {
    answers: Vec<Answers>,
    seen: Seen,
    taps: Vec<TapInfo>,
    weights: Vec<f64>,
    codebooks: Vec<Codebook>,
    stability: Option<Stability>,
}

fn fit(prepared: &Prepared, encodings: &Encodings<'_>, clock: &mut Clock<'_>) -> Result<Fitted, Error> {
    let config = &prepared.config;
    let records = prepared.data.records().len();
    let mut fitted = Fitted {
        answers: Vec::new(),
        seen: encode::seen(prepared),
        taps: Vec::new(),
        weights: Vec::new(),
        codebooks: Vec::new(),
        stability: None,
    };
    for (network, encoding) in prepared.components.networks.iter().zip(encodings.all()) {
        let encoded = clock.stage("encode", records, || {
            encode::encode(prepared, encoding, &mut fitted.seen)
        })?;
        let folds = encoded.folds(prepared);
        if folds.len() < 2 {
            return Err(Error::Invalid(format!(
                "all {} records are in one fold; cross-validation needs two or more. Name another column in `data.folds`",
                encoded.outputs.len()
            )));
        }
        let held_out: Vec<Option<u32>> = match network.held_out {
            Some(fold) => vec![Some(fold)],
            None => folds.iter().copied().map(Some).chain([None]).collect(),
        };
        let first = fitted.codebooks.is_empty();
        let books = clock.stage("codebooks", held_out.len(), || {
            codebook::fit(
                prepared.components.clusterer.as_ref(),
                &config.clusterer.plugin,
                &encoded.sample,
                &held_out,
                |record| prepared.folds[record],
                config.audit.seed,
                prepared.observer.as_ref(),
            )
        })?;
        if first {
            let refits = 2 * config.explain.refits;
            fitted.stability = clock.stage("stability", refits, || {
                stability(prepared, &encoded.sample, &books, network.held_out)
            })?;
        }
        take(&mut fitted, network.held_out, encoded, books)?;
    }
    codebook::one_size(&config.clusterer.plugin, &fitted.codebooks)?;
    Ok(fitted)
}

/// Takes in one network's share.
fn take(
    fitted: &mut Fitted,
    held_out: Option<u32>,
    encoded: Encoded,
    books: Vec<Codebook>,
) -> Result<(), Error> {
    let shapes =
        |taps: &[TapInfo]| -> Vec<(usize, usize)> { taps.iter().map(|t| (t.channels, t.length)).collect() };
    if fitted.answers.is_empty() {
        (fitted.taps, fitted.weights) = (encoded.taps, encoded.weights);
    } else if shapes(&fitted.taps) != shapes(&encoded.taps) {
        return Err(Error::Invalid(format!(
            "the taps of fold {}'s network have other [channels, timestamps] {:?} than the first one's {:?}",
            held_out.unwrap_or_default(),
            shapes(&encoded.taps),
            shapes(&fitted.taps)
        )));
    }
    fitted.answers.push(Answers {
        held_out,
        outputs: encoded.outputs,
    });
    fitted.codebooks.extend(books);
    Ok(())
}

/// Every record under all codebooks of the one network, drawn with the last.
fn one_network(pass: &mut Pass<'_>, encodings: &Encodings<'_>) -> Result<(), Error> {
    let books = 0..pass.codebooks.len();
    let last = Drawing {
        codebook: books.end.saturating_sub(1),
        numbers: None,
    };
    match encodings.all().first() {
        Some(encoding) => pass.run(encoding, books, Some(&last), |_| true, &mut |_, _| Ok(())),
        None => Ok(()),
    }
}

/// Every record under every fold's codebook; then the held-out records drawn under the numbers of the first.
fn network_per_fold(
    prepared: &Prepared,
    pass: &mut Pass<'_>,
    encodings: &Encodings<'_>,
    folds: &[u32],
) -> Result<Vec<Matched>, Error> {
    let mut reference = Reference::new(pass.cohort, prepared.config.audit.seed);
    let mut matchings = Vec::with_capacity(folds.len());
    for ((number, encoding), fold) in encodings.all().iter().enumerate().zip(folds) {
        let mut seen = matching::Seen::new(&mut reference, number);
        pass.run(
            encoding,
            number..number + 1,
            None,
            |_| true,
            &mut |position, clusters| seen.take(position, clusters),
        )?;
        let matched = seen.matched(pass.clusters())?;
        let drawing = Drawing {
            codebook: number,
            numbers: Some(matched.numbers.clone()),
        };
        let held_out = |position: usize| prepared.folds[position] == *fold;
        pass.run(encoding, number..number, Some(&drawing), held_out, &mut |_, _| {
            Ok(())
        })?;
        matchings.push(matched);
    }
    Ok(matchings)
}

/// Codebooks fitted again; nothing where it was not asked for.
fn stability(
    prepared: &Prepared,
    sample: &Sample,
    codebooks: &[Codebook],
    held_out: Option<u32>,
) -> Result<Option<Stability>, Error> {
    let config = &prepared.config;
    if config.explain.refits == 0 {
        return Ok(None);
    }
    let records = prepared.data.records();
    let group_of = |record: usize| {
        let info = &records[record];
        info.group
            .clone()
            .unwrap_or_else(|| format!("record {}", info.id))
    };
    explain::stability(
        prepared.components.clusterer.as_ref(),
        &config.clusterer.plugin,
        sample,
        codebooks,
        (group_of, |record: usize| Some(prepared.folds[record]) != held_out),
        (config.explain.refits, config.audit.seed),
        prepared.observer.as_ref(),
    )
}

/// The heartbeats of the audited records.
fn heartbeats(prepared: &Prepared, cohort: &Cohort) -> Result<Option<Heartbeats>, Error> {
    let delineator = prepared.components.delineator.as_ref();
    let delineator = delineator.map(|(name, made)| (name.as_str(), made.as_ref()));
    landmarks::find(
        prepared.data.as_ref(),
        delineator,
        &cohort.positions,
        prepared.observer.as_ref(),
    )
}

/// The keys of all networks' encoded records.
pub(super) fn cache_keys(prepared: &Prepared) -> serde_json::Value {
    let networks = 0..prepared.components.networks.len();
    networks.map(|network| cache_key(prepared, network)).collect()
}

/// All that the encoded records depend on; a shard of another key is never read.
pub(super) fn cache_key(prepared: &Prepared, network: usize) -> serde_json::Value {
    let config = &prepared.config;
    let components = &prepared.components;
    let ids: Vec<&str> = prepared
        .data
        .records()
        .iter()
        .map(|info| info.id.as_str())
        .collect();
    serde_json::json!({
        "version": env!("CARGO_PKG_VERSION"),
        "data": config.data,
        "records": facts::sha256(ids.join("\n").as_bytes()),
        "preprocess": config.preprocess,
        "encoder": components.facts.first(),
        "model": components.networks.get(network).map(|network| network.encoder.info().model_sha256),
        "path": components.networks.get(network).and_then(|network| network.model.clone()),
    })
}
