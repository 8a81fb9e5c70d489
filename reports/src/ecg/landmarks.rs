//! The landmarks of the heartbeats: a bracket from onset to offset of every wave, a tick at its peak, its name below.

use std::fmt::Write;

use ecg_audit_engine::audit::{Trace, TraceWave};

use crate::svg::length;

/// Height of the lane with the gap below it, mm.
pub(super) const HEIGHT: f64 = 3.2;
/// Where brackets lie, how far their ends reach down and peaks reach up, and where names stand, mm from the lane's top.
const BRACKET: f64 = 0.7;
const END: f64 = 0.5;
const PEAK: f64 = 0.7;
const NAME: f64 = 2.8;
/// Names this close to the one before are left out, mm.
const APART: f64 = 2.4;

/// The landmarks within `range` seconds as an SVG group at the origin; others show it again by `id`.
pub(super) fn draw(trace: &Trace, range: [f64; 2], speed: f64, id: &str) -> String {
    let (mut brackets, mut names) = (String::new(), String::new());
    let mut last = f64::NEG_INFINITY;
    let within = |time: Option<f64>| time.filter(|t| (range[0]..=range[1]).contains(t));
    let place = |time: f64| (time - range[0]) * speed;
    let waves = trace
        .landmarks
        .iter()
        .flat_map(|beat| [(beat.p, "P"), (beat.qrs, "QRS"), (beat.t, "T")]);
    for (wave, name) in waves {
        let [onset, peak, offset] = [wave.onset, wave.peak, wave.offset].map(within);
        bracket(&mut brackets, [onset, peak, offset].map(|time| time.map(place)));
        let Some(x) = middle(TraceWave { onset, peak, offset }).map(place) else {
            continue;
        };
        if (x - last).abs() >= APART {
            let _ = write!(
                names,
                "<text x=\"{}\" y=\"{}\">{name}</text>",
                length(x),
                length(NAME)
            );
            last = x;
        }
    }
    format!("<g id=\"{id}\" class=\"landmarks\"><path d=\"{brackets}\"/>{names}</g>")
}

fn bracket(data: &mut String, [onset, peak, offset]: [Option<f64>; 3]) {
    let low = length(BRACKET + END);
    let line = length(BRACKET);
    let _ = match (onset, offset) {
        (Some(from), Some(to)) if to >= from => {
            write!(data, "M{} {low}V{line}H{}V{low}", length(from), length(to))
        }
        (onset, offset) => [onset, offset]
            .into_iter()
            .flatten()
            .try_for_each(|x| write!(data, "M{} {low}V{line}", length(x))),
    };
    if let Some(x) = peak {
        let _ = write!(data, "M{} {}V{line}", length(x), length(BRACKET - PEAK));
    }
}

/// Where a wave's name stands: the middle of its bracket, else its peak, else the end that there is.
fn middle(wave: TraceWave) -> Option<f64> {
    match (wave.onset, wave.offset) {
        (Some(onset), Some(offset)) => Some(f64::midpoint(onset, offset)),
        (onset, offset) => wave.peak.or(onset).or(offset),
    }
}

#[cfg(test)]
mod tests {
    use ecg_audit_engine::audit::TraceBeat;

    use super::*;
    use crate::ecg::testing;

    fn wave(onset: Option<f64>, peak: Option<f64>, offset: Option<f64>) -> TraceWave {
        TraceWave { onset, peak, offset }
    }

    #[test]
    fn waves_are_bracketed_to_scale_and_named() {
        let trace = Trace {
            landmarks: vec![TraceBeat {
                p: wave(Some(1.0), Some(1.04), Some(1.1)),
                qrs: wave(None, Some(1.2), None),
                t: TraceWave::default(),
            }],
            ..testing::trace()
        };
        let out = draw(&trace, [0.0, 10.0], 25.0, "x-t0");
        assert!(
            out.contains("d=\"M25 1.2V0.7H27.5V1.2M26 0V0.7M30 0V0.7\""),
            "{out}"
        );
        assert!(out.contains("x=\"26.25\" y=\"2.8\">P</text>") && out.contains(">QRS</text>"));
        assert!(!out.contains(">T<"));
        let fast = draw(&trace, [1.0, 2.0], 50.0, "x-t0");
        assert!(fast.contains("M0 1.2V0.7H5V1.2M2 0V0.7M10 0V0.7"), "{fast}");
    }

    #[test]
    fn what_lies_outside_or_is_no_number_is_left_out() {
        let trace = Trace {
            landmarks: vec![TraceBeat {
                p: wave(Some(0.9), None, Some(1.1)),
                qrs: wave(Some(f64::NAN), Some(f64::INFINITY), None),
                t: wave(Some(-5.0), None, Some(50.0)),
            }],
            ..testing::trace()
        };
        let out = draw(&trace, [1.0, 2.0], 25.0, "i");
        assert!(out.contains("d=\"M2.5 1.2V0.7\""), "{out}");
        assert_eq!(out.matches("<text").count(), 1);
    }
}
