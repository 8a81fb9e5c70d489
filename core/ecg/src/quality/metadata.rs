//! What a data set says of a record that cannot be, or that contradicts itself.

use super::kind::{Finding, Kind, listed};
use crate::{Label, RecordInfo};

/// Nobody has been older (the oldest person on record died at 122); PTB-XL writes 300 for 90 and more, to protect the
/// patient.
const MOST_YEARS: f64 = 122.0;
const PTB_XL_ABOVE_89: f64 = 300.0;
/// Heights in centimetres from a preterm newborn to the tallest person on record (272).
const HEIGHT_CM: (f64, f64) = (25.0, 275.0);
/// Heights in metres, for data sets that use them. Between the two ranges nothing is a height.
const HEIGHT_M: (f64, f64) = (0.25, 2.75);
/// Weights in kilograms from a preterm newborn to the heaviest person on record (635).
const WEIGHT_KG: (f64, f64) = (0.3, 650.0);
/// Nobody who is an adult by age is smaller (the smallest measured 54.6 cm) or lighter than this: units are mixed up.
const ADULT_YEARS: f64 = 18.0;
const ADULT_HEIGHT_CM: f64 = 50.0;
const ADULT_WEIGHT_KG: f64 = 15.0;

/// Cells that say that nothing is known.
const UNKNOWN: [&str; 9] = ["", "nan", "na", "n/a", "none", "null", "unknown", "?", "-"];
/// Spellings of a sex.
const SEXES: [&str; 18] = [
    "0", "1", "2", "0.0", "1.0", "2.0", "m", "f", "male", "female", "man", "woman", "w", "true", "false",
    "other", "diverse", "x",
];
/// Classes that state a normal ECG, without case, blanks, `-` and `_`. SNOMED CT 426783006 is sinus rhythm (it goes
/// with any pathology of the ventricles) and is none of them; 164854000 is "ECG normal".
const NORMAL: [&str; 6] = ["norm", "normal", "normalecg", "ecgnormal", "164854000", "healthy"];
/// Classes that go with a normal ECG: rhythms that a healthy heart has, and what is no diagnosis.
const HARMLESS: [&str; 22] = [
    "sr",
    "sinusrhythm",
    "nsr",
    "426783006",
    "sinusbradycardia",
    "sbrad",
    "sb",
    "426177001",
    "sinustachycardia",
    "stach",
    "427084000",
    "sinusarrhythmia",
    "sarrh",
    "427393009",
    "sinusirregularity",
    "sinusbradycardiaandarrhythmia",
    "st",
    "other",
    "unknown",
    "male",
    "female",
    "ismale",
];
/// PTB-XL's statements on form that are no diagnosis (`form` without `diagnostic` in its table): its annotators set
/// them beside `NORM` as remarks.
const FORMS: [&str; 15] = [
    "abqrs", "pvc", "std", "vclvh", "qwave", "lowt", "nt", "pac", "lpr", "invt", "lvolt", "hvolt", "tab",
    "ste", "prc(s)",
];

/// What contradicts itself in a record's metadata and labels. Columns are found by name, whatever the case (`age`,
/// `sex` or `gender`, `is_male`, `height`, `weight`); nothing is said of a column that is absent or a cell that is
/// empty. `classes` are the names for [`Label::Classes`].
pub fn contradictions(record: &RecordInfo, classes: &[String]) -> Vec<Finding> {
    let age = number(record, &["age"]);
    let checks = [
        age.as_ref().and_then(wrong_age),
        wrong_sex(record),
        number(record, &["height"]).and_then(|height| wrong_height(&height, age.as_ref())),
        number(record, &["weight"]).and_then(|weight| wrong_weight(&weight, age.as_ref())),
        normal_and_pathology(record, classes),
    ];
    let findings = checks.into_iter().flatten();
    findings
        .map(|(score, sentence)| Finding {
            kind: Kind::Metadata,
            leads: Vec::new(),
            score,
            sentence,
        })
        .collect()
}

type Wrong = Option<(f64, String)>;
/// A number and the cell it was read from; the cell alone where it is none.
type Cell<'a> = (Option<f64>, &'a str);

fn cell<'a>(record: &'a RecordInfo, columns: &[&str]) -> Option<&'a str> {
    let named = |(column, _): &(&String, &String)| {
        let column = column.trim().to_ascii_lowercase();
        columns.contains(&column.as_str())
    };
    let (_, cell) = record.metadata.iter().find(named)?;
    let cell = cell.trim();
    (!UNKNOWN.contains(&cell.to_ascii_lowercase().as_str())).then_some(cell)
}

fn number<'a>(record: &'a RecordInfo, columns: &[&str]) -> Option<Cell<'a>> {
    let cell = cell(record, columns)?;
    Some((cell.parse().ok().filter(|v: &f64| v.is_finite()), cell))
}

fn wrong_age((age, cell): &Cell) -> Wrong {
    match age {
        None => Some((
            0.3,
            format!("The age is given as `{cell}`, which is no number of years."),
        )),
        Some(age) if *age == PTB_XL_ABOVE_89 || (0.0..=MOST_YEARS).contains(age) => None,
        Some(_) => Some((
            0.0,
            format!("The age is given as {cell} years, which nobody has."),
        )),
    }
}

fn wrong_sex(record: &RecordInfo) -> Wrong {
    let cell = cell(record, &["sex", "gender", "is_male"])?;
    let known = SEXES.contains(&cell.to_ascii_lowercase().as_str());
    (!known).then(|| {
        (
            0.3,
            format!("The sex is given as `{cell}`, which is no usual code of a sex."),
        )
    })
}

fn adult(age: Option<&Cell>) -> bool {
    age.and_then(|(age, _)| *age)
        .is_some_and(|age| age >= ADULT_YEARS)
}

fn wrong_height((height, cell): &Cell, age: Option<&Cell>) -> Wrong {
    let Some(height) = *height else {
        return Some((
            0.3,
            format!("The height is given as `{cell}`, which is no number."),
        ));
    };
    let within = |(low, high): (f64, f64)| (low..=high).contains(&height);
    let small = adult(age) && !within(HEIGHT_M) && height < ADULT_HEIGHT_CM;
    let possible = within(HEIGHT_CM) || within(HEIGHT_M);
    match (possible, small) {
        (true, false) => None,
        (true, true) => Some((0.1, format!("The height of an adult is given as {cell} cm."))),
        _ => Some((
            0.0,
            format!(
                "The height is given as {cell}, which is neither in centimetres nor in metres that of a person."
            ),
        )),
    }
}

fn wrong_weight((weight, cell): &Cell, age: Option<&Cell>) -> Wrong {
    let Some(weight) = *weight else {
        return Some((
            0.3,
            format!("The weight is given as `{cell}`, which is no number."),
        ));
    };
    if !(WEIGHT_KG.0..=WEIGHT_KG.1).contains(&weight) {
        return Some((
            0.0,
            format!("The weight is given as {cell} kg, which nobody has."),
        ));
    }
    let light = adult(age) && weight < ADULT_WEIGHT_KG;
    light.then(|| (0.1, format!("The weight of an adult is given as {cell} kg.")))
}

fn plain(class: &str) -> String {
    class
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

fn normal_and_pathology(record: &RecordInfo, classes: &[String]) -> Wrong {
    let Label::Classes(flags) = &record.label else {
        return None;
    };
    let set = || {
        flags
            .iter()
            .zip(classes)
            .filter(|(flag, _)| **flag)
            .map(|(_, class)| class)
    };
    let normal = set().find(|class| NORMAL.contains(&plain(class).as_str()))?;
    let pathology = |class: &&String| {
        let class = plain(class);
        [&NORMAL[..], &HARMLESS[..], &FORMS[..]]
            .iter()
            .all(|list| !list.contains(&class.as_str()))
    };
    let pathologies: Vec<String> = set().filter(pathology).cloned().collect();
    (!pathologies.is_empty()).then(|| {
        let sentence = format!(
            "The record is labelled {normal} (a normal ECG) and {} at once.",
            listed(&pathologies)
        );
        (0.25, sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(columns: &[(&str, &str)], flags: &[bool]) -> RecordInfo {
        RecordInfo {
            id: "1".into(),
            group: None,
            fold: None,
            label: Label::Classes(flags.to_vec()),
            metadata: columns.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
        }
    }

    fn found(columns: &[(&str, &str)]) -> Vec<String> {
        let found = contradictions(&record(columns, &[]), &[]);
        assert!(
            found
                .iter()
                .all(|f| f.kind == Kind::Metadata && (0.0..=1.0).contains(&f.score))
        );
        found.into_iter().map(|f| f.sentence).collect()
    }

    #[test]
    fn what_can_be_is_no_finding() {
        for columns in [
            &[][..],
            &[("age", "300.0"), ("sex", "1"), ("height", ""), ("weight", "nan")],
            &[
                ("Age", "0"),
                ("Gender", "Female"),
                ("height", "1.75"),
                ("weight", "70"),
            ],
            &[("age", "NaN"), ("is_male", "True"), ("height", "175.0")],
            &[("age", "1"), ("height", "74"), ("weight", "9.5")],
        ] {
            assert_eq!(found(columns), Vec::<String>::new(), "{columns:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (column, cell) in [
            ("age", "-3"),
            ("age", "140"),
            ("age", "sixty"),
            ("age", "inf"),
            ("sex", "7"),
            ("sex", "malle"),
            ("height", "12"),
            ("height", "900"),
            ("height", "tall"),
            ("weight", "0"),
            ("weight", "-70"),
            ("weight", "7000"),
            ("weight", "heavy"),
        ] {
            let sentences = found(&[(column, cell)]);
            assert_eq!(sentences.len(), 1, "{column} = {cell}");
            assert!(
                sentences[0].contains(cell) && sentences[0].contains(column),
                "{}",
                sentences[0]
            );
        }
        assert_eq!(
            found(&[("age", "40"), ("height", "30"), ("weight", "7")]).len(),
            2
        );
    }

    #[test]
    fn normal_goes_with_no_pathology() {
        let classes = ["NORM", "MI", "426783006", "Normal ECG", "NT_"].map(String::from);
        let of = |flags: [bool; 5]| contradictions(&record(&[], &flags), &classes);
        assert!(of([true, false, true, true, true]).is_empty());
        assert!(of([false, true, true, false, true]).is_empty());
        let both = of([true, true, true, false, false]);
        assert_eq!(both.len(), 1);
        assert!(
            both[0].sentence.contains("NORM") && both[0].sentence.contains("MI at once"),
            "{}",
            both[0].sentence
        );
        assert_eq!(of([false, true, false, true, false]).len(), 1);
        // Flags beyond the classes and other labels are nobody's.
        assert!(contradictions(&record(&[], &[true, true]), &[]).is_empty());
    }
}
