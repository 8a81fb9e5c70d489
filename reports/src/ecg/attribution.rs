//! Attribution maps beneath a strip: a row per class, the darker the more of the class's evidence lies there.

use std::fmt::Write;

use ecg_audit_engine::audit::{AttributionMethod, Trace, TraceAttribution};

use crate::format::{number, shorten};
use crate::svg::{Svg, escape, length};

/// Height of a row, mm.
const ROW: f64 = 2.8;
/// Gap above a row, mm.
const GAP: f64 = 0.5;
/// Rows drawn; a record with more classes shows the first.
const MOST: usize = 3;
/// Values are drawn in so many shades.
const SHADES: f64 = 8.0;

/// The maps that are drawn.
pub(super) fn shown(trace: &Trace) -> &[TraceAttribution] {
    &trace.attribution[..trace.attribution.len().min(MOST)]
}

/// Height of all rows, mm.
pub(super) fn height(trace: &Trace) -> f64 {
    shown(trace).len() as f64 * (GAP + ROW)
}

/// Draws the rows for `range` seconds at `[x, y]`, the names of the classes to their left.
pub(super) fn draw(svg: &mut Svg, trace: &Trace, range: [f64; 2], speed: f64, [x, y]: [f64; 2], names: bool) {
    for (i, map) in shown(trace).iter().enumerate() {
        let top = y + i as f64 * (GAP + ROW) + GAP;
        if names {
            svg.text("side", [x - 1.0, top + ROW - 0.7], &shorten(&map.class, 6));
        }
        svg.raw(&format!(
            "<g class=\"attribution\" transform=\"translate({} {})\">{}</g>",
            length(x),
            length(top),
            row(map, range, speed)
        ));
    }
}

fn row(map: &TraceAttribution, range: [f64; 2], speed: f64) -> String {
    let mut out = String::new();
    let width = (range[1] - range[0]) * speed;
    let method = match map.method {
        AttributionMethod::GradCam => "Grad-CAM",
        AttributionMethod::Occlusion => "Occlusion",
    };
    let _ = write!(
        out,
        "<rect class=\"ground\" width=\"{}\" height=\"{ROW}\"><title>{method} for {}</title></rect>",
        length(width),
        escape(&map.class)
    );
    if !(map.start.is_finite() && map.step.is_finite() && map.step > 0.0) {
        return out;
    }
    // One path per shade: a rectangle per step would make the page several times larger.
    let shade =
        |value: &Option<f32>| value.map_or(0, |v| (f64::from(v).clamp(0.0, 1.0) * SHADES).round() as usize);
    let mut shades = vec![String::new(); SHADES as usize + 1];
    let mut first = 0;
    for run in map.values.chunk_by(|a, b| shade(a) == shade(b)) {
        let from = map.start + first as f64 * map.step;
        first += run.len();
        let to = map.start + first as f64 * map.step;
        let (from, to) = (from.max(range[0]), to.min(range[1]));
        if let (true, Some(data)) = (to > from, run.first().and_then(|v| shades.get_mut(shade(v)))) {
            let (x, width) = ((from - range[0]) * speed, (to - from) * speed);
            let _ = write!(
                data,
                "M{} 0h{}v{ROW}h-{}z",
                length(x),
                length(width),
                length(width)
            );
        }
    }
    for (shade, data) in shades
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(_, data)| !data.is_empty())
    {
        let opacity = number(shade as f64 / SHADES, 3);
        let _ = write!(out, "<path fill-opacity=\"{opacity}\" d=\"{data}\"/>");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_shades_are_one_path_to_scale() {
        let map = TraceAttribution {
            class: "M<I".into(),
            method: AttributionMethod::GradCam,
            start: 0.0,
            step: 0.5,
            values: vec![Some(1.0), Some(0.99), None, Some(0.5)],
        };
        let out = row(&map, [0.0, 2.0], 25.0);
        assert_eq!(out.matches("<path").count(), 2, "{out}");
        assert!(
            out.contains("d=\"M0 0h25v2.8h-25z\"") && out.contains("M37.5 0h12.5"),
            "{out}"
        );
        assert!(out.contains("M&lt;I"));
        assert!(!row(&TraceAttribution { step: 0.0, ..map }, [0.0, 2.0], 25.0).contains("<path"));
    }
}
