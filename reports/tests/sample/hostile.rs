//! Audits whose texts try to be more than text.

use ecg_audit_engine::audit::Audit;
use serde_json::Value;

/// Texts that break out of pages, attributes, templates, spreadsheets and lines that trust them.
pub const TEXTS: [&str; 12] = [
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(2)>",
    "' onmouseover='alert(3)",
    "</title></style></textarea><svg onload=alert(4)>",
    "\u{202e}txet desrever",
    "👩\u{200d}⚕\u{fe0f} 🏳\u{fe0f}\u{200d}🌈 🫀",
    "{{ 7*7 }}{% include \"page.html\" %}",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "<b>&amp;&lt;\u{7}",
    "a,\"b\";c\r\nd",
    "../../etc/passwd\\..\\",
];
/// Bytes of the longest text.
const LONG: usize = 10_000;
/// Texts that pages tell cases by, beside those that the audit's schema lists.
const CASES: [&str; 7] = [
    "model",
    "truth",
    "uncertainty",
    "attribution",
    "entropy",
    "mean",
    "exemplar",
];

/// The plain audit with a hostile text before every text; texts that were equal stay so.
pub fn audit() -> Audit {
    let long = "x".repeat(LONG);
    replaced(|text| {
        let at = text
            .bytes()
            .fold(text.len(), |sum, byte| sum * 31 % 10_007 + byte as usize);
        let before = TEXTS.get(at % (TEXTS.len() + 1)).copied().unwrap_or(&long);
        format!("{before} {text}")
    })
}

/// The plain audit with one and the same text everywhere.
pub fn only(text: &str) -> Audit {
    replaced(|_| text.into())
}

fn replaced(by: impl Fn(&str) -> String) -> Audit {
    let mut cases = CASES.map(String::from).to_vec();
    listed(&ecg_audit_engine::audit::schema(), &mut cases);
    let mut value = serde_json::to_value(super::audit()).unwrap();
    let by = |text: &str| {
        if cases.iter().any(|case| case == text) {
            text.into()
        } else {
            by(text)
        }
    };
    replace(&mut value, &by);
    serde_json::from_value(value).unwrap()
}

/// The texts between which `schema` lets one choose.
fn listed(schema: &Value, cases: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            let choices = map.get("enum").and_then(Value::as_array).into_iter().flatten();
            let texts = choices.chain(map.get("const")).filter_map(Value::as_str);
            cases.extend(texts.map(String::from));
            map.values().for_each(|part| listed(part, cases));
        }
        Value::Array(items) => items.iter().for_each(|part| listed(part, cases)),
        _ => {}
    }
}

/// Replaces every text in the audit, and every key of the metadata too.
fn replace(value: &mut Value, by: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = by(text),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, by)),
        Value::Object(map) => {
            map.values_mut().for_each(|item| replace(item, by));
            if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
                *metadata = std::mem::take(metadata)
                    .into_iter()
                    .map(|(key, value)| (by(&key), value))
                    .collect();
            }
        }
        _ => {}
    }
}
