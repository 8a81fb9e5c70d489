//! One record's rows of `timeline.parquet`. Row groups that cannot hold it are passed over by their statistics, and of the
//! others only the names are read until it is found.

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArrayType, DataType, DoubleType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::statistics::Statistics;

use crate::Error;
use crate::audit::Trace;

/// Rows read at once while a record is looked for.
const BATCH: usize = 16_384;

/// Fills in the timeline of the trace's record. False when the table does not have it. `step` is the duration of a
/// step where the record has but one.
pub(super) fn fill(path: &Path, trace: &mut Trace, step: f64) -> Result<bool, Error> {
    let file = File::open(path).map_err(Error::io(path))?;
    let failed = Error::table(path);
    let reader = SerializedFileReader::new(file).map_err(&failed)?;
    let record = trace.record.clone();
    for group in 0..reader.num_row_groups() {
        let place = |name: &str| column(reader.metadata().row_group(group), name);
        let names = place("record").map_err(&failed)?;
        if !may_hold(
            reader.metadata().row_group(group).column(names).statistics(),
            &record,
        ) {
            continue;
        }
        let rows = reader.get_row_group(group).map_err(&failed)?;
        let Some(range) = find(rows.as_ref(), names, record.as_bytes()).map_err(&failed)? else {
            continue;
        };
        read(rows.as_ref(), place, range, trace, step).map_err(&failed)?;
        return Ok(true);
    }
    Ok(false)
}

fn column(group: &RowGroupMetaData, name: &str) -> Result<usize, ParquetError> {
    let columns = group.columns();
    let place = columns.iter().position(|c| c.column_path().string() == name);
    place.ok_or_else(|| ParquetError::General(format!("it has no column `{name}`")))
}

/// Whether a row group with these statistics of the names can hold `record`. Bounds may be shortened: they still bound.
fn may_hold(statistics: Option<&Statistics>, record: &str) -> bool {
    let Some(Statistics::ByteArray(values)) = statistics else {
        return true;
    };
    let above = values.min_opt().is_none_or(|min| min.data() <= record.as_bytes());
    let below = values.max_opt().is_none_or(|max| record.as_bytes() <= max.data());
    above && below
}

fn typed<T: DataType>(group: &dyn RowGroupReader, place: usize) -> Result<ColumnReaderImpl<T>, ParquetError> {
    let reader: ColumnReader = group.get_column_reader(place)?;
    let expected = T::get_physical_type();
    let found = group.metadata().column(place).column_type();
    if found != expected {
        return Err(ParquetError::General(format!(
            "column `{}` is {found}; expected {expected}",
            group.metadata().column(place).column_path().string()
        )));
    }
    Ok(get_typed_column_reader(reader))
}

/// The rows of `record`, which stand together.
fn find(
    group: &dyn RowGroupReader,
    names: usize,
    record: &[u8],
) -> Result<Option<Range<usize>>, ParquetError> {
    let mut reader = typed::<ByteArrayType>(group, names)?;
    let mut found: Option<Range<usize>> = None;
    let mut start = 0;
    let mut values = Vec::with_capacity(BATCH);
    loop {
        values.clear();
        reader.read_records(BATCH, None, None, &mut values)?;
        for (i, value) in values.iter().enumerate() {
            match (&mut found, value.data() == record) {
                (None, true) => found = Some(start + i..start + i + 1),
                (Some(range), true) => range.end = start + i + 1,
                (Some(_), false) => return Ok(found),
                (None, false) => {}
            }
        }
        if values.is_empty() {
            return Ok(found);
        }
        start += values.len();
    }
}

fn read(
    group: &dyn RowGroupReader,
    place: impl Fn(&str) -> Result<usize, ParquetError>,
    rows: Range<usize>,
    trace: &mut Trace,
    step: f64,
) -> Result<(), ParquetError> {
    let times = values::<DoubleType>(group, place("time")?, &rows)?;
    trace.clusters = clusters(group, place("cluster")?, &rows)?;
    trace.memberships = values::<FloatType>(group, place("membership")?, &rows)?;
    trace.uncertainty = values::<FloatType>(group, place("uncertainty")?, &rows)?;
    trace.timeline_start = times.first().copied().unwrap_or(0.0);
    trace.timeline_step = match times.as_slice() {
        // Over all steps: the difference of two has fewer digits.
        [first, .., last] => (last - first) / (times.len() - 1) as f64,
        _ => step,
    };
    Ok(())
}

/// A column's values in `rows`.
fn values<T: DataType>(
    group: &dyn RowGroupReader,
    place: usize,
    rows: &Range<usize>,
) -> Result<Vec<T::T>, ParquetError> {
    let mut reader = typed::<T>(group, place)?;
    reader.skip_records(rows.start)?;
    let mut values = Vec::with_capacity(rows.len());
    while values.len() < rows.len() {
        let (read, ..) = reader.read_records(rows.len() - values.len(), None, None, &mut values)?;
        if read == 0 {
            return Err(ParquetError::General(
                "a column is shorter than the others".into(),
            ));
        }
    }
    Ok(values)
}

/// The clusters in `rows`; none where nothing but padding lies.
fn clusters(
    group: &dyn RowGroupReader,
    place: usize,
    rows: &Range<usize>,
) -> Result<Vec<Option<u32>>, ParquetError> {
    let mut reader = typed::<Int32Type>(group, place)?;
    reader.skip_records(rows.start)?;
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    while levels.len() < rows.len() {
        let wanted = rows.len() - levels.len();
        let (read, ..) = reader.read_records(wanted, Some(&mut levels), None, &mut values)?;
        if read == 0 {
            return Err(ParquetError::General(
                "a column is shorter than the others".into(),
            ));
        }
    }
    let mut values = values.into_iter();
    let cluster = |level: i16| {
        let value = if level > 0 { values.next() } else { None };
        value.and_then(|cluster| u32::try_from(cluster).ok())
    };
    Ok(levels.into_iter().map(cluster).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assign::Timeline;
    use crate::folder::Table;
    use crate::tables::write_timelines;

    fn timeline(start: f64, clusters: &[Option<u32>]) -> Timeline {
        let count = clusters.len();
        Timeline {
            start,
            step: 0.04,
            clusters: clusters.to_vec(),
            memberships: (0..count).map(|i| 0.5 + i as f32 / 100.0).collect(),
            uncertainty: (0..count).map(|i| i as f32 / 100.0).collect(),
        }
    }

    fn trace(record: &str) -> Trace {
        Trace {
            record: record.into(),
            sampling_rate: 100.0,
            leads: Vec::new(),
            microvolts: Vec::new(),
            timeline_start: 0.0,
            timeline_step: 0.0,
            clusters: Vec::new(),
            memberships: Vec::new(),
            uncertainty: Vec::new(),
            attribution: Vec::new(),
            landmarks: Vec::new(),
            layout: Default::default(),
            metadata: Default::default(),
        }
    }

    #[test]
    fn each_record_has_its_own_rows_whatever_group_they_are_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("timeline.parquet");
        let long = "x".repeat(500);
        let mut table = Table::new(&path);
        let all = |k: u32| vec![Some(k); 30];
        let first = [("7", all(1)), ("10", vec![None, Some(4), None, Some(2)])];
        let second = [("11", all(3)), (long.as_str(), all(9)), ("9", vec![Some(6)])];
        let own = |(id, clusters): &(&'static str, Vec<Option<u32>>)| (*id, timeline(0.5, clusters));
        write_timelines(&mut table, first.iter().map(own)).unwrap();
        let named = second.iter().map(|(id, clusters)| (*id, timeline(0.0, clusters)));
        write_timelines(&mut table, named).unwrap();
        table.finish().unwrap();

        let mut found = trace("10");
        assert!(fill(&path, &mut found, 1.0).unwrap());
        assert_eq!(found.clusters, [None, Some(4), None, Some(2)]);
        assert_eq!(found.memberships, [0.5, 0.51, 0.52, 0.53]);
        assert_eq!(found.timeline_start, 0.5);
        assert!((found.timeline_step - 0.04).abs() < 1e-12);
        for (id, cluster) in [("7", 1), ("11", 3), (long.as_str(), 9)] {
            let mut found = trace(id);
            assert!(fill(&path, &mut found, 1.0).unwrap(), "{id}");
            assert_eq!(found.clusters, vec![Some(cluster); 30]);
        }
        let mut single = trace("9");
        assert!(fill(&path, &mut single, 0.25).unwrap());
        assert_eq!((single.clusters, single.timeline_step), (vec![Some(6)], 0.25));
        assert!(!fill(&path, &mut trace("8"), 1.0).unwrap());
        assert!(!fill(&path, &mut trace(""), 1.0).unwrap());
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("timeline.parquet");
        assert!(matches!(fill(&path, &mut trace("1"), 1.0), Err(Error::Io { .. })));
        std::fs::write(&path, b"PAR1 not at all PAR1").unwrap();
        assert!(matches!(
            fill(&path, &mut trace("1"), 1.0),
            Err(Error::Table { .. })
        ));
        let mut table = Table::new(&path);
        let columns = vec![("record".into(), crate::folder::Column::Text(vec!["1".into()]))];
        table.write(columns).unwrap();
        table.finish().unwrap();
        let error = fill(&path, &mut trace("1"), 1.0).unwrap_err().to_string();
        assert!(error.contains("no column `time`"), "{error}");
    }
}
