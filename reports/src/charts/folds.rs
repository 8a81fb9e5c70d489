//! A figure in every fold.

use super::Axis;
use crate::format::{number, short};
use crate::svg::Svg;

/// One fold's figure.
pub(crate) struct Fold {
    pub fold: u32,
    pub records: usize,
    pub value: f64,
    /// What a baseline reaches in this fold.
    pub baseline: Option<f64>,
}

/// A point per fold, with the mean over folds.
pub(crate) struct Folds {
    pub what: &'static str,
    pub points: Vec<Fold>,
    pub mean: f64,
    /// What a baseline reaches over all folds.
    pub level: Option<f64>,
    pub digits: usize,
}

impl Folds {
    /// Values run upwards: the lower end is at the bottom.
    const SPAN: [f64; 2] = [112.0, 10.0];
    const STEP: f64 = 44.0;

    /// The picture, on a scale for shares.
    pub fn shares(&self) -> String {
        self.on(Axis::around(self.all(), Self::SPAN))
    }

    /// The picture, on a scale of the figures' own magnitude.
    pub fn svg(&self) -> String {
        self.on(Axis::round(self.all(), Self::SPAN))
    }

    fn all(&self) -> impl Iterator<Item = f64> {
        let each = self
            .points
            .iter()
            .flat_map(|p| p.baseline.into_iter().chain([p.value]));
        each.chain([self.mean]).chain(self.level)
    }

    fn on(&self, axis: Axis) -> String {
        let right = 54.0 + self.points.len().max(4) as f64 * Self::STEP;
        let mut svg = Svg::default();
        for (end, y) in axis.ends.into_iter().zip(axis.span) {
            svg.line("axis", [44.0, y], [right, y]);
            svg.text("end stop", [38.0, y + 4.0], &short(end, 6));
        }
        let levels = [("dashed", self.level), ("mean", Some(self.mean))];
        for (class, level) in levels {
            if let Some(y) = level.filter(|v| v.is_finite()).map(|v| axis.at(v)) {
                svg.line(class, [44.0, y], [right, y]);
            }
        }
        for (i, point) in self.points.iter().enumerate() {
            self.draw(&mut svg, axis, 66.0 + i as f64 * Self::STEP, point);
        }
        let list: Vec<_> = self
            .points
            .iter()
            .map(|p| format!("fold {}: {}", p.fold, number(p.value, self.digits)))
            .collect();
        let label = format!("{} per fold: {}", self.what, list.join("; "));
        svg.finish("folds", right + 6.0, 136.0, &label)
    }

    fn draw(&self, svg: &mut Svg, axis: Axis, x: f64, point: &Fold) {
        let mut title = format!(
            "fold {}: {} over {} records",
            point.fold,
            number(point.value, self.digits),
            point.records
        );
        svg.line("stem", [x, axis.at(self.mean)], [x, axis.at(point.value)]);
        if let Some(baseline) = point.baseline.filter(|v| v.is_finite()) {
            let y = axis.at(baseline);
            svg.line("baseline", [x - 9.0, y], [x + 9.0, y]);
            title.push_str(&format!("; baseline {}", number(baseline, self.digits)));
        }
        svg.dot("value", [x, axis.at(point.value)], 5.0, &title);
        svg.text("end middle", [x, 130.0], &point.fold.to_string());
    }
}
