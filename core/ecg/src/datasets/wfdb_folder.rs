//! A folder of WFDB records, with or without a CSV file of labels.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use super::listing::{Listing, Seen, Truth};
use super::options::Options;
use super::table::{Table, without_fraction};
use super::wfdb_annotations::Source;
use super::wfdb_labels::Labels;
use crate::landmarks::Landmarks;
use crate::{DataSet, Error, Label, RecordInfo, Signal, Skipped, wfdb};

/// Keys of `[data]` that this reader takes.
const KEYS: [&str; 10] = [
    "csv",
    "record_column",
    "labels",
    "label_columns",
    "label_separator",
    "classes",
    "folds",
    "group",
    "unlabelled",
    "annotations",
];

/// A folder of WFDB records.
pub struct WfdbFolder {
    root: PathBuf,
    listing: Listing,
    annotations: Option<Source>,
}

impl WfdbFolder {
    /// Finds the records: those that a file `RECORDS` names, else every header in the folder and below,
    /// without the segments of other records. A record's name is its path in the folder.
    ///
    /// With [`Options::csv`] the records come in the order of its rows. A row without a record and a
    /// record without a row are listed in [`DataSet::skipped`].
    ///
    /// # Errors
    /// [`Error`] for a folder or a table that cannot be read, an option that does not fit, two rows for one record.
    pub fn open(root: &Path, options: &Options) -> Result<Self, Error> {
        options.check_keys("wfdb", &KEYS)?;
        if !root.is_dir() {
            return Err(Error::content(root, "expected a folder of WFDB records"));
        }
        let mut listing = Listing::default().with_target(options.labels.as_deref());
        let names = record_names(root, &mut listing)?;
        if names.is_empty() && listing.skipped.is_empty() {
            return Err(Error::content(
                root,
                "no WFDB record: expected `RECORDS` or files `*.hea`",
            ));
        }
        match &options.csv {
            Some(csv) => with_table(&Table::read(&root.join(csv))?, &names, options, &mut listing)?,
            None => {
                refuse_without_csv(options)?;
                for name in names {
                    listing.add(record(name), Truth::Unsupervised, options.if_unlabelled());
                }
            }
        }
        let files = options.annotations.as_ref();
        let annotations = files
            .map(|files| Source::new(files, root, &listing.records))
            .transpose()?;
        Ok(Self {
            root: root.to_owned(),
            listing,
            annotations,
        })
    }
}

impl DataSet for WfdbFolder {
    fn reader(&self) -> &'static str {
        "wfdb"
    }

    fn records(&self) -> &[RecordInfo] {
        &self.listing.records
    }

    fn classes(&self) -> &[String] {
        &self.listing.classes
    }

    fn target(&self) -> &str {
        self.listing.target()
    }

    fn skipped(&self) -> &[Skipped] {
        &self.listing.skipped
    }

    fn read(&self, index: usize) -> Result<Signal, Error> {
        wfdb::read_record(&self.path(index)?)
    }

    fn annotations(&self, index: usize) -> Result<Option<Landmarks>, Error> {
        let path = self.path(index)?;
        match &self.annotations {
            Some(source) => source.read(&path),
            None => Ok(None),
        }
    }
}

impl WfdbFolder {
    /// Path of a record, without extension.
    fn path(&self, index: usize) -> Result<PathBuf, Error> {
        let records = &self.listing.records;
        let record = records.get(index);
        let record = record.ok_or_else(|| super::no_record(index, records.len()))?;
        Ok(self.root.join(&record.id))
    }
}

fn record(id: String) -> RecordInfo {
    RecordInfo {
        id,
        group: None,
        fold: None,
        label: Label::Missing,
        metadata: BTreeMap::new(),
    }
}

fn refuse_without_csv(options: &Options) -> Result<(), Error> {
    let given = [
        ("record_column", options.record_column.is_some()),
        ("labels", options.labels.is_some()),
        ("label_columns", options.label_columns.is_some()),
        ("label_separator", options.label_separator.is_some()),
        ("classes", options.classes.is_some()),
        ("folds", options.folds.is_some()),
        ("group", options.group.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((key, _)) => Err(Error::Invalid(format!(
            "data.{key} is about a column: it needs data.csv"
        ))),
        None => Ok(()),
    }
}

pub(super) fn record_names(root: &Path, listing: &mut Listing) -> Result<Vec<String>, Error> {
    let list = root.join("RECORDS");
    if !list.is_file() {
        return walk(root, root);
    }
    let bytes = fs::read(&list).map_err(|source| Error::io(&list, source))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::content(&list, "expected UTF-8 text, found another encoding"))?;
    let mut names = Vec::new();
    let mut seen = Seen::default();
    for (line, entry) in (1..).zip(text.lines()) {
        let entry = entry.trim().trim_start_matches("./");
        let name = entry.strip_suffix(".hea").unwrap_or(entry);
        if name.is_empty() {
            continue;
        }
        if !Path::new(name)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(Error::at_line(
                &list,
                line,
                format!("`{name}` is outside the data set's folder"),
            ));
        }
        // Large collections name folders instead of records.
        let found = if root.join(name).is_dir() && !wfdb::header_path(&root.join(name)).is_file() {
            walk(root, &root.join(name))?
        } else {
            vec![name.to_owned()]
        };
        for name in found {
            if let Some(before) = seen.before(&name, line) {
                return Err(Error::at_line(
                    &list,
                    line,
                    format!("`{name}` is in line {before} already"),
                ));
            }
            if wfdb::header_path(&root.join(&name)).is_file() {
                names.push(name);
            } else {
                listing.skip(&name, format!("RECORDS names it, but `{name}.hea` is not there"));
            }
        }
    }
    Ok(names)
}

/// Every record in `folder` and below that is no segment of another, by its path in `root`.
fn walk(root: &Path, folder: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let mut segments = BTreeSet::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            Error::Io {
                path,
                source: error.into(),
            }
        })?;
        let path = entry.path();
        if !entry.file_type().is_file() || path.extension().is_none_or(|extension| extension != "hea") {
            continue;
        }
        let record = path.with_extension("");
        segments.extend(
            wfdb::segment_names(path)
                .into_iter()
                .map(|name| record.with_file_name(name)),
        );
        names.push(record);
    }
    names.retain(|name| !segments.contains(name));
    names.iter().map(|path| relative(root, path)).collect()
}

fn relative(root: &Path, path: &Path) -> Result<String, Error> {
    let inside = path.strip_prefix(root).unwrap_or(path);
    let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
    parts
        .map(|parts| parts.join("/"))
        .ok_or_else(|| Error::content(path, "the name is not UTF-8"))
}

/// Adds the records that the table names.
fn with_table(
    table: &Table,
    names: &[String],
    options: &Options,
    listing: &mut Listing,
) -> Result<(), Error> {
    let labels = Labels::new(table, options)?;
    listing.classes = labels.classes().to_vec();
    let key = table.column(
        options.record_column.as_deref().unwrap_or("record"),
        "data.record_column",
    )?;
    let fold = options
        .folds
        .as_deref()
        .map(|name| table.column(name, "data.folds"))
        .transpose()?;
    let group = options
        .group
        .as_deref()
        .map(|name| table.column(name, "data.group"))
        .transpose()?;
    let index = Index::new(names);
    let mut seen = Seen::default();
    for row in &table.rows {
        let name = match index.find(row.cell(key)) {
            Ok(name) => name,
            Err(reason) => {
                listing.skip(row.cell(key), reason);
                continue;
            }
        };
        if let Some(line) = seen.before(name, row.line) {
            return Err(table.wrong(row, key, &format!("a record that is not in line {line} already")));
        }
        let record = RecordInfo {
            group: group.and_then(|column| table.group(row, column)),
            fold: fold.map(|column| table.fold(row, column)).transpose()?,
            metadata: table.metadata(row, &[key]),
            ..record(name.to_owned())
        };
        listing.add(record, labels.of(table, row)?, options.if_unlabelled());
    }
    let file = table.path.display();
    for name in names.iter().filter(|name| !seen.has(name)) {
        listing.skip(name, format!("no row in {file}"));
    }
    Ok(())
}

/// Records by their path and by their file name alone.
pub(super) struct Index<'a> {
    paths: HashMap<&'a str, &'a str>,
    stems: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(names: &'a [String]) -> Self {
        let mut stems: HashMap<&str, Vec<&str>> = HashMap::new();
        for name in names {
            stems
                .entry(name.rsplit('/').next().unwrap_or(name))
                .or_default()
                .push(name);
        }
        Self {
            paths: names.iter().map(|name| (name.as_str(), name.as_str())).collect(),
            stems,
        }
    }

    /// The record that a cell names, or why there is none.
    pub(super) fn find(&self, cell: &str) -> Result<&'a str, String> {
        let name = cell.trim_start_matches("./");
        let name = without_fraction(name.strip_suffix(".hea").unwrap_or(name));
        match (self.paths.get(name), self.stems.get(name).map(Vec::as_slice)) {
            (Some(path), _) | (None, Some([path])) => Ok(path),
            (None, Some(several)) => Err(format!("several records have this name: {}", several.join(", "))),
            (None, None) => Err("no such record in the folder".to_owned()),
        }
    }
}
