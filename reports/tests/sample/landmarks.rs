//! Clusters that follow the heartbeat.

use ecg_audit_engine::audit::*;

use super::{CLASSES, K, RECORDS, Sequence, ecg};

/// Phases with their share of time and their ends, seconds from the R peak.
pub const PHASES: [(&str, f64, [f64; 2]); 7] = [
    ("P", 0.115, [-0.24, -0.12]),
    ("PR", 0.048, [-0.12, -0.05]),
    ("QRS", 0.103, [-0.05, 0.05]),
    ("ST", 0.094, [0.05, 0.17]),
    ("T", 0.192, [0.17, 0.37]),
    ("TP", 0.421, [0.37, 0.70]),
    ("none", 0.027, [0.0, 0.0]),
];
/// The mean beat's first time and step, seconds.
const START: f64 = -0.3;
const STEP: f64 = 0.01;
const VALUES: usize = 81;

pub fn landmarks() -> Landmarks {
    Landmarks {
        sources: vec!["dwt".into()],
        records: 341,
        beats: 4127,
        phases: PHASES
            .map(|(phase, share, _)| PhaseShare {
                phase: phase.into(),
                share,
            })
            .into(),
        mutual_information: 0.8713,
        explained: 0.3842,
        p: 0.001,
        permutations: 999,
        tested_records: 341,
        time_step: 0.04,
    }
}

pub fn uncertainty() -> Vec<UncertaintyGroup> {
    let centres = [0.851, 0.846, 0.792, 0.822, 0.817, 0.838, 0.844];
    PHASES
        .iter()
        .zip(centres)
        .map(|((phase, _, _), centre)| super::group(phase, "landmark", 341, centre))
        .collect()
}

/// Fills in where the clusters lie.
pub fn place(clusters: &mut [Cluster]) {
    let mut s = Sequence::new(23);
    for cluster in clusters {
        // Those in which the sample's timelines stay, see `ecg::cluster`.
        let home = match cluster.id {
            0 | 1 => 5,
            3 => 0,
            7 => 2,
            12 => 3,
            16 => 4,
            id => (id * 3 + 1) % 6,
        };
        let strength = s.within(1.0, 25.0);
        cluster.landmarks = shares(&mut s, home, strength, None);
        for class in CLASSES {
            let strength = strength * s.within(0.5, 1.5);
            cluster
                .landmarks
                .extend(shares(&mut s, home, strength, Some(class)));
        }
        cluster.beat = Some(beat(&mut s, cluster.id, home, strength));
        cluster.segments = (0..5)
            .map(|i| Segment {
                record: RECORDS
                    .get(i)
                    .map_or_else(|| "00404_lr".into(), |r| r.to_string()),
                time: s.within(0.2, 9.8),
                membership: s.within(0.5, 0.9),
            })
            .collect();
        cluster.followed_by = [0.41, 0.22, 0.13, 0.06]
            .into_iter()
            .enumerate()
            .map(|(i, share)| Follower {
                cluster: (cluster.id + i * 4 + 1) % K,
                share,
            })
            .collect();
    }
}

fn shares(s: &mut Sequence, home: usize, strength: f64, class: Option<&str>) -> Vec<Landmark> {
    let raw: Vec<f64> = PHASES
        .iter()
        .enumerate()
        .map(|(i, (_, share, _))| share * if i == home { strength } else { s.within(0.1, 1.2) })
        .collect();
    let total: f64 = raw.iter().sum();
    PHASES
        .iter()
        .zip(raw)
        .map(|((phase, time, _), raw)| {
            let lift = raw / total / time;
            Landmark {
                phase: phase.to_string(),
                class: class.map(String::from),
                share: raw / total,
                lift,
                p_adjusted: Some((-6.0 * lift.log2().abs()).exp().clamp(0.0014, 1.0)),
            }
        })
        .collect()
}

fn beat(s: &mut Sequence, id: usize, home: usize, strength: f64) -> MeanBeat {
    let times: Vec<f64> = (0..VALUES).map(|i| START + i as f64 * STEP).collect();
    let [from, to] = PHASES[home].2;
    let scale = s.within(0.7, 1.1);
    let edge = |t: f64| 1.0 / (1.0 + (-t / 0.015).exp());
    MeanBeat {
        records: 20 + id,
        beats: 240 + 13 * id,
        leads: ecg::LEADS.map(String::from).into(),
        start: START,
        step: STEP,
        microvolts: (0..ecg::LEADS.len())
            .map(|lead| {
                let value = |t: &f64| Some((ecg::wave(*t, lead) * scale * 1000.0).round() as i32);
                times.iter().map(value).collect()
            })
            .collect(),
        occupancy: times
            .iter()
            .map(|t| 0.02 + (strength / 45.0).min(0.6) * edge(t - from) * edge(to - t))
            .collect(),
    }
}
