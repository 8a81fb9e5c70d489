//! The signals are consistent, and the truth is true of them.

use ecg_audit_ecg::synth::{Class, Options, SyntheticRecord};

use crate::measure::*;

#[test]
fn limb_leads_obey_einthoven_and_goldberger_to_the_last_digit() {
    for record in records(&Options {
        powerline_hz: Some(50.0),
        ..options(20)
    }) {
        for signal in [&record.signal, &record.clean] {
            let row = |lead: &str| {
                let row = signal.samples.row(signal.lead(lead).unwrap());
                row.iter()
                    .map(|mv| (f64::from(*mv) * 1000.0).round() as i64)
                    .collect::<Vec<_>>()
            };
            let [i, ii, iii, avr, avl, avf] = ["I", "II", "III", "aVR", "aVL", "aVF"].map(row);
            for n in 0..i.len() {
                assert_eq!(iii[n], ii[n] - i[n]);
                assert_eq!(2 * avr[n], -(i[n] + ii[n]));
                assert_eq!(2 * avl[n], 2 * i[n] - ii[n]);
                assert_eq!(2 * avf[n], 2 * ii[n] - i[n]);
            }
        }
    }
}

#[test]
fn landmarks_come_in_order() {
    let mut beats = 0;
    for record in records(&options(2000)) {
        let mut last = f64::NEG_INFINITY;
        for beat in &record.truth.beats {
            for (wave, name) in [(beat.p, "P"), (beat.qrs, "QRS"), (beat.t, "T")] {
                for time in [wave.onset, wave.peak, wave.offset].into_iter().flatten() {
                    assert!(
                        time > last - 1e-9,
                        "{name} at {time} after {last} in record {}",
                        record.truth.ecg_id
                    );
                    assert!((0.0..10.0).contains(&time));
                    last = time;
                }
            }
            beats += 1;
        }
    }
    assert!(beats > 20_000);
}

#[test]
fn peaks_are_where_the_clean_signal_peaks() {
    for sampling_rate in [100, 500] {
        let mut errors = [Vec::new(), Vec::new(), Vec::new()];
        for record in records(&Options {
            sampling_rate,
            ..options(100)
        }) {
            let energy = |n: usize| {
                record
                    .clean
                    .samples
                    .column(n)
                    .iter()
                    .map(|x| f64::from(x * x))
                    .sum::<f64>()
            };
            for beat in whole(&record.truth) {
                for (errors, wave) in errors.iter_mut().zip([beat.p, beat.qrs, beat.t]) {
                    let (Some(onset), Some(peak), Some(offset)) = (wave.onset, wave.peak, wave.offset) else {
                        continue;
                    };
                    let rate = f64::from(sampling_rate);
                    let samples = (onset * rate).ceil() as usize..(offset * rate).ceil() as usize;
                    let found = samples.max_by(|a, b| energy(*a).total_cmp(&energy(*b))).unwrap();
                    errors.push((found as f64 - peak * rate).abs());
                }
            }
        }
        // At 500 Hz the slopes of ST and of the neighbours move the flat tops of P and T by a few milliseconds.
        let allowed = if sampling_rate == 100 {
            [1.0, 0.6, 1.0]
        } else {
            [2.0, 0.6, 2.0]
        };
        for ((errors, allowed), wave) in errors.into_iter().zip(allowed).zip(["P", "QRS", "T"]) {
            assert!(errors.len() > 500);
            let error = median(errors);
            assert!(error <= allowed, "{wave} at {sampling_rate} Hz: {error} samples");
        }
    }
}

#[test]
fn fibrillation_has_no_p_and_irregular_intervals() {
    let (mut regular, mut irregular) = (Vec::new(), Vec::new());
    for record in records(&options(500)) {
        let peaks: Vec<f64> = record
            .truth
            .beats
            .iter()
            .filter_map(|beat| beat.qrs.peak)
            .collect();
        let rr: Vec<f64> = peaks.windows(2).map(|w| w[1] - w[0]).collect();
        let mean = rr.iter().sum::<f64>() / rr.len() as f64;
        let variation = (rr.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / rr.len() as f64).sqrt() / mean;
        let p_waves = record
            .truth
            .beats
            .iter()
            .filter(|beat| beat.p.peak.is_some())
            .count();
        if states(&record.truth, "AFIB") {
            assert_eq!(p_waves, 0);
            irregular.push(variation);
        } else {
            assert!(p_waves + 1 >= peaks.len());
            regular.push(variation);
        }
    }
    assert!(share(&irregular, |v| v > 0.08) > 0.9, "{irregular:?}");
    assert!(share(&regular, |v| v < 0.1) > 0.99);
}

#[test]
fn age_acts_continuously() {
    let records = records(&options(800));
    let t_of = |record: &SyntheticRecord| {
        per_record(record, |s, b| {
            range(s, "V4", b, b.t.onset.unwrap(), b.t.offset.unwrap()).1
        })
    };
    let mut means = Vec::new();
    for decades in [18..42, 42..58, 58..90] {
        let group: Vec<&SyntheticRecord> = records
            .iter()
            .filter(|r| shows_only(&r.truth, Class::Norm) && decades.contains(&r.truth.age))
            .collect();
        assert!(group.len() > 30);
        means.push(group.iter().map(|r| t_of(r)).sum::<f64>() / group.len() as f64);
    }
    assert!(
        means[0] > 1.06 * means[1] && means[1] > 1.06 * means[2],
        "{means:?}"
    );
}

#[test]
fn records_of_a_patient_are_alike() {
    let records = records(&Options {
        records_per_patient: 2.0,
        ..options(300)
    });
    // QRS shape: the twelve leads' largest deflections.
    let shape = |record: &SyntheticRecord| -> Vec<f64> {
        record
            .clean
            .leads
            .iter()
            .map(|lead| {
                per_record(record, |s, b| {
                    let (low, high) = range(s, lead, b, b.qrs.onset.unwrap(), b.qrs.offset.unwrap());
                    low + high
                })
            })
            .collect()
    };
    let shapes: Vec<Vec<f64>> = records.iter().map(shape).collect();
    let distance = |a: usize, b: usize| {
        shapes[a]
            .iter()
            .zip(&shapes[b])
            .map(|(x, y)| (x - y).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let (mut within, mut between) = (Vec::new(), Vec::new());
    for a in 0..records.len() {
        for b in 0..a {
            if records[a].truth.patient_id == records[b].truth.patient_id {
                within.push(distance(a, b));
            } else if records[a].truth.clean_labels == records[b].truth.clean_labels {
                between.push(distance(a, b));
            }
        }
    }
    assert!(within.len() > 50);
    assert!(
        2.0 * median(within.clone()) < median(between.clone()),
        "{} {}",
        median(within),
        median(between)
    );
}

#[test]
fn both_sampling_rates_show_the_same_beats() {
    let slow = records(&options(20));
    let fast = records(&Options {
        sampling_rate: 500,
        ..options(20)
    });
    for (slow, fast) in slow.iter().zip(&fast) {
        assert_eq!(slow.truth, fast.truth);
        assert_eq!(
            (slow.clean.samples.ncols(), fast.clean.samples.ncols()),
            (1000, 5000)
        );
        for n in 0..1000 {
            for lead in 0..12 {
                let (a, b) = (slow.clean.samples[[lead, n]], fast.clean.samples[[lead, 5 * n]]);
                assert!((a - b).abs() < 0.0021, "lead {lead}, sample {n}: {a} and {b}");
            }
        }
    }
}

#[test]
fn noise_can_be_turned_off() {
    for record in records(&Options {
        noise: 0.0,
        ..options(5)
    }) {
        assert_eq!(record.signal, record.clean);
    }
}
