//! Where in the heartbeat clusters sit (method step 12).

mod alignment;
mod beats;
mod mean_beat;
mod phases;
mod shifts;

use ndarray::{Array1, Array2};

pub(crate) use alignment::Alignment;
pub(crate) use beats::{Heartbeats, find};
pub(crate) use mean_beat::mean_beats;
pub(crate) use phases::{PHASES, fractions as phase_fractions};

use crate::Error;
use crate::audit::{Cluster, Follower, Landmark, Landmarks, PhaseShare, Segment};
use crate::cohort::Cohort;
use ecg_audit_stats::correction::benjamini_hochberg;

/// Exemplar segments named per cluster, and followers.
const NAMED: usize = 5;

/// The overall figures, for beats of `heartbeats` in the audited records.
pub(crate) fn overall(
    heartbeats: &Heartbeats,
    cohort: &Cohort,
    alignment: &Alignment,
    time_step: f64,
) -> Option<Landmarks> {
    let beats = |position: &usize| heartbeats.of(*position).map_or(0, <[_]>::len);
    let counts: Vec<usize> = cohort
        .positions
        .iter()
        .map(beats)
        .filter(|count| *count > 0)
        .collect();
    let test = alignment.test()?;
    let table = &alignment.tables()[0];
    let total = table.sum();
    let phase = |(p, name): (usize, &&str)| PhaseShare {
        phase: (*name).to_owned(),
        share: table.column(p).sum() / total,
    };
    let information = shifts::mutual_information(table.view());
    let entropy = shifts::phase_entropy(table.view());
    Some(Landmarks {
        sources: heartbeats.sources.clone(),
        records: counts.len(),
        beats: counts.iter().sum(),
        phases: PHASES.iter().enumerate().map(phase).collect(),
        mutual_information: information,
        explained: if entropy > 0.0 { information / entropy } else { 0.0 },
        p: test.information_p,
        permutations: test.permutations,
        tested_records: test.records,
        time_step,
    })
}

/// Fills in what alignment tells of each cluster.
pub(crate) fn describe(
    clusters: &mut [Cluster],
    cohort: &Cohort,
    alignment: &Alignment,
    id: impl Fn(usize) -> String,
    group: impl Fn(usize) -> String,
) -> Result<(), Error> {
    for cluster in clusters.iter_mut() {
        cluster.followed_by = followers(alignment.followers(), cluster.id);
        cluster.segments = segments(alignment, cluster.id, &id, &group);
    }
    let Some(test) = alignment.test() else {
        return Ok(());
    };
    let names = std::iter::once(None).chain(cohort.classes.iter().map(|class| Some(class.clone())));
    for ((class, table), p) in names.zip(alignment.tables()).zip(&test.cells) {
        if table.sum() <= 0.0 {
            continue;
        }
        let adjusted = benjamini_hochberg(p.iter().copied().collect::<Array1<f64>>().view())?;
        for cluster in clusters.iter_mut() {
            let rows = phases_of(table, &adjusted, cluster.id, class.as_ref());
            cluster.landmarks.extend(rows);
        }
    }
    Ok(())
}

/// One cluster's share and lift in every phase; nothing where the cluster does not occur.
fn phases_of(
    table: &Array2<f64>,
    adjusted: &Array1<f64>,
    cluster: usize,
    class: Option<&String>,
) -> Vec<Landmark> {
    let (row, total) = (table.row(cluster), table.sum());
    let own = row.sum();
    if own <= 0.0 {
        return Vec::new();
    }
    let of_phase = |(p, name): (usize, &&str)| {
        let everywhere = table.column(p).sum() / total;
        (everywhere > 0.0).then(|| Landmark {
            phase: (*name).to_owned(),
            class: class.cloned(),
            share: row[p] / own,
            lift: row[p] / own / everywhere,
            p_adjusted: adjusted.get(cluster * PHASES.len() + p).copied(),
        })
    };
    PHASES.iter().enumerate().filter_map(of_phase).collect()
}

fn followers(changes: &Array2<u64>, cluster: usize) -> Vec<Follower> {
    let row = changes.row(cluster);
    let total = row.sum();
    let mut order: Vec<usize> = (0..row.len()).filter(|other| row[*other] > 0).collect();
    order.sort_by(|a, b| row[*b].cmp(&row[*a]).then(a.cmp(b)));
    let follower = |other: usize| Follower {
        cluster: other,
        share: row[other] as f64 / total as f64,
    };
    order.into_iter().take(NAMED).map(follower).collect()
}

/// The timestamps that belong to a cluster most plainly, one per patient.
fn segments(
    alignment: &Alignment,
    cluster: usize,
    id: &impl Fn(usize) -> String,
    group: &impl Fn(usize) -> String,
) -> Vec<Segment> {
    let mut patients = std::collections::HashSet::new();
    let plainest = alignment.plainest(cluster).into_iter();
    let chosen = plainest
        .filter(|place| patients.insert(group(place.record)))
        .take(NAMED);
    chosen
        .map(|place| Segment {
            record: id(place.record),
            time: place.time,
            membership: f64::from(place.membership),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn lift_is_the_share_over_the_phases_share() {
        let mut table = Array2::zeros((2, PHASES.len()));
        (table[[0, 2]], table[[0, 4]], table[[1, 4]]) = (3.0, 1.0, 4.0);
        let adjusted = Array1::from_elem(2 * PHASES.len(), 0.5);
        let rows = phases_of(&table, &adjusted, 0, None);
        assert_eq!(rows.len(), 2, "phases that do not occur have no lift");
        assert_eq!((rows[0].phase.as_str(), rows[0].share), ("QRS", 0.75));
        assert!((rows[0].lift - 2.0).abs() < 1e-12 && (rows[1].lift - 0.4).abs() < 1e-12);
    }

    #[test]
    fn followers_come_most_often_first() {
        let found = followers(&array![[0, 1, 3], [0, 0, 0], [2, 2, 0]], 0);
        assert_eq!((found[0].cluster, found[0].share, found[1].cluster), (2, 0.75, 1));
        assert!(followers(&array![[0, 0], [0, 0]], 1).is_empty());
    }
}
