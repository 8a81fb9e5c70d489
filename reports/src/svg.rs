//! A small writer of SVG text. Lengths are in the picture's own unit, written with two decimals.

use std::fmt::Write;

/// `text` safe inside an element and inside a double-quoted attribute. What XML 1.0 has no place for (section 2.2) becomes
/// the replacement character.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}')
            }
            c => out.push(c),
        }
    }
    out
}

/// A length with up to two decimals and no trailing zeros; 0 for what is not finite.
pub(crate) fn length(value: f64) -> String {
    if !value.is_finite() {
        return "0".into();
    }
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" {
        "0".into()
    } else {
        text.into()
    }
}

/// A picture under construction.
#[derive(Debug, Default)]
pub(crate) struct Svg {
    body: String,
}

impl Svg {
    /// The finished picture. `kind` is its class; `label` is read aloud in its place.
    pub(crate) fn finish(self, kind: &str, width: f64, height: f64, label: &str) -> String {
        format!(
            "<svg class=\"{kind}\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" aria-label=\"{}\">{}</svg>",
            escape(label),
            self.body,
            w = length(width),
            h = length(height),
        )
    }

    /// The finished picture, to scale in millimetres.
    pub(crate) fn finish_mm(self, id: &str, width: f64, height: f64, label: &str) -> String {
        format!(
            "<svg class=\"ecg\" id=\"{id}\" viewBox=\"0 0 {w} {h}\" width=\"{w}mm\" height=\"{h}mm\" role=\"img\" aria-label=\"{}\">{}</svg>",
            escape(label),
            self.body,
            w = length(width),
            h = length(height),
        )
    }

    /// A document of its own: a white page of `page` mm whose top left corner lies at `corner`, with `style` inside.
    pub(crate) fn finish_document(
        self,
        corner: [f64; 2],
        page: [f64; 2],
        style: &str,
        label: &str,
    ) -> String {
        let [x, y] = corner.map(length);
        let [w, h] = page.map(length);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ecg\" viewBox=\"{x} {y} {w} {h}\" width=\"{w}mm\" \
             height=\"{h}mm\" role=\"img\" aria-label=\"{}\"><style>{style}</style>\
             <rect class=\"sheet\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/>{}</svg>\n",
            escape(label),
            self.body,
        )
    }

    /// The finished picture, whose lengths are hundredths of a millimetre.
    pub(crate) fn finish_hundredths(self, kind: &str, width: f64, height: f64, label: &str) -> String {
        format!(
            "<svg class=\"{kind}\" viewBox=\"0 0 {} {}\" width=\"{}mm\" height=\"{}mm\" role=\"img\" aria-label=\"{}\">{}</svg>",
            length(width),
            length(height),
            length(width / 100.0),
            length(height / 100.0),
            escape(label),
            self.body,
        )
    }

    /// Markup as it is: for what has no method of its own.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    /// A rectangle, with a hover text unless `title` is empty.
    pub(crate) fn rect(&mut self, class: &str, [x, y, w, h]: [f64; 4], title: &str) {
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            length(x),
            length(y),
            length(w.max(0.0)),
            length(h.max(0.0))
        );
        self.close("rect", title);
    }

    /// A dot, with a hover text unless `title` is empty.
    pub(crate) fn dot(&mut self, class: &str, [x, y]: [f64; 2], radius: f64, title: &str) {
        let _ = write!(
            self.body,
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"",
            length(x),
            length(y),
            length(radius)
        );
        self.close("circle", title);
    }

    /// A straight line.
    pub(crate) fn line(&mut self, class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) {
        let _ = write!(
            self.body,
            "<path class=\"{class}\" d=\"M{} {}L{} {}\"/>",
            length(x1),
            length(y1),
            length(x2),
            length(y2)
        );
    }

    /// A path whose data is already written.
    pub(crate) fn path(&mut self, class: &str, data: &str) {
        let _ = write!(self.body, "<path class=\"{class}\" d=\"{data}\"/>");
    }

    /// Text at its baseline; `class` sets size and anchor.
    pub(crate) fn text(&mut self, class: &str, [x, y]: [f64; 2], text: &str) {
        let _ = write!(
            self.body,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            length(x),
            length(y),
            escape(text)
        );
    }

    fn close(&mut self, tag: &str, title: &str) {
        if title.is_empty() {
            self.body.push_str("/>");
        } else {
            let _ = write!(self.body, "><title>{}</title></{tag}>", escape(title));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short_and_finite() {
        assert_eq!(length(12.0), "12");
        assert_eq!(length(0.1 + 0.2), "0.3");
        assert_eq!(length(-0.001), "0");
        assert_eq!(length(100.0), "100");
        assert_eq!(length(f64::NAN), "0");
    }

    #[test]
    fn texts_cannot_leave_their_place() {
        let mut svg = Svg::default();
        svg.text("t", [0.0, 0.0], "</text><script>\"'&");
        svg.dot("d", [0.0, 0.0], 1.0, "</title>");
        let out = svg.finish("k", 1.0, 1.0, "\" onload=\"x");
        assert!(out.contains("&lt;/text&gt;&lt;script&gt;&quot;&#39;&amp;"));
        assert!(out.contains("<title>&lt;/title&gt;</title>"));
        assert!(out.contains("aria-label=\"&quot; onload=&quot;x\""));
    }
}
