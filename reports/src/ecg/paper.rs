//! Grid, calibration pulse, lead names, and all strips in place.

use std::fmt::Write;

use ecg_audit_engine::audit::Trace;

use super::layout::{LEFT, Layout, Row};
use super::wave::Leads;
use super::{attribution, timeline};
use crate::format;
use crate::svg::{Svg, escape, length};

/// Gap between a waveform's room and the ribbon, mm.
const GAP: f64 = 1.0;

/// The whole ECG.
pub(super) fn draw(trace: &Trace, leads: &Leads<'_>, layout: &Layout, id: &str) -> String {
    let (width, height) = (layout.width(), layout.height());
    let mut svg = Svg::default();
    let mut drawn: Vec<[f64; 2]> = Vec::new();
    let mut top = 0.0;
    for row in &layout.rows {
        grid(&mut svg, row, top);
        waves(&mut svg, leads, row, layout.gain, top);
        beneath(&mut svg, trace, row, top, id, &mut drawn);
        top += row.height();
    }
    svg.raw("<path class=\"cursor\" d=\"\"/>");
    let label = format!(
        "ECG of record {} with clusters and uncertainty over time",
        trace.record
    );
    svg.finish_mm(id, width, height, &label)
}

/// Millimetre paper behind the calibration pulse and the waveforms of a row. Large squares meet the baseline and the
/// strip's left edge.
fn grid(svg: &mut Svg, row: &Row, top: f64) {
    let height = row.extent[0] + row.extent[1];
    let width = ((LEFT - 1.0 + row.width()) / 5.0).ceil() * 5.0;
    let left = LEFT - 10.0;
    let up = row.extent[0] as usize;
    svg.rect("paper", [left, top, width, height], "");
    for (class, large) in [("minor", false), ("major", true)] {
        let mut data = String::new();
        for i in (0..=width as usize).filter(|i| i.is_multiple_of(5) == large) {
            let _ = write!(
                data,
                "M{} {}v{}",
                length(left + i as f64),
                length(top),
                length(height)
            );
        }
        for i in (0..=height as usize).filter(|&i| i.abs_diff(up).is_multiple_of(5) == large) {
            let _ = write!(
                data,
                "M{} {}h{}",
                length(left),
                length(top + i as f64),
                length(width)
            );
        }
        svg.path(class, &data);
    }
}

fn waves(svg: &mut Svg, leads: &Leads<'_>, row: &Row, gain: f64, top: f64) {
    let baseline = top + row.extent[0];
    // 1 mV for 0.2 s, as on every recorder.
    svg.path(
        "pulse",
        &format!(
            "M{} {}h1v-{gain}h5v{gain}h1",
            length(LEFT - 9.0),
            length(baseline),
            gain = length(gain)
        ),
    );
    for (i, strip) in row.strips.iter().enumerate() {
        let x = LEFT + strip.at;
        if i > 0 {
            svg.path("tick", &format!("M{} {}v6", length(x), length(baseline - 3.0)));
        }
        let data = leads.path(strip.lead, strip.range, gain, row.extent);
        svg.raw(&format!(
            "<path class=\"wave\" transform=\"translate({} {})scale(.01)\" d=\"{data}\"/>",
            length(x),
            length(baseline)
        ));
        let name = leads.leads.get(strip.lead).map_or("", |lead| lead.name);
        svg.text("lead", [x + 1.0, top + 4.2], &format::shorten(name, 12));
        if row.start() > 0.0 {
            let from = format!("from {} s", format::number(row.start(), 0));
            svg.text(
                "from",
                [x + 3.0 + 2.4 * name.chars().count().min(12) as f64, top + 4.2],
                &from,
            );
        }
    }
}

/// Axes of the same time range share one drawing of it.
fn beneath(svg: &mut Svg, trace: &Trace, row: &Row, top: f64, id: &str, drawn: &mut Vec<[f64; 2]>) {
    let y = top + row.extent[0] + row.extent[1] + GAP;
    svg.text("side", [LEFT - 1.0, y + timeline::RIBBON - 1.0], "cluster");
    svg.text("side", [LEFT - 1.0, y + timeline::HEIGHT - 1.2], "uncert.");
    if row.maps > 0.0 {
        for (i, (at, range)) in row.axes.iter().enumerate() {
            attribution::draw(svg, trace, *range, [LEFT + at, y + timeline::HEIGHT], i == 0);
        }
    }
    for (at, range) in &row.axes {
        let place = format!("translate({} {})", length(LEFT + at), length(y));
        let name = |i: usize| format!("{}-t{i}", escape(id));
        match drawn.iter().position(|d| d == range) {
            Some(i) => svg.raw(&format!(
                "<use class=\"axis-of-time\" href=\"#{}\" transform=\"{place}\"/>",
                name(i)
            )),
            None => {
                let group = timeline::draw(trace, *range, &name(drawn.len()));
                svg.raw(&format!(
                    "<g class=\"axis-of-time\" transform=\"{place}\">{group}</g>"
                ));
                drawn.push(*range);
            }
        }
    }
}
