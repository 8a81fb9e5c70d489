//! Heart rate and intervals of a record, as print-outs give them.

use ecg_audit_engine::audit::{Trace, TraceBeat};

use crate::format::number;

/// Fewer values of an interval are no median worth giving.
const BEATS: usize = 3;

/// What is measured from the landmarks of `trace`: rate per minute, PR, QRS, QT, and QT by Bazett (1920, Heart
/// 7:353–370), each the median over beats; empty where too few beats have it.
pub(super) fn intervals(trace: &Trace) -> Vec<(&'static str, String)> {
    let beats = &trace.landmarks;
    let milliseconds = |between: fn(&TraceBeat) -> Option<f64>| {
        let seconds: Vec<f64> = beats.iter().filter_map(between).collect();
        median(seconds)
    };
    let peaks: Vec<f64> = beats.iter().filter_map(|beat| beat.qrs.peak).collect();
    let rr = median(peaks.windows(2).map(|pair| pair[1] - pair[0]).collect());
    let pr = milliseconds(|beat| Some(beat.qrs.onset? - beat.p.onset?));
    let qrs = milliseconds(|beat| Some(beat.qrs.offset? - beat.qrs.onset?));
    let qt = milliseconds(|beat| Some(beat.t.offset? - beat.qrs.onset?));
    let in_ms = |seconds: f64| format!("{} ms", number(1000.0 * seconds, 0));
    let mut found = Vec::new();
    found.extend(rr.map(|rr| ("rate", format!("{}/min", number(60.0 / rr, 0)))));
    found.extend(pr.map(|pr| ("PR", in_ms(pr))));
    found.extend(qrs.map(|qrs| ("QRS", in_ms(qrs))));
    found.extend(qt.map(|qt| ("QT", in_ms(qt))));
    found.extend(qt.zip(rr).map(|(qt, rr)| ("QTc", in_ms(qt / rr.sqrt()))));
    found
}

/// The middle of the positive values, of the lower two where they are even in number.
fn median(mut seconds: Vec<f64>) -> Option<f64> {
    seconds.retain(|s| s.is_finite() && *s > 0.0);
    if seconds.len() < BEATS {
        return None;
    }
    let middle = (seconds.len() - 1) / 2;
    Some(*seconds.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use ecg_audit_engine::audit::{EcgLayout, TraceWave};

    use super::*;

    #[test]
    fn intervals_are_medians_over_beats() {
        let wave = |from: f64, to: f64| TraceWave {
            onset: Some(from),
            peak: Some((from + to) / 2.0),
            offset: Some(to),
        };
        let beat = |i: usize| TraceBeat {
            p: if i == 2 {
                TraceWave::default()
            } else {
                wave(i as f64 - 0.16, i as f64 - 0.06)
            },
            qrs: wave(i as f64, i as f64 + 0.09),
            // One T wave ends late, which a median does not follow.
            t: wave(i as f64 + 0.2, i as f64 + if i == 1 { 0.9 } else { 0.4 }),
        };
        let trace = |beats: usize| Trace {
            record: "r".into(),
            sampling_rate: 100.0,
            leads: vec![],
            microvolts: vec![],
            timeline_start: 0.0,
            timeline_step: 0.1,
            clusters: vec![],
            memberships: vec![],
            uncertainty: vec![],
            attribution: vec![],
            landmarks: (0..beats).map(beat).collect(),
            layout: EcgLayout::Auto,
            metadata: Default::default(),
        };
        let said: Vec<String> = intervals(&trace(5))
            .into_iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        assert_eq!(
            said,
            ["rate 60/min", "PR 160 ms", "QRS 90 ms", "QT 400 ms", "QTc 400 ms"]
        );
        assert!(intervals(&trace(2)).is_empty());
    }
}
