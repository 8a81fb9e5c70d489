//! Bands of a continuous target, such as ages by decades.

/// Bands of a table at most.
const MOST: usize = 8;

/// Bands of equal width between round numbers.
pub(crate) struct Bands {
    first: f64,
    width: f64,
    count: usize,
}

impl Bands {
    /// As many bands as a table has room for, see [`Bands::at_most`].
    pub fn new(values: impl Iterator<Item = f64>) -> Self {
        Self::at_most(MOST, values)
    }

    /// Up to `most` bands that hold all of `values`, of a width of 1, 2, 5 or 10 times a power of ten; values that are not
    /// finite are left aside.
    pub fn at_most(most: usize, values: impl Iterator<Item = f64>) -> Self {
        let most = most as f64;
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        if low > high {
            return Self {
                first: 0.0,
                width: 1.0,
                count: 0,
            };
        }
        let rough = ((high - low) / most).max(f64::MIN_POSITIVE.sqrt());
        let power = 10_f64.powf(rough.log10().floor());
        let width = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|times| times * power)
            .find(|width| (high / width).floor() - (low / width).floor() < most)
            .unwrap_or(10.0 * power);
        let first = (low / width).floor();
        Self {
            first: first * width,
            width,
            count: ((high / width).floor() - first) as usize + 1,
        }
    }

    /// The band of a value; nothing for what is outside or not finite.
    pub fn of(&self, value: f64) -> Option<usize> {
        let band = ((value - self.first) / self.width).floor();
        (band >= 0.0 && band < self.count as f64).then_some(band as usize)
    }

    /// Where the first begins, the width of each, and how many they are.
    pub fn grid(&self) -> (f64, f64, usize) {
        (self.first, self.width, self.count)
    }

    /// Their names, such as `40 to 50`: the upper end belongs to the next.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let decimals = (-self.width.log10().floor()).clamp(0.0, 12.0) as usize;
        (0..self.count).map(move |band| {
            let low = self.first + band as f64 * self.width;
            format!("{low:.decimals$} to {:.decimals$}", low + self.width)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_fall_into_decades() {
        let bands = Bands::new([23.0, 88.0, f64::NAN, 61.5].into_iter());
        let names: Vec<String> = bands.names().collect();
        assert_eq!(names.first().map(String::as_str), Some("20 to 30"));
        assert_eq!(names.last().map(String::as_str), Some("80 to 90"));
        assert_eq!(
            (bands.of(30.0), bands.of(29.9), bands.of(f64::NAN)),
            (Some(1), Some(0), None)
        );
    }

    #[test]
    fn small_numbers_have_decimals_and_one_number_one_band() {
        let names: Vec<String> = Bands::new([0.31, 0.36].into_iter()).names().collect();
        assert_eq!(names.first().map(String::as_str), Some("0.31 to 0.32"));
        assert_eq!(Bands::new([5.0].into_iter()).names().count(), 1);
        assert_eq!(Bands::new(std::iter::empty()).names().count(), 0);
    }

    #[test]
    fn every_value_is_in_a_band() {
        let values: Vec<f64> = (0..1000).map(|i| -3.7 + f64::from(i) * 0.0917).collect();
        let bands = Bands::new(values.iter().copied());
        assert!(bands.names().count() <= 9);
        assert!(values.iter().all(|value| bands.of(*value).is_some()));
    }
}
