//! The arrays of an NPZ file that say something of each record beside its signal.

use std::collections::{BTreeMap, BTreeSet};

use super::listing::{Truth, check_negative};
use super::npy::{Archive, Kind, Layout};
use super::options::{Arrays, Options, chosen};
use crate::{Error, Label, RecordInfo};

/// Names, patients, folds and labels of all records.
pub(super) struct Columns {
    ids: Option<Vec<String>>,
    groups: Option<Vec<String>>,
    folds: Option<Vec<u32>>,
    pub(super) truths: Vec<Truth>,
    pub(super) classes: Vec<String>,
}

impl Columns {
    pub(super) fn load(
        archive: &mut Archive,
        arrays: &Arrays,
        records: usize,
        options: &Options,
    ) -> Result<Self, Error> {
        let ids = names(archive, arrays.ids.as_deref(), "ids", records)?;
        if let Some(row) = ids.as_ref().and_then(|ids| ids.iter().position(String::is_empty)) {
            return Err(Error::content(
                &archive.path,
                format!("the name of row {row} is empty"),
            ));
        }
        let groups = names(archive, arrays.groups.as_deref(), "groups", records)?;
        let folds = names(archive, arrays.folds.as_deref(), "folds", records)?;
        let folds = folds
            .map(|folds| folds.iter().map(|text| fold(archive, text)).collect())
            .transpose()?;
        let (truths, classes) = match archive.find(arrays.labels.as_deref(), "labels")? {
            Some(layout) => labels(archive, &layout, records, options)?,
            None if options.classes.is_some() => {
                return Err(Error::Invalid("data.classes needs an array of labels".into()));
            }
            None => ((0..records).map(|_| Truth::Unsupervised).collect(), Vec::new()),
        };
        check_negative(options.if_unlabelled(), !classes.is_empty())?;
        Ok(Self {
            ids,
            groups,
            folds,
            truths,
            classes,
        })
    }

    pub(super) fn record(&self, row: usize) -> RecordInfo {
        let of = |column: &Option<Vec<String>>| column.as_ref().and_then(|names| names.get(row).cloned());
        RecordInfo {
            id: of(&self.ids).unwrap_or_else(|| row.to_string()),
            group: of(&self.groups).filter(|name| !name.is_empty()),
            fold: self.folds.as_ref().and_then(|folds| folds.get(row).copied()),
            label: Label::Missing,
            metadata: BTreeMap::new(),
        }
    }
}

/// An optional array `[N]` of names or whole numbers.
fn names(
    archive: &mut Archive,
    name: Option<&str>,
    default: &str,
    records: usize,
) -> Result<Option<Vec<String>>, Error> {
    let Some(layout) = archive.find(name, default)? else {
        return Ok(None);
    };
    if layout.shape != [records] {
        return Err(wrong(
            archive,
            &layout,
            &format!("expected the shape [{records}], found {:?}", layout.shape),
        ));
    }
    let bytes = archive.load(&layout)?;
    let names = layout.names(&bytes);
    names
        .map(Some)
        .ok_or_else(|| wrong(archive, &layout, "expected text or whole numbers"))
}

fn fold(archive: &Archive, text: &str) -> Result<u32, Error> {
    let message = || format!("folds: expected integers of 0 or more, found `{text}`");
    text.parse().map_err(|_| Error::content(&archive.path, message()))
}

/// Labels of all records, and the classes.
fn labels(
    archive: &mut Archive,
    layout: &Layout,
    records: usize,
    options: &Options,
) -> Result<(Vec<Truth>, Vec<String>), Error> {
    let bytes = archive.load(layout)?;
    let is_text = matches!(layout.kind, Kind::Text | Kind::Bytes);
    let result = match (layout.shape.as_slice(), &options.classes) {
        ([n], wanted) if *n == records && is_text => class_names(layout, &bytes, wanted.as_deref())?,
        ([n], Some(classes)) if *n == records => {
            let classes = chosen("data.classes", classes, classes)?;
            (indices(layout, &bytes, &classes), classes)
        }
        ([n], None) if *n == records => (values(layout, &bytes), Vec::new()),
        ([n, columns], wanted) if *n == records && !is_text && *columns > 0 => {
            let classes = match wanted {
                Some(classes) => chosen("data.classes", classes, classes)?,
                None => (0..*columns).map(|column| column.to_string()).collect(),
            };
            if classes.len() != *columns {
                let message = format!(
                    "expected {} columns as in data.classes, found {columns}",
                    classes.len()
                );
                return Err(wrong(archive, layout, &message));
            }
            (flags(layout, &bytes, &classes), classes)
        }
        (shape, _) => {
            let expected =
                format!("expected [{records}], or [{records}, classes] with 0 or 1, found {shape:?}");
            return Err(wrong(archive, layout, &expected));
        }
    };
    match result {
        (Ok(truths), classes) => Ok((truths, classes)),
        (Err(message), _) => Err(wrong(archive, layout, &message)),
    }
}

type Truths = Result<Vec<Truth>, String>;

fn class_names(
    layout: &Layout,
    bytes: &[u8],
    wanted: Option<&[String]>,
) -> Result<(Truths, Vec<String>), Error> {
    let Some(names) = layout.names(bytes) else {
        return Ok((Err("expected text".into()), Vec::new()));
    };
    let known: BTreeSet<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    let known: Vec<String> = known.into_iter().cloned().collect();
    let classes = match wanted {
        Some(wanted) => chosen("data.classes", wanted, &known)?,
        None => known,
    };
    let truth = |name: String| {
        if name.is_empty() {
            unlabelled()
        } else {
            Truth::Names(vec![name])
        }
    };
    Ok((Ok(names.into_iter().map(truth).collect()), classes))
}

fn indices(layout: &Layout, bytes: &[u8], classes: &[String]) -> Truths {
    let truth = |(row, index): (usize, f64)| {
        let class = (index >= 0.0 && index.fract() == 0.0)
            .then(|| classes.get(index as usize))
            .flatten();
        let class = class.ok_or_else(|| {
            format!(
                "row {row}: expected an index below {}, found {index}",
                classes.len()
            )
        });
        class.map(|class| Truth::Names(vec![class.clone()]))
    };
    layout
        .numbers(bytes)
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(truth)
        .collect()
}

fn values(layout: &Layout, bytes: &[u8]) -> Truths {
    let truth = |(row, value): (usize, f64)| {
        if value.is_finite() {
            Ok(Truth::Value(value))
        } else {
            Err(format!("row {row}: expected a finite number, found {value}"))
        }
    };
    layout
        .numbers(bytes)
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(truth)
        .collect()
}

fn flags(layout: &Layout, bytes: &[u8], classes: &[String]) -> Truths {
    let numbers = layout.numbers(bytes).unwrap_or_default();
    let rows = numbers.len() / classes.len().max(1);
    let at = |row: usize, column: usize| {
        let place = if layout.fortran {
            column * rows + row
        } else {
            row * classes.len() + column
        };
        numbers.get(place).copied().unwrap_or(f64::NAN)
    };
    let truth = |row| {
        let mut names = Vec::new();
        for (column, class) in classes.iter().enumerate() {
            match at(row, column) {
                0.0 => {}
                1.0 => names.push(class.clone()),
                other => {
                    return Err(format!(
                        "row {row}, column {column}: expected 0 or 1, found {other}"
                    ));
                }
            }
        }
        Ok(Truth::Names(names))
    };
    (0..rows).map(truth).collect()
}

fn unlabelled() -> Truth {
    Truth::None("its label is empty".into())
}

fn wrong(archive: &Archive, layout: &Layout, message: &str) -> Error {
    Error::content(&archive.path, format!("array `{}`: {message}", layout.name))
}
