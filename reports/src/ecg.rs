//! An ECG as clinicians read it, in millimetres: 25 mm/s, 10 mm/mV, a grid of 1 mm and 5 mm, a calibration pulse, and the
//! measures printed beside it. Beneath every strip lie the clusters and the uncertainty of exactly its time range; nothing
//! is drawn over a waveform.

mod attribution;
pub(crate) mod beat;
mod beneath;
mod caption;
mod forms;
mod landmarks;
mod layout;
mod options;
mod paper;
mod path;
mod picture;
mod style;
mod timeline;
mod wave;

use ecg_audit_engine::audit::Trace;

use layout::{Lanes, Layout};
pub use options::{EcgOptions, Gain, Speed};
use paper::Drawing;
pub use picture::{EcgPdf, ecg_pdf, ecg_png, ecg_svg};
use wave::Leads;

/// Standard paper speed, mm/s.
pub(crate) const SPEED: f64 = 25.0;

/// A drawn ECG.
pub(crate) struct Picture {
    /// The `<svg>` element.
    pub svg: String,
    /// Speed, gain and what else the reader must know about the drawing; printed in it too.
    pub scale: String,
}

/// Draws `trace` as the report shows it; `id` is unique on the page. Absent when the trace holds no lead or no usable
/// sampling rate.
pub(crate) fn draw(trace: &Trace, id: &str) -> Option<Picture> {
    let options = EcgOptions {
        layout: trace.layout,
        landmarks: true,
        ..EcgOptions::default()
    };
    let (drawing, scale) = drawing(trace, &options, id)?;
    let Drawing {
        mut svg,
        size: [width, height],
        label,
    } = drawing;
    svg.raw("<path class=\"cursor\" d=\"\"/>");
    Some(Picture {
        svg: svg.finish_mm(id, width, height, &label),
        scale,
    })
}

/// The drawing, and its measures and notes as text.
fn drawing(trace: &Trace, options: &EcgOptions, id: &str) -> Option<(Drawing, String)> {
    let leads = Leads::new(trace, options.speed.mm_per_second())?;
    let lanes = Lanes {
        landmarks: options.landmarks && !trace.landmarks.is_empty(),
        clusters: !trace.clusters.is_empty(),
        uncertainty: !trace.clusters.is_empty(),
        maps: attribution::height(trace),
    };
    let layout = Layout::new(&leads, options, lanes);
    let drawing = paper::draw(trace, &leads, &layout, id);
    Some((drawing, caption::text(&leads, &layout)))
}

#[cfg(test)]
mod testing {
    use super::Trace;

    /// A trace without signal and timeline.
    pub fn trace() -> Trace {
        Trace {
            record: "r".into(),
            sampling_rate: 100.0,
            leads: Vec::new(),
            microvolts: Vec::new(),
            timeline_start: 0.0,
            timeline_step: 0.1,
            clusters: Vec::new(),
            memberships: Vec::new(),
            uncertainty: Vec::new(),
            attribution: Vec::new(),
            landmarks: Vec::new(),
            layout: Default::default(),
            metadata: Default::default(),
        }
    }
}
