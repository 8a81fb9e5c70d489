//! What is printed around the strips, as on a recorder's paper: the record above them; speed, gain, sampling rate and
//! filter below. A picture that is cut out of the page can thus still be measured.

use ecg_audit_engine::audit::Trace;

use super::layout::{LEFT, Layout};
use super::wave::Leads;
use crate::format;
use crate::svg::Svg;

/// Height of the line above the strips, mm.
pub(super) const ABOVE: f64 = 5.0;
/// Height of a line below, and the gaps around them, mm.
const LINE: f64 = 3.4;
const GAP: f64 = 0.6;
/// Width of a character on average, mm. That of a wide face, since pictures are seen with many.
const CHARACTER: f64 = 1.5;
/// Characters of a record's name that are printed.
const NAME: usize = 60;
const BETWEEN: &str = " · ";

/// Height of all that is printed, with `lines` below the strips, mm.
pub(super) fn height(lines: usize) -> f64 {
    ABOVE + lines as f64 * LINE + GAP
}

/// What a reader must know to measure: speed, gain, grid, sampling rate, filter.
fn measures(leads: &Leads<'_>, layout: &Layout) -> Vec<String> {
    vec![
        format!("{} mm/s", format::short(layout.speed, 1)),
        format!("{} mm/mV", format::short(layout.gain, 1)),
        "grid 1 mm and 5 mm".into(),
        format!("{} Hz", format::short(leads.rate, 1)),
        "as recorded, no filter".into(),
        "each lead drawn about its median".into(),
    ]
}

/// What else a reader must know: that something is cut, left out or laid out otherwise.
fn notes(leads: &Leads<'_>, layout: &Layout) -> Vec<String> {
    let mut notes = Vec::new();
    if layout.clipped {
        notes.push("excursions beyond the strip are cut at its edge".into());
    }
    if let Some(shown) = layout.shown_seconds {
        notes.push(format!(
            "the first {} of {}",
            format::duration(shown),
            format::duration(leads.seconds)
        ));
    }
    notes.extend(layout.instead.clone());
    notes
}

/// All of it as one text.
pub(super) fn text(leads: &Leads<'_>, layout: &Layout) -> String {
    [measures(leads, layout), notes(leads, layout)]
        .concat()
        .join(BETWEEN)
}

/// All of it in lines no wider than the picture.
pub(super) fn lines(leads: &Leads<'_>, layout: &Layout) -> Vec<String> {
    let most = ((layout.width() - LEFT) / CHARACTER) as usize;
    let mut lines: Vec<String> = Vec::new();
    for part in [measures(leads, layout), notes(leads, layout)].concat() {
        match lines.last_mut() {
            Some(line) if (line.chars().count() + BETWEEN.len() + part.chars().count()) <= most => {
                line.push_str(BETWEEN);
                line.push_str(&part);
            }
            _ => lines.extend(wrapped(&part, most)),
        }
    }
    lines
}

/// A text cut between words where it is wider than `most` characters.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

/// Prints the record's name above the strips and `lines` from `bottom` mm on.
pub(super) fn draw(svg: &mut Svg, trace: &Trace, lines: &[String], bottom: f64) {
    let name = format!("Record {}", format::shorten(&trace.record, NAME));
    svg.text("name", [LEFT - 10.0, ABOVE - 1.4], &name);
    for (i, line) in lines.iter().enumerate() {
        let y = bottom + (i + 1) as f64 * LINE - 0.8;
        svg.text("print", [LEFT - 10.0, y], line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_words() {
        assert_eq!(wrapped("a bb ccc dddd", 6), ["a bb", "ccc", "dddd"]);
        assert_eq!(wrapped("wordwithoutend x", 4), ["wordwithoutend", "x"]);
    }
}
