//! Curves that look like ECGs, and timelines that follow their beats.

use ecg_audit_engine::audit::{AttributionMethod, Trace, TraceAttribution};

use super::Sequence;

pub const LEADS: [&str; 12] = [
    "I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6",
];
/// Amplitudes of P, Q, R, S and T per lead, mV.
const WAVES: [[f64; 5]; 12] = [
    [0.08, -0.05, 0.70, -0.12, 0.20],
    [0.14, -0.08, 1.10, -0.20, 0.30],
    [0.07, -0.05, 0.45, -0.12, 0.12],
    [-0.11, 0.06, -0.85, 0.15, -0.24],
    [0.03, -0.04, 0.25, -0.08, 0.08],
    [0.10, -0.06, 0.75, -0.15, 0.20],
    [0.05, 0.00, 0.20, -0.95, -0.05],
    [0.07, 0.00, 0.40, -1.40, 0.35],
    [0.08, -0.02, 0.75, -1.00, 0.45],
    [0.09, -0.05, 1.30, -0.60, 0.50],
    [0.09, -0.08, 1.45, -0.30, 0.42],
    [0.08, -0.08, 1.10, -0.12, 0.30],
];
/// Centre relative to R and width of each wave, seconds.
const SHAPES: [(f64, f64); 5] = [
    (-0.17, 0.022),
    (-0.03, 0.009),
    (0.0, 0.011),
    (0.032, 0.011),
    (0.26, 0.045),
];

/// A 10 s record; the last of the sample is at 500 Hz.
pub fn trace(index: usize, record: &str, clusters: usize) -> Trace {
    let rate = if record.ends_with("hr") { 500.0 } else { 100.0 };
    let mut s = Sequence::new(100 + index as u64);
    let beats = beats(&mut s, 0.72 + index as f64 * 0.06);
    let samples = (10.0 * rate) as usize;
    let microvolts: Vec<Vec<Option<i32>>> = WAVES
        .iter()
        .enumerate()
        .map(|(lead, waves)| {
            (0..samples)
                .map(|i| {
                    let missing = index == 2 && lead == 4 && (300..330).contains(&i);
                    (!missing).then(|| value(i as f64 / rate, &beats, waves, index, &mut s))
                })
                .collect()
        })
        .collect();
    let (start, step) = (0.2, 0.04);
    let steps = 240;
    let assigned: Vec<Option<u32>> = (0..steps)
        .map(|i| Some(cluster(start + (i as f64 + 0.5) * step, &beats, clusters, &mut s)))
        .collect();
    let memberships: Vec<f32> = (0..steps).map(|_| s.within(0.18, 0.6) as f32).collect();
    Trace {
        record: record.into(),
        sampling_rate: rate,
        leads: LEADS.map(String::from).into(),
        microvolts,
        timeline_start: start,
        timeline_step: step,
        uncertainty: memberships.iter().map(|m| 1.05 - m * 0.7).collect(),
        clusters: assigned,
        memberships,
        attribution: vec![TraceAttribution {
            class: "MI".into(),
            method: AttributionMethod::GradCam,
            start: 0.0,
            step: 0.08,
            values: (0..125).map(|t| Some((t % 10) as f32 / 10.0)).collect(),
        }],
        landmarks: Vec::new(),
        layout: Default::default(),
        metadata: [
            ("age", "64"),
            ("sex", "female"),
            ("device", "CS-12"),
            ("site", "1"),
            ("validated_by_human", "no"),
            ("baseline_drift", "V1, V2"),
        ]
        .map(|(k, v)| (k.to_string(), v.to_string()))
        .into(),
    }
}

fn beats(s: &mut Sequence, interval: f64) -> Vec<f64> {
    let mut beats = vec![0.35];
    while let Some(&last) = beats.last().filter(|b| **b < 10.5) {
        beats.push(last + interval * s.within(0.95, 1.05));
    }
    beats
}

fn value(t: f64, beats: &[f64], waves: &[f64; 5], index: usize, s: &mut Sequence) -> i32 {
    let mut mv = 0.03 * (t * 1.3 + index as f64).sin() + s.within(-0.012, 0.012);
    for beat in beats.iter().filter(|b| (t - **b).abs() < 0.7) {
        mv += shape(t - beat, waves);
        if index == 0 {
            // ST elevation.
            mv += 0.15 / (1.0 + (-(t - beat - 0.05) / 0.01).exp()) / (1.0 + ((t - beat - 0.2) / 0.03).exp());
        }
    }
    (mv * 1000.0).round() as i32
}

/// A beat in a lead, mV, at `t` seconds from its R peak.
pub fn wave(t: f64, lead: usize) -> f64 {
    shape(t, &WAVES[lead])
}

fn shape(t: f64, waves: &[f64; 5]) -> f64 {
    let each = SHAPES.iter().zip(waves).map(|((centre, width), amplitude)| {
        let z = (t - centre) / width;
        amplitude * (-0.5 * z * z).exp()
    });
    each.sum()
}

fn cluster(t: f64, beats: &[f64], clusters: usize, s: &mut Sequence) -> u32 {
    let to_beat = beats
        .iter()
        .map(|b| t - b)
        .min_by(|a, b| a.abs().total_cmp(&b.abs()))
        .unwrap_or(1.0);
    let phase = match to_beat {
        d if d < -0.24 => 0,
        d if d < -0.1 => 3,
        d if d < 0.06 => 7,
        d if d < 0.16 => 12,
        d if d < 0.36 => 16,
        _ => 1,
    };
    let other = (s.next() * clusters as f64) as usize;
    (if s.next() < 0.1 { other } else { phase % clusters }) as u32
}
