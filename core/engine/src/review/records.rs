//! The records that a review names.

use std::collections::{HashMap, HashSet};

/// The names of a data set's records, as a spreadsheet may have left them.
pub(super) struct Records<'a> {
    exact: HashSet<&'a str>,
    /// By the name without leading zeros, which spreadsheets drop; nothing where several are alike.
    stripped: HashMap<&'a str, Option<&'a str>>,
}

impl<'a> Records<'a> {
    pub fn new(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut records = Self {
            exact: HashSet::new(),
            stripped: HashMap::new(),
        };
        for name in names {
            records.exact.insert(name);
            if let Some(number) = stripped(name) {
                let several = records.stripped.contains_key(number);
                records.stripped.insert(number, (!several).then_some(name));
            }
        }
        records
    }

    /// The record of that name.
    pub fn find(&self, name: &str) -> Option<&'a str> {
        let exact = self.exact.get(name).copied();
        exact.or_else(|| stripped(name).and_then(|number| self.stripped.get(number).copied().flatten()))
    }
}

/// A number without the zeros before it.
fn stripped(name: &str) -> Option<&str> {
    let digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| name.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_without_their_zeros_where_that_is_clear() {
        let records = Records::new(["00017", "1", "01", "a/00002", "000"]);
        assert_eq!(records.find("00017"), Some("00017"));
        assert_eq!(records.find("17"), Some("00017"));
        assert_eq!(records.find("01"), Some("01"));
        assert_eq!(records.find("001"), None, "two records could be meant");
        assert_eq!(records.find("0"), Some("000"));
        assert_eq!(records.find("2"), None);
        assert_eq!(records.find(""), None);
    }
}
