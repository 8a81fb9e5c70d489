//! Percentile bootstrap intervals that resample whole groups (patients).
//!
//! Records of one patient are not independent, so the unit that is drawn is the group: a replicate draws as
//! many groups as there are, with replacement, and takes all records of each (Davison & Hinkley 1997,
//! *Bootstrap Methods and their Application*, §3.8). The interval is spanned by the quantiles (1 ∓ level) / 2
//! of the replicates (Efron & Tibshirani 1993, ch. 13).
//!
//! Replicate r draws from stream r of a ChaCha8 generator keyed by the seed. It does not depend on the other
//! replicates, so the interval is the same for any number of threads, and every statistic computed with one
//! seed sees the same resamples.

use std::collections::HashMap;
use std::hash::Hash;

use ndarray::{Array1, ArrayView1};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::summary::quantile_of_sorted;
use crate::{Error, Result, check};

/// Which records belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    /// Record positions, group after group.
    records: Vec<usize>,
    /// Where each group starts in `records`, and the end.
    bounds: Vec<usize>,
}

impl Groups {
    /// From one identifier per record; groups are numbered by first appearance.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn new<T: Hash + Eq>(ids: impl IntoIterator<Item = T>) -> Result<Self> {
        let mut numbers = HashMap::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        for (record, id) in ids.into_iter().enumerate() {
            let number = *numbers.entry(id).or_insert(members.len());
            match members.get_mut(number) {
                Some(group) => group.push(record),
                None => members.push(vec![record]),
            }
        }
        check::not_empty("groups", members.len())?;
        let mut bounds = vec![0];
        let mut records = Vec::new();
        for group in members {
            records.extend(group);
            bounds.push(records.len());
        }
        Ok(Self { records, bounds })
    }

    /// Every record a group of its own: the ordinary bootstrap.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn singletons(records: usize) -> Result<Self> {
        Self::new(0..records)
    }

    /// Number of groups.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    /// Never true: there is no way to make groups of nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of records.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records.len()
    }

    fn members(&self, group: usize) -> &[usize] {
        &self.records[self.bounds[group]..self.bounds[group + 1]]
    }
}

/// A figure with its bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The statistic on the data itself.
    pub estimate: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Replicates on which the statistic was undefined (a class without positives, say); the bounds rest on
    /// the others.
    pub undefined_replicates: usize,
}

/// Settings of a bootstrap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples, at least 2.
    pub replicates: usize,
    /// Coverage of the interval, in (0, 1).
    pub level: f64,
    /// Seed of the draws.
    pub seed: u64,
}

impl Bootstrap {
    /// 1000 replicates at 95 %.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            replicates: 1000,
            level: 0.95,
            seed,
        }
    }

    /// Interval of any statistic.
    ///
    /// `statistic` is called once with all record positions and once per replicate with the positions drawn,
    /// repeats included; `None` or a value that is not finite means "undefined there".
    ///
    /// # Errors
    /// Settings out of range; [`Error::Undefined`] when the statistic is undefined on the data, or on every
    /// replicate.
    pub fn interval<F>(&self, groups: &Groups, statistic: F) -> Result<Interval>
    where
        F: Fn(&[usize]) -> Option<f64> + Sync,
    {
        self.check()?;
        let all: Vec<usize> = (0..groups.records()).collect();
        let replicate = |records: &mut Vec<usize>, r| {
            records.clear();
            self.draws(r, groups.len())
                .for_each(|group| records.extend_from_slice(groups.members(group)));
            statistic(records)
        };
        let values = (0..self.replicates)
            .into_par_iter()
            .map_init(|| Vec::with_capacity(all.len()), replicate);
        self.span(statistic(&all), values.collect())
    }

    /// Interval of the mean of one value per record, `values` \[n\]. The same replicates as
    /// [`interval`](Self::interval) with a mean, from group sums instead of records.
    ///
    /// # Errors
    /// Settings out of range, a length other than the number of records in `groups`, values not finite.
    pub fn mean(&self, groups: &Groups, values: ArrayView1<'_, f64>) -> Result<Interval> {
        self.check()?;
        check_values("values", groups, values)?;
        let totals: Vec<(f64, f64)> = (0..groups.len())
            .map(|group| groups.members(group))
            .map(|members| (members.iter().map(|&r| values[r]).sum(), members.len() as f64))
            .collect();
        let replicate = |r| Some(mean_of_groups(&totals, self.draws(r, groups.len())));
        let replicates = (0..self.replicates).into_par_iter().map(replicate).collect();
        self.span(Some(mean_of_groups(&totals, 0..groups.len())), replicates)
    }

    /// Interval of `first` − `second`, both computed on the same resample each time (paired). Where it
    /// excludes 0, the two differ at this level.
    ///
    /// # Errors
    /// As [`interval`](Self::interval).
    pub fn difference<F, G>(&self, groups: &Groups, first: F, second: G) -> Result<Interval>
    where
        F: Fn(&[usize]) -> Option<f64> + Sync,
        G: Fn(&[usize]) -> Option<f64> + Sync,
    {
        self.interval(groups, |records| Some(first(records)? - second(records)?))
    }

    /// Interval of the mean of `first` − `second`, two values per record \[n\] (paired), as fast as
    /// [`mean`](Self::mean).
    ///
    /// # Errors
    /// As [`mean`](Self::mean).
    pub fn mean_difference(
        &self,
        groups: &Groups,
        first: ArrayView1<'_, f64>,
        second: ArrayView1<'_, f64>,
    ) -> Result<Interval> {
        check_values("first", groups, first)?;
        check_values("second", groups, second)?;
        let difference: Array1<f64> = &first - &second;
        self.mean(groups, difference.view())
    }

    /// The groups drawn for a replicate.
    fn draws(&self, replicate: usize, groups: usize) -> impl Iterator<Item = usize> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(replicate as u64);
        // Drawn as u32 where it suffices: half the random bits, and the same on 32-bit machines.
        let narrow = u32::try_from(groups).ok();
        (0..groups).map(move |_| match narrow {
            Some(groups) => rng.random_range(0..groups) as usize,
            None => rng.random_range(0..groups as u64) as usize,
        })
    }

    fn span(&self, estimate: Option<f64>, replicates: Vec<Option<f64>>) -> Result<Interval> {
        let finite = |value: &f64| value.is_finite();
        let estimate = estimate
            .filter(finite)
            .ok_or(Error::Undefined { place: "the data" })?;
        let mut values: Vec<f64> = replicates.into_iter().flatten().filter(finite).collect();
        if values.is_empty() {
            return Err(Error::Undefined {
                place: "every bootstrap replicate",
            });
        }
        values.sort_unstable_by(f64::total_cmp);
        let tail = (1.0 - self.level) / 2.0;
        Ok(Interval {
            estimate,
            low: quantile_of_sorted(&values, tail),
            high: quantile_of_sorted(&values, 1.0 - tail),
            undefined_replicates: self.replicates - values.len(),
        })
    }

    fn check(&self) -> Result<()> {
        check::at_least("replicates", 2, self.replicates)?;
        if self.level > 0.0 && self.level < 1.0 {
            return Ok(());
        }
        Err(Error::OutOfRange {
            what: "level",
            index: 0,
            value: self.level,
            low: 0.0,
            high: 1.0,
        })
    }
}

/// Mean over the records of the given groups, from (sum, count) per group.
fn mean_of_groups(totals: &[(f64, f64)], groups: impl Iterator<Item = usize>) -> f64 {
    let add = |(sum, count), group: usize| (sum + totals[group].0, count + totals[group].1);
    let (sum, count) = groups.fold((0.0, 0.0), add);
    sum / count
}

fn check_values(what: &'static str, groups: &Groups, values: ArrayView1<'_, f64>) -> Result<()> {
    if values.len() != groups.records() {
        let (expected, found) = (vec![groups.records()], vec![values.len()]);
        return Err(Error::ShapeMismatch {
            what,
            expected,
            found,
        });
    }
    check::finite(what, &values)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn mean_of(values: &Array1<f64>) -> impl Fn(&[usize]) -> Option<f64> + Sync {
        |records| Some(records.iter().map(|&r| values[r]).sum::<f64>() / records.len() as f64)
    }

    #[test]
    fn the_fast_mean_sees_the_same_resamples_as_the_closure() {
        let values: Array1<f64> = (0..200).map(|i| f64::from(i % 17)).collect();
        let groups = Groups::new((0..200).map(|i| i / 3)).unwrap();
        let bootstrap = Bootstrap::new(3);
        let fast = bootstrap.mean(&groups, values.view()).unwrap();
        let slow = bootstrap.interval(&groups, mean_of(&values)).unwrap();
        assert!((fast.low - slow.low).abs() < 1e-12 && (fast.high - slow.high).abs() < 1e-12);
        assert!((fast.estimate - slow.estimate).abs() < 1e-12);
        assert!(fast.low < fast.estimate && fast.estimate < fast.high);
    }

    #[test]
    fn records_of_a_group_stay_together() {
        let groups = Groups::new(["a", "b", "a", "c", "b"]).unwrap();
        assert_eq!((groups.len(), groups.records()), (3, 5));
        let together = |records: &[usize]| {
            let count = |r| records.iter().filter(|&&x| x == r).count();
            Some(f64::from(u8::from(count(0) == count(2) && count(1) == count(4))))
        };
        let interval = Bootstrap::new(1).interval(&groups, together).unwrap();
        assert_eq!((interval.low, interval.high), (1.0, 1.0));
    }

    #[test]
    fn equal_figures_differ_by_exactly_zero() {
        let values = array![0.1, 0.7, 0.3, 0.9];
        let groups = Groups::singletons(4).unwrap();
        let paired = Bootstrap::new(1)
            .difference(&groups, mean_of(&values), mean_of(&values))
            .unwrap();
        assert_eq!((paired.estimate, paired.low, paired.high), (0.0, 0.0, 0.0));
        let shifted = values.mapv(|v| v - 0.25);
        let paired = Bootstrap::new(1)
            .mean_difference(&groups, values.view(), shifted.view())
            .unwrap();
        assert!((paired.low - 0.25).abs() < 1e-15 && (paired.high - 0.25).abs() < 1e-15);
    }

    #[test]
    fn undefined_replicates_are_counted() {
        let groups = Groups::singletons(3).unwrap();
        let needs_the_first = |records: &[usize]| records.contains(&0).then_some(1.0);
        let interval = Bootstrap::new(9).interval(&groups, needs_the_first).unwrap();
        // Each replicate misses the first record with probability (2/3)³ ≈ 0.296.
        assert!((200..400).contains(&interval.undefined_replicates));
        assert_eq!(
            Bootstrap::new(9).interval(&groups, |_| None),
            Err(Error::Undefined { place: "the data" })
        );
    }

    #[test]
    fn bad_input_is_named() {
        let groups = Groups::singletons(3).unwrap();
        assert_eq!(Groups::singletons(0), Err(Error::Empty { what: "groups" }));
        let short = Bootstrap::new(0).mean(&groups, array![1.0].view());
        assert_eq!(
            short.unwrap_err().to_string(),
            "values has shape [1], expected [3]"
        );
        let level = Bootstrap {
            level: 1.0,
            ..Bootstrap::new(0)
        };
        assert!(matches!(
            level.mean(&groups, array![1.0, 2.0, 3.0].view()),
            Err(Error::OutOfRange { .. })
        ));
        let few = Bootstrap {
            replicates: 1,
            ..Bootstrap::new(0)
        };
        assert!(matches!(
            few.interval(&groups, |_| Some(1.0)),
            Err(Error::TooFew { .. })
        ));
    }
}
