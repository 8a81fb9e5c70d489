//! Which leads a network is given.

use ecg_audit_ecg::lead_key;

use super::data::{Choice, Signals};
use crate::Error;

/// The standard twelve leads in their usual order.
pub(super) const STANDARD: [&str; 12] = [
    "I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6",
];
/// The eight of them that are independent.
const INDEPENDENT: [&str; 8] = ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"];

/// The leads to select, in order, for a network that takes `wanted`.
///
/// # Errors
/// [`Error::Invalid`] where no record has as many.
pub(super) fn select(
    signals: &Signals,
    wanted: Option<usize>,
    choices: &mut Vec<Choice>,
) -> Result<Vec<String>, Error> {
    let most = signals
        .leads
        .iter()
        .map(|(names, _)| names.len())
        .max()
        .unwrap_or(0);
    if let Some(wanted) = wanted
        && wanted > most
    {
        return Err(Error::Invalid(format!(
            "the network takes {wanted} leads, but no record examined has more than {most} ({}): it cannot be audited on \
             these records",
            signals.usual_leads().join(", ")
        )));
    }
    let (pool, lacking) = pool(signals, wanted);
    let chosen = among(&pool, wanted);
    let mut why = match wanted {
        Some(wanted) if wanted < pool.len() => {
            format!(
                "which {wanted} of the records' leads ({}) the network reads, and their order",
                pool.join(", ")
            )
        }
        Some(_) => "the order of the leads that the network was trained with; it does not say it".to_owned(),
        None => {
            "the leads that the network was trained with, and their order; it does not say them".to_owned()
        }
    };
    if !signals.same_leads() {
        let orders: Vec<String> = signals
            .leads
            .iter()
            .map(|(names, records)| format!("{} ({records} records)", names.join(" ")))
            .collect();
        why.push_str(&format!(". The records differ: {}", orders.join("; ")));
    }
    if lacking > 0 {
        why.push_str(&format!(
            ". {lacking} of {} records examined lack some of these and would be set aside",
            signals.examined
        ));
    }
    choices.push(Choice::new("preprocess.steps, leads", why));
    Ok(chosen)
}

/// The leads to choose from, and the number of records that lack some: those of all records where they suffice, else
/// those of the most frequent kind of record that has enough.
fn pool(signals: &Signals, wanted: Option<usize>) -> (Vec<String>, usize) {
    let shared = signals.shared_leads();
    let enough = |names: &[String]| !names.is_empty() && wanted.is_none_or(|wanted| names.len() >= wanted);
    if enough(&shared) {
        return (shared, 0);
    }
    let found = signals.leads.iter().find(|(names, _)| enough(names));
    let names = found.map_or_else(Vec::new, |(names, _)| names.clone());
    let has_all = |other: &[String]| names.iter().all(|name| position(other, name).is_some());
    let lacking = signals
        .leads
        .iter()
        .filter(|(other, _)| !has_all(other))
        .map(|(_, records)| records)
        .sum();
    (names, lacking)
}

/// `wanted` of the leads: the standard twelve, the independent eight, lead II, or the first.
fn among(pool: &[String], wanted: Option<usize>) -> Vec<String> {
    let of = |names: &[&str]| -> Option<Vec<String>> {
        names
            .iter()
            .map(|name| position(pool, name).and_then(|at| pool.get(at).cloned()))
            .collect()
    };
    let usual = match wanted.unwrap_or(pool.len()) {
        12 => of(&STANDARD),
        8 => of(&INDEPENDENT),
        1 => of(&["II"]),
        _ => None,
    };
    usual.unwrap_or_else(|| pool.iter().take(wanted.unwrap_or(pool.len())).cloned().collect())
}

fn position(names: &[String], name: &str) -> Option<usize> {
    let key = lead_key(name);
    names.iter().position(|other| lead_key(other) == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(leads: &[(&[&str], usize)]) -> Signals {
        Signals {
            examined: leads.iter().map(|(_, records)| records).sum(),
            leads: leads
                .iter()
                .map(|(names, records)| (names.iter().map(ToString::to_string).collect(), *records))
                .collect(),
            ..Signals::default()
        }
    }

    fn selected(leads: &[(&[&str], usize)], wanted: Option<usize>) -> (Vec<String>, String) {
        let mut choices = Vec::new();
        let chosen = select(&signals(leads), wanted, &mut choices).unwrap();
        (chosen, choices[0].why.clone())
    }

    #[test]
    fn twelve_eight_and_one_of_fifteen() {
        let fifteen = [
            "i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6", "vx", "vy", "vz",
        ];
        let (twelve, why) = selected(&[(&fifteen, 3)], Some(12));
        assert_eq!(twelve, &fifteen[..12]);
        assert!(why.contains("which 12"), "{why}");
        assert_eq!(
            selected(&[(&fifteen, 3)], Some(8)).0,
            ["i", "ii", "v1", "v2", "v3", "v4", "v5", "v6"]
        );
        assert_eq!(selected(&[(&fifteen, 3)], Some(1)).0, ["ii"]);
        assert_eq!(selected(&[(&fifteen, 3)], Some(2)).0, ["i", "ii"]);
        assert_eq!(selected(&[(&fifteen, 3)], None).0.len(), 15);
    }

    #[test]
    fn records_that_differ_are_told() {
        let (chosen, why) = selected(&[(&["I", "II", "V1"], 5), (&["II", "I"], 1)], Some(2));
        assert_eq!(chosen, ["I", "II"]);
        assert!(
            why.contains("The records differ: I II V1 (5 records); II I (1 records)"),
            "{why}"
        );
        let (chosen, why) = selected(&[(&["I", "II", "V1"], 5), (&["II", "I"], 1)], Some(3));
        assert_eq!(chosen, ["I", "II", "V1"]);
        assert!(why.contains("1 of 6 records examined lack"), "{why}");
    }

    #[test]
    fn more_leads_than_there_are() {
        let error = select(&signals(&[(&["I", "II"], 5)]), Some(12), &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("takes 12 leads"), "{error}");
    }
}
