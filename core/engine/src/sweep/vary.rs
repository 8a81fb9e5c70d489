//! What is varied: `key=v1,v2,…` as it stands on the command line.

use crate::Error;

/// One key of the configuration and the values it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vary {
    /// The key, dotted as for `--set`.
    pub key: String,
    /// Its values as written.
    pub values: Vec<String>,
}

impl Vary {
    /// Reads `key=v1,v2,…`. Commas inside brackets, braces and quotes belong to a value.
    ///
    /// # Errors
    /// [`Error::Invalid`] without `=`, without a key, without values, with an empty value, with one value twice, or with
    /// a bracket or quote that is not closed.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |what: String| {
            Error::Invalid(format!(
                "`--vary {text}` {what}; write `--vary key.key=value,value`, for example `--vary clusterer.params.k=5,10,20`"
            ))
        };
        let (key, raw) = text.split_once('=').ok_or_else(|| wrong("has no `=`".into()))?;
        let key = key.trim();
        if key.is_empty() || key.split('.').any(str::is_empty) {
            return Err(wrong("has an empty key".into()));
        }
        if raw.trim().is_empty() {
            return Err(wrong("lists no values".into()));
        }
        let values = split(raw).map_err(&wrong)?;
        if values.iter().any(String::is_empty) {
            return Err(wrong("has an empty value between its commas".into()));
        }
        let twice = values
            .iter()
            .enumerate()
            .find(|(i, value)| values.iter().take(*i).any(|before| before == *value));
        if let Some((_, value)) = twice {
            return Err(wrong(format!("lists `{value}` twice")));
        }
        Ok(Self {
            key: key.to_owned(),
            values,
        })
    }
}

/// Splits at the commas that stand outside brackets, braces and quotes.
fn split(raw: &str) -> Result<Vec<String>, String> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut closers = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    for c in raw.chars() {
        if let Some(open) = quote {
            value.push(c);
            if c == open && !escaped {
                quote = None;
            }
            // Only double quotes know escapes, as in TOML.
            escaped = open == '"' && c == '\\' && !escaped;
            continue;
        }
        match c {
            ',' if closers.is_empty() => {
                values.push(std::mem::take(&mut value).trim().to_owned());
                continue;
            }
            '[' => closers.push(']'),
            '{' => closers.push('}'),
            // Only what opened can close: a plain text may hold a bracket that means nothing.
            c if closers.last() == Some(&c) => drop(closers.pop()),
            // An apostrophe inside a plain text is no quote.
            '"' | '\'' if !closers.is_empty() || value.trim().is_empty() => quote = Some(c),
            _ => {}
        }
        value.push(c);
    }
    match (quote, closers.last()) {
        (Some(open), _) => Err(format!("has a {open} that is not closed")),
        (None, Some(closer)) => Err(format!("has no `{closer}` for an opened bracket")),
        (None, None) => {
            values.push(value.trim().to_owned());
            Ok(values)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str) -> Vec<String> {
        Vary::parse(text).unwrap().values
    }

    #[test]
    fn commas_inside_brackets_and_quotes_belong_to_the_value() {
        assert_eq!(values("clusterer.params.k=5, 10,20"), ["5", "10", "20"]);
        assert_eq!(values("features.weights=equal,[1, 0.5]"), ["equal", "[1, 0.5]"]);
        assert_eq!(
            values(r#"clusterer={plugin="a,b", params={k=[1,2]}},{plugin='c,d'}"#),
            [r#"{plugin="a,b", params={k=[1,2]}}"#, "{plugin='c,d'}"]
        );
        assert_eq!(values(r#"a="x\",y",z"#), [r#""x\",y""#, "z"]);
        assert_eq!(values("data.path=it's here,there"), ["it's here", "there"]);
        assert_eq!(values("a=x]y,z"), ["x]y", "z"]);
    }

    #[test]
    fn what_makes_no_list_is_refused_with_the_reason() {
        for (text, word) in [
            ("k", "has no `=`"),
            ("=5", "has an empty key"),
            ("a..b=5", "has an empty key"),
            ("k=", "lists no values"),
            ("k=5,,6", "empty value"),
            ("k=5,", "empty value"),
            ("k=5, 5", "lists `5` twice"),
            ("k=[5,6", "has no `]`"),
            ("k=\"5,6", "not closed"),
        ] {
            let error = Vary::parse(text).unwrap_err().to_string();
            assert!(
                error.contains(word) && error.contains("--vary"),
                "{text}: {error}"
            );
        }
    }

    proptest! {
        #[test]
        fn plain_values_come_back(values in proptest::collection::hash_set("[a-z0-9./-]{1,8}", 1..9)) {
            let values: Vec<String> = values.into_iter().collect();
            prop_assert_eq!(Vary::parse(&format!("a.b={}", values.join(", "))).unwrap().values, values);
        }

        #[test]
        fn nothing_panics(text in ".{0,40}") {
            let _ = Vary::parse(&text);
            let _ = Vary::parse(&format!("k={text}"));
        }
    }
}
