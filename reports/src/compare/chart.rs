//! A difference with its interval, beside zero.

use crate::charts::Axis;
use crate::format::number;
use crate::svg::{Svg, length};

/// Width of the picture.
const WIDTH: f64 = 220.0;
/// Height of the picture.
const HEIGHT: f64 = 22.0;

/// A scale with zero in its middle that holds all of `values`.
pub(super) fn around_zero(values: impl Iterator<Item = f64>) -> Axis {
    let most = values
        .filter(|v| v.is_finite())
        .fold(0.0, |most: f64, v| most.max(v.abs()));
    // Where nothing differs, any scale shows it.
    let most = if most > 0.0 { most } else { 0.01 };
    let end = Axis::round([0.0, most], [0.0, 1.0]).ends[1];
    Axis {
        ends: [-end, end],
        span: [8.0, WIDTH - 8.0],
    }
}

/// A difference as a dot, its interval as a line, and zero as the line that both are read against.
pub(super) fn difference(class: &str, axis: Axis, value: Option<f64>, ci95: Option<[f64; 2]>) -> String {
    let mut svg = Svg::default();
    let middle = HEIGHT / 2.0;
    svg.line("rail", [axis.span[0], middle], [axis.span[1], middle]);
    let zero = axis.at(0.0);
    svg.line("zero", [zero, 2.0], [zero, HEIGHT - 2.0]);
    if let Some([low, high]) = ci95.filter(|ends| ends.iter().all(|end| end.is_finite())) {
        svg.line("ci", [axis.at(low), middle], [axis.at(high), middle]);
    }
    if let Some(value) = value.filter(|value| value.is_finite()) {
        svg.dot("value", [axis.at(value), middle], 4.0, "");
    }
    let label = match (value, ci95) {
        (Some(value), Some([low, high])) => format!(
            "{} between {} and {} on a scale from {} to {}",
            number(value, 4),
            number(low, 4),
            number(high, 4),
            number(axis.ends[0], 4),
            number(axis.ends[1], 4)
        ),
        (Some(value), None) => format!("{}, without an interval", number(value, 4)),
        _ => "no value".into(),
    };
    svg.finish(&format!("difference {class}"), WIDTH, HEIGHT, &label)
}

/// The scale that the pictures of one table share.
pub(super) fn scale(axis: Axis, digits: usize) -> String {
    let mut svg = Svg::default();
    for (value, class) in [(axis.ends[0], "start"), (0.0, "middle"), (axis.ends[1], "stop")] {
        let x = axis.at(value);
        svg.text(&format!("end {class}"), [x, 11.0], &number(value, digits));
        svg.path("axis", &format!("M{x} 15V21", x = length(x)));
    }
    let label = format!(
        "Scale from {} to {}",
        number(axis.ends[0], digits),
        number(axis.ends[1], digits)
    );
    svg.finish("difference", WIDTH, HEIGHT, &label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_lies_in_the_middle_and_nothing_that_is_no_number_is_drawn() {
        let axis = around_zero([0.013, -0.004, f64::NAN].into_iter());
        assert_eq!(axis.at(0.0), WIDTH / 2.0);
        assert!(axis.ends[1] >= 0.013 && axis.ends[0] == -axis.ends[1]);
        assert_eq!(around_zero([0.0].into_iter()).at(0.0), WIDTH / 2.0);
        let svg = difference("worse", axis, Some(f64::NAN), Some([f64::NAN, 0.1]));
        assert!(!svg.contains("NaN") && svg.contains("class=\"zero\""), "{svg}");
        assert!(scale(axis, 3).contains(">0.000<"));
    }
}
