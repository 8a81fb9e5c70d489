//! Parquet tables, written row group by row group.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::Error;

/// One column's values in a row group.
pub(crate) enum Column {
    Text(Vec<String>),
    OptionalText(Vec<Option<String>>),
    Int(Vec<i32>),
    OptionalInt(Vec<Option<i32>>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    OptionalDouble(Vec<Option<f64>>),
    OptionalBool(Vec<Option<bool>>),
}

impl Column {
    fn kind(&self) -> (Physical, Repetition) {
        const OPTIONAL: Repetition = Repetition::OPTIONAL;
        const REQUIRED: Repetition = Repetition::REQUIRED;
        match self {
            Self::Text(_) => (Physical::BYTE_ARRAY, REQUIRED),
            Self::OptionalText(_) => (Physical::BYTE_ARRAY, OPTIONAL),
            Self::Int(_) => (Physical::INT32, REQUIRED),
            Self::OptionalInt(_) => (Physical::INT32, OPTIONAL),
            Self::Float(_) => (Physical::FLOAT, REQUIRED),
            Self::Double(_) => (Physical::DOUBLE, REQUIRED),
            Self::OptionalDouble(_) => (Physical::DOUBLE, OPTIONAL),
            Self::OptionalBool(_) => (Physical::BOOLEAN, OPTIONAL),
        }
    }

    fn write(self, to: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let bytes = |text: String| ByteArray::from(text.into_bytes());
        match self {
            Self::Text(values) => {
                let values: Vec<ByteArray> = values.into_iter().map(bytes).collect();
                to.typed::<ByteArrayType>().write_batch(&values, None, None)?;
            }
            Self::OptionalText(values) => {
                let (values, levels) = present(values.into_iter().map(|v| v.map(bytes)));
                to.typed::<ByteArrayType>()
                    .write_batch(&values, Some(&levels), None)?;
            }
            Self::Int(values) => {
                to.typed::<Int32Type>().write_batch(&values, None, None)?;
            }
            Self::OptionalInt(values) => {
                let (values, levels) = present(values);
                to.typed::<Int32Type>()
                    .write_batch(&values, Some(&levels), None)?;
            }
            Self::Float(values) => {
                to.typed::<FloatType>().write_batch(&values, None, None)?;
            }
            Self::Double(values) => {
                to.typed::<DoubleType>().write_batch(&values, None, None)?;
            }
            Self::OptionalDouble(values) => {
                let (values, levels) = present(values);
                to.typed::<DoubleType>()
                    .write_batch(&values, Some(&levels), None)?;
            }
            Self::OptionalBool(values) => {
                let (values, levels) = present(values);
                to.typed::<BoolType>().write_batch(&values, Some(&levels), None)?;
            }
        }
        Ok(())
    }
}

/// The values that are there, and per row whether it has one (1) or not (0).
fn present<T>(values: impl IntoIterator<Item = Option<T>>) -> (Vec<T>, Vec<i16>) {
    let mut there = Vec::new();
    let levels = values
        .into_iter()
        .map(|value| {
            let level = i16::from(value.is_some());
            there.extend(value);
            level
        })
        .collect();
    (there, levels)
}

/// A Parquet file in the making. Its schema is that of the first row group.
pub(crate) struct Table {
    path: PathBuf,
    writer: Option<SerializedFileWriter<File>>,
}

impl Table {
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            writer: None,
        }
    }

    /// Writes one row group of named columns of equal length.
    pub fn write(&mut self, columns: Vec<(String, Column)>) -> Result<(), Error> {
        let failed = Error::table(&self.path);
        if self.writer.is_none() {
            self.writer = Some(open(&self.path, &columns)?);
        }
        let Some(writer) = self.writer.as_mut() else {
            return Ok(());
        };
        let mut group = writer.next_row_group().map_err(&failed)?;
        for (_, column) in columns {
            if let Some(mut to) = group.next_column().map_err(&failed)? {
                column.write(&mut to).map_err(&failed)?;
                to.close().map_err(&failed)?;
            }
        }
        group.close().map_err(&failed)?;
        Ok(())
    }

    /// Ends the file.
    pub fn finish(self) -> Result<(), Error> {
        let failed = Error::table(&self.path);
        match self.writer {
            Some(writer) => writer.close().map(drop).map_err(&failed),
            None => Ok(()),
        }
    }
}

fn open(path: &Path, columns: &[(String, Column)]) -> Result<SerializedFileWriter<File>, Error> {
    let failed = Error::table(path);
    let field = |(name, column): &(String, Column)| {
        let (physical, repetition) = column.kind();
        let text = (physical == Physical::BYTE_ARRAY).then_some(LogicalType::String);
        Type::primitive_type_builder(name, physical)
            .with_repetition(repetition)
            .with_logical_type(text)
            .build()
            .map(Arc::new)
    };
    let fields = columns
        .iter()
        .map(field)
        .collect::<Result<Vec<_>, _>>()
        .map_err(&failed)?;
    let schema = Type::group_type_builder("schema")
        .with_fields(fields)
        .build()
        .map_err(&failed)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let file = File::create(path).map_err(Error::io(path))?;
    SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).map_err(&failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    #[test]
    fn what_was_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let mut table = Table::new(&path);
        for start in [0, 2] {
            let columns = vec![
                (
                    "record".into(),
                    Column::Text(vec![format!("r{start}"), "x".into()]),
                ),
                ("fold".into(), Column::OptionalInt(vec![None, Some(start)])),
                ("p".into(), Column::Double(vec![0.5, 0.25])),
                ("given".into(), Column::OptionalBool(vec![Some(true), None])),
            ];
            table.write(columns).unwrap();
        }
        table.finish().unwrap();
        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let rows: Vec<String> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|r| r.unwrap().to_string())
            .collect();
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[3], "{record: \"x\", fold: 2, p: 0.25, given: null}");
    }
}
