//! A figure on a scale.

use super::Axis;
use crate::format::{number, short};
use crate::svg::{Svg, length};

/// What a gauge shows: a figure with its interval, beside marks to hold it against.
pub(crate) struct Gauge<'a> {
    pub value: f64,
    pub ci: Option<[f64; 2]>,
    pub marks: &'a [(&'a str, f64)],
    pub digits: usize,
}

/// A share or another figure in [0, 1] with its interval, beside marks to hold it against.
pub(crate) fn gauge(value: f64, ci: Option<[f64; 2]>, marks: &[(&str, f64)]) -> String {
    let gauge = Gauge {
        value,
        ci,
        marks,
        digits: 3,
    };
    gauge.on(Axis::around(gauge.all(), Gauge::SPAN))
}

impl Gauge<'_> {
    const SPAN: [f64; 2] = [6.0, 194.0];

    fn all(&self) -> impl Iterator<Item = f64> {
        let ci = self.ci.into_iter().flatten();
        ci.chain([self.value]).chain(self.marks.iter().map(|m| m.1))
    }

    /// The picture, on a scale of the figures' own magnitude.
    pub fn svg(&self) -> String {
        self.on(Axis::round(self.all(), Self::SPAN))
    }

    fn on(&self, axis: Axis) -> String {
        let Gauge {
            value,
            ci,
            marks,
            digits,
        } = *self;
        let mut svg = Svg::default();
        svg.line("axis", [axis.span[0], 16.0], [axis.span[1], 16.0]);
        for (i, end) in axis.ends.iter().enumerate() {
            svg.line("axis", [axis.span[i], 12.0], [axis.span[i], 20.0]);
            svg.text(
                ["end start", "end stop"][i],
                [axis.span[i], 31.0],
                &short(*end, 6),
            );
        }
        for (name, mark) in marks.iter().filter(|m| m.1.is_finite()) {
            svg.raw("<g>");
            svg.raw(&format!(
                "<title>{}: {}</title>",
                crate::svg::escape(name),
                number(*mark, digits)
            ));
            let x = axis.at(*mark);
            svg.path("mark", &format!("M{} 16l-4 -8h8z", length(x)));
            svg.raw("</g>");
        }
        if let Some([low, high]) = ci {
            svg.line("ci", [axis.at(low), 16.0], [axis.at(high), 16.0]);
        }
        if value.is_finite() {
            svg.dot("value", [axis.at(value), 16.0], 5.0, &number(value, digits));
        }
        let marks: Vec<_> = marks
            .iter()
            .map(|(name, v)| format!("{name} {}", number(*v, digits)))
            .collect();
        let label = format!("{} on a scale with {}", number(value, digits), marks.join(", "));
        svg.finish("gauge", 200.0, 34.0, &label)
    }
}
