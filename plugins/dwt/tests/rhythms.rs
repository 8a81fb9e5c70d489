//! What delineators are known to get wrong: fast and slow rhythms, absent, inverted and biphasic waves, ectopic and
//! paced beats, leads and signals that hold nothing.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Beat, Bump, QRS, T, delineate, median, normal, signal, sinus, steady, t_wave, uniform};
use ecg_audit_plugin::{Beat as Found, Delineation};
use ndarray::{Array2, s};

const RATE: f64 = 500.0;
const GAINS: [f64; 6] = [1.0, 0.7, -0.5, 1.3, 0.35, -0.9];

/// Every beat found once, within 30 ms, and none else.
fn assert_beats(found: &[Found], beats: &[Beat], rate: f64) {
    assert_peaks(found, beats, rate, 0.03);
}

fn assert_peaks(found: &[Found], beats: &[Beat], rate: f64, within: f64) {
    let peaks: Vec<f64> = found
        .iter()
        .filter_map(|beat| Some(beat.qrs.peak? / rate))
        .collect();
    assert_eq!(peaks.len(), beats.len(), "{peaks:?}");
    for (peak, beat) in peaks.iter().zip(beats) {
        assert!((peak - beat.at).abs() < within, "{peak} for {}", beat.at);
    }
}

fn share(found: &Delineation, has: fn(&Found) -> bool) -> f64 {
    found.fused.iter().filter(|beat| has(beat)).count() as f64 / found.fused.len().max(1) as f64
}

const HAS_P: fn(&Found) -> bool = |beat| beat.p.peak.is_some();
const HAS_T: fn(&Found) -> bool = |beat| beat.t.peak.is_some();

#[test]
fn rates_from_30_to_220() {
    for per_minute in [
        30.0, 45.0, 60.0, 75.0, 100.0, 120.0, 140.0, 160.0, 180.0, 200.0, 220.0,
    ] {
        for (gains, noise) in [(&GAINS[..], 0.0), (&GAINS[..], 0.02), (&GAINS[..1], 0.01)] {
            let beats = steady(per_minute, 10.0);
            let found = delineate(&signal(&beats, gains, 10.0, RATE, noise), RATE);
            assert_beats(&found.fused, &beats, RATE);
        }
    }
}

#[test]
fn landmarks_lie_where_the_waves_are() {
    // Limits 2.5 widths out, as the synthetic data sets of this project define them.
    // Faster, P begins before T has ended.
    for per_minute in [40.0, 60.0, 80.0, 100.0, 120.0] {
        let beats = steady(per_minute, 10.0);
        let found = delineate(&signal(&beats, &GAINS, 10.0, RATE, 0.005), RATE);
        let interval = 60.0 / per_minute;
        let t = t_wave(interval);
        let p = sinus(0.0, interval).waves[0];
        let error = |of: fn(&Found) -> Option<f64>, at: f64| {
            let errors = found.fused.iter().zip(&beats).skip(1);
            let errors: Vec<f64> = errors
                .filter_map(|(f, b)| Some(1000.0 * (of(f)? / RATE - b.at - at)))
                .collect();
            let (found, beats) = (errors.len(), beats.len());
            assert!(
                3 * found > 2 * beats,
                "{found} of {beats} beats at {per_minute}/min"
            );
            median(errors)
        };
        let within = |what: &str, error: f64, ms: f64| {
            assert!(error.abs() <= ms, "{what} at {per_minute}/min: {error} ms");
        };
        within("P peak", error(|b| b.p.peak, p.0), 4.0);
        within("P onset", error(|b| b.p.onset, p.0 - 2.5 * p.1), 10.0);
        within("P offset", error(|b| b.p.offset, p.0 + 2.5 * p.1), 12.0);
        within("R peak", error(|b| b.qrs.peak, 0.0), 2.0);
        within(
            "QRS onset",
            error(|b| b.qrs.onset, QRS[0].0 - 2.5 * QRS[0].1),
            8.0,
        );
        within(
            "QRS offset",
            error(|b| b.qrs.offset, QRS[2].0 + 2.5 * QRS[2].1),
            8.0,
        );
        within("T peak", error(|b| b.t.peak, t.0), 6.0);
        within("T offset", error(|b| b.t.offset, t.0 + 2.5 * t.1), 20.0);
    }
}

#[test]
fn no_p_in_atrial_fibrillation() {
    // Irregular intervals, and fibrillatory waves at 6 Hz that wander in phase.
    let mut beats = Vec::new();
    let mut at = 0.5;
    for n in 0.. {
        if at > 9.4 {
            break;
        }
        let interval = 0.72 + 0.28 * uniform(900 + n);
        let mut beat = sinus(at, 0.8);
        beat.waves.remove(0);
        beats.push(beat);
        at += interval;
    }
    let mut ecg = signal(&beats, &GAINS, 10.0, RATE, 0.01);
    let mut phase = 0.0;
    for n in 0..ecg.ncols() {
        phase += std::f64::consts::TAU * (6.0 + 1.5 * (0.9 * n as f64 / RATE).sin()) / RATE;
        for lead in 0..ecg.nrows() {
            ecg[[lead, n]] += (0.05 * (phase + lead as f64).sin()) as f32;
        }
    }
    let found = delineate(&ecg, RATE);
    assert_beats(&found.fused, &beats, RATE);
    assert!(share(&found, HAS_P) <= 0.1, "{}", share(&found, HAS_P));
    assert!(share(&found, HAS_T) >= 0.9, "{}", share(&found, HAS_T));
}

#[test]
fn a_wave_that_is_not_there_is_not_found() {
    let only = |keep: fn(&Bump) -> bool| -> Vec<Beat> {
        let mut beats = steady(70.0, 10.0);
        beats.iter_mut().for_each(|beat| beat.waves.retain(keep));
        beats
    };
    for gains in [&GAINS[..], &GAINS[..1]] {
        let without_p = only(|wave| wave.0 > -0.1);
        let found = delineate(&signal(&without_p, gains, 10.0, RATE, 0.015), RATE);
        assert_beats(&found.fused, &without_p, RATE);
        assert_eq!(share(&found, HAS_P), 0.0);
        assert!(share(&found, HAS_T) > 0.9);
        let only_qrs = only(|wave| wave.0.abs() < 0.1);
        let found = delineate(&signal(&only_qrs, gains, 10.0, RATE, 0.015), RATE);
        assert_beats(&found.fused, &only_qrs, RATE);
        assert_eq!((share(&found, HAS_P), share(&found, HAS_T)), (0.0, 0.0));
    }
}

#[test]
fn inverted_and_biphasic_t_waves() {
    for t in [
        vec![(T.0, T.1, -0.35)],
        vec![(0.24, 0.035, -0.25), (0.34, 0.035, 0.25)],
    ] {
        let mut beats = steady(65.0, 10.0);
        for beat in &mut beats {
            beat.waves.pop();
            beat.waves.extend(&t);
        }
        let found = delineate(&signal(&beats, &GAINS[..3], 10.0, RATE, 0.01), RATE);
        assert_beats(&found.fused, &beats, RATE);
        assert!(share(&found, HAS_T) > 0.9);
        let (first, last) = (t[0], t[t.len() - 1]);
        let (start, end) = (first.0 - 2.5 * first.1, last.0 + 2.5 * last.1);
        for (found, beat) in found.fused.iter().zip(&beats) {
            let Some((onset, offset)) = found.t.onset.zip(found.t.offset) else {
                continue;
            };
            assert!((onset / RATE - beat.at - start).abs() < 0.035, "{onset}");
            assert!((offset / RATE - beat.at - end).abs() < 0.035, "{offset}");
        }
    }
}

#[test]
fn ectopic_beats_are_found_and_have_no_p() {
    let mut beats = steady(66.0, 12.0);
    for (n, beat) in beats.iter_mut().enumerate() {
        if n % 4 == 2 {
            beat.at -= 0.32;
            beat.waves = vec![(0.0, 0.035, 1.6), (0.06, 0.03, -0.5), (0.30, 0.06, -0.5)];
        }
    }
    let found = delineate(&signal(&beats, &GAINS, 12.0, RATE, 0.015), RATE);
    assert_beats(&found.fused, &beats, RATE);
    for (n, found) in found.fused.iter().enumerate() {
        let width = (found.qrs.offset.unwrap() - found.qrs.onset.unwrap()) / RATE;
        if n % 4 == 2 {
            assert!(found.p.peak.is_none() && width > 0.13, "{n}: {found:?}");
        } else {
            assert!(width < 0.12, "{n}: {found:?}");
        }
    }
}

#[test]
fn paced_beats_are_found_once() {
    // A spike of 2 ms, then a wide complex with a discordant T wave.
    let mut beats = steady(70.0, 10.0);
    for beat in &mut beats {
        beat.waves = vec![(-0.06, 0.001, 2.0), (0.0, 0.035, -1.2), (0.31, 0.06, 0.5)];
    }
    let found = delineate(&signal(&beats, &GAINS, 10.0, RATE, 0.01), RATE);
    assert_eq!(found.fused.len(), beats.len());
    assert_eq!(share(&found, HAS_P), 0.0);
    assert!(share(&found, HAS_T) > 0.9);
}

#[test]
fn tall_t_waves_are_no_beats() {
    let mut beats = steady(60.0, 10.0);
    for beat in &mut beats {
        beat.waves.pop();
        beat.waves.push((0.30, 0.04, 1.3));
    }
    let found = delineate(&signal(&beats, &GAINS, 10.0, RATE, 0.01), RATE);
    assert_beats(&found.fused, &beats, RATE);
}

#[test]
fn leads_that_are_off_have_no_beats_and_spoil_nothing() {
    let beats = steady(70.0, 10.0);
    let mut ecg = signal(&beats, &GAINS, 10.0, RATE, 0.01);
    let whole = delineate(&ecg, RATE);
    ecg.row_mut(1).fill(0.25);
    ecg.row_mut(2).fill(f32::NAN);
    for n in 0..ecg.ncols() {
        ecg[[4, n]] = (std::f64::consts::TAU * 50.0 * n as f64 / RATE).sin() as f32;
    }
    let found = delineate(&ecg, RATE);
    assert_beats(&found.fused, &beats, RATE);
    for lead in [1, 2, 4] {
        assert!(found.per_lead[lead].is_empty(), "lead {lead}");
    }
    for lead in [0, 3, 5] {
        // An inverted lead's R wave is its S wave.
        assert_peaks(&found.per_lead[lead], &beats, RATE, 0.045);
    }
    let moved = |of: fn(&Found) -> Option<f64>| {
        let pairs = whole.fused.iter().zip(&found.fused);
        median(pairs.filter_map(|(a, b)| Some((of(a)? - of(b)?).abs())).collect())
    };
    assert!(moved(|beat| beat.qrs.onset) <= 3.0 && moved(|beat| beat.t.offset) <= 5.0);
}

#[test]
fn nothing_in_signals_without_beats() {
    let noise = Array2::from_shape_fn((12, 5000), |(lead, n)| {
        0.1 * normal((lead * 5000 + n) as u64) as f32
    });
    let hum = Array2::from_shape_fn((3, 5000), |(_, n)| {
        (std::f32::consts::TAU * 50.0 * n as f32 / 500.0).sin()
    });
    let wander = Array2::from_shape_fn((3, 5000), |(_, n)| {
        (std::f32::consts::TAU * 0.3 * n as f32 / 500.0).sin()
    });
    let saturated = Array2::from_elem((12, 5000), 5.0);
    let missing = Array2::from_elem((12, 5000), f32::NAN);
    for (what, ecg) in [
        ("noise", noise),
        ("hum", hum),
        ("wander", wander),
        ("saturated", saturated),
        ("missing", missing),
    ] {
        let found = delineate(&ecg, RATE);
        assert!(found.fused.is_empty(), "{what}: {} beats", found.fused.len());
        assert!(found.per_lead.iter().all(Vec::is_empty), "{what}");
    }
    let one_lead = Array2::from_shape_fn((1, 5000), |(_, n)| normal(n as u64) as f32);
    assert!(delineate(&one_lead, RATE).fused.is_empty());
}

#[test]
fn hum_and_saturation_leave_the_beats() {
    let beats = steady(80.0, 10.0);
    let mut ecg = signal(&beats, &GAINS, 10.0, RATE, 0.01);
    for n in 0..ecg.ncols() {
        let hum = 0.1 * (std::f64::consts::TAU * 50.0 * n as f64 / RATE).sin() as f32;
        ecg.column_mut(n).mapv_inplace(|x| (x + hum).clamp(-0.4, 0.6));
    }
    assert_beats(&delineate(&ecg, RATE).fused, &beats, RATE);
}

#[test]
fn one_beat_and_half_a_second() {
    let beats = [sinus(1.0, 0.9)];
    let ecg = signal(&beats, &GAINS, 2.0, RATE, 0.005);
    assert_beats(&delineate(&ecg, RATE).fused, &beats, RATE);
    let short = ecg.slice(s![.., 375..625]).to_owned();
    let found = delineate(&short, RATE);
    assert!(found.fused.len() <= 1);
    for beat in &found.fused {
        assert!((beat.qrs.peak.unwrap() - 125.0).abs() < 15.0);
    }
    for length in 0..40 {
        assert!(
            delineate(&ecg.slice(s![.., ..length]).to_owned(), RATE)
                .fused
                .is_empty(),
            "{length} samples"
        );
    }
}
