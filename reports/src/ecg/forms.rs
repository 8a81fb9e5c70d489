//! The forms of print-outs: which lead stands in which row, and over which time.

use super::layout::{ROW_SECONDS, Row, Strip};
use super::wave::Leads;

/// The three-by-four form. Its columns from the left are the limb leads, the augmented ones and the chest leads, so that
/// the other forms follow from it.
const FORM: [[&str; 4]; 3] = [
    ["I", "aVR", "V1", "V4"],
    ["II", "aVL", "V2", "V5"],
    ["III", "aVF", "V3", "V6"],
];
/// Where lead II, the lead of the rhythm strip, stands in it.
const RHYTHM: (usize, usize) = (1, 0);

/// The form with lead indices in place of names.
pub(super) struct Form([[usize; 4]; 3]);

impl Form {
    /// The form where all twelve standard leads are there.
    ///
    /// # Errors
    /// The names of those that are not.
    pub fn new(leads: &Leads<'_>) -> Result<Self, Vec<&'static str>> {
        let names: Vec<String> = leads.leads.iter().map(|lead| standard(lead.name)).collect();
        let mut form = [[0; 4]; 3];
        let mut missing = Vec::new();
        for (row, wanted) in form.iter_mut().zip(FORM) {
            for (cell, name) in row.iter_mut().zip(wanted) {
                match names.iter().position(|n| *n == name.to_ascii_uppercase()) {
                    Some(index) => *cell = index,
                    None => missing.push(name),
                }
            }
        }
        if missing.is_empty() {
            Ok(Form(form))
        } else {
            Err(missing)
        }
    }

    /// Three rows of four leads, whose columns follow each other in time; the rhythm strip runs beneath them all.
    pub fn three_by_four(&self, seconds: f64, speed: f64, ranges: &[[f64; 2]]) -> Vec<Row> {
        let seconds = seconds.min(ROW_SECONDS);
        let rows = self.0.iter().map(|leads| in_turn(leads, seconds, speed));
        rows.chain(self.rhythm(ranges)).collect()
    }

    /// Six rows of two leads: limb leads on the left, chest leads on the right. Records of at most half a row show all
    /// their time in both columns; of longer ones, the columns follow each other in time, with or without a rhythm strip.
    pub fn six_by_two(&self, seconds: f64, speed: f64, ranges: &[[f64; 2]], rhythm: bool) -> Vec<Row> {
        let pairs =
            (0..2).flat_map(|column| self.0.iter().map(move |leads| [leads[column], leads[column + 2]]));
        if seconds <= ROW_SECONDS / 2.0 {
            return pairs.map(|pair| together(pair, seconds, speed)).collect();
        }
        let seconds = seconds.min(ROW_SECONDS);
        let rows = pairs.map(|pair| in_turn(&pair, seconds, speed));
        rows.chain(self.rhythm(ranges).filter(|_| rhythm)).collect()
    }

    /// A row per lead: the limb leads, the augmented ones, the chest leads.
    pub fn twelve_by_one(&self, ranges: &[[f64; 2]]) -> Vec<Row> {
        let leads: Vec<usize> = (0..4)
            .flat_map(|column| self.0.iter().map(move |row| row[column]))
            .collect();
        rows(&leads, ranges)
    }

    fn rhythm(&self, ranges: &[[f64; 2]]) -> impl Iterator<Item = Row> {
        let lead = self.0[RHYTHM.0][RHYTHM.1];
        ranges.iter().map(move |&range| full(lead, range))
    }
}

/// A row per lead in the record's own order.
pub(super) fn stack(leads: usize, ranges: &[[f64; 2]]) -> Vec<Row> {
    rows(&(0..leads).collect::<Vec<_>>(), ranges)
}

fn rows(leads: &[usize], ranges: &[[f64; 2]]) -> Vec<Row> {
    ranges
        .iter()
        .flat_map(|&range| leads.iter().map(move |&lead| full(lead, range)))
        .collect()
}

/// A lead's name as it is printed: a standard one in its usual spelling, `aVR` for `AVR`.
pub(super) fn printed(name: &str) -> &str {
    let spelt = FORM.iter().flatten().find(|s| s.eq_ignore_ascii_case(name));
    spelt.copied().unwrap_or(name)
}

/// The standard name that `name` stands for, in capitals.
fn standard(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect::<String>()
        .to_ascii_uppercase();
    match name.as_str() {
        "DI" => "I".into(),
        "DII" => "II".into(),
        "DIII" => "III".into(),
        _ => name,
    }
}

/// Leads that share a row's time between them.
fn in_turn(leads: &[usize], seconds: f64, speed: f64) -> Row {
    let share = seconds / leads.len() as f64;
    let strip = |(i, &lead): (usize, &usize)| {
        let start = i as f64 * share;
        Strip {
            lead,
            at: start * speed,
            range: [start, start + share],
        }
    };
    let strips = leads.iter().enumerate().map(strip).collect();
    Row::new(vec![(0.0, [0.0, seconds])], strips)
}

/// Two leads over the same time side by side.
fn together([left, right]: [usize; 2], seconds: f64, speed: f64) -> Row {
    let range = [0.0, seconds];
    let at = (seconds * speed / 5.0).ceil() * 5.0;
    let strip = |lead, at| Strip { lead, at, range };
    Row::new(
        vec![(0.0, range), (at, range)],
        vec![strip(left, 0.0), strip(right, at)],
    )
}

/// One lead over the row's whole time.
fn full(lead: usize, range: [f64; 2]) -> Row {
    Row::new(vec![(0.0, range)], vec![Strip { lead, at: 0.0, range }])
}
