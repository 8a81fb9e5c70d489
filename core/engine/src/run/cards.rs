//! The cards beside the models of folds: what they were trained on, held against the audit's data.

use std::path::Path;

use serde::Deserialize;

use super::Prepared;
use crate::Error;

/// What is read of a card; `ecg-audit-train` writes more.
#[derive(Debug, Deserialize)]
struct Card {
    #[serde(default)]
    classes: Option<Vec<String>>,
    #[serde(default)]
    held_out: Option<u32>,
    #[serde(default)]
    trained_on: Option<Vec<u32>>,
    #[serde(default)]
    validation: Option<Folds>,
}

/// One fold or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Folds {
    One(u32),
    Several(Vec<u32>),
}

/// Refuses models whose cards contradict the configuration. Gives the number of models with a card.
pub(super) fn check(prepared: &Prepared) -> Result<usize, Error> {
    let mut cards = 0;
    let data = prepared.data.as_ref();
    let names = match data.classes() {
        [] => vec![data.target().to_owned()],
        classes => classes.to_vec(),
    };
    for network in &prepared.components.networks {
        let (Some(fold), Some(model)) = (network.held_out, &network.model) else {
            continue;
        };
        let path = model.with_extension("json");
        if !path.exists() {
            continue;
        }
        contradiction(&read(&path)?, fold, &names).map_or(Ok(()), |what| {
            Err(Error::Invalid(format!("{}: {what}", path.display())))
        })?;
        cards += 1;
    }
    Ok(cards)
}

fn read(path: &Path) -> Result<Card, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
    let wrong = |e: serde_json::Error| Error::Invalid(format!("{}: not a model's card: {e}", path.display()));
    serde_json::from_str(&text).map_err(wrong)
}

fn contradiction(card: &Card, fold: u32, names: &[String]) -> Option<String> {
    if let Some(classes) = card.classes.as_ref().filter(|classes| *classes != names) {
        return Some(format!(
            "the model answers {}, the data set has {}; use models trained on these labels, or choose and order them in \
             `data.labels` and `data.classes`",
            classes.join(", "),
            names.join(", ")
        ));
    }
    if let Some(other) = card.held_out.filter(|other| *other != fold) {
        return Some(format!(
            "the model held out fold {other}, its name says fold {fold}"
        ));
    }
    let validated = match &card.validation {
        Some(Folds::One(one)) => std::slice::from_ref(one),
        Some(Folds::Several(several)) => several,
        None => &[],
    };
    let seen = card.trained_on.iter().flatten().chain(validated);
    (seen.into_iter().any(|seen| *seen == fold))
        .then(|| format!("the model has seen fold {fold}, which it is audited on; hold it out in training"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(card: &str) -> Option<String> {
        let names = ["NORM".to_owned(), "MI".to_owned()];
        contradiction(&serde_json::from_str(card).unwrap(), 3, &names)
    }

    #[test]
    fn what_a_card_contradicts_is_named() {
        assert_eq!(found("{}"), None);
        assert_eq!(
            found(
                r#"{"classes": ["NORM", "MI"], "held_out": 3, "trained_on": [1, 2], "validation": 4, "more": {}}"#
            ),
            None
        );
        assert!(
            found(r#"{"classes": ["MI", "NORM"]}"#)
                .unwrap()
                .contains("answers MI, NORM")
        );
        assert!(found(r#"{"held_out": 4}"#).unwrap().contains("held out fold 4"));
        assert!(
            found(r#"{"trained_on": [3]}"#)
                .unwrap()
                .contains("has seen fold 3")
        );
        assert!(
            found(r#"{"validation": [1, 3]}"#)
                .unwrap()
                .contains("has seen fold 3")
        );
    }
}
