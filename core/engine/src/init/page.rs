//! The text of a configuration, with comments.

use toml::Value;

use super::data::Choice;

/// Width of comments in characters.
const WIDTH: usize = 110;

/// A configuration as it is being written.
#[derive(Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    pub fn into_text(self) -> String {
        self.text
    }

    /// An empty line and a table's name, `[data]`.
    pub fn table(&mut self, name: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.raw(&format!("[{name}]"));
    }

    /// A line as it is.
    pub fn raw(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A comment, broken into lines.
    pub fn comment(&mut self, text: &str) {
        for paragraph in text.lines() {
            let mut line = String::from("#");
            for word in paragraph.split_whitespace() {
                if line.chars().count() + word.chars().count() >= WIDTH {
                    self.raw(&line);
                    line = "#  ".into();
                }
                line.push(' ');
                line.push_str(word);
            }
            self.raw(&line);
        }
    }

    /// The comments of all choices about `key`, `data.labels`.
    pub fn choices(&mut self, choices: &[Choice], key: &str) {
        for choice in choices.iter().filter(|choice| choice.key == key) {
            self.comment(&format!("CHOOSE: {}", choice.why));
        }
    }

    /// A key of the current table, behind what there is to choose about it.
    pub fn key(&mut self, choices: &[Choice], table: &str, key: &str, value: impl Into<Value>) {
        self.choices(choices, &format!("{table}.{key}"));
        self.raw(&format!("{key} = {}", value.into()));
    }
}

/// Names as a TOML array.
pub(super) fn array(names: &[String]) -> Value {
    Value::Array(names.iter().map(|name| Value::from(name.as_str())).collect())
}

/// A number as TOML, whole ones without a fraction.
pub(super) fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        Value::Integer(value as i64)
    } else {
        Value::Float(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_broken_and_values_are_toml() {
        let mut page = Page::default();
        let choices = [Choice::new("data.path", "word ".repeat(40))];
        page.table("data");
        page.key(&choices, "data", "path", "a \"b\" \\ c");
        page.key(&choices, "data", "classes", array(&["x\ny".into(), "z".into()]));
        page.key(&choices, "data", "rate", number(100.0));
        let text = page.into_text();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.contains("# CHOOSE: word word"), "{text}");
        let parsed: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(parsed["data"]["path"].as_str(), Some("a \"b\" \\ c"));
        assert_eq!(parsed["data"]["classes"][0].as_str(), Some("x\ny"));
        assert_eq!(parsed["data"]["rate"].as_integer(), Some(100));
    }
}
