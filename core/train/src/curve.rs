//! `curve.svg`: the losses of every fold, epoch by epoch.

use std::fmt::Write;

use crate::card::Card;
use crate::checkpoint::Point;

const PANEL: [f64; 2] = [240.0, 160.0];
/// Left, top, right and bottom of a panel's plot.
const MARGINS: [f64; 4] = [44.0, 26.0, 10.0, 24.0];
const COLUMNS: usize = 5;
const HEAD: f64 = 34.0;

const STYLE: &str = "text{font:11px system-ui,sans-serif;fill:#333}.title{font-size:13px;font-weight:600}\
.axis{stroke:#bbb;stroke-width:1}.train{fill:none;stroke:#9a9a9a;stroke-width:1.5}\
.valid{fill:none;stroke:#1f5fa8;stroke-width:2}.best{fill:#c8501e}\
@media(prefers-color-scheme:dark){svg{background:#16181c}text{fill:#ddd}.axis{stroke:#555}.valid{stroke:#6fa8e8}}";

/// The picture. All panels share their scales.
pub(crate) fn svg(cards: &[Card]) -> String {
    let points = || cards.iter().flat_map(|card| &card.curve);
    let losses = points().flat_map(|point| [point.training_loss, point.validation_loss]);
    // One bad epoch shall not flatten all curves: what is above the frame is drawn at its edge.
    let best = points()
        .map(|point| point.validation_loss)
        .fold(f64::INFINITY, f64::min);
    let top = losses.fold(0.0, f64::max).min(4.0 * best.max(1e-9)).max(1e-9);
    let epochs = points().map(|point| point.epoch).max().unwrap_or(1);
    let columns = cards.len().clamp(1, COLUMNS);
    let rows = cards.len().div_ceil(COLUMNS).max(1);
    let [width, height] = [PANEL[0] * columns as f64, HEAD + PANEL[1] * rows as f64];
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-label=\"Loss per epoch and fold\"><style>{STYLE}</style>\
         <text class=\"title\" x=\"12\" y=\"20\">Loss per epoch</text>\
         <path class=\"train\" d=\"M130 16h22\"/><text x=\"157\" y=\"20\">training</text>\
         <path class=\"valid\" d=\"M220 16h22\"/><text x=\"247\" y=\"20\">validation</text>\n"
    );
    for (i, card) in cards.iter().enumerate() {
        let at = [
            PANEL[0] * (i % COLUMNS) as f64,
            HEAD + PANEL[1] * (i / COLUMNS) as f64,
        ];
        panel(&mut svg, at, card, top, epochs);
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, at: [f64; 2], card: &Card, top: f64, epochs: usize) {
    let [left, head, right, foot] = MARGINS;
    let (x0, x1) = (at[0] + left, at[0] + PANEL[0] - right);
    let (y0, y1) = (at[1] + head, at[1] + PANEL[1] - foot);
    let x = |epoch: usize| x0 + (x1 - x0) * (epoch as f64 - 0.5) / epochs as f64;
    let y = |loss: f64| y1 - (y1 - y0) * (loss / top).clamp(0.0, 1.0);
    let line = |loss: &dyn Fn(&Point) -> f64| -> String {
        let points = card.curve.iter();
        points
            .map(|point| format!("{:.1},{:.1} ", x(point.epoch), y(loss(point))))
            .collect()
    };
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<text class=\"title\" x=\"{x0}\" y=\"{:.1}\">fold {}</text><path class=\"axis\" d=\"M{x0} {y0}V{y1}H{x1}\" fill=\"none\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{top:.2}</text><text x=\"{:.1}\" y=\"{y1}\" text-anchor=\"end\">0</text>\
         <text x=\"{x1}\" y=\"{:.1}\" text-anchor=\"end\">{epochs} epochs</text>\
         <polyline class=\"train\" points=\"{}\"/><polyline class=\"valid\" points=\"{}\"/>",
        at[1] + 18.0,
        card.held_out,
        x0 - 5.0,
        y0 + 8.0,
        x0 - 5.0,
        y1 + 15.0,
        line(&|point| point.training_loss),
        line(&|point| point.validation_loss),
    );
    if let Some(best) = card.curve.iter().find(|point| point.epoch == card.best_epoch) {
        let _ = write!(
            svg,
            "<circle class=\"best\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\"><title>epoch {}: {:.4}</title></circle>",
            x(best.epoch),
            y(best.validation_loss),
            best.epoch,
            best.validation_loss
        );
    }
    svg.push('\n');
}
