//! Why a label is suspect, in sentences.

use super::{Assessment, Known, NEIGHBOURS, Source, Support};

/// A source speaks against a label that it supports less than this.
pub(super) const AGAINST: f64 = 0.5;
/// The support by uncertainty below which it is called unusual: about two standard deviations.
pub(super) const UNUSUAL: f64 = 0.05;

/// One sentence for each source that speaks against the label, the plainest first; at least one.
pub(super) fn reasons(known: &Known<'_>, assessment: &Assessment, i: usize, class: usize) -> Vec<String> {
    let mut sentences: Vec<String> = assessment
        .supports
        .iter()
        .flat_map(|support| sentence(known, assessment, support, i, class))
        .collect();
    if sentences.is_empty() {
        let cohort = known.cohort;
        let given = cohort.labels[[known.labelled[i], class]];
        let p = assessment.combined.probabilities[[i, class]];
        sentences.push(format!(
            "No source alone contradicts the label, but together, and given how often {} occurs, they make it {:.0} % \
             likely to be right.",
            cohort.classes[class],
            100.0 * if given { p } else { 1.0 - p }
        ));
    }
    sentences
}

fn sentence(
    known: &Known<'_>,
    assessment: &Assessment,
    support: &Support,
    i: usize,
    class: usize,
) -> Vec<String> {
    let score = support.values[[i, class]];
    let cohort = known.cohort;
    let row = known.labelled[i];
    let name = &cohort.classes[class];
    let labelled = if cohort.labels[[row, class]] {
        format!("labelled {name}")
    } else {
        format!("not labelled {name}")
    };
    match support.source {
        Source::Network if score < AGAINST => {
            let trained = known.trained_folds.map(|folds| folds.contains(&cohort.folds[row]));
            let seen = match trained {
                Some(true) => ", though it was trained on this record",
                Some(false) | None => "",
            };
            vec![format!(
                "The network gives {name} probability {:.2}{seen}; the record is {labelled}.",
                cohort.outputs[[row, class]]
            )]
        }
        Source::Surrogate if score < AGAINST => known
            .surrogates
            .first()
            .map(|surrogate| {
                format!(
                    "The surrogate, which has not seen this record, gives {name} probability {:.2} from its clusters.",
                    surrogate[[row, class]]
                )
            })
            .into_iter()
            .collect(),
        Source::Neighbours if score < AGAINST => {
            let near = assessment.neighbourhood.nearest[i].len();
            debug_assert!(near <= NEIGHBOURS);
            let carriers = match assessment.neighbourhood.carriers[[i, class]] {
                0 => "none bears".to_owned(),
                1 => "one bears".to_owned(),
                several => format!("{several} bear"),
            };
            vec![format!(
                "Of the {near} records of other patients with the most similar clusters, {carriers} {name}."
            )]
        }
        Source::Uncertainty if score < UNUSUAL => vec![format!(
            "The uncertainty {:.2} is far above that of other records {labelled}.",
            known.uncertainty[row]
        )],
        Source::Models if score < AGAINST => {
            let (who, models) = if cohort.by_network.is_empty() {
                ("surrogates", known.surrogates)
            } else {
                ("networks of the folds", cohort.by_network.as_slice())
            };
            let all: Vec<String> = models
                .iter()
                .map(|model| format!("{:.2}", model[[row, class]]))
                .collect();
            vec![format!("The {who} disagree on {name}: {}.", all.join(", "))]
        }
        source => of_data(known, source, row, class),
    }
}

/// What the data itself says of the answer of a row of the cohort; nothing from sources that are not the data.
pub(super) fn of_data(known: &Known<'_>, source: Source, row: usize, answer: usize) -> Vec<String> {
    let notes = known.data.notes.get(&row).map_or(&[][..], Vec::as_slice);
    let concerns = |note: &&super::Note| {
        note.source == source && (note.classes.is_empty() || note.classes.contains(&answer))
    };
    notes
        .iter()
        .filter(concerns)
        .map(|note| note.sentence.clone())
        .collect()
}

pub(super) fn unusual_uncertainty(value: f64) -> String {
    format!("The uncertainty {value:.2} is far above that of other records.")
}
