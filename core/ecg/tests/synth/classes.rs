//! Each class shows what defines it, measured on the signal.

use ecg_audit_ecg::Signal;
use ecg_audit_ecg::synth::{Beat, Class, SyntheticRecord, Truth};

use crate::measure::*;

fn territory(truth: &Truth) -> &'static [&'static str] {
    match () {
        () if states(truth, "ASMI") => &["V1", "V2", "V3", "V4"],
        () if states(truth, "IMI") => &["II", "III", "AVF"],
        () => &["I", "AVL", "V5", "V6"],
    }
}

/// Level 40 ms after the end of QRS against the level before it: the usual ruler for ST.
fn st_level(signal: &Signal, beat: &Beat, lead: &str) -> f64 {
    at(signal, lead, beat.qrs.offset.unwrap() + 0.04) - at(signal, lead, beat.qrs.onset.unwrap())
}

#[test]
fn conduction_disturbance_widens_qrs() {
    let records = fine();
    let stated = |record: &SyntheticRecord| {
        per_record(record, |_, beat| {
            beat.qrs.offset.unwrap() - beat.qrs.onset.unwrap()
        })
    };
    // Independent of the landmarks: how long the leads move at more than 8 % of their fastest.
    let measured = |record: &SyntheticRecord| {
        per_record(record, |signal, beat| {
            let centre = ((beat.qrs.onset.unwrap() + beat.qrs.offset.unwrap()) * 250.0) as usize;
            let speed = |n: usize| {
                let step = &signal.samples.column(n + 1) - &signal.samples.column(n);
                f64::from(step.mapv(f32::abs).sum())
            };
            let window = centre.saturating_sub(50)..(centre + 50).min(signal.samples.ncols() - 1);
            let fastest = window.clone().map(speed).fold(0.0, f64::max);
            let fast: Vec<usize> = window.filter(|n| speed(*n) > 0.08 * fastest).collect();
            (fast[fast.len() - 1] - fast[0]) as f64 / 500.0
        })
    };
    for (name, duration) in [("stated", &stated as &dyn Fn(&_) -> f64), ("measured", &measured)] {
        let of = |wide: bool| -> Vec<f64> {
            let chosen = |r: &&SyntheticRecord| {
                if wide {
                    r.truth.clean_labels.contains(Class::Cd)
                } else {
                    shows_only(&r.truth, Class::Norm)
                }
            };
            records.iter().filter(chosen).map(duration).collect()
        };
        assert!(
            share(&of(true), |s| s >= 0.120) > 0.97,
            "{name}, CD: {:?}",
            of(true)
        );
        assert!(
            share(&of(false), |s| s < 0.120) > 0.97,
            "{name}, NORM: {:?}",
            of(false)
        );
    }
}

#[test]
fn bundle_branch_blocks_have_their_shape_in_v1_and_v6() {
    let mut terminal = [Vec::new(), Vec::new()];
    for record in fine()
        .iter()
        .filter(|record| shows_only(&record.truth, Class::Cd))
    {
        // The last third of QRS: towards V1 with a right block, away from it with a left one.
        let force = |lead| {
            per_record(record, |signal, beat| {
                let (on, off) = (beat.qrs.onset.unwrap(), beat.qrs.offset.unwrap());
                at(signal, lead, off - 0.3 * (off - on)) - at(signal, lead, on)
            })
        };
        terminal[usize::from(states(&record.truth, "CLBBB"))].push(force("V1") - force("V6"));
    }
    assert!(share(&terminal[0], |x| x > 0.2) > 0.95, "{:?}", terminal[0]);
    assert!(share(&terminal[1], |x| x < -0.2) > 0.95, "{:?}", terminal[1]);
}

#[test]
fn infarction_has_q_and_st_elevation_in_its_territory() {
    let records = fine();
    let st = |record: &SyntheticRecord| {
        territory(&record.truth)
            .iter()
            .map(|lead| per_record(record, |signal, beat| st_level(signal, beat, lead)))
            .fold(f64::NEG_INFINITY, f64::max)
    };
    let infarction: Vec<f64> = records
        .iter()
        .filter(|r| shows_only(&r.truth, Class::Mi))
        .map(st)
        .collect();
    // Above 0.1 mV, the usual threshold, but for old and for small infarctions.
    assert!(share(&infarction, |mv| mv > 0.1) > 0.6, "{infarction:?}");
    assert!(median(infarction) > 0.12);
    let q = |record: &SyntheticRecord, leads: &[&str]| {
        leads
            .iter()
            .map(|lead| {
                per_record(record, |signal, beat| {
                    let (on, peak) = (beat.qrs.onset.unwrap(), beat.qrs.peak.unwrap());
                    // The area of the first deflection downwards, mV·ms.
                    let mut area = 0.0;
                    for k in 0.. {
                        let time = on + 0.002 * f64::from(k);
                        let mv = at(signal, lead, time) - at(signal, lead, on);
                        if time > peak.max(on + 0.06) || mv > 0.03 {
                            break;
                        }
                        area -= 2.0 * mv.min(0.0);
                    }
                    area
                })
            })
            .fold(0.0, f64::max)
    };
    for (code, leads) in [
        ("ASMI", ["V2", "V3"]),
        ("IMI", ["II", "AVF"]),
        ("LMI", ["I", "V6"]),
    ] {
        let of = |class: Class| -> Vec<f64> {
            let chosen = |r: &&SyntheticRecord| {
                shows_only(&r.truth, class) && (class == Class::Norm || states(&r.truth, code))
            };
            records.iter().filter(chosen).map(|r| q(r, &leads)).collect()
        };
        let mut normal = of(Class::Norm);
        normal.sort_by(f64::total_cmp);
        let usual = normal[normal.len() * 95 / 100];
        let found = of(Class::Mi);
        assert!(
            found.iter().filter(|area| **area > usual).count() * 2 > found.len(),
            "{code}: {found:?} against {usual}"
        );
    }
}

#[test]
fn st_t_change_depresses_st_or_flattens_and_inverts_t() {
    let records = fine();
    let leads = ["V3", "V4", "V5", "V6", "II"];
    let lowest = |record: &SyntheticRecord, measure: &dyn Fn(&Signal, &Beat, &str) -> f64| {
        leads
            .iter()
            .map(|lead| per_record(record, |s, b| measure(s, b, lead)))
            .fold(f64::INFINITY, f64::min)
    };
    let t_peak = |signal: &Signal, beat: &Beat, lead: &str| {
        let (low, high) = range(
            signal,
            lead,
            beat,
            beat.t.onset.unwrap() + 0.06,
            beat.t.offset.unwrap(),
        );
        if -low > high { low } else { high }
    };
    let of = |class: Class, measure: &dyn Fn(&Signal, &Beat, &str) -> f64| -> Vec<f64> {
        records
            .iter()
            .filter(|r| shows_only(&r.truth, class))
            .map(|r| lowest(r, measure))
            .collect()
    };
    assert!(median(of(Class::Sttc, &st_level)) < -0.05);
    assert!(median(of(Class::Norm, &st_level)) > -0.02);
    assert!(share(&of(Class::Sttc, &t_peak), |mv| mv < 0.0) > 0.4);
    assert!(share(&of(Class::Norm, &t_peak), |mv| mv < 0.0) < 0.08);
}

#[test]
fn hypertrophy_meets_sokolow_and_lyon() {
    let records = fine();
    let index = |record: &SyntheticRecord| {
        per_record(record, |signal, beat| {
            let wave = |lead| {
                range(
                    signal,
                    lead,
                    beat,
                    beat.qrs.onset.unwrap(),
                    beat.qrs.offset.unwrap(),
                )
            };
            -wave("V1").0 + wave("V5").1.max(wave("V6").1)
        })
    };
    let of = |class: Class| -> Vec<f64> {
        let chosen = |r: &&SyntheticRecord| {
            r.truth.clean_labels.contains(class) && !r.truth.clean_labels.contains(Class::Cd)
        };
        records.iter().filter(chosen).map(index).collect()
    };
    assert!(
        share(&of(Class::Hyp), |mv| mv >= 3.5) > 0.5,
        "{:?}",
        of(Class::Hyp)
    );
    // The index misses mild hypertrophy and finds some of the young and healthy, as in life.
    assert!(share(&of(Class::Norm), |mv| mv < 3.5) > 0.85);
    assert!(median(of(Class::Hyp)) > 1.4 * median(of(Class::Norm)));
}
