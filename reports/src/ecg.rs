//! An ECG as clinicians read it, in millimetres: 25 mm/s, 10 mm/mV, a grid of 1 mm and 5 mm, a calibration pulse. Beneath
//! every strip lie the clusters and the uncertainty of exactly its time range; nothing is drawn over a waveform.

mod attribution;
pub(crate) mod beat;
mod layout;
mod paper;
mod path;
mod timeline;
mod wave;

use ecg_audit_engine::audit::Trace;

use crate::format;
use layout::Layout;
use wave::Leads;

/// Paper speed, mm/s.
pub(crate) const SPEED: f64 = 25.0;

/// A drawn ECG.
pub(crate) struct Picture {
    /// The `<svg>` element.
    pub svg: String,
    /// Speed, gain and what else the reader must know about the drawing.
    pub scale: String,
}

/// Draws `trace`; `id` is unique on the page. Absent when the trace holds no lead or no usable sampling rate.
pub(crate) fn draw(trace: &Trace, id: &str) -> Option<Picture> {
    let leads = Leads::new(trace)?;
    let layout = Layout::new(&leads, attribution::height(trace));
    let svg = paper::draw(trace, &leads, &layout, id);
    Some(Picture {
        svg,
        scale: scale(&leads, &layout),
    })
}

fn scale(leads: &Leads<'_>, layout: &Layout) -> String {
    let mut text = format!(
        "25 mm/s · {} mm/mV · grid 1 mm and 5 mm · {} Hz · as recorded, no filter, each lead drawn about its median",
        format::number(layout.gain, if layout.gain.fract() == 0.0 { 0 } else { 1 }),
        format::number(leads.rate, if leads.rate.fract() == 0.0 { 0 } else { 1 }),
    );
    if layout.clipped {
        text.push_str(" · excursions beyond the strip are cut at its edge");
    }
    if let Some(shown) = layout.shown_seconds {
        text.push_str(&format!(
            " · the first {} of {}",
            format::duration(shown),
            format::duration(leads.seconds)
        ));
    }
    text
}
