//! Folds on disk, so that a training and every audit of what it yields hold out the same records.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::listing::Seen;
use super::table::Table;
use crate::{Error, RecordInfo};

/// Columns of the file.
const COLUMNS: [&str; 2] = ["record", "fold"];

/// Records that a message names before it only counts.
const NAMED: usize = 3;

/// Writes the fold of each record to `path`: CSV with the header `record,fold` and a row per record, in their order.
///
/// The file is written beside `path` first and then takes its place, so that nobody ever reads half of it.
///
/// # Errors
/// [`Error::Invalid`] unless there is one fold per record; [`Error::Io`] when the file cannot be written.
pub fn write_folds(path: &Path, records: &[RecordInfo], folds: &[u32]) -> Result<(), Error> {
    if records.len() != folds.len() {
        let (found, expected) = (folds.len(), records.len());
        return Err(Error::Invalid(format!(
            "expected a fold for each of {expected} records, found {found} folds"
        )));
    }
    let io = |source| Error::io(path, source);
    let mut csv = csv::Writer::from_writer(Vec::new());
    let rows = records.iter().zip(folds);
    csv.write_record(COLUMNS)
        .and_then(|()| {
            rows.into_iter()
                .try_for_each(|(record, fold)| csv.write_record([&record.id, &fold.to_string()]))
        })
        .map_err(|error| io(error.into()))?;
    let text = csv.into_inner().map_err(|error| io(error.into_error()))?;
    // Always the same name, so that what a killed program leaves is written over by the next one.
    let mut partial = path.as_os_str().to_owned();
    partial.push(".tmp");
    let mut file = File::create(&partial).map_err(io)?;
    file.write_all(&text).map_err(io)?;
    file.sync_all().map_err(io)?;
    fs::rename(&partial, path).map_err(io)
}

/// Reads the fold of each record from a file as [`write_folds`] writes it, in the order of `records`.
///
/// Rows of other records are left aside: a file for the whole data set serves a part of it as well. Other columns
/// are not read.
///
/// # Errors
/// [`Error`] with file and line for a file that is no such table, a record that is there twice, and a fold that is no
/// integer of 0 or more; with the names of the first for records without a fold, among them when no row is about any of the records.
pub fn read_folds(path: &Path, records: &[RecordInfo]) -> Result<Vec<u32>, Error> {
    let table = Table::read(path)?;
    let [name, fold] = COLUMNS.map(|column| table.column(column, "folds"));
    let (name, fold) = (name?, fold?);
    let mut seen = Seen::default();
    let mut folds = HashMap::new();
    for row in &table.rows {
        let record = row.cell(name);
        if record.is_empty() {
            return Err(table.wrong(row, name, "the record's name"));
        }
        if let Some(line) = seen.before(record, row.line) {
            return Err(table.wrong(row, name, &format!("a record that is not in line {line} already")));
        }
        folds.insert(record, table.fold(row, fold)?);
    }
    let found: Vec<Option<u32>> = records
        .iter()
        .map(|record| folds.get(record.id.as_str()).copied())
        .collect();
    let mut without = records
        .iter()
        .zip(&found)
        .filter(|(_, fold)| fold.is_none())
        .map(|(record, _)| format!("`{}`", record.id));
    let first: Vec<String> = without.by_ref().take(NAMED).collect();
    if first.is_empty() {
        return Ok(found.into_iter().flatten().collect());
    }
    let missing = first.len() + without.count();
    let names = first.join(", ");
    let more = if missing > first.len() { ", …" } else { "" };
    let message = if missing == records.len() {
        let here = table.rows.first().map_or("", |row| row.cell(name));
        format!(
            "no row is about any of the {missing} records ({names}{more}), the first is about `{here}`: it looks made \
             for another data set"
        )
    } else {
        format!(
            "{missing} of {} records have no fold: {names}{more}",
            records.len()
        )
    };
    Err(Error::content(path, message))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::Label;

    fn records(names: &[&str]) -> Vec<RecordInfo> {
        let record = |name: &&str| RecordInfo {
            id: (*name).to_owned(),
            group: None,
            fold: None,
            label: Label::Missing,
            metadata: BTreeMap::new(),
        };
        names.iter().map(record).collect()
    }

    fn read(text: &str, names: &[&str]) -> Result<Vec<u32>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("folds.csv");
        std::fs::write(&path, text).unwrap();
        read_folds(&path, &records(names)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_order_is_that_of_the_records_and_other_rows_are_left_aside() {
        let text = "fold,record,note\n3,b,\n1.0,a,x\n7,z,\n";
        assert_eq!(read(text, &["a", "b"]), Ok(vec![1, 3]));
        assert_eq!(read(text, &["b"]), Ok(vec![3]));
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_line() {
        for (text, names, expected) in [
            (
                "record,fold\na,1\na,2\n",
                vec!["a"],
                "folds.csv:3: column `record`: expected a record that is not in line 2",
            ),
            (
                "record,fold\na,first\n",
                vec!["a"],
                "folds.csv:2: column `fold`: expected a fold, an integer of 0 or more, found `first`",
            ),
            ("record,fold\na,-1\n", vec!["a"], "folds.csv:2: column `fold`"),
            (
                "record,fold\na,1\n,2\n",
                vec!["a"],
                "folds.csv:3: column `record`: expected the record's name",
            ),
            (
                "record,group\na,1\n",
                vec!["a"],
                "folds.csv:1: folds: no column `fold`",
            ),
            ("record,fold\n", vec!["a"], "found no row"),
            (
                "record,fold\na,1\n",
                vec!["a", "b"],
                "folds.csv: 1 of 2 records have no fold: `b`",
            ),
            (
                "record,fold\na,1\n",
                vec!["a", "b", "c", "d", "e"],
                "4 of 5 records have no fold: `b`, `c`, `d`, …",
            ),
            (
                "record,fold\n7,1\n",
                vec!["a", "b"],
                "no row is about any of the 2 records (`a`, `b`), the first is about `7`",
            ),
        ] {
            let error = read(text, &names).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("folds.csv");
        write_folds(&path, &records(&["a"]), &[4]).unwrap();
        let error = write_folds(&path, &records(&["a", "b"]), &[1]).unwrap_err();
        assert!(error.to_string().contains("each of 2 records, found 1 folds"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "record,fold\na,4\n");
        assert!(write_folds(&dir.path().join("no/folds.csv"), &records(&["a"]), &[1]).is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(rows in proptest::collection::btree_map("[^\\s](.*[^\\s])?", 0u32.., 1..20)) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("folds.csv");
            let (names, folds): (Vec<&str>, Vec<u32>) = rows.iter().map(|(name, fold)| (name.as_str(), *fold)).unzip();
            let records = records(&names);
            write_folds(&path, &records, &folds).unwrap();
            prop_assert_eq!(read_folds(&path, &records).unwrap(), folds);
        }

        #[test]
        fn any_bytes_give_folds_or_an_error(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("folds.csv");
            std::fs::write(&path, &text).unwrap();
            let _ = read_folds(&path, &records(&["a"]));
        }
    }
}
