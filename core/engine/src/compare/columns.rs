//! Columns of the Parquet tables in a run folder, row group by row group.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::Error;

/// A table that is read.
pub(super) struct Columns {
    path: PathBuf,
    reader: SerializedFileReader<File>,
}

impl Columns {
    /// Opens the table at `path`.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Error::Invalid(format!(
                    "{} is missing: a comparison needs audit.json, audit.toml, records.parquet and timeline.parquet of \
                     both runs; run the audit again where they are gone",
                    path.display()
                ))
            } else {
                Error::io(path)(error)
            }
        })?;
        let reader = SerializedFileReader::new(file).map_err(Error::table(path))?;
        Ok(Self {
            path: path.to_owned(),
            reader,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of row groups.
    pub fn groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    /// Whether there is a column of this name.
    pub fn has(&self, name: &str) -> bool {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        schema.columns().iter().any(|column| column.name() == name)
    }

    /// A column of texts that is never empty.
    pub fn texts(&self, group: usize, name: &str) -> Result<Vec<ByteArray>, Error> {
        self.required::<ByteArrayType>(group, name)
    }

    /// A column of texts.
    pub fn optional_texts(&self, group: usize, name: &str) -> Result<Vec<Option<String>>, Error> {
        let values = self.read::<ByteArrayType>(group, name)?;
        values
            .into_iter()
            .map(|value| value.map(|value| self.text(&value)).transpose())
            .collect()
    }

    /// A column of whole numbers that is never empty.
    pub fn integers(&self, group: usize, name: &str) -> Result<Vec<i32>, Error> {
        self.required::<Int32Type>(group, name)
    }

    /// A column of whole numbers.
    pub fn optional_integers(&self, group: usize, name: &str) -> Result<Vec<Option<i32>>, Error> {
        self.read::<Int32Type>(group, name)
    }

    /// A column of numbers that is never empty.
    pub fn numbers(&self, group: usize, name: &str) -> Result<Vec<f64>, Error> {
        self.required::<DoubleType>(group, name)
    }

    /// A column of numbers.
    pub fn optional_numbers(&self, group: usize, name: &str) -> Result<Vec<Option<f64>>, Error> {
        self.read::<DoubleType>(group, name)
    }

    /// A column of flags.
    pub fn optional_flags(&self, group: usize, name: &str) -> Result<Vec<Option<bool>>, Error> {
        self.read::<BoolType>(group, name)
    }

    /// A text of this table.
    pub fn text(&self, value: &ByteArray) -> Result<String, Error> {
        let text = value.as_utf8().map_err(Error::table(&self.path))?;
        Ok(text.to_owned())
    }

    fn required<T: DataType>(&self, group: usize, name: &str) -> Result<Vec<T::T>, Error> {
        let values = self.read::<T>(group, name)?;
        values.into_iter().collect::<Option<Vec<_>>>().ok_or_else(|| {
            Error::Invalid(format!(
                "{}: column `{name}` has rows without a value",
                self.path.display()
            ))
        })
    }

    fn read<T: DataType>(&self, group: usize, name: &str) -> Result<Vec<Option<T::T>>, Error> {
        let failed = Error::table(&self.path);
        let schema = self.reader.metadata().file_metadata().schema_descr();
        // A class may be called such that two columns share a name; they then differ in type.
        let found = schema.columns().iter().position(|column| {
            column.name() == name
                && column.physical_type() == T::get_physical_type()
                && column.max_rep_level() == 0
        });
        let column = found.ok_or_else(|| {
            Error::Invalid(format!(
                "{}: there is no column `{name}` of {} values",
                self.path.display(),
                T::get_physical_type()
            ))
        })?;
        let optional = schema.column(column).max_def_level() > 0;
        let group = self.reader.get_row_group(group).map_err(&failed)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
        let reader = T::get_column_reader(group.get_column_reader(column).map_err(&failed)?);
        let reader = reader.ok_or_else(|| failed(ParquetError::General(format!("column {name}"))))?;
        all::<T>(reader, rows, optional).map_err(failed)
    }
}

/// All rows of one column of one row group.
fn all<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    optional: bool,
) -> Result<Vec<Option<T::T>>, ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        let wanted = optional.then_some(&mut levels);
        let (records, ..) = reader.read_records(rows - read, wanted, None, &mut values)?;
        if records == 0 {
            return Err(ParquetError::General(format!(
                "{rows} rows were announced, {read} are there"
            )));
        }
        read += records;
    }
    if !optional {
        return Ok(values.into_iter().map(Some).collect());
    }
    let mut values = values.into_iter();
    let value = |level| if level > 0 { values.next() } else { None };
    Ok(levels.into_iter().map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::{Column, Table};

    fn table(path: &Path) {
        let mut table = Table::new(path);
        for start in [0, 2] {
            let columns = vec![
                (
                    "record".into(),
                    Column::Text(vec![format!("r{start}"), "x".into()]),
                ),
                ("group".into(), Column::OptionalText(vec![None, Some("g".into())])),
                ("cluster".into(), Column::OptionalInt(vec![Some(start), None])),
                ("p".into(), Column::Double(vec![0.5, 0.25])),
                ("given".into(), Column::OptionalBool(vec![None, Some(true)])),
                ("given".into(), Column::OptionalDouble(vec![None, Some(0.125)])),
            ];
            table.write(columns).unwrap();
        }
        table.finish().unwrap();
    }

    #[test]
    fn every_row_group_is_read_with_its_gaps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        table(&path);
        let columns = Columns::open(&path).unwrap();
        assert_eq!(columns.groups(), 2);
        assert_eq!(columns.texts(1, "record").unwrap()[0].data(), b"r2");
        assert_eq!(
            columns.optional_texts(0, "group").unwrap(),
            [None, Some("g".into())]
        );
        assert_eq!(columns.optional_integers(1, "cluster").unwrap(), [Some(2), None]);
        assert_eq!(columns.numbers(0, "p").unwrap(), [0.5, 0.25]);
        assert_eq!(columns.optional_flags(0, "given").unwrap(), [None, Some(true)]);
        assert_eq!(columns.optional_numbers(0, "given").unwrap(), [None, Some(0.125)]);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let said = |result: Result<Vec<i32>, Error>| result.unwrap_err().to_string();
        let missing = Columns::open(&path).err().unwrap().to_string();
        assert!(missing.contains("t.parquet is missing"), "{missing}");
        table(&path);
        let columns = Columns::open(&path).unwrap();
        assert!(said(columns.integers(0, "fold")).contains("no column `fold` of INT32 values"));
        assert!(said(columns.integers(0, "p")).contains("no column `p` of INT32"));
        assert!(said(columns.integers(0, "cluster")).contains("rows without a value"));
        std::fs::write(&path, b"PAR1 not a table").unwrap();
        assert!(Columns::open(&path).is_err());
    }
}
