//! Looking into a page.

use std::collections::BTreeMap;

/// What stands between the first `open` and the `close` after it.
pub fn between<'a>(page: &'a str, open: &str, close: &str) -> &'a str {
    let start = page.find(open).unwrap_or_else(|| panic!("no {open}")) + open.len();
    &page[start..start + page[start..].find(close).unwrap()]
}

/// Every tag of the page, without what is inside style and script.
pub fn tags(page: &str) -> Vec<&str> {
    let mut rest = page;
    let mut tags = Vec::new();
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let end = rest.find('>').expect("a tag that ends");
        let tag = &rest[..=end];
        tags.push(tag);
        rest = &rest[end + 1..];
        for raw in ["style", "script"] {
            if tag == format!("<{raw}>") {
                rest = &rest[rest.find(&format!("</{raw}>")).unwrap()..];
            }
        }
    }
    tags
}

/// Elements are closed in the order in which they were opened, which HTML does not ask of every element but these
/// templates keep.
pub fn assert_nested(page: &str) {
    const VOID: [&str; 5] = ["meta", "link", "input", "!doctype", "br"];
    let mut open: Vec<&str> = Vec::new();
    for tag in tags(page) {
        let name = tag
            .trim_matches(['<', '>', '/'])
            .split([' ', '>'])
            .next()
            .unwrap();
        if tag.starts_with("</") {
            assert_eq!(open.pop(), Some(name), "closed by {tag}");
        } else if !tag.ends_with("/>") && !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

pub fn assert_unique_ids(page: &str) {
    let mut seen = BTreeMap::new();
    for tag in tags(page) {
        if let Some((_, id)) = tag.split_once(" id=\"") {
            *seen.entry(id.split('"').next().unwrap()).or_insert(0) += 1;
        }
    }
    let twice: Vec<_> = seen.iter().filter(|(_, n)| **n > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    for tag in tags(page).into_iter().filter(|t| t.contains("href=\"#")) {
        let target = between(tag, "href=\"#", "\"");
        assert!(seen.contains_key(target), "{tag} leads nowhere");
    }
}

/// No figure and no coordinate is anything but a number.
pub fn assert_only_numbers(page: &str) {
    let body = between(page, "<body>", "<script>");
    for other in ["NaN", "inf\"", ">inf", "-inf"] {
        assert!(!body.contains(other), "{other}");
    }
}
