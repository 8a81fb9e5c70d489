//! Numbers as text. What is not a finite number is shown as an en dash, never as `NaN`.

use ecg_audit_engine::audit::Threshold;

/// Shown where there is no value.
pub(crate) const NONE: &str = "–";

/// `value` with `digits` decimals and a true minus sign.
pub(crate) fn number(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return NONE.into();
    }
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|c| c == '0' || c == '.') => zero.into(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// `value` with up to `digits` decimals, without trailing zeros.
pub(crate) fn short(value: f64, digits: usize) -> String {
    let text = number(value, digits);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').into()
    } else {
        text
    }
}

/// The decimals that give `value` four significant digits, at most six.
pub(crate) fn decimals(value: f64) -> usize {
    if value.is_finite() && value != 0.0 {
        (3.0 - value.abs().log10().floor()).clamp(0.0, 6.0) as usize
    } else {
        3
    }
}

/// [`number`] where there is one.
pub(crate) fn optional(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| NONE.into(), |v| number(v, digits))
}

/// A share as per cent with one decimal.
pub(crate) fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{}\u{202f}%", number(share * 100.0, 1))
    } else {
        NONE.into()
    }
}

/// A mean with its standard deviation.
pub(crate) fn plus_minus(mean: f64, sd: Option<f64>, digits: usize) -> String {
    match sd {
        Some(sd) if sd.is_finite() => format!("{} ± {}", number(mean, digits), number(sd, digits)),
        _ => number(mean, digits),
    }
}

/// An interval in brackets; empty where there is none.
pub(crate) fn interval(bounds: Option<[f64; 2]>, digits: usize) -> String {
    bounds.map_or_else(String::new, |[low, high]| {
        format!("[{}, {}]", number(low, digits), number(high, digits))
    })
}

/// An integer in groups of three.
pub(crate) fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(c);
    }
    text
}

/// A count with its noun.
pub(crate) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A p-value to two significant digits, or the bound it lies below.
pub(crate) fn p_value(p: f64) -> String {
    match p {
        p if !p.is_finite() => NONE.into(),
        p if p < 1e-4 => "< 0.0001".into(),
        p if p < 0.01 => number(p, 4),
        p => number(p, 3),
    }
}

/// The limits of a check, such as `warn below 0.9`.
pub(crate) fn thresholds(t: &Threshold) -> Vec<String> {
    let limits = [
        ("warn below", t.warn_below),
        ("fail below", t.fail_below),
        ("warn above", t.warn_above),
        ("fail above", t.fail_above),
    ];
    let limits = limits.into_iter();
    limits
        .filter_map(|(name, limit)| Some(format!("{name} {}", short(limit?, 6))))
        .collect()
}

/// A duration in the unit a person would use.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() => NONE.into(),
        s if s < 1.0 => format!("{}\u{202f}ms", number(s * 1e3, 0)),
        s if s < 120.0 => format!("{}\u{202f}s", number(s, 1)),
        s if s < 7200.0 => format!("{}\u{202f}min", number(s / 60.0, 1)),
        s => format!("{}\u{202f}h", number(s / 3600.0, 1)),
    }
}

/// Bytes in binary units.
pub(crate) fn bytes(n: u64) -> String {
    let mut value = n as f64;
    for unit in ["B", "KiB", "MiB"] {
        if value < 1024.0 {
            return format!("{}\u{202f}{unit}", number(value, if unit == "B" { 0 } else { 1 }));
        }
        value /= 1024.0;
    }
    format!("{}\u{202f}GiB", number(value, 1))
}

/// `text` cut to `limit` characters, for places such as pictures where style sheets cannot cut.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_a_dash() {
        for text in [
            number(f64::NAN, 2),
            percent(f64::INFINITY),
            p_value(f64::NAN),
            duration(f64::NAN),
            plus_minus(f64::NAN, None, 1),
        ] {
            assert_eq!(text, NONE);
        }
        assert_eq!(plus_minus(0.5, Some(f64::NAN), 1), "0.5");
    }

    #[test]
    fn numbers_read_as_a_person_writes_them() {
        assert_eq!(number(-0.25, 2), "−0.25");
        assert_eq!(number(-0.0001, 2), "0.00");
        assert_eq!(
            [short(0.850, 3), short(61.0, 2), short(100.0, 0)],
            ["0.85", "61", "100"]
        );
        assert_eq!(
            [8.125, 0.0512, 123_456.0, 0.0, f64::NAN].map(decimals),
            [3, 5, 0, 3, 3]
        );
        assert_eq!(percent(0.919), "91.9\u{202f}%");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(123), "123");
        assert_eq!(p_value(1e-9), "< 0.0001");
        assert_eq!(duration(0.08), "80\u{202f}ms");
        assert_eq!(bytes(1536), "1.5\u{202f}KiB");
        assert_eq!(shorten("aäöü", 2), "aä…");
        assert_eq!(shorten("aä", 2), "aä");
    }
}
