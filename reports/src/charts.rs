//! The small pictures beside figures. Colours come from the style sheet, so that they follow light, dark and print.

mod axis;
pub(crate) mod density;
mod folds;
mod gauge;
mod reliability;

pub(crate) use axis::Axis;
pub(crate) use folds::{Fold, Folds};
pub(crate) use gauge::{Gauge, gauge};
pub(crate) use reliability::reliability;

use crate::format::{number, percent};
use crate::svg::{Svg, length};

/// Width of a distribution.
const DISTRIBUTION: f64 = 560.0;
/// Where its scale lies.
pub(crate) const DISTRIBUTION_SPAN: [f64; 2] = [16.0, 544.0];

/// A share as a bar.
pub(crate) fn bar(class: &str, share: f64, of: f64) -> String {
    let mut svg = Svg::default();
    let full = if of > 0.0 && share.is_finite() {
        (share / of).clamp(0.0, 1.0)
    } else {
        0.0
    };
    svg.rect("track", [0.0, 0.0, 100.0, 8.0], "");
    svg.rect(class, [0.0, 0.0, 100.0 * full, 8.0], "");
    svg.finish("bar", 100.0, 8.0, &percent(share))
        .replacen("<svg", "<svg preserveAspectRatio=\"none\"", 1)
}

/// A distribution: 5 % to 95 % as a line, 25 % to 75 % as a box, the median as a bar, the mean as a diamond.
pub(crate) fn distribution(axis: Axis, quantiles: [f64; 5], mean: f64) -> String {
    let [q5, q25, q50, q75, q95] = quantiles.map(|q| axis.at(q));
    let mut svg = Svg::default();
    svg.line("rail", [axis.span[0], 12.0], [axis.span[1], 12.0]);
    svg.line("whisker", [q5, 12.0], [q95, 12.0]);
    svg.rect("box", [q25, 5.0, (q75 - q25).max(1.0), 14.0], "");
    svg.line("median", [q50, 5.0], [q50, 19.0]);
    svg.path(
        "diamond",
        &format!("M{} 7.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z", length(axis.at(mean))),
    );
    let label = format!(
        "5 % {}, 25 % {}, median {}, 75 % {}, 95 % {}, mean {}",
        number(quantiles[0], 3),
        number(quantiles[1], 3),
        number(quantiles[2], 3),
        number(quantiles[3], 3),
        number(quantiles[4], 3),
        number(mean, 3)
    );
    svg.finish("distribution", DISTRIBUTION, 24.0, &label)
}

/// The scale that [`distribution`]s share.
pub(crate) fn scale(axis: Axis) -> String {
    let mut svg = Svg::default();
    let [low, high] = axis.ends;
    // Ends lie on multiples of 0.05; whole numbers of such steps between them give at most six ticks.
    let steps = ((high - low) * 20.0).round().max(1.0);
    let every = (steps / 5.0).ceil();
    let mut step = 0.0;
    while step <= steps {
        let value = low + step / 20.0;
        let x = axis.at(value);
        svg.line("axis", [x, 14.0], [x, 20.0]);
        svg.text("end middle", [x, 11.0], &number(value, 2));
        step += every;
    }
    let label = format!("Scale from {} to {}", number(low, 2), number(high, 2));
    svg.finish("distribution", DISTRIBUTION, 20.0, &label)
}

/// A value on [0, 1] over the zones that its thresholds make.
pub(crate) fn thresholds(value: Option<f64>, zones: &[(&'static str, [f64; 2])]) -> String {
    let axis = Axis {
        ends: [0.0, 1.0],
        span: [4.0, 156.0],
    };
    let mut svg = Svg::default();
    for (class, [low, high]) in zones {
        let (x0, x1) = (axis.at(*low), axis.at(*high));
        svg.rect(class, [x0, 6.0, x1 - x0, 8.0], "");
    }
    if let Some(value) = value.filter(|v| v.is_finite()) {
        let x = axis.at(value);
        svg.path(
            "needle",
            &format!("M{x} 17V3M{x} 4l-3.5 -4h7zM{x} 16l-3.5 4h7z", x = length(x)),
        );
    }
    let label = format!(
        "{} on a scale from 0 to 1",
        value.map_or("no value".into(), |v| number(v, 3))
    );
    svg.finish("zones", 160.0, 20.0, &label)
}

/// All shares side by side, each with its number where there is room.
pub(crate) fn stacked(shares: &[(usize, f64)]) -> String {
    let total: f64 = shares
        .iter()
        .map(|s| s.1)
        .filter(|s| s.is_finite() && *s > 0.0)
        .sum();
    let mut svg = Svg::default();
    let mut x = 0.0;
    for (id, share) in shares.iter().filter(|s| s.1.is_finite() && s.1 > 0.0) {
        let class = crate::palette::cluster_class(*id);
        let width = share / total * 1000.0;
        svg.rect(
            &class,
            [x, 0.0, width, 30.0],
            &format!("cluster {id}: {}", percent(*share)),
        );
        if width > 10.0 + 8.0 * id.to_string().len() as f64 {
            svg.text(&class, [x + width / 2.0, 20.0], &id.to_string());
        }
        x += width;
    }
    svg.finish("stacked", 1000.0, 30.0, "Share of time of every cluster")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_not_a_number_is_drawn() {
        let nan = f64::NAN;
        let all = [
            bar("b", nan, nan),
            gauge(nan, Some([nan, nan]), &[("m", nan)]),
            Folds {
                what: "MAE",
                points: vec![Fold {
                    fold: 1,
                    records: 2,
                    value: nan,
                    baseline: Some(f64::INFINITY),
                }],
                mean: nan,
                level: Some(nan),
                digits: 2,
            }
            .svg(),
            distribution(Axis::around([nan], [0.0, 1.0]), [nan; 5], nan),
            thresholds(Some(nan), &[]),
            stacked(&[(1, nan), (2, 0.0)]),
        ];
        for svg in all {
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
