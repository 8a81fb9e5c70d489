//! Finding the name that was meant.

use ecg_audit_plugin::Error;

/// How many near names an error lists.
const NEAREST: usize = 5;

/// The error for a name that is none of `candidates`; `role` says what was looked for (`tap`, `output`, `input`).
pub fn unknown<'a>(role: &str, name: &str, candidates: impl Iterator<Item = &'a str>) -> Error {
    let mut ranked: Vec<(f64, &str)> = candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .collect();
    let count = ranked.len();
    // A stable sort: equally near names stay in the graph's order.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let nearest: Vec<String> = ranked
        .iter()
        .take(NEAREST)
        .map(|(_, name)| format!("'{name}'"))
        .collect();
    Error::Params(format!(
        "unknown {role} '{name}'; the nearest of {count} candidates: {}",
        nearest.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let names = [
            "logits",
            "/a/Relu_output_0",
            "/a/Conv_output_0",
            "/b/Relu_output_0",
        ];
        let Error::Params(text) = unknown("tap", "/a/Relu", names.into_iter()) else {
            panic!("wrong kind of error");
        };
        assert!(
            text.contains("unknown tap '/a/Relu'; the nearest of 4 candidates: '/a/Relu_output_0'"),
            "{text}"
        );
    }
}
