//! Scales.

/// A scale, across or upwards.
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

    /// A scale that holds all of `values` and ends on round numbers of their own magnitude.
    pub fn round(values: impl IntoIterator<Item = f64>, span: [f64; 2]) -> Self {
        let values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low > high {
            return Axis {
                ends: [0.0, 1.0],
                span,
            };
        }
        let step = round_step((high - low).max(low.abs().max(high.abs()) * 1e-3));
        let ends = [(low / step).floor() * step, (high / step).ceil() * step];
        Axis { ends, span }
    }

    /// Round numbers from one end to the other, at most seven.
    pub fn ticks(&self) -> Vec<f64> {
        let step = round_step(self.ends[1] - self.ends[0]);
        let first = (self.ends[0] / step).ceil();
        (0..7)
            .map(|i| (first + f64::from(i)) * step)
            .filter(|tick| *tick <= self.ends[1] + step * 1e-6)
            .collect()
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

/// The step of 1, 2 or 5 times a power of ten that divides `range` into three to six.
fn round_step(range: f64) -> f64 {
    let rough = if range.is_finite() && range > 1e-300 {
        range / 6.0
    } else {
        return 1.0;
    };
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
    step.into_iter().find(|step| *step >= rough).unwrap_or(rough)
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
    fn a_round_axis_holds_its_values_whatever_their_magnitude() {
        let axis = Axis::round([4.18, 13.91, f64::NAN], [0.0, 100.0]);
        assert_eq!(axis.ends, [4.0, 14.0]);
        assert_eq!(axis.ticks(), [4.0, 6.0, 8.0, 10.0, 12.0, 14.0]);
        for values in [[0.0012, 0.0019], [-3e7, 5e8], [7.0, 7.0], [0.0, 0.0]] {
            let axis = Axis::round(values, [0.0, 1.0]);
            assert!(axis.ends[0] <= values[0] && values[1] <= axis.ends[1], "{axis:?}");
            assert!((1..=7).contains(&axis.ticks().len()), "{axis:?}");
        }
    }
}
