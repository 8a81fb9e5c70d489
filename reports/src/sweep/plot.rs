//! Lines over the number of clusters, and rows of dots. Series differ in colour and in the shape of their points.

use crate::charts::Axis;
use crate::format::{interval, number, shorten};
use crate::palette::cluster_class;
use crate::svg::{Svg, escape, length};

/// A line's point.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub x: f64,
    pub value: f64,
    pub ci95: Option<[f64; 2]>,
    pub name: String,
}

/// A line.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// Empty where there is only one.
    pub label: String,
    /// From left to right.
    pub points: Vec<Point>,
}

/// Lines over the number of clusters.
pub(super) struct Lines {
    pub what: &'static str,
    pub series: Vec<Series>,
    /// One dotted line per series.
    pub beside: Vec<Series>,
    /// A named dashed line across.
    pub level: Option<(&'static str, f64)>,
    pub axis: Axis,
}

/// Colours of the palette that stand out from light and from dark paper.
const COLOURS: [usize; 8] = [0, 5, 2, 3, 4, 1, 10, 7];

const LEFT: f64 = 52.0;
const RIGHT: f64 = 520.0;
const BOTTOM: f64 = 232.0;
/// Distance of series at the same place, so that their intervals do not cover each other.
const APART: f64 = 7.0;

impl Lines {
    /// Where values lie, upwards.
    pub const SPAN: [f64; 2] = [BOTTOM, 14.0];

    pub fn svg(&self) -> String {
        let mut svg = Svg::default();
        let xs = self.xs();
        let across = Across::new(&xs);
        grid(&mut svg, self.axis, Direction::Up);
        for x in &xs {
            let at = across.at(*x);
            svg.line("axis", [at, BOTTOM], [at, BOTTOM + 5.0]);
            svg.text("end middle", [at, BOTTOM + 18.0], &number(*x, 0));
        }
        let scale = if across.logarithmic { " (logarithmic)" } else { "" };
        let middle = (LEFT + RIGHT) / 2.0;
        svg.text(
            "end middle",
            [middle, BOTTOM + 36.0],
            &format!("number of clusters K{scale}"),
        );
        if let Some((name, value)) = self.level.filter(|(_, value)| value.is_finite()) {
            let y = self.axis.at(value);
            svg.line("dashed", [LEFT, y], [RIGHT, y]);
            svg.text(
                "end start",
                [LEFT + 4.0, y - 4.0],
                &format!("{name} {}", number(value, 3)),
            );
        }
        for (i, series) in self.series.iter().enumerate() {
            let shift = APART * (i as f64 - (self.series.len() as f64 - 1.0) / 2.0);
            svg.raw(&format!("<g class=\"series {}\">", colour(i)));
            if let Some(beside) = self.beside.get(i) {
                svg.path("dotted", &self.path(beside, &across, shift));
            }
            svg.path("line", &self.path(series, &across, shift));
            for point in &series.points {
                let x = across.at(point.x) + shift;
                if let Some([low, high]) = point.ci95 {
                    svg.line("ci", [x, self.axis.at(low)], [x, self.axis.at(high)]);
                }
                let title = format!(
                    "{}: {} {} {}",
                    point.name,
                    self.what,
                    number(point.value, 3),
                    interval(point.ci95, 3)
                );
                shape(&mut svg, i, [x, self.axis.at(point.value)], title.trim());
            }
            svg.raw("</g>");
        }
        self.legend(&mut svg);
        svg.finish("lines", 760.0, BOTTOM + 44.0, &self.aloud())
    }

    /// The numbers of clusters that occur, ascending.
    fn xs(&self) -> Vec<f64> {
        let points = self.series.iter().flat_map(|series| &series.points);
        let mut xs: Vec<f64> = points.map(|point| point.x).collect();
        xs.sort_by(f64::total_cmp);
        xs.dedup();
        xs
    }

    fn path(&self, series: &Series, across: &Across, shift: f64) -> String {
        let points = series.points.iter().filter(|point| point.value.is_finite());
        let place = |(i, point): (usize, &Point)| {
            let command = if i == 0 { 'M' } else { 'L' };
            let (x, y) = (across.at(point.x) + shift, self.axis.at(point.value));
            format!("{command}{} {}", length(x), length(y))
        };
        points.enumerate().map(place).collect()
    }

    fn legend(&self, svg: &mut Svg) {
        for (i, series) in self
            .series
            .iter()
            .enumerate()
            .filter(|(_, s)| !s.label.is_empty())
        {
            let y = 22.0 + 22.0 * i as f64;
            svg.raw(&format!("<g class=\"series {}\">", colour(i)));
            svg.line("line", [RIGHT + 22.0, y], [RIGHT + 46.0, y]);
            shape(svg, i, [RIGHT + 34.0, y], "");
            svg.raw("</g>");
            svg.text("end start", [RIGHT + 54.0, y + 4.0], &shorten(&series.label, 30));
        }
    }

    /// What a screen reader says.
    fn aloud(&self) -> String {
        let line = |series: &Series| {
            let points = series.points.iter();
            let points: Vec<String> = points
                .map(|point| format!("K {}: {}", number(point.x, 0), number(point.value, 3)))
                .collect();
            format!("{} {}", series.label, points.join(", "))
                .trim()
                .to_owned()
        };
        let lines: Vec<String> = self.series.iter().map(line).collect();
        format!(
            "{} against the number of clusters. {}",
            self.what,
            lines.join("; ")
        )
    }
}

/// Numbers of clusters from left to right, by their logarithm where they span a factor of four.
struct Across {
    ends: [f64; 2],
    logarithmic: bool,
}

impl Across {
    fn new(xs: &[f64]) -> Self {
        let (low, high) = (
            xs.first().copied().unwrap_or(1.0).max(1.0),
            xs.last().copied().unwrap_or(1.0).max(1.0),
        );
        Self {
            ends: [low, high],
            logarithmic: high >= 4.0 * low,
        }
    }

    fn at(&self, x: f64) -> f64 {
        const MARGIN: f64 = 34.0;
        let scale = |v: f64| if self.logarithmic { v.max(1.0).ln() } else { v };
        let axis = Axis {
            ends: self.ends.map(scale),
            span: [LEFT + MARGIN, RIGHT - MARGIN],
        };
        axis.at(scale(x))
    }
}

/// A row of [`Dots`].
pub(super) struct Mark {
    pub label: String,
    /// A value and its interval per kind.
    pub values: Vec<Option<(f64, Option<[f64; 2]>)>>,
}

/// One row per setting.
pub(super) struct Dots {
    pub what: &'static str,
    /// What the marks of a row are.
    pub kinds: Vec<&'static str>,
    pub marks: Vec<Mark>,
    /// A named dashed line down.
    pub level: Option<(&'static str, f64)>,
    pub axis: Axis,
}

/// Height of a row.
const ROW: f64 = 24.0;
/// Where rows begin.
const TOP: f64 = 52.0;

impl Dots {
    /// Where values lie, rightwards.
    pub const SPAN: [f64; 2] = [250.0, 740.0];

    pub fn svg(&self) -> String {
        let mut svg = Svg::default();
        let bottom = TOP + ROW * self.marks.len() as f64;
        grid(&mut svg, self.axis, Direction::Right(bottom));
        if let Some((name, value)) = self.level.filter(|(_, value)| value.is_finite()) {
            let x = self.axis.at(value);
            svg.line("dashed", [x, TOP - 14.0], [x, bottom]);
            svg.text(
                "end middle",
                [x, TOP - 18.0],
                &format!("{name} {}", number(value, 3)),
            );
        }
        for (row, mark) in self.marks.iter().enumerate() {
            let y = TOP + ROW * (row as f64 + 0.5);
            svg.text(
                "end stop",
                [Self::SPAN[0] - 12.0, y + 4.0],
                &shorten(&mark.label, 38),
            );
            for (kind, value) in mark.values.iter().enumerate() {
                let Some((value, ci95)) = value.filter(|(value, _)| value.is_finite()) else {
                    continue;
                };
                svg.raw(&format!("<g class=\"series {}\">", colour(kind)));
                if let Some([low, high]) = ci95 {
                    svg.line("ci", [self.axis.at(low), y], [self.axis.at(high), y]);
                }
                let title = format!(
                    "{}: {} {} {}",
                    mark.label,
                    self.kinds[kind],
                    number(value, 3),
                    interval(ci95, 3)
                );
                shape(&mut svg, kind, [self.axis.at(value), y], title.trim());
                svg.raw("</g>");
            }
        }
        self.legend(&mut svg);
        let rows = self.marks.iter().map(|mark| {
            let values = mark.values.iter().zip(&self.kinds);
            let values =
                values.filter_map(|(value, kind)| Some(format!("{kind} {}", number((*value)?.0, 3))));
            format!("{}: {}", mark.label, values.collect::<Vec<_>>().join(", "))
        });
        let aloud = format!(
            "{} by setting. {}",
            self.what,
            rows.collect::<Vec<_>>().join("; ")
        );
        svg.finish("lines", 760.0, bottom + 30.0, &aloud)
    }

    fn legend(&self, svg: &mut Svg) {
        let mut x = Self::SPAN[0];
        for (kind, name) in self.kinds.iter().enumerate() {
            svg.raw(&format!("<g class=\"series {}\">", colour(kind)));
            shape(svg, kind, [x + 6.0, 9.0], "");
            svg.raw("</g>");
            svg.text("end start", [x + 16.0, 13.0], name);
            x += 40.0 + 7.0 * name.len() as f64;
        }
    }
}

/// Which way values grow; rows of dots end at the length given.
#[derive(Clone, Copy)]
enum Direction {
    Up,
    Right(f64),
}

/// Lines at whole steps of the scale, each with its number.
fn grid(svg: &mut Svg, axis: Axis, direction: Direction) {
    let [low, high] = axis.ends;
    // Ends lie on multiples of 0.05; whole numbers of such steps between them give at most six lines.
    let steps = ((high - low) * 20.0).round().max(1.0);
    let every = (steps / 5.0).ceil();
    let mut step = 0.0;
    while step <= steps {
        let value = low + step / 20.0;
        let at = axis.at(value);
        match direction {
            Direction::Up => {
                svg.line("grid", [LEFT, at], [RIGHT, at]);
                svg.text("end stop", [LEFT - 6.0, at + 4.0], &number(value, 2));
            }
            Direction::Right(bottom) => {
                svg.line("grid", [at, TOP - 8.0], [at, bottom]);
                svg.text("end middle", [at, bottom + 16.0], &number(value, 2));
            }
        }
        step += every;
    }
}

fn colour(series: usize) -> String {
    cluster_class(COLOURS[series % COLOURS.len()])
}

/// The point of a series.
fn shape(svg: &mut Svg, series: usize, [x, y]: [f64; 2], title: &str) {
    let at = format!("M{} {}", length(x), length(y));
    let path = match series % 4 {
        0 => format!("{at}m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z"),
        1 => format!("{at}m-4.5 -4.5h9v9h-9z"),
        2 => format!("{at}m0 -6l5.5 9.5h-11z"),
        _ => format!("{at}m0 -6l6 6l-6 6l-6 -6z"),
    };
    svg.raw(&format!("<path class=\"point\" d=\"{path}\">"));
    if !title.is_empty() {
        svg.raw(&format!("<title>{}</title>", escape(title)));
    }
    svg.raw("</path>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(label: &str, values: &[(f64, f64)]) -> Series {
        Series {
            label: label.into(),
            points: values
                .iter()
                .map(|(x, value)| Point {
                    x: *x,
                    value: *value,
                    ci95: Some([value - 0.02, value + 0.02]),
                    name: "<setting>".into(),
                })
                .collect(),
        }
    }

    #[test]
    fn clusters_lie_evenly_by_their_logarithm_where_they_span_a_factor_of_four() {
        let across = Across::new(&[5.0, 10.0, 20.0]);
        let [a, b, c] = [5.0, 10.0, 20.0].map(|x| across.at(x));
        assert!(across.logarithmic && ((b - a) - (c - b)).abs() < 1e-9);
        let across = Across::new(&[5.0, 10.0, 15.0]);
        let [a, b, c] = [5.0, 10.0, 15.0].map(|x| across.at(x));
        assert!(!across.logarithmic && ((b - a) - (c - b)).abs() < 1e-9);
        assert!(Across::new(&[]).at(3.0).is_finite());
    }

    #[test]
    fn nothing_that_is_not_a_number_is_drawn_and_texts_stay_texts() {
        let nan = f64::NAN;
        let lines = Lines {
            what: "Agreement",
            series: vec![series("a<b", &[(5.0, 0.8), (10.0, nan)]), series("b", &[])],
            beside: vec![series("", &[(5.0, nan)])],
            level: Some(("majority", nan)),
            axis: Axis::around([0.8], Lines::SPAN),
        };
        let dots = Dots {
            what: "ARI",
            kinds: vec!["seeds", "halves"],
            marks: vec![Mark {
                label: "x<y".into(),
                values: vec![Some((nan, None)), None],
            }],
            level: None,
            axis: Axis::around([], Dots::SPAN),
        };
        for svg in [lines.svg(), dots.svg()] {
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            assert!(
                !svg.contains("<b") && !svg.contains("<y") && !svg.contains("<setting>"),
                "{svg}"
            );
        }
    }
}
