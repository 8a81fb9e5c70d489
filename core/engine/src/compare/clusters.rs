//! Which cluster of the later run is which of the earlier: by the timestamps that both timelines hold.

mod timelines;

use std::collections::{HashMap, HashSet};

use ecg_audit_stats::clusters::contingency;
use ndarray::{Array2, ArrayView1, Axis};

use super::columns::Columns;
use super::model::{ClusterChange, ClusterPair};
use super::records::Finished;
use crate::Error;
use crate::run::matching;
use timelines::{Strip, Timelines};

/// Name of the timelines in a run folder.
const TIMELINE: &str = "timeline.parquet";

/// The clusters of both runs matched; nothing where no timestamp is in both. `common` are the records of both.
pub(super) fn compare(
    a: &Finished,
    b: &Finished,
    common: &HashSet<&str>,
) -> Result<Option<ClusterChange>, Error> {
    let k = [a, b].map(|run| run.audit.method.clusters);
    let (a, b) = (
        Columns::open(&a.folder.join(TIMELINE))?,
        Columns::open(&b.folder.join(TIMELINE))?,
    );
    let mut shared = Shared {
        table: Array2::zeros((k[0], k[1])),
        records: 0,
    };
    let (earlier, later) = (
        Timelines::new(&a, common, k[0])?,
        Timelines::new(&b, common, k[1])?,
    );
    each_pair(earlier, later, |earlier, later| shared.add(earlier, later))?;
    shared.matched()
}

/// Calls `visit` with the timelines of every record that both have. Runs of one data set list records in one order, and
/// then no more than one record of each is held; what comes out of order is kept until the other side has it.
fn each_pair(
    mut a: Timelines<'_>,
    mut b: Timelines<'_>,
    mut visit: impl FnMut(&Strip, &Strip) -> Result<(), Error>,
) -> Result<(), Error> {
    let (mut waiting_a, mut waiting_b) = (HashMap::new(), HashMap::new());
    loop {
        let (next_a, next_b) = (a.next().transpose()?, b.next().transpose()?);
        if next_a.is_none() && next_b.is_none() {
            return Ok(());
        }
        if let Some((record, earlier)) = next_a {
            match waiting_b.remove(&record) {
                Some(later) => visit(&earlier, &later)?,
                None => drop(waiting_a.insert(record, earlier)),
            }
        }
        if let Some((record, later)) = next_b {
            match waiting_a.remove(&record) {
                Some(earlier) => visit(&earlier, &later)?,
                None => drop(waiting_b.insert(record, later)),
            }
        }
    }
}

/// Timestamps in both timelines, counted by cluster.
struct Shared {
    /// `[K of the earlier run, K of the later run]`.
    table: Array2<u64>,
    records: usize,
}

impl Shared {
    fn add(&mut self, a: &Strip, b: &Strip) -> Result<(), Error> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (i, cluster) in a.clusters.iter().enumerate() {
            let other = b.at(a.centre(i));
            if let (Some(cluster), Some(other)) = (cluster, other) {
                first.push(*cluster);
                second.push(other);
            }
        }
        if first.is_empty() {
            return Ok(());
        }
        self.records += 1;
        let dim = self.table.dim();
        self.table += &contingency(ArrayView1::from(&first), ArrayView1::from(&second), dim)?;
        Ok(())
    }

    fn matched(self) -> Result<Option<ClusterChange>, Error> {
        let timestamps = self.table.sum();
        if timestamps == 0 {
            return Ok(None);
        }
        let matched = matching::clusters(&self.table)?;
        let share = |count: u64| Some(count as f64 / timestamps as f64);
        let (rows, columns) = (self.table.sum_axis(Axis(1)), self.table.sum_axis(Axis(0)));
        let mut pairs: Vec<ClusterPair> = Vec::new();
        for (a, b, jaccard) in &matched.pairs {
            pairs.push(ClusterPair {
                a: Some(*a),
                b: Some(*b),
                share_a: share(rows[*a]),
                share_b: share(columns[*b]),
                jaccard: Some(*jaccard),
            });
        }
        let lone = ClusterPair {
            a: None,
            b: None,
            share_a: None,
            share_b: None,
            jaccard: None,
        };
        for a in (0..rows.len()).filter(|a| matched.pairs.iter().all(|pair| pair.0 != *a)) {
            pairs.push(ClusterPair {
                a: Some(a),
                share_a: share(rows[a]),
                ..lone
            });
        }
        for b in (0..columns.len()).filter(|b| matched.pairs.iter().all(|pair| pair.1 != *b)) {
            pairs.push(ClusterPair {
                b: Some(b),
                share_b: share(columns[b]),
                ..lone
            });
        }
        Ok(Some(ClusterChange {
            records: self.records,
            timestamps,
            overlap: matched.overlap,
            ari: matched.ari,
            pairs,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::{Column, Table};
    use std::path::Path;

    /// Timelines of records named by their first part: start, step, clusters; two records per row group.
    fn write(path: &Path, records: &[(&str, f64, f64, &[i32])]) {
        let mut table = Table::new(path);
        for records in records.chunks(2) {
            let (mut ids, mut times, mut clusters) = (Vec::new(), Vec::new(), Vec::new());
            for (id, start, step, own) in records {
                for (i, cluster) in own.iter().enumerate() {
                    ids.push((*id).to_owned());
                    times.push(start + i as f64 * step);
                    clusters.push((*cluster >= 0).then_some(*cluster));
                }
            }
            table
                .write(vec![
                    ("record".into(), Column::Text(ids)),
                    ("time".into(), Column::Double(times)),
                    ("cluster".into(), Column::OptionalInt(clusters)),
                ])
                .unwrap();
        }
        table.finish().unwrap();
    }

    type Timeline<'a> = (&'a str, f64, f64, &'a [i32]);

    fn shared(a: &[Timeline<'_>], b: &[Timeline<'_>], k: [usize; 2]) -> Result<Shared, Error> {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a.parquet", "b.parquet"].map(|name| folder.path().join(name));
        write(&paths[0], a);
        write(&paths[1], b);
        let common: HashSet<&str> = a
            .iter()
            .map(|a| a.0)
            .filter(|id| b.iter().any(|b| b.0 == *id))
            .collect();
        let (a, b) = (Columns::open(&paths[0])?, Columns::open(&paths[1])?);
        let mut shared = Shared {
            table: Array2::zeros((k[0], k[1])),
            records: 0,
        };
        let timelines = (
            Timelines::new(&a, &common, k[0])?,
            Timelines::new(&b, &common, k[1])?,
        );
        each_pair(timelines.0, timelines.1, |a, b| shared.add(a, b))?;
        Ok(shared)
    }

    #[test]
    fn records_are_met_in_any_order_and_over_row_groups() {
        let a: [Timeline<'_>; 4] = [
            ("r1", 0.0, 0.1, &[0, 0, 1]),
            ("r2", 0.0, 0.1, &[1, 1]),
            ("r3", 0.0, 0.1, &[0]),
            ("only a", 0.0, 0.1, &[0]),
        ];
        let b: [Timeline<'_>; 4] = [
            ("r3", 0.0, 0.1, &[2]),
            ("only b", 0.0, 0.1, &[0]),
            ("r2", 0.0, 0.1, &[0, 0]),
            ("r1", 0.0, 0.1, &[2, 2, -1]),
        ];
        let found = shared(&a, &b, [2, 3]).unwrap();
        assert_eq!(found.records, 3);
        assert_eq!(found.table, ndarray::array![[0, 0, 3], [2, 0, 0]]);
        let change = found.matched().unwrap().unwrap();
        assert_eq!((change.overlap, change.ari, change.timestamps), (1.0, 1.0, 5));
        let pairs: Vec<_> = change.pairs.iter().map(|pair| (pair.a, pair.b)).collect();
        assert_eq!(pairs, [(Some(0), Some(2)), (Some(1), Some(0)), (None, Some(1))]);
        assert_eq!(change.pairs[2].share_b, Some(0.0));
    }

    #[test]
    fn other_steps_are_met_by_the_nearest_time() {
        // Steps of 0.1 s against steps of 0.2 s that begin 0.1 s later: the first centre lies before, the last two behind.
        let a: [Timeline<'_>; 1] = [("r", 0.0, 0.1, &[0, 0, 0, 1, 1, 1, 1])];
        let b: [Timeline<'_>; 1] = [("r", 0.1, 0.2, &[0, 1])];
        let found = shared(&a, &b, [2, 2]).unwrap();
        assert_eq!(found.table, ndarray::array![[2, 0], [0, 2]]);
        // The other way round each coarse step meets one fine step.
        assert_eq!(shared(&b, &a, [2, 2]).unwrap().table.sum(), 2);
    }

    #[test]
    fn no_common_timestamp_is_no_failure_and_a_wrong_cluster_is() {
        let a: [Timeline<'_>; 1] = [("r", 0.0, 0.1, &[0, 1])];
        let later: [Timeline<'_>; 1] = [("r", 5.0, 0.1, &[0, 1])];
        assert!(shared(&a, &later, [2, 2]).unwrap().matched().unwrap().is_none());
        let error = shared(&a, &a, [2, 1]).err().unwrap().to_string();
        assert!(
            error.contains("b.parquet: cluster 1 of record `r` is none of 1"),
            "{error}"
        );
    }
}
