//! Each kind of finding, planted in synthetic ECGs.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ecg_audit_ecg::Signal;
use ecg_audit_ecg::quality::placement::{EXCHANGES, Exchange};
use ecg_audit_ecg::quality::{Finding, Kind, assess};
use ecg_audit_ecg::synth::{Options, Synthesizer};
use ndarray::{Array2, s};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const RECORDS: usize = 24;

fn synthetic(sampling_rate: u32, noise: f64) -> Vec<Signal> {
    let options = Options {
        records: RECORDS,
        sampling_rate,
        noise,
        ..Options::default()
    };
    let synthesizer = Synthesizer::new(&options).unwrap();
    (0..RECORDS)
        .map(|i| synthesizer.record(i).unwrap().signal)
        .collect()
}

/// Synthetic records by rate, without and with noise.
type Recordings = BTreeMap<(u32, bool), Arc<Vec<Signal>>>;

/// Made once.
static RECORDINGS: Mutex<Recordings> = Mutex::new(BTreeMap::new());

/// The records of the synthesizer (100 and 500 Hz), at half or twice that rate too.
fn at_rate(rate: u32, noise: bool) -> Arc<Vec<Signal>> {
    let mut made = RECORDINGS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let noise_scale = f64::from(u8::from(noise));
    let signals = made.entry((rate, noise)).or_insert_with(|| {
        Arc::new(match rate {
            250 => synthetic(500, noise_scale).into_iter().map(halved).collect(),
            1000 => synthetic(500, noise_scale).iter().map(doubled).collect(),
            rate => synthetic(rate, noise_scale),
        })
    });
    Arc::clone(signals)
}

fn halved(signal: Signal) -> Signal {
    Signal {
        samples: signal.samples.slice(s![.., ..;2]).to_owned(),
        sampling_rate: signal.sampling_rate / 2.0,
        ..signal
    }
}

fn doubled(signal: &Signal) -> Signal {
    let (leads, n) = signal.samples.dim();
    let samples = Array2::from_shape_fn((leads, 2 * n), |(lead, i)| {
        let (a, b) = (
            signal.samples[[lead, i / 2]],
            signal.samples[[lead, (i / 2 + i % 2).min(n - 1)]],
        );
        (a + b) / 2.0
    });
    Signal {
        samples,
        sampling_rate: 2.0 * signal.sampling_rate,
        leads: signal.leads.clone(),
    }
}

fn found(signal: &Signal, kind: Kind) -> Option<Finding> {
    let quality = assess(signal);
    assert_eq!(quality.leads.len(), signal.leads.len());
    for finding in &quality.findings {
        assert!((0.0..=1.0).contains(&finding.score), "{finding:?}");
        assert!(
            !finding.sentence.is_empty() && !finding.leads.is_empty(),
            "{finding:?}"
        );
    }
    quality.findings.into_iter().find(|finding| finding.kind == kind)
}

/// Share of records with each kind of finding.
fn shares(signals: &[Signal]) -> Vec<(Kind, f64)> {
    let all: Vec<_> = signals.iter().map(|signal| assess(signal).findings).collect();
    let count = |kind| {
        all.iter()
            .filter(|findings| findings.iter().any(|f| f.kind == kind))
            .count()
    };
    Kind::ALL
        .map(|kind| (kind, count(kind) as f64 / signals.len() as f64))
        .to_vec()
}

fn share(signals: &[Signal], kind: Kind) -> f64 {
    signals
        .iter()
        .filter(|signal| found(signal, kind).is_some())
        .count() as f64
        / signals.len() as f64
}

/// Share of records without noise in which a change is found. (Before it they have no finding: see
/// `clean_records_give_no_finding`.)
fn planted(rate: u32, kind: Kind, lead: &str, change: impl Fn(&mut Signal, usize)) -> f64 {
    let signals = at_rate(rate, false);
    let hits = signals.iter().filter(|signal| {
        let mut changed = (*signal).clone();
        let row = changed.lead(lead).unwrap();
        change(&mut changed, row);
        found(&changed, kind).is_some_and(|finding| finding.leads.contains(&changed.leads[row]))
    });
    hits.count() as f64 / signals.len() as f64
}

const RATES: [u32; 4] = [100, 250, 500, 1000];

#[test]
fn clean_records_give_no_finding() {
    for rate in RATES {
        for (kind, share) in shares(&at_rate(rate, false)) {
            assert_eq!(share, 0.0, "{kind} at {rate} Hz");
        }
    }
}

#[test]
fn the_synthesizers_usual_noise_gives_few_findings() {
    for rate in RATES {
        for (kind, share) in shares(&at_rate(rate, true)) {
            // It plants bursts itself in 6 % of records, and static noise has a tail.
            let most = match kind {
                Kind::BurstNoise => 0.15,
                Kind::StaticNoise => 0.1,
                _ => 0.05,
            };
            assert!(share <= most, "{kind} at {rate} Hz in {share}");
        }
    }
}

#[test]
fn missing_samples_are_found() {
    for rate in RATES {
        let share = planted(rate, Kind::Missing, "V3", |signal, row| {
            let n = signal.samples.ncols();
            signal
                .samples
                .slice_mut(s![row, n / 2..n / 2 + n / 20])
                .fill(f32::NAN);
        });
        assert_eq!(share, 1.0);
    }
}

#[test]
fn flat_leads_are_found() {
    for rate in RATES {
        let share = planted(rate, Kind::Flat, "AVL", |signal, row| {
            signal
                .samples
                .slice_mut(s![row, 0..(3 * rate) as usize])
                .fill(0.2);
        });
        assert_eq!(share, 1.0);
    }
}

#[test]
fn clipped_leads_are_found() {
    for rate in RATES {
        let share = planted(rate, Kind::Clipped, "V4", |signal, row| {
            let mut lead = signal.samples.row_mut(row);
            let high = lead.iter().copied().fold(f32::MIN, f32::max);
            let low = lead.iter().copied().fold(f32::MAX, f32::min);
            // A range that ends at a third of the larger deflection, as with too high a gain.
            let end = 0.33 * high.max(-low);
            lead.mapv_inplace(|v| v.clamp(-end, end));
        });
        assert!(share >= 0.95, "{share} at {rate} Hz");
    }
}

#[test]
fn drift_and_noise_are_found() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut noise: Vec<f32> = Vec::new();
    noise.resize_with(10_000, || rng.random_range(-1.0..1.0));
    for rate in RATES {
        let share = planted(rate, Kind::BaselineDrift, "V6", |signal, row| {
            for (i, v) in signal.samples.row_mut(row).iter_mut().enumerate() {
                *v += 1.2 * (std::f32::consts::TAU * 0.15 * i as f32 / rate as f32).sin();
            }
        });
        assert_eq!(share, 1.0, "drift at {rate} Hz");
        let share = planted(rate, Kind::StaticNoise, "II", |signal, row| {
            for (v, noise) in signal.samples.row_mut(row).iter_mut().zip(&noise) {
                *v += 0.12 * noise;
            }
        });
        assert_eq!(share, 1.0, "static noise at {rate} Hz");
        let share = planted(rate, Kind::BurstNoise, "V1", |signal, row| {
            let mut burst = signal
                .samples
                .slice_mut(s![row, (4 * rate) as usize..(5 * rate) as usize]);
            for (v, noise) in burst.iter_mut().zip(&noise) {
                *v += 0.3 * noise;
            }
        });
        assert!(share >= 0.95, "burst at {rate} Hz: {share}");
    }
}

#[test]
fn wrong_scales_are_found() {
    for rate in RATES {
        for factor in [1000.0, 200.0, 0.001] {
            let share = planted(rate, Kind::Scale, "V2", |signal, _| signal.samples *= factor);
            assert_eq!(share, 1.0, "{factor}");
        }
        let share = planted(rate, Kind::Scale, "V2", |signal, row| {
            signal.samples.row_mut(row).mapv_inplace(|v| 1000.0 * v);
        });
        assert!(share >= 0.95, "{share}");
    }
}

#[test]
fn a_wrong_scale_does_not_make_other_findings() {
    for signal in at_rate(100, false).iter() {
        for factor in [1000.0, 0.001] {
            let scaled = Signal {
                samples: &signal.samples * factor,
                ..signal.clone()
            };
            let kinds: Vec<_> = assess(&scaled)
                .findings
                .iter()
                .map(|finding| finding.kind)
                .collect();
            assert_eq!(kinds, [Kind::Scale]);
        }
    }
}

#[test]
fn limb_leads_of_two_moments_are_found() {
    for rate in RATES {
        let share = planted(rate, Kind::LimbLeadsInconsistent, "III", |signal, row| {
            // The lead comes a second late, as when leads were recorded in groups.
            let late = signal.samples.slice(s![row, ..-(rate as isize)]).to_owned();
            signal.samples.slice_mut(s![row, rate as usize..]).assign(&late);
        });
        assert!(share >= 0.95, "{share}");
        let share = planted(rate, Kind::LimbLeadsInconsistent, "AVR", |signal, row| {
            signal.samples.row_mut(row).mapv_inplace(|v| -v);
        });
        assert_eq!(share, 1.0);
    }
}

#[test]
fn exchanged_electrodes_are_found() {
    for rate in RATES {
        let signals = at_rate(rate, true);
        // The model was fitted on real hearts, the synthesizer's are simpler: see the test on real records for figures.
        for (index, least) in [(0, 0.8), (1, 0.8), (12, 0.9)] {
            let (name, exchange) = EXCHANGES[index];
            let kind = match exchange {
                Exchange::Limb(_) => Kind::LimbLeadReversal,
                Exchange::Chest(_) => Kind::PrecordialMisplacement,
            };
            let changed: Vec<_> = signals
                .iter()
                .map(|signal| exchange.recorded(signal).unwrap())
                .collect();
            let share = share(&changed, kind);
            assert!(share >= least, "{name} at {rate} Hz: {share}");
        }
    }
}

#[test]
fn an_arm_electrode_on_the_right_leg_is_found() {
    for signal in at_rate(500, false).iter() {
        let mut changed = signal.clone();
        for mut leads in changed.samples.columns_mut() {
            // RA has the left leg's potential: II is 0, I is -III.
            let iii = leads[2];
            let limb = [-iii, 0.0, iii, iii / 2.0, -iii, iii / 2.0];
            leads.iter_mut().zip(limb).for_each(|(v, value)| *v = value);
        }
        let found = found(&changed, Kind::LimbLeadReversal);
        // Where the left arm's and left leg's potentials differ little, nothing tells which lead is flat.
        let largest = signal
            .samples
            .row(2)
            .iter()
            .fold(0f32, |most, v| most.max(v.abs()));
        assert!(found.is_some_and(|f| f.sentence.contains("Lead II is almost flat")) || largest < 0.2);
    }
}

#[test]
fn padding_is_no_finding() {
    for signal in at_rate(100, false).iter() {
        let n = signal.samples.ncols();
        let mut samples = Array2::zeros((12, 2 * n));
        samples
            .slice_mut(s![.., n / 2..n / 2 + n])
            .assign(&signal.samples);
        let padded = Signal {
            samples,
            ..signal.clone()
        };
        assert_eq!(assess(&padded).findings, []);
    }
}

#[test]
fn what_cannot_be_measured_is_no_finding() {
    let signal = |leads: usize, samples: usize, value: f32, sampling_rate: f64| Signal {
        samples: Array2::from_elem((leads, samples), value),
        sampling_rate,
        leads: (0..leads).map(|i| format!("X{i}")).collect(),
    };
    assert_eq!(assess(&signal(0, 1000, 0.0, 100.0)).findings, []);
    assert_eq!(assess(&signal(3, 1, 0.5, 100.0)).findings, []);
    let kinds = |signal: &Signal| assess(signal).findings.iter().map(|f| f.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&signal(3, 0, 0.0, 100.0)), [Kind::Missing]);
    assert_eq!(kinds(&signal(3, 1000, f32::NAN, 100.0)), [Kind::Missing]);
    assert_eq!(kinds(&signal(3, 1000, 0.0, 100.0)), [Kind::Flat]);
    for rate in [f64::NAN, 0.0, -5.0, f64::INFINITY] {
        assert_eq!(kinds(&signal(3, 1000, 0.3, rate)), [Kind::Flat]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn nothing_panics(
        (leads, samples) in (0usize..16, prop_oneof![0usize..40, 40usize..1500]),
        rate in prop_oneof![Just(100.0), Just(500.0), 0.01f64..3000.0, proptest::num::f64::ANY],
        names in proptest::collection::vec(
            prop_oneof![Just("I"), Just("II"), Just("DIII"), Just("aVR"), Just("V1"), Just("v1"), Just("?"), Just("")],
            0..18
        ),
        standard in any::<bool>(),
        seed in any::<u64>(),
        kind in 0u8..5,
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let samples = Array2::from_shape_fn((leads, samples), |(_, i)| match kind {
            0 => rng.random_range(-1.0f32..1.0),
            1 => f32::from_bits(rng.random()),
            2 => if rng.random_bool(0.3) { f32::NAN } else { (i as f32).sin() },
            3 => f32::MAX * rng.random_range(-1.0f32..1.0),
            _ => if i % 80 < 5 { 1.0 } else { 0.0 },
        });
        let leads = if standard {
            ecg_audit_ecg::synth::LEADS.map(String::from).to_vec()
        } else {
            names.into_iter().map(String::from).collect()
        };
        let quality = assess(&Signal { samples: samples.clone(), sampling_rate: rate, leads });
        prop_assert_eq!(quality.leads.len(), samples.nrows());
        for finding in &quality.findings {
            prop_assert!((0.0..=1.0).contains(&finding.score), "{:?}", finding);
        }
    }
}
