//! Probabilities against what was observed.

use ecg_audit_engine::audit::CalibrationBin;

use super::Axis;
use crate::format::{counted, number};
use crate::svg::{Svg, length};

const LEFT: f64 = 30.0;
const SIDE: f64 = 130.0;
const TOP: f64 = 8.0;

/// A reliability diagram: mean probability to the right, observed share upwards, dots as large as their bins.
pub(crate) fn reliability(class: &str, bins: &[CalibrationBin]) -> String {
    let across = Axis {
        ends: [0.0, 1.0],
        span: [LEFT, LEFT + SIDE],
    };
    let upward = Axis {
        ends: [0.0, 1.0],
        span: [TOP + SIDE, TOP],
    };
    let mut svg = Svg::default();
    svg.rect("ground", [LEFT, TOP, SIDE, SIDE], "");
    for tick in [0.0, 0.5, 1.0] {
        let (x, y) = (across.at(tick), upward.at(tick));
        svg.line("grid", [x, TOP], [x, TOP + SIDE]);
        svg.line("grid", [LEFT, y], [LEFT + SIDE, y]);
        svg.text("end middle", [x, TOP + SIDE + 14.0], &number(tick, 1));
        svg.text("end stop", [LEFT - 5.0, y + 4.0], &number(tick, 1));
    }
    svg.line("equal", [LEFT, TOP + SIDE], [LEFT + SIDE, TOP]);
    let place = |bin: &CalibrationBin| [across.at(bin.mean_probability), upward.at(bin.observed_share)];
    let mut line = String::new();
    for (i, bin) in bins.iter().enumerate() {
        let [x, y] = place(bin);
        line.push_str(&format!(
            "{}{} {}",
            if i == 0 { 'M' } else { 'L' },
            length(x),
            length(y)
        ));
    }
    svg.path("trend", &line);
    let most = bins.iter().map(|bin| bin.records).max().unwrap_or(1).max(1) as f64;
    for bin in bins {
        // Area follows the number of records.
        let radius = 2.0 + 4.0 * (bin.records as f64 / most).sqrt();
        let title = format!(
            "probability {} to {}: mean {}, observed {}, {}",
            number(bin.low, 1),
            number(bin.high, 1),
            number(bin.mean_probability, 2),
            number(bin.observed_share, 2),
            counted(bin.records, "record", "records")
        );
        svg.dot("value", place(bin), radius, &title);
    }
    let list: Vec<String> = bins
        .iter()
        .map(|bin| {
            format!(
                "{} observed at {}",
                number(bin.observed_share, 2),
                number(bin.mean_probability, 2)
            )
        })
        .collect();
    let label = format!("Calibration of {class}: {}", list.join("; "));
    svg.finish(
        "density reliability",
        LEFT + SIDE + 8.0,
        TOP + SIDE + 20.0,
        &label,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_stands_where_its_probability_and_its_share_are() {
        let bin = |mean_probability, observed_share, records| CalibrationBin {
            low: 0.0,
            high: 0.1,
            records,
            mean_probability,
            observed_share,
        };
        let svg = reliability("MI", &[bin(0.0, 1.0, 4), bin(0.5, 0.5, 1), bin(f64::NAN, 0.5, 0)]);
        assert!(svg.contains("cx=\"30\" cy=\"8\" r=\"6\""), "{svg}");
        assert!(svg.contains("cx=\"95\" cy=\"73\" r=\"4\""), "{svg}");
        assert!(!svg.contains("NaN"), "{svg}");
    }
}
