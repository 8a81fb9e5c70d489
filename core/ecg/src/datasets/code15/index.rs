//! Which part holds the tracing of which exam.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

pub(super) use super::part::Part;
use crate::{Error, Skipped};

/// Part and row of a tracing.
type Place = (usize, usize);

/// All parts of a data set, and where their exams are.
pub(super) struct Index {
    parts: Vec<Part>,
    /// Parts that cannot be read, and why.
    damaged: BTreeMap<String, String>,
    places: HashMap<i64, Found>,
    /// Rows of each part that the table asked for.
    asked: Vec<usize>,
}

#[derive(Clone, Copy)]
enum Found {
    Once(Place),
    /// Two of the places, for the message.
    Again(Place, Place),
}

impl Index {
    /// Reads the exam numbers of all parts in the folder `root`.
    pub(super) fn read(root: &Path, leads: usize) -> Result<Self, Error> {
        let mut index = Self {
            parts: Vec::new(),
            damaged: BTreeMap::new(),
            places: HashMap::new(),
            asked: Vec::new(),
        };
        for name in names(root)? {
            let (part, exams) = match Part::open(&root.join(&name), leads) {
                Ok(opened) => opened,
                Err(reason) => {
                    index.damaged.insert(name, reason);
                    continue;
                }
            };
            let at = index.parts.len();
            for (row, exam) in exams.into_iter().enumerate() {
                if exam == 0 {
                    continue; // Parts were written to a round number of rows; the last ones may be empty.
                }
                let place = (at, row);
                index
                    .places
                    .entry(exam)
                    .and_modify(|found| *found = Found::Again(found.first(), place))
                    .or_insert(Found::Once(place));
            }
            index.parts.push(part);
        }
        if index.parts.is_empty() && index.damaged.is_empty() {
            return Err(Error::content(
                root,
                "expected parts exams_part*.hdf5, found none",
            ));
        }
        index.asked = vec![0; index.parts.len()];
        Ok(index)
    }

    /// The tracing of an exam, which the table says to be in `file` (or does not say); or why there is none.
    pub(super) fn find(&mut self, exam: i64, file: &str) -> Result<Place, String> {
        match self.places.get(&exam) {
            Some(Found::Once(place)) => {
                if let Some(asked) = self.asked.get_mut(place.0) {
                    *asked += 1;
                }
                Ok(*place)
            }
            Some(Found::Again(first, second)) => Err(format!(
                "two tracings have its number, {} and {}",
                self.name(*first),
                self.name(*second)
            )),
            None if exam == 0 => Err("the parts mark rows without an exam by the number 0".into()),
            None => Err(self.missing(file)),
        }
    }

    fn missing(&self, file: &str) -> String {
        if let Some(reason) = self.damaged.get(file) {
            return format!("{file} cannot be read: {reason}");
        }
        if self.parts.iter().any(|part| part.name == file) {
            return format!("{file} has no tracing of it");
        }
        if !file.is_empty() {
            return format!("{file} is not there");
        }
        let damaged: Vec<String> = self
            .damaged
            .iter()
            .map(|(name, reason)| format!("{name} cannot be read: {reason}"))
            .collect();
        match damaged.as_slice() {
            [] => "no part has a tracing of it".into(),
            damaged => format!(
                "no part that can be read has a tracing of it; {}",
                damaged.join("; ")
            ),
        }
    }

    fn name(&self, (part, row): Place) -> String {
        let name = self.parts.get(part).map_or("", |part| part.name.as_str());
        format!("row {row} of {name}")
    }

    /// For each part, how many of its tracings the table did not ask for.
    pub(super) fn unlisted(&self) -> Vec<Skipped> {
        let mut exams = vec![0_usize; self.parts.len()];
        for found in self.places.values() {
            if let Found::Once((part, _)) = found
                && let Some(exams) = exams.get_mut(*part)
            {
                *exams += 1;
            }
        }
        let parts = self.parts.iter().zip(exams).zip(&self.asked);
        parts
            .filter(|((_, exams), asked)| exams > *asked)
            .map(|((part, exams), asked)| Skipped {
                record: part.name.clone(),
                reason: format!(
                    "{} of its {exams} exams are not in the table of exams",
                    exams - asked
                ),
            })
            .collect()
    }

    pub(super) fn into_parts(self) -> Vec<Part> {
        self.parts
    }
}

impl Found {
    fn first(self) -> Place {
        match self {
            Self::Once(place) | Self::Again(place, _) => place,
        }
    }
}

/// Names of the parts, in the order of their numbers.
fn names(root: &Path) -> Result<Vec<String>, Error> {
    let io = |source| Error::io(root, source);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root).map_err(io)? {
        let name = entry.map_err(io)?.file_name();
        let Some(name) = name.to_str() else { continue };
        if let Some(number) = number(name) {
            names.push((number, name.to_owned()));
        }
    }
    names.sort();
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

fn number(name: &str) -> Option<u64> {
    let number = name.strip_prefix("exams_part")?.strip_suffix(".hdf5")?;
    Some(number.parse().unwrap_or(u64::MAX))
}
