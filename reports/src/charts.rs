//! The small pictures beside figures. Colours come from the style sheet, so that they follow light, dark and print.

use crate::format::{number, percent};
use crate::svg::{Svg, length};

/// Width of a distribution.
const DISTRIBUTION: f64 = 560.0;
/// Where its scale lies.
pub(crate) const DISTRIBUTION_SPAN: [f64; 2] = [16.0, 544.0];

/// A horizontal scale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    /// Values at the left and right end.
    pub ends: [f64; 2],
    /// Positions of the ends.
    pub span: [f64; 2],
}

impl Axis {
    /// A scale that holds all of `values`, ends on a multiple of 0.05, and stays in [0, 1] when they do.
    pub fn around(values: impl IntoIterator<Item = f64>, span: [f64; 2]) -> Self {
        let [low, high] = values
            .into_iter()
            .filter(|v| v.is_finite())
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], v| {
                [l.min(v), h.max(v)]
            });
        if low > high {
            return Axis {
                ends: [0.0, 1.0],
                span,
            };
        }
        let mut ends = [
            ((low - 0.01) * 20.0).floor() / 20.0,
            ((high + 0.01) * 20.0).ceil() / 20.0,
        ];
        if low >= 0.0 && high <= 1.0 {
            ends = [ends[0].max(0.0), ends[1].min(1.0)];
        }
        Axis { ends, span }
    }

    /// Position of `value`, held within the ends.
    pub fn at(&self, value: f64) -> f64 {
        let width = self.ends[1] - self.ends[0];
        let t = if width > 0.0 {
            (value - self.ends[0]) / width
        } else {
            0.5
        };
        self.span[0] + (self.span[1] - self.span[0]) * if t.is_finite() { t.clamp(0.0, 1.0) } else { 0.0 }
    }
}

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

/// A figure with its interval, beside marks to hold it against.
pub(crate) fn gauge(value: f64, ci: Option<[f64; 2]>, marks: &[(&str, f64)]) -> String {
    let all = [value]
        .into_iter()
        .chain(ci.into_iter().flatten())
        .chain(marks.iter().map(|m| m.1));
    let axis = Axis::around(all, [6.0, 194.0]);
    let mut svg = Svg::default();
    svg.line("axis", [axis.span[0], 16.0], [axis.span[1], 16.0]);
    for (i, end) in axis.ends.iter().enumerate() {
        svg.line("axis", [axis.span[i], 12.0], [axis.span[i], 20.0]);
        svg.text(
            ["end start", "end stop"][i],
            [axis.span[i], 31.0],
            &number(*end, 2),
        );
    }
    for (name, mark) in marks.iter().filter(|m| m.1.is_finite()) {
        svg.raw("<g>");
        svg.raw(&format!(
            "<title>{}: {}</title>",
            crate::svg::escape(name),
            number(*mark, 3)
        ));
        let x = axis.at(*mark);
        svg.path("mark", &format!("M{} 16l-4 -8h8z", length(x)));
        svg.raw("</g>");
    }
    if let Some([low, high]) = ci {
        svg.line("ci", [axis.at(low), 16.0], [axis.at(high), 16.0]);
    }
    if value.is_finite() {
        svg.dot("value", [axis.at(value), 16.0], 5.0, &number(value, 3));
    }
    let marks: Vec<_> = marks
        .iter()
        .map(|(name, v)| format!("{name} {}", number(*v, 3)))
        .collect();
    let label = format!("{} on a scale with {}", number(value, 3), marks.join(", "));
    svg.finish("gauge", 200.0, 34.0, &label)
}

/// One point per fold, with the mean over folds and what the majority class reaches.
pub(crate) fn folds(points: &[(u32, usize, f64)], mean: f64, majority: Option<f64>) -> String {
    let width = 60.0 + points.len().max(4) as f64 * 44.0;
    let values = points.iter().map(|p| p.2).chain([mean]).chain(majority);
    // Values run upwards: the lower end is at the bottom.
    let axis = Axis::around(values, [112.0, 10.0]);
    let mut svg = Svg::default();
    for (end, y) in axis.ends.into_iter().zip(axis.span) {
        svg.line("axis", [44.0, y], [width - 6.0, y]);
        svg.text("end stop", [38.0, y + 4.0], &number(end, 2));
    }
    if let Some(majority) = majority.filter(|m| m.is_finite()) {
        let y = axis.at(majority);
        svg.line("dashed", [44.0, y], [width - 6.0, y]);
    }
    if mean.is_finite() {
        svg.line("mean", [44.0, axis.at(mean)], [width - 6.0, axis.at(mean)]);
    }
    for (i, (fold, records, value)) in points.iter().enumerate() {
        let x = 66.0 + i as f64 * 44.0;
        let title = format!("fold {fold}: {} over {records} records", number(*value, 3));
        svg.line("stem", [x, axis.at(mean)], [x, axis.at(*value)]);
        svg.dot("value", [x, axis.at(*value)], 5.0, &title);
        svg.text("end middle", [x, 130.0], &fold.to_string());
    }
    let list: Vec<_> = points
        .iter()
        .map(|p| format!("fold {}: {}", p.0, number(p.2, 3)))
        .collect();
    svg.finish(
        "folds",
        width,
        136.0,
        &format!("Agreement per fold: {}", list.join("; ")),
    )
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
    fn an_axis_holds_its_values() {
        let axis = Axis::around([0.81, 0.94, f64::NAN], [0.0, 100.0]);
        assert!(
            (axis.ends[0] - 0.8).abs() < 1e-9 && (axis.ends[1] - 0.95).abs() < 1e-9,
            "{axis:?}"
        );
        assert!((axis.at(0.875) - 50.0).abs() < 1e-6);
        assert_eq!(axis.at(7.0), 100.0);
        assert_eq!(axis.at(f64::NAN), 0.0);
        assert_eq!(Axis::around([], [0.0, 1.0]).ends, [0.0, 1.0]);
        assert_eq!(Axis::around([1.0], [0.0, 1.0]).ends[1], 1.0);
    }

    #[test]
    fn nothing_that_is_not_a_number_is_drawn() {
        let nan = f64::NAN;
        let all = [
            bar("b", nan, nan),
            gauge(nan, Some([nan, nan]), &[("m", nan)]),
            folds(&[(1, 2, nan)], nan, Some(nan)),
            distribution(Axis::around([nan], [0.0, 1.0]), [nan; 5], nan),
            thresholds(Some(nan), &[]),
            stacked(&[(1, nan), (2, 0.0)]),
        ];
        for svg in all {
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
