//! Wrong labels on purpose.

use std::collections::BTreeMap;

use ndarray::{Array2, Axis};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Bench;
use crate::Error;
use crate::audit::Task;
use crate::issues::neighbours;

/// How labels go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Noise {
    /// One class of each drawn record, any with equal chance, is turned round (for exactly one label: another class).
    Uniform,
    /// A class that the record bears is taken for another one: always the same other one, drawn by the seed.
    ClassDependent,
    /// The record gets the labels of a record of another patient with a similar cluster profile.
    SimilarLooking,
    /// One annotator (or, where the data set names none, one third of the patients) takes two classes for each other.
    OneAnnotator,
}

impl Noise {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Uniform,
        Self::ClassDependent,
        Self::SimilarLooking,
        Self::OneAnnotator,
    ];

    /// Its name in the configuration and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::ClassDependent => "class-dependent",
            Self::SimilarLooking => "similar-looking",
            Self::OneAnnotator => "one-annotator",
        }
    }
}

/// Labels after planting.
pub(super) struct Planted {
    /// `[labelled, C]`.
    pub labels: Array2<bool>,
    /// Where they are wrong now, `[labelled, C]`; at least one.
    pub wrong: Array2<bool>,
}

/// What planting needs, for all seeds.
pub(super) struct Planting {
    task: Task,
    labels: Array2<bool>,
    /// Records of other patients with a similar profile and other labels, nearest first.
    lookalikes: Vec<Option<usize>>,
    /// Records by who labelled them.
    annotators: Vec<Vec<usize>>,
    patients: Vec<Vec<usize>>,
}

impl Planting {
    pub fn new(bench: &Bench<'_>) -> Result<Self, Error> {
        let labels = bench.cohort.labels.select(Axis(0), bench.labelled);
        let groups: Vec<&str> = bench
            .labelled
            .iter()
            .map(|r| bench.cohort.groups[*r].as_str())
            .collect();
        let proportions = bench.proportions.select(Axis(0), bench.labelled);
        let near = neighbours(proportions.view(), labels.view(), &groups)?.nearest;
        let lookalikes = near.iter().enumerate().map(|(row, near)| {
            let other = |other: &&usize| labels.row(**other) != labels.row(row);
            near.iter().find(other).copied()
        });
        let mut by_annotator: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut by_patient: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, row) in bench.labelled.iter().enumerate() {
            by_patient.entry(groups[i]).or_default().push(i);
            if let Some(Some(annotator)) = bench.annotators.get(*row) {
                by_annotator.entry(annotator).or_default().push(i);
            }
        }
        Ok(Self {
            task: bench.cohort.task,
            lookalikes: lookalikes.collect(),
            labels: labels.clone(),
            annotators: by_annotator.into_values().collect(),
            patients: by_patient.into_values().collect(),
        })
    }

    /// Plants one kind of noise in about `rate` of the records, fewer where no more can be.
    pub fn plant(&self, noise: Noise, rate: f64, seed: u64) -> Result<Planted, Error> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (n, classes) = self.labels.dim();
        let count = ((rate * n as f64).round() as usize).clamp(1, n);
        let mut labels = self.labels.clone();
        if classes < 2 && (noise != Noise::Uniform || self.task == Task::MultiClass) {
            return Err(Error::Invalid(format!(
                "the noise `{}` needs at least two classes; this data set has {classes}",
                noise.name()
            )));
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.shuffle(&mut rng);
        match noise {
            Noise::Uniform => order
                .iter()
                .take(count)
                .for_each(|row| self.uniform(&mut labels, *row, &mut rng)),
            Noise::ClassDependent => {
                let mistaken = derangement(classes, &mut rng);
                let bearing = order
                    .iter()
                    .filter(|row| self.labels.row(**row).iter().any(|on| *on));
                for row in bearing.take(count) {
                    let borne: Vec<usize> = (0..classes).filter(|c| self.labels[[*row, *c]]).collect();
                    if let Some(class) = borne.choose(&mut rng) {
                        labels[[*row, *class]] = false;
                        labels[[*row, mistaken[*class]]] = true;
                    }
                }
            }
            Noise::SimilarLooking => {
                let looking = order
                    .iter()
                    .filter_map(|row| Some((*row, self.lookalikes[*row]?)));
                for (row, other) in looking.take(count) {
                    labels.row_mut(row).assign(&self.labels.row(other));
                }
            }
            Noise::OneAnnotator => self.one_annotator(&mut labels, count, &mut rng),
        }
        let mut wrong = self.labels.clone();
        wrong.zip_mut_with(&labels, |before, after| *before = *before != *after);
        if !wrong.iter().any(|w| *w) {
            return Err(Error::Invalid(format!(
                "no label can be made wrong by the noise `{}`: no record fits it",
                noise.name()
            )));
        }
        Ok(Planted { labels, wrong })
    }

    fn uniform(&self, labels: &mut Array2<bool>, row: usize, rng: &mut ChaCha8Rng) {
        let classes = labels.ncols();
        if self.task == Task::MultiClass {
            let others: Vec<usize> = (0..classes).filter(|c| !labels[[row, *c]]).collect();
            if let Some(class) = others.choose(rng) {
                labels.row_mut(row).fill(false);
                labels[[row, *class]] = true;
            }
        } else {
            let class = rng.random_range(0..classes);
            labels[[row, class]] = !labels[[row, class]];
        }
    }

    fn one_annotator(&self, labels: &mut Array2<bool>, count: usize, rng: &mut ChaCha8Rng) {
        let classes = labels.ncols();
        let mut pairs: Vec<(usize, usize)> = (0..classes).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
        pairs.shuffle(rng);
        // One who labelled enough records to make that many mistakes; a third of the patients where nobody did.
        let busy: Vec<&Vec<usize>> = self
            .annotators
            .iter()
            .filter(|own| own.len() >= 2 * count)
            .collect();
        let mut own: Vec<usize> = match busy.choose(rng) {
            Some(own) => (*own).clone(),
            None => {
                let mut patients: Vec<&Vec<usize>> = self.patients.iter().collect();
                patients.shuffle(rng);
                patients.truncate(self.patients.len().div_ceil(3));
                patients.into_iter().flatten().copied().collect()
            }
        };
        own.shuffle(rng);
        let mut left = count;
        let mut touched = vec![false; labels.nrows()];
        for (a, b) in pairs {
            for row in &own {
                if left == 0 {
                    return;
                }
                if !touched[*row] && labels[[*row, a]] != labels[[*row, b]] {
                    labels.swap([*row, a], [*row, b]);
                    touched[*row] = true;
                    left -= 1;
                }
            }
        }
    }
}

/// A permutation that leaves no class in its place; `classes` ≥ 2.
fn derangement(classes: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    // Sattolo's algorithm: one cycle through all classes.
    let mut to: Vec<usize> = (0..classes).collect();
    for i in (1..classes).rev() {
        to.swap(i, rng.random_range(0..i));
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planting() -> Planting {
        let labels = Array2::from_shape_fn((60, 3), |(row, class)| row % 3 == class);
        Planting {
            task: Task::MultiLabel,
            lookalikes: (0..60)
                .map(|row| (row % 2 == 0).then_some((row + 1) % 60))
                .collect(),
            labels,
            annotators: vec![(0..30).collect(), (30..40).collect()],
            patients: (0..60).map(|row| vec![row]).collect(),
        }
    }

    #[test]
    fn every_noise_touches_the_asked_share_of_records_and_repeats_with_its_seed() {
        for noise in Noise::ALL {
            let planted = planting().plant(noise, 0.1, 5).unwrap();
            let touched = planted
                .wrong
                .rows()
                .into_iter()
                .filter(|row| row.iter().any(|w| *w))
                .count();
            assert_eq!(touched, 6, "{noise:?}");
            assert_eq!(
                planted.wrong,
                planting().plant(noise, 0.1, 5).unwrap().wrong,
                "{noise:?}"
            );
            assert_ne!(
                planted.wrong,
                planting().plant(noise, 0.1, 6).unwrap().wrong,
                "{noise:?}"
            );
        }
    }

    #[test]
    fn one_annotator_confuses_two_classes_in_own_records() {
        let planted = planting().plant(Noise::OneAnnotator, 0.1, 1).unwrap();
        let classes: Vec<usize> = (0..3)
            .filter(|c| planted.wrong.column(*c).iter().any(|w| *w))
            .collect();
        assert_eq!(classes.len(), 2);
        assert!((30..60).all(|row| planted.wrong.row(row).iter().all(|w| !w)));
    }

    #[test]
    fn exactly_one_label_stays_exactly_one() {
        let mut planting = planting();
        planting.task = Task::MultiClass;
        for noise in Noise::ALL {
            let planted = planting.plant(noise, 0.3, 2).unwrap();
            let ones = |row: ndarray::ArrayView1<'_, bool>| row.iter().filter(|on| **on).count();
            assert!(
                planted.labels.rows().into_iter().all(|row| ones(row) == 1),
                "{noise:?}"
            );
        }
    }

    #[test]
    fn a_single_class_can_only_be_turned_round() {
        let mut planting = planting();
        planting.labels = Array2::from_shape_fn((60, 1), |(row, _)| row % 4 == 0);
        assert!(planting.plant(Noise::Uniform, 0.1, 0).is_ok());
        let error = planting.plant(Noise::ClassDependent, 0.1, 0).err().unwrap();
        assert!(error.to_string().contains("at least two classes"));
    }
}
