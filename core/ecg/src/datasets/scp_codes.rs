//! The `scp_codes` of PTB-XL: a Python dictionary as text, `{'NORM': 100.0, 'SR': 0.0}`.

/// Statements with their likelihoods in percent. The error says what was expected and where.
///
/// A general reader of Python literals would accept what PTB-XL never holds, and its errors would not
/// say what is wrong with a statement.
pub(super) fn parse(text: &str) -> Result<Vec<(String, f64)>, String> {
    let mut rest = Rest { text, at: 0 };
    let mut statements: Vec<(String, f64)> = Vec::new();
    rest.expect('{')?;
    while !rest.take('}') {
        let code = rest.quoted()?;
        if statements.iter().any(|(other, _)| *other == code) {
            return Err(format!("the statement `{code}` is there twice"));
        }
        rest.expect(':')?;
        statements.push((code, rest.likelihood()?));
        if !rest.take(',') {
            rest.expect('}')?;
            break;
        }
    }
    match rest.left() {
        "" => Ok(statements),
        _ => Err(rest.wrong("the end")),
    }
}

struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Rest<'a> {
    fn left(&mut self) -> &'a str {
        let left = self.text.get(self.at..).unwrap_or_default();
        let trimmed = left.trim_start();
        self.at += left.len() - trimmed.len();
        trimmed
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.left().starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn expect(&mut self, c: char) -> Result<(), String> {
        if self.take(c) {
            Ok(())
        } else {
            Err(self.wrong(&format!("`{c}`")))
        }
    }

    fn quoted(&mut self) -> Result<String, String> {
        let left = self.left();
        let quote = left.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let quote = quote.ok_or_else(|| self.wrong("a statement in quotes"))?;
        match left[1..].split_once(quote) {
            Some((code, _)) if !code.is_empty() && !code.contains('\\') => {
                self.at += code.len() + 2;
                Ok(code.to_owned())
            }
            _ => Err(self.wrong("a statement in quotes")),
        }
    }

    fn likelihood(&mut self) -> Result<f64, String> {
        let left = self.left();
        let end = left.find([',', '}']).unwrap_or(left.len());
        match left[..end].trim().parse::<f64>() {
            Ok(value) if (0.0..=100.0).contains(&value) => {
                self.at += end;
                Ok(value)
            }
            _ => Err(self.wrong("a likelihood from 0 to 100")),
        }
    }

    fn wrong(&mut self, expected: &str) -> String {
        let found: String = self.left().chars().take(20).collect();
        let found = if found.is_empty() {
            "the end".to_owned()
        } else {
            format!("`{found}`")
        };
        let character = self.text.get(..self.at).unwrap_or_default().chars().count() + 1;
        format!("expected {expected} at character {character}, found {found}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dictionaries() {
        let parsed = parse(" {'NORM': 100.0, \"LAO/LAE\":0 , 'SR' : 15.5,}").unwrap();
        let expected = [("NORM", 100.0), ("LAO/LAE", 0.0), ("SR", 15.5)];
        assert_eq!(
            parsed,
            expected.map(|(code, likelihood)| (code.to_owned(), likelihood))
        );
        assert_eq!(parse("{}").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            ("", "expected `{` at character 1, found the end"),
            ("NORM", "expected `{` at character 1, found `NORM`"),
            ("{NORM: 1}", "expected a statement in quotes at character 2"),
            ("{'NORM' 1}", "expected `:` at character 9, found `1}`"),
            (
                "{'NORM': x}",
                "expected a likelihood from 0 to 100 at character 10, found `x}`",
            ),
            ("{'NORM': 101}", "expected a likelihood from 0 to 100"),
            ("{'NORM': nan}", "expected a likelihood from 0 to 100"),
            ("{'NORM': 1", "expected `}` at character 11, found the end"),
            ("{'NORM': 1} x", "expected the end at character 13, found `x`"),
            ("{'NORM': 1, 'NORM': 2}", "the statement `NORM` is there twice"),
            ("{'NO\\'RM': 1}", "expected a statement in quotes"),
            ("{'NORM: 1}", "expected a statement in quotes"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "[{}'\":,0-9.é\\\\ A-Z]{0,60}") {
            let _ = parse(&text);
        }
    }
}
