//! Finding the name that was meant.

use ecg_audit_plugin::Error;

/// How many near names an error lists.
const NEAREST: usize = 5;

/// The error for a name that is none of `candidates`; `role` says what was looked for (`tap`, `output`).
pub(crate) fn unknown<'a>(role: &str, name: &str, candidates: impl Iterator<Item = &'a str>) -> Error {
    let mut ranked: Vec<(f64, &str)> = candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .collect();
    let count = ranked.len();
    // A stable sort: equally near names stay in the network's order.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.truncate(NEAREST);
    let nearest: Vec<String> = ranked.iter().map(|(_, near)| format!("'{near}'")).collect();
    let offer = match nearest.as_slice() {
        [] => "there are none".to_owned(),
        near => format!("the nearest of {count} candidates: {}", near.join(", ")),
    };
    Error::Params(format!("unknown {role} '{name}'; {offer}"))
}
