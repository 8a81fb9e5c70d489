//! Cells of heat maps on a signed scale.

use serde::Serialize;

use crate::format::{NONE, number};
use crate::palette;

/// Adjusted p-values below this count as significant.
pub(super) const LEVEL: f64 = 0.05;

/// A cell of a heat map.
#[derive(Serialize)]
pub(super) struct Shade {
    pub class: String,
    pub text: String,
    /// A second, smaller figure; may be empty.
    pub note: String,
    pub sort: Option<f64>,
    pub strong: bool,
    pub title: String,
    pub first: bool,
}

impl Shade {
    /// `text` on the shade of `value` in [−1, 1], sorted by `value`.
    pub fn new(value: f64, text: String) -> Self {
        Shade {
            class: palette::signed_class(value),
            text,
            note: String::new(),
            sort: value.is_finite().then_some(value),
            strong: false,
            title: String::new(),
            first: false,
        }
    }

    /// `value` with its sign on its shade.
    pub fn signed(value: f64, digits: usize) -> Self {
        Shade::new(value, signed(value, digits))
    }

    /// A cell without a value.
    pub fn empty(title: &str) -> Self {
        Shade {
            class: "none".into(),
            title: title.into(),
            ..Shade::new(f64::NAN, NONE.into())
        }
    }
}

/// A number with its sign; zero has none.
pub(super) fn signed(value: f64, digits: usize) -> String {
    let text = number(value, digits);
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    let sign = if value > 0.0 && value.is_finite() && !zero {
        "+"
    } else {
        ""
    };
    format!("{sign}{text}")
}
