//! Text from outside inside Markdown.

use crate::format::shorten;
use crate::junit::is_bidi_control;

/// Characters of a cell at most.
const CELL: usize = 160;
/// Characters of a line at most.
const LINE: usize = 600;

/// `text` on one line, cut to a cell's length, with nothing in it that Markdown or HTML would act on.
pub(super) fn text(text: &str) -> String {
    escaped(&shorten(&flat(text), CELL))
}

/// The same for a line of its own.
pub(super) fn line(text: &str) -> String {
    escaped(&shorten(&flat(text), LINE))
}

/// Without line breaks, control characters and turns of direction.
fn flat(text: &str) -> String {
    let plain = |c: char| match c {
        c if c.is_whitespace() => ' ',
        c if c.is_control() || is_bidi_control(c) => '\u{fffd}',
        c => c,
    };
    let text: String = text.chars().map(plain).collect();
    text.split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let chars: Vec<char> = text.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        let beside = |at: Option<usize>| {
            at.and_then(|at| chars.get(at))
                .is_some_and(|c| c.is_alphanumeric())
        };
        match c {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            // Inside a word an underscore means nothing, and names read better without the escape.
            '_' if beside(i.checked_sub(1)) && beside(Some(i + 1)) => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' | '#' => {
                out.push('\\');
                out.push(*c);
            }
            // Else `http://…` and `www.…` become links, and `@name` calls somebody on GitHub.
            ':' if chars.get(i + 1) == Some(&'/') => out += "&#58;",
            '.' if i >= 3 && chars[i - 3..i].iter().all(|c| c.eq_ignore_ascii_case(&'w')) => out += "&#46;",
            '@' => out += "&#64;\u{2060}",
            // What makes a list or a heading of a line that begins with it.
            '-' | '+' | '=' if i == 0 => {
                out.push('\\');
                out.push(*c);
            }
            c => out.push(*c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_means_anything() {
        assert_eq!(text("a|b"), "a\\|b");
        assert_eq!(
            text("`x` *y* <script>alert(1)</script>"),
            "\\`x\\` \\*y\\* &lt;script&gt;alert(1)&lt;/script&gt;"
        );
        assert_eq!(text("one\r\n\ntwo\u{2028}three"), "one two three");
        assert_eq!(text("fidelity_agreement _x_"), "fidelity_agreement \\_x\\_");
        assert_eq!(text("[a](http://b)"), "\\[a\\](http&#58;//b)");
        assert_eq!(text("www.x.org"), "www&#46;x.org");
        assert_eq!(text("\u{202e}abc\u{0}"), "\u{fffd}abc\u{fffd}");
        assert_eq!(text("- item"), "\\- item");
        assert!(text(&"x".repeat(10_000)).chars().count() <= CELL + 1);
    }

    proptest! {
        #[test]
        fn a_cell_stays_one_cell(raw in ".{0,80}") {
            let cell = text(&raw);
            prop_assert!(!cell.contains(['\n', '\r', '<', '>']));
            // Every bar is escaped by an odd number of backslashes.
            for (at, _) in cell.match_indices('|') {
                let before = cell[..at].chars().rev().take_while(|c| *c == '\\').count();
                prop_assert_eq!(before % 2, 1, "{}", cell);
            }
        }
    }
}
