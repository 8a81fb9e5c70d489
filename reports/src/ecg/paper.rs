//! Grid, calibration pulse, lead names, and all strips in place.

use std::fmt::Write;

use ecg_audit_engine::audit::Trace;

use super::beneath::Painter;
use super::caption;
use super::forms;
use super::layout::{LEFT, Layout, NAME_HEIGHT, Row};
use super::wave::Leads;
use crate::format;
use crate::svg::{Svg, length};

/// A drawn ECG, lengths in millimetres.
pub(super) struct Drawing {
    pub svg: Svg,
    pub size: [f64; 2],
    /// What is read aloud in its place.
    pub label: String,
}

/// The whole ECG; `id` begins the names inside it.
pub(super) fn draw(trace: &Trace, leads: &Leads<'_>, layout: &Layout, id: &str) -> Drawing {
    let mut svg = Svg::default();
    let mut painter = Painter::new(trace, layout.speed, id);
    let mut top = caption::ABOVE;
    for row in &layout.rows {
        grid(&mut svg, row, layout.speed, top);
        waves(&mut svg, leads, row, layout.gain, top);
        painter.draw(&mut svg, row, top + row.extent[0] + row.extent[1]);
        top += row.height();
    }
    let lines = caption::lines(leads, layout);
    caption::draw(&mut svg, trace, &lines, top);
    Drawing {
        svg,
        size: [layout.width(), layout.height() + caption::height(lines.len())],
        label: format!(
            "ECG of record {}{}; {}",
            trace.record,
            if trace.clusters.is_empty() {
                ""
            } else {
                " with clusters and uncertainty over time"
            },
            caption::text(leads, layout)
        ),
    }
}

/// Millimetre paper behind the calibration pulse and the waveforms of a row. Large squares meet the baseline and the
/// strip's left edge.
fn grid(svg: &mut Svg, row: &Row, speed: f64, top: f64) {
    let height = row.extent[0] + row.extent[1];
    let width = ((LEFT - 1.0 + row.width(speed)) / 5.0).ceil() * 5.0;
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
    // 1 mV for 0.2 s at 25 mm/s, as on every recorder.
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
        let name = leads.leads.get(strip.lead).map_or("", |lead| lead.name);
        let name = format::shorten(forms::printed(name), 12);
        // Above the highest wave, for which `layout` leaves room.
        let y = top + NAME_HEIGHT - 0.8;
        svg.text("lead", [x + 1.0, y], &name);
        if row.start() > 0.0 {
            let from = format!("from {} s", format::number(row.start(), 0));
            svg.text("from", [x + 3.0 + 2.4 * name.chars().count() as f64, y], &from);
        }
        let data = leads.path(strip.lead, strip.range, gain, row.extent);
        svg.raw(&format!(
            "<path class=\"wave\" transform=\"translate({} {})scale(.01)\" d=\"{data}\"/>",
            length(x),
            length(baseline)
        ));
    }
}
