//! A made-up audit with everything in it. Its figures are drawn from a fixed sequence and mean nothing.

use ecg_audit_engine::audit::*;
use serde_json::json;

pub mod bare;
mod ecg;
mod explain;
mod fidelity;
mod findings;
pub mod hostile;
mod issues;
mod kinds;
mod landmarks;
mod large;
mod networks;
mod regression;

#[allow(unused_imports)] // each program takes its own part
pub const CLASSES: [&str; 5] = ["NORM", "MI", "STTC", "CD", "HYP"];
pub const K: usize = 20;

/// Numbers in [0, 1), always the same.
pub struct Sequence(u64);

impl Sequence {
    pub fn new(seed: u64) -> Self {
        Sequence(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
}

/// Every kind of audit: its name, which is also its page's, and the audit.
pub fn kinds() -> Vec<(&'static str, Audit)> {
    kinds::kinds()
}

/// The audit of a network that tells ages.
pub fn regression() -> Audit {
    regression::audit()
}

/// The audit of a network for every fold.
pub fn networks() -> Audit {
    networks::audit()
}

pub fn audit() -> Audit {
    let mut s = Sequence::new(7);
    Audit {
        schema: SCHEMA.into(),
        name: "ptb-xl-superclass".into(),
        task: Task::MultiLabel,
        classes: CLASSES.map(String::from).into(),
        target: None,
        provenance: provenance(),
        method: method(&mut s),
        cross_validation: None,
        model_vs_truth: Some(fidelity::model_vs_truth(&mut s)),
        baselines: Baselines { majority_agreement: Some(0.8097), permuted_agreement: Some(0.7931), mean_mae: None, permuted_mae: None, permuted_r2: None },
        surrogates: vec![fidelity::surrogate("forest", 0.919, &mut s, true), fidelity::surrogate("linfa/tree", 0.868, &mut s, false)],
        uncertainty: uncertainty(&mut s),
        clusters: clusters(&mut s),
        landmarks: Some(landmarks::landmarks()),
        attribution: Some(explain::attribution()),
        faithfulness: Some(explain::faithfulness()),
        sanity: Some(explain::sanity()),
        stability: Some(explain::stability()),
        issues: issues::issues(),
        data_quality: findings::data_quality(),
        checks: findings::checks(),
        limits: vec![
            "The network was trained on some of these records: figures against the labels are too good by an unknown amount.".into(),
            "Single seed: how much the clusters change with another seed was not measured.".into(),
            "6 records were set aside and appear in no figure.".into(),
            "Padding was masked, so clusters say nothing about the first and last 0.2 s.".into(),
        ],
        traces: (0..6).map(|i| ecg::trace(i, RECORDS[i], K)).collect(),
        timing: Timing {
            stages: [("read", 4.1), ("encode", 21.7), ("codebooks", 9.6), ("assign", 6.2), ("surrogates", 12.9), ("associations", 0.4), ("report", 0.3)]
                .map(|(name, seconds)| StageTiming { name: name.into(), seconds })
                .into(),
            total_seconds: 55.2,
            peak_rss_bytes: Some(612_000_000),
        },
    }
}

pub const RECORDS: [&str; 6] = [
    "00213_lr", "00098_lr", "00311_lr", "00045_lr", "00187_lr", "00260_hr",
];

fn provenance() -> Provenance {
    let plugin = |kind: &str, name: &str, params| Plugin {
        kind: kind.into(),
        name: name.into(),
        version: "0.1.0".into(),
        sha256: "3f7a0c9be41d52f68a7710dd1c5b0e9924ab63cf8e17d5506b2f94aa31c8e07d".into(),
        params,
    };
    let record = |record: &str, reason: &str| SkippedRecord {
        record: record.into(),
        reason: reason.into(),
    };
    Provenance {
        version: "0.1.0".into(),
        started: "2026-11-22T09:41:07Z".into(),
        seed: 7,
        threads: 2,
        model_sha256: Some("b1946ac92492d2347c6235b4d2611184c7f1a2f0ad43c3a6a4f0a6cbd2b1e9fa".into()),
        plugins: vec![
            plugin(
                "encoder",
                "tract",
                json!({"model": "ecgresnet.onnx", "taps": ["/layer2/Relu", "/layer3/Relu", "/layer4/Relu"], "output": "logits", "activation": "sigmoid"}),
            ),
            plugin("clusterer", "kmeans", json!({"k": 20})),
            plugin("uncertainty", "entropy", json!({})),
            plugin("delineator", "dwt", json!({})),
            plugin("surrogate", "forest", json!({"trees": 300})),
            plugin("surrogate", "linfa/tree", json!({"max_depth": 8})),
        ],
        config_sha256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03".into(),
        data: Data {
            reader: "ptb-xl".into(),
            path: "data/ptb-xl".into(),
            records: 344,
            labelled: 340,
            groups: 331,
            folds: (1..=10).collect(),
            class_counts: vec![172, 84, 76, 71, 43],
            sampling_rate: 100.0,
            leads: ecg::LEADS.map(String::from).into(),
            skipped: vec![
                record("00137_lr", "rec00137.dat: expected 24000 bytes, found 11776"),
                record(
                    "00143_lr",
                    "lead V3: checksum −1204 in the header, 881 in the data",
                ),
            ],
            warnings: vec![
                record("00020_lr", "lead V6 is flat"),
                record("00301_lr", "lead aVL: 412 samples missing"),
            ],
        },
    }
}

fn method(s: &mut Sequence) -> Method {
    let tap = |name: &str, channels, length, field, weight| TapInfo {
        name: name.into(),
        channels,
        length,
        time_step: 3.0 / length as f64,
        receptive_field: Some(field),
        weight,
    };
    let mut codebooks: Vec<Codebook> = (1..=10)
        .map(|fold| Codebook {
            fold: Some(fold),
            timestamps: 200_000,
            available: 309_600,
            iterations: 18 + (s.next() * 20.0) as usize,
            converged: fold != 4,
            mean_squared_distance: s.within(0.41, 0.43),
        })
        .collect();
    codebooks.push(Codebook {
        fold: None,
        timestamps: 200_000,
        available: 344_000,
        iterations: 31,
        converged: true,
        mean_squared_distance: 0.4211,
    });
    Method {
        taps: vec![
            tap("/layer2/Relu", 64, 75, 0.31, 1.0),
            tap("/layer3/Relu", 128, 38, 0.75, 0.504),
            tap("/layer4/Relu", 256, 19, 1.63, 0.253),
        ],
        features: 448,
        time_step: 0.04,
        clusters: K,
        codebooks,
        feature_plan: "kept in memory: 148 MB are below the budget of 512 MB".into(),
    }
}

fn group(group: &str, by: &str, records: usize, centre: f64) -> UncertaintyGroup {
    UncertaintyGroup {
        group: group.into(),
        by: by.into(),
        records,
        mean: centre + 0.002,
        sd: Some(0.021),
        quantiles: [
            centre - 0.04,
            centre - 0.015,
            centre,
            centre + 0.017,
            centre + 0.038,
        ],
    }
}

fn uncertainty(s: &mut Sequence) -> Uncertainty {
    let counts = [172, 84, 76, 71, 43];
    let mut by_class = Vec::new();
    for by in ["truth", "model"] {
        by_class.extend(
            CLASSES
                .iter()
                .zip(counts)
                .map(|(c, n)| group(c, by, n, s.within(0.79, 0.86))),
        );
    }
    Uncertainty {
        measure: "entropy".into(),
        mean: 0.8272,
        sd: Some(0.0041),
        by_class,
        by_correctness: vec![
            group("correct", "correctness", 205, 0.822),
            group("incorrect", "correctness", 135, 0.841),
        ],
        by_landmark: landmarks::uncertainty(),
    }
}

fn clusters(s: &mut Sequence) -> Vec<Cluster> {
    let raw: Vec<f64> = (0..K).map(|_| s.within(0.2, 1.6)).collect();
    let total: f64 = raw.iter().sum();
    let mut clusters: Vec<Cluster> = raw
        .iter()
        .enumerate()
        .map(|(id, share)| Cluster {
            id,
            share: share / total,
            records_share: s.within(0.35, 1.0),
            uncertainty: s.within(0.74, 0.89),
            dwell_seconds: s.within(0.05, 0.31),
            correlations: correlations(s),
            landmarks: vec![],
            beat: None,
            segments: vec![],
            followed_by: vec![],
            exemplars: (0..3)
                .map(|i| RECORDS[(id + i * 2) % RECORDS.len()].into())
                .collect(),
        })
        .collect();
    landmarks::place(&mut clusters);
    clusters
}

fn correlations(s: &mut Sequence) -> Vec<Correlation> {
    let lean: Vec<f64> = CLASSES.iter().map(|_| s.within(-0.75, 0.75)).collect();
    ["model", "truth"]
        .iter()
        .flat_map(|against| {
            CLASSES
                .iter()
                .zip(&lean)
                .map(|(class, lean)| {
                    let rho = if *against == "model" { *lean } else { lean * 0.7 };
                    let p = (-rho * rho * 60.0).exp();
                    Correlation {
                        class: class.to_string(),
                        against: against.to_string(),
                        rho: Some(rho),
                        p: Some(p),
                        p_adjusted: Some((p * 1.6).min(1.0)),
                    }
                })
                .collect::<Vec<_>>()
        })
        .collect()
}
