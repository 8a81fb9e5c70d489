//! Folds for data sets that come without.

use std::collections::HashMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::{Error, Label, RecordInfo};

/// Bins into which a continuous target is cut, by rank, to balance it over the folds.
const BINS: usize = 10;

/// Folds made where nobody says how many.
const USUAL: usize = 10;

/// Folds for a data set that has none, by [`assign_folds`]: 10 of them, or as many as there are groups.
///
/// # Errors
/// [`Error::Invalid`] for fewer than 2 groups.
pub fn make_folds(records: &[RecordInfo], seed: u64) -> Result<Vec<u32>, Error> {
    let groups = units(records).len();
    if groups < 2 {
        return Err(Error::Invalid(format!(
            "the data set has no folds, and {} cannot be split into some: cross-validation needs two or more",
            if groups == 1 { "one patient" } else { "no patient" }
        )));
    }
    assign_folds(records, groups.min(USUAL) as u32, seed)
}

/// Assigns each record a fold from 1 to `n`, in the order of `records`.
///
/// No group is split between folds; a record without a group is a group of its own. Labels are spread
/// evenly by iterative stratification (Sechidis, Tsoumakas & Vlahavas 2011, *On the stratification of
/// multi-label data*, ECML PKDD), applied to groups: the rarest class first, each of its groups to the fold that
/// lacks it most. A continuous target is spread by its deciles. The same seed gives the same folds.
///
/// # Errors
/// [`Error::Invalid`] for fewer than 2 folds or fewer groups than folds.
pub fn assign_folds(records: &[RecordInfo], n: u32, seed: u64) -> Result<Vec<u32>, Error> {
    let mut units = units(records);
    if n < 2 || units.len() < n as usize {
        let message = format!(
            "expected 2 to {} folds (the number of groups), found {n}",
            units.len()
        );
        return Err(Error::Invalid(message));
    }
    units.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    // Large groups first: they are the hardest to place. The sort is stable, so the seed still decides.
    units.sort_by_key(|unit| std::cmp::Reverse(unit.len()));

    let (strata, count) = strata(records);
    let mut plan = Plan::new(&units, &strata, count, n as usize);
    while let Some(stratum) = plan.rarest() {
        for unit in 0..units.len() {
            if plan.fold_of[unit].is_none() && plan.content[unit].contains_key(&stratum) {
                plan.place(unit, stratum);
            }
        }
    }
    let mut folds = vec![0; records.len()];
    for (members, fold) in units.iter().zip(&plan.fold_of) {
        for &record in members {
            folds[record] = fold.map_or(0, |fold| fold as u32 + 1);
        }
    }
    Ok(folds)
}

/// Records of each group, in the order of the groups' first records.
fn units(records: &[RecordInfo]) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (i, record) in records.iter().enumerate() {
        let next = units.len();
        let unit = record
            .group
            .as_deref()
            .map_or(next, |group| *known.entry(group).or_insert(next));
        match units.get_mut(unit) {
            Some(unit) => unit.push(i),
            None => units.push(vec![i]),
        }
    }
    units
}

/// The strata of each record, and their number. Records without any class are a stratum as well.
fn strata(records: &[RecordInfo]) -> (Vec<Vec<usize>>, usize) {
    let mut values: Vec<(f64, usize)> = Vec::new();
    let mut count = 1;
    let mut strata = vec![vec![0]; records.len()];
    for (i, record) in records.iter().enumerate() {
        match &record.label {
            Label::Classes(flags) => {
                let classes: Vec<usize> = (1..)
                    .zip(flags)
                    .filter(|(_, flag)| **flag)
                    .map(|(class, _)| class)
                    .collect();
                count = count.max(flags.len() + 1);
                if !classes.is_empty() {
                    strata[i] = classes;
                }
            }
            Label::Value(value) => values.push((*value, i)),
            Label::Missing => {}
        }
    }
    values.sort_by(|(a, i), (b, j)| a.total_cmp(b).then(i.cmp(j)));
    for (rank, (_, i)) in values.iter().enumerate() {
        strata[*i] = vec![1 + rank * BINS / values.len()];
        count = count.max(BINS + 1);
    }
    (strata, count)
}

/// What is placed, and what each fold still lacks.
struct Plan {
    /// Records of each stratum in each unit.
    content: Vec<HashMap<usize, usize>>,
    size: Vec<usize>,
    fold_of: Vec<Option<usize>>,
    /// Records of each stratum that are not placed yet.
    left: Vec<usize>,
    /// Records of each stratum that each fold still lacks.
    lacking: Vec<Vec<f64>>,
    room: Vec<f64>,
}

impl Plan {
    fn new(units: &[Vec<usize>], strata: &[Vec<usize>], count: usize, folds: usize) -> Self {
        let mut left = vec![0; count];
        let mut content = vec![HashMap::new(); units.len()];
        for (unit, members) in content.iter_mut().zip(units) {
            for &stratum in members.iter().filter_map(|&record| strata.get(record)).flatten() {
                *unit.entry(stratum).or_insert(0) += 1;
                left[stratum] += 1;
            }
        }
        let share = |total: usize| total as f64 / folds as f64;
        let lacking = vec![left.iter().map(|&total| share(total)).collect(); folds];
        let room = vec![share(strata.len()); folds];
        let size = units.iter().map(Vec::len).collect();
        Self {
            content,
            size,
            fold_of: vec![None; units.len()],
            left,
            lacking,
            room,
        }
    }

    /// The stratum with the fewest records that are not placed.
    fn rarest(&self) -> Option<usize> {
        (0..self.left.len())
            .filter(|&stratum| self.left[stratum] > 0)
            .min_by_key(|&stratum| self.left[stratum])
    }

    fn place(&mut self, unit: usize, stratum: usize) {
        let need = |fold: &usize| (self.lacking[*fold][stratum], self.room[*fold]);
        let better = |a: &usize, b: &usize| {
            let ((lack_a, room_a), (lack_b, room_b)) = (need(a), need(b));
            // The lower fold wins a tie.
            lack_a
                .total_cmp(&lack_b)
                .then(room_a.total_cmp(&room_b))
                .then(b.cmp(a))
        };
        let Some(fold) = (0..self.room.len()).max_by(better) else {
            return;
        };
        for (&stratum, &records) in &self.content[unit] {
            self.lacking[fold][stratum] -= records as f64;
            self.left[stratum] -= records;
        }
        self.room[fold] -= self.size[unit] as f64;
        self.fold_of[unit] = Some(fold);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn record(i: usize, group: Option<String>, label: Label) -> RecordInfo {
        RecordInfo {
            id: i.to_string(),
            group,
            fold: None,
            label,
            metadata: BTreeMap::new(),
        }
    }

    /// 600 records of 300 patients; class 0 in half, class 1 in a tenth, class 2 in a fiftieth.
    fn records() -> Vec<RecordInfo> {
        let flags = |i: usize| vec![i.is_multiple_of(2), i % 10 == 3, i % 50 == 7];
        (0..600)
            .map(|i| record(i, Some(format!("p{}", i * 7 % 300)), Label::Classes(flags(i))))
            .collect()
    }

    fn count(folds: &[u32], of: impl Fn(usize) -> bool) -> Vec<usize> {
        (1..=5)
            .map(|fold| (0..folds.len()).filter(|&i| folds[i] == fold && of(i)).count())
            .collect()
    }

    #[test]
    fn groups_stay_whole_and_every_class_is_spread_evenly() {
        let records = records();
        let folds = assign_folds(&records, 5, 7).unwrap();
        let mut of_group = HashMap::new();
        for (record, fold) in records.iter().zip(&folds) {
            assert_eq!(of_group.entry(record.group.clone()).or_insert(*fold), fold);
        }
        for (class, total, slack) in [(0, 300, 4), (1, 60, 2), (2, 12, 2)] {
            let has = |i: usize| matches!(&records[i].label, Label::Classes(flags) if flags[class]);
            for found in count(&folds, has) {
                assert!(found.abs_diff(total / 5) <= slack, "class {class}: {found}");
            }
        }
        for found in count(&folds, |_| true) {
            assert!(found.abs_diff(120) <= 4, "{found}");
        }
    }

    #[test]
    fn the_seed_decides() {
        let records = records();
        let folds = |seed| assign_folds(&records, 5, seed).unwrap();
        assert_eq!(folds(7), folds(7));
        assert_ne!(folds(7), folds(8));
    }

    #[test]
    fn a_continuous_target_is_spread_by_its_deciles() {
        let records: Vec<_> = (0..200)
            .map(|i| record(i, None, Label::Value((i * i) as f64)))
            .collect();
        let folds = assign_folds(&records, 5, 1).unwrap();
        assert_eq!(count(&folds, |i| i < 20), [4; 5]);
        assert_eq!(count(&folds, |i| i >= 180), [4; 5]);
    }

    #[test]
    fn few_patients_make_few_folds() {
        let of = |patients: usize| {
            let records: Vec<_> = (0..30)
                .map(|i| record(i, Some((i % patients).to_string()), Label::Missing))
                .collect();
            make_folds(&records, 1).map(|folds| folds.into_iter().max())
        };
        assert_eq!(
            (of(30).unwrap(), of(7).unwrap(), of(2).unwrap()),
            (Some(10), Some(7), Some(2))
        );
        assert!(of(1).unwrap_err().to_string().contains("one patient"));
    }

    #[test]
    fn too_few_groups_or_folds_are_refused() {
        let records: Vec<_> = (0..4)
            .map(|i| record(i, Some((i % 2).to_string()), Label::Missing))
            .collect();
        assert_eq!(
            assign_folds(&records, 2, 1)
                .unwrap()
                .iter()
                .filter(|fold| **fold == 1)
                .count(),
            2
        );
        for n in [0, 1, 3] {
            let message = assign_folds(&records, n, 1).unwrap_err().to_string();
            assert!(message.contains(&format!(
                "expected 2 to 2 folds (the number of groups), found {n}"
            )));
        }
    }
}
