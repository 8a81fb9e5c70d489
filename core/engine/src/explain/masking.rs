//! Faithfulness of clusters: their timestamps are taken out of the signal, and the network is asked again.

use ecg_audit_ecg::DataSet;
use ecg_audit_ecg::preprocess::{Pipeline, Prepared};
use ecg_audit_stats::bootstrap::Bootstrap;
use ndarray::{Array1, Array2, Axis};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::draw;
use crate::assign::Sequence;
use crate::audit::{FaithfulShare, Faithfulness, MaskedCluster};
use crate::cohort::{Cohort, decide};
use crate::encode::Encodings;
use crate::{Error, Observer};

/// Random placements of each mask.
const CONTROLS: usize = 2;
/// A cluster is masked where its share of the record lies between these: less is nothing, and with more there is no other
/// place for the mask.
const SHARES: std::ops::RangeInclusive<f64> = 0.02..=0.5;

/// The plainest timestamp of a cluster.
pub(crate) struct Exemplar {
    /// The cluster.
    pub cluster: usize,
    /// Position in the data set of the record it lies in.
    pub position: usize,
    /// Its centre, seconds from the record's start.
    pub time: f64,
}

/// What masking needs.
pub(crate) struct Masking<'a> {
    pub encodings: &'a Encodings<'a>,
    pub data: &'a dyn DataSet,
    pub pipeline: &'a Pipeline,
    pub cohort: &'a Cohort,
    /// By position in the data set.
    pub sequences: &'a [Option<Sequence>],
    /// Clusters, the largest first, with their plainest timestamp.
    pub exemplars: &'a [Exemplar],
    pub clusters: usize,
    pub records: usize,
    pub seed: u64,
    pub observer: &'a dyn Observer,
}

/// A signal that stands in for what is masked.
struct Filler {
    name: &'static str,
    exemplar_of: Option<usize>,
    /// One timestamp of another cluster `[leads, samples]`; without it the record's mean.
    samples: Option<Array2<f32>>,
}

/// What one record's outputs did under one replacement.
struct Effect {
    row: usize,
    masked_share: f64,
    change: f64,
    random_change: f64,
    flipped: f64,
    random_flipped: f64,
    by_class: Vec<f64>,
}

impl Masking<'_> {
    /// Masks every cluster in a seeded sample of the records it occurs in.
    pub fn run(&self) -> Result<Faithfulness, Error> {
        let mut found = Vec::new();
        for cluster in 0..self.clusters {
            let rows = self.rows(cluster);
            let mut fillers = vec![Filler {
                name: "mean",
                exemplar_of: None,
                samples: None,
            }];
            fillers.extend(self.exemplar(cluster));
            let ready: Vec<(usize, Prepared)> = rows
                .par_iter()
                .filter_map(|row| Some((*row, self.prepared(self.cohort.positions[*row])?)))
                .collect();
            for filler in &fillers {
                let mut effects = Vec::with_capacity(ready.len());
                for (row, prepared) in &ready {
                    if self.observer.cancelled() {
                        return Err(Error::Cancelled);
                    }
                    effects.extend(self.effect(*row, prepared, cluster, filler)?);
                }
                found.extend(self.figures(cluster, filler, &effects)?);
            }
            self.observer.progress(cluster as u64 + 1);
        }
        Ok(Faithfulness {
            records_per_cluster: self.records,
            controls: CONTROLS,
            faithful: ["mean", "exemplar"].map(|name| faithful(name, &found)).to_vec(),
            clusters: found,
        })
    }

    fn prepared(&self, position: usize) -> Option<Prepared> {
        let signal = self.data.read(position).ok()?;
        self.pipeline.apply(&signal).ok()
    }

    fn sequence(&self, row: usize) -> Option<&Sequence> {
        self.sequences.get(*self.cohort.positions.get(row)?)?.as_ref()
    }

    fn rows(&self, cluster: usize) -> Vec<usize> {
        let occurs = |row: &usize| {
            self.sequence(*row)
                .is_some_and(|sequence| SHARES.contains(&sequence.share(cluster)))
        };
        let rows: Vec<usize> = (0..self.cohort.len()).filter(occurs).collect();
        draw(&rows, self.records, self.seed, cluster as u64)
    }

    /// The plainest timestamp of the largest other cluster.
    fn exemplar(&self, cluster: usize) -> Option<Filler> {
        let other = self.exemplars.iter().find(|e| e.cluster != cluster)?;
        let prepared = self.prepared(other.position)?;
        let step = self.sequences.get(other.position)?.as_ref()?.step;
        let samples = ((step * prepared.sampling_rate).round() as usize).clamp(1, prepared.signal.ncols());
        let centre = (other.time - prepared.origin) * prepared.sampling_rate;
        let first = (centre - samples as f64 / 2.0).round().max(0.0) as usize;
        let first = first.min(prepared.signal.ncols() - samples);
        let range = first..first + samples;
        Some(Filler {
            name: "exemplar",
            exemplar_of: Some(other.cluster),
            samples: Some(prepared.signal.slice(ndarray::s![.., range]).to_owned()),
        })
    }

    /// One record: as it is, masked, and with the mask elsewhere.
    fn effect(
        &self,
        row: usize,
        prepared: &Prepared,
        cluster: usize,
        filler: &Filler,
    ) -> Result<Option<Effect>, Error> {
        let Some(sequence) = self.sequence(row) else {
            return Ok(None);
        };
        let mask: Vec<Option<bool>> = sequence.clusters().map(|c| c.map(|c| c == cluster)).collect();
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream((row as u64) << 16 | cluster as u64);
        let mut masks = vec![mask.clone()];
        masks.extend((0..CONTROLS).map(|_| shifted(&mask, &mut random)));
        let samples = sequence.step * prepared.sampling_rate;
        let variants: Vec<Prepared> = std::iter::once(prepared.clone())
            .chain(masks.iter().map(|mask| masked(prepared, mask, samples, filler)))
            .collect();
        let encoding = self.encodings.of(self.cohort.positions[row])?;
        let Some(outputs) = encoding.outputs(&variants)? else {
            return Ok(None);
        };
        let outputs = outputs.mapv(f64::from);
        let decisions = decide(self.cohort.task, outputs.view());
        let whole = outputs.row(0);
        let change = |variant: usize| {
            let pairs = outputs.row(variant).into_iter().zip(whole);
            pairs.map(|(a, b)| (a - b).abs()).sum::<f64>() / whole.len().max(1) as f64
        };
        let flipped = |variant: usize| f64::from(u8::from(decisions.row(variant) != decisions.row(0)));
        let controls = 2..2 + CONTROLS;
        let over = |value: &dyn Fn(usize) -> f64| controls.clone().map(value).sum::<f64>() / CONTROLS as f64;
        Ok(Some(Effect {
            row,
            masked_share: sequence.share(cluster),
            change: change(1),
            random_change: over(&change),
            flipped: flipped(1),
            random_flipped: over(&flipped),
            by_class: (&outputs.row(1) - &whole).to_vec(),
        }))
    }

    fn figures(
        &self,
        cluster: usize,
        filler: &Filler,
        effects: &[Effect],
    ) -> Result<Option<MaskedCluster>, Error> {
        if effects.is_empty() {
            return Ok(None);
        }
        let n = effects.len() as f64;
        let mean = |of: &dyn Fn(&Effect) -> f64| effects.iter().map(of).sum::<f64>() / n;
        let rows: Vec<usize> = effects.iter().map(|effect| effect.row).collect();
        let groups = self.cohort.bootstrap_groups(&rows)?;
        let differences: Array1<f64> = effects.iter().map(|e| e.change - e.random_change).collect();
        let difference_ci95 = if groups.len() > 1 {
            let interval = Bootstrap::new(self.seed).mean(&groups, differences.view())?;
            Some([interval.low, interval.high])
        } else {
            None
        };
        let classes = 0..self.cohort.answers.len();
        Ok(Some(MaskedCluster {
            cluster,
            replacement: filler.name.to_owned(),
            exemplar_of: filler.exemplar_of,
            records: effects.len(),
            masked_share: mean(&|e| e.masked_share),
            change: mean(&|e| e.change),
            random_change: mean(&|e| e.random_change),
            difference: differences.mean().unwrap_or_default(),
            difference_ci95,
            flips: mean(&|e| e.flipped),
            random_flips: mean(&|e| e.random_flipped),
            by_class: classes
                .map(|c| mean(&|e| e.by_class.get(c).copied().unwrap_or_default()))
                .collect(),
        }))
    }
}

/// The mask moved along the steps that are not padding, by a random number of them.
fn shifted(mask: &[Option<bool>], random: &mut ChaCha8Rng) -> Vec<Option<bool>> {
    let known: Vec<bool> = mask.iter().flatten().copied().collect();
    let by = if known.len() > 1 {
        random.random_range(1..known.len())
    } else {
        0
    };
    let mut moved = known.iter().cycle().skip(by);
    let take = |step: &Option<bool>| step.and_then(|_| moved.next().copied());
    mask.iter().map(take).collect()
}

/// The record with the masked steps, each `step` samples long, replaced.
fn masked(prepared: &Prepared, mask: &[Option<bool>], step: f64, filler: &Filler) -> Prepared {
    let mut changed = prepared.clone();
    let valid = prepared.signal.slice(ndarray::s![.., prepared.valid.clone()]);
    let means = valid
        .mapv(f64::from)
        .mean_axis(Axis(1))
        .unwrap_or_else(|| Array1::zeros(prepared.signal.nrows()));
    for (number, _) in mask.iter().enumerate().filter(|(_, on)| **on == Some(true)) {
        let first = (number as f64 * step).round() as usize;
        let last = (((number + 1) as f64 * step).round() as usize).min(prepared.signal.ncols());
        for sample in first..last {
            for (lead, mean) in means.iter().enumerate() {
                let other = filler.samples.as_ref().and_then(|other| {
                    let width = other.ncols().max(1);
                    other.get([lead, (sample - first) % width]).copied()
                });
                changed.signal[[lead, sample]] = other.unwrap_or(*mean as f32);
            }
        }
    }
    changed
}

/// How many clusters have an effect beyond chance.
fn faithful(replacement: &str, found: &[MaskedCluster]) -> FaithfulShare {
    let own: Vec<&MaskedCluster> = found.iter().filter(|m| m.replacement == replacement).collect();
    let beyond = |m: &&&MaskedCluster| m.difference_ci95.is_some_and(|[low, _]| low > 0.0);
    let below = |m: &&&MaskedCluster| m.difference_ci95.is_some_and(|[_, high]| high < 0.0);
    FaithfulShare {
        replacement: replacement.to_owned(),
        faithful: own.iter().filter(beyond).count(),
        less: own.iter().filter(below).count(),
        clusters: own.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared() -> Prepared {
        Prepared {
            signal: Array2::from_shape_fn((2, 8), |(lead, t)| (lead * 100 + t) as f32),
            sampling_rate: 1.0,
            leads: vec!["I".into(), "II".into()],
            valid: 0..8,
            windows: vec![0],
            window_length: 8,
            origin: 0.0,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn masked_steps_take_the_mean_or_the_exemplar() {
        let mask = [Some(false), Some(true), None, Some(false)];
        let mut filler = Filler {
            name: "mean",
            exemplar_of: None,
            samples: None,
        };
        let changed = masked(&prepared(), &mask, 2.0, &filler);
        assert_eq!(
            changed.signal.row(0).to_vec(),
            [0.0, 1.0, 3.5, 3.5, 4.0, 5.0, 6.0, 7.0]
        );
        assert_eq!(changed.signal[[1, 2]], 103.5);
        filler.samples = Some(ndarray::array![[-1.0, -2.0], [-3.0, -4.0]]);
        let changed = masked(&prepared(), &mask, 2.0, &filler);
        assert_eq!(changed.signal.row(1).to_vec()[1..5], [101.0, -3.0, -4.0, 104.0]);
    }

    #[test]
    fn a_shifted_mask_is_as_large_and_leaves_padding_alone() {
        let mask = [
            None,
            Some(true),
            Some(true),
            Some(false),
            Some(false),
            Some(false),
            None,
        ];
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..20 {
            let moved = shifted(&mask, &mut random);
            assert_ne!(moved, mask);
            assert!(moved[0].is_none() && moved[6].is_none());
            assert_eq!(moved.iter().filter(|on| **on == Some(true)).count(), 2);
        }
    }
}
