//! `fold{fold}.csv`: a network's answers to its held-out records, beside what they should be.

use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2};

use crate::{Error, files};

/// Answers of one fold.
pub(crate) struct Answers {
    /// Record and patient (or the record again, where the data set names none).
    pub(crate) ids: Vec<[String; 2]>,
    pub(crate) answers: Array2<f64>,
    pub(crate) targets: Array2<f64>,
}

/// Where a fold's answers lie.
pub(crate) fn path(out: &Path, fold: u32) -> PathBuf {
    out.join(format!("fold{fold}.csv"))
}

/// Writes the answers `[n, outputs]` to records.
pub(crate) fn write(
    path: &Path,
    ids: &[[String; 2]],
    outputs: &[String],
    answers: ArrayView2<'_, f64>,
    targets: ArrayView2<'_, f64>,
) -> Result<(), Error> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let header = ["record".to_owned(), "group".to_owned()].into_iter();
    let pairs = outputs
        .iter()
        .flat_map(|name| [format!("{name} (network)"), format!("{name} (label)")]);
    let wrong = |e: csv::Error| Error::content(path, e);
    csv.write_record(header.chain(pairs)).map_err(wrong)?;
    for ((ids, answers), targets) in ids.iter().zip(answers.rows()).zip(targets.rows()) {
        let pairs = answers
            .iter()
            .zip(targets)
            .flat_map(|(answer, target)| [answer.to_string(), target.to_string()]);
        csv.write_record(ids.iter().cloned().chain(pairs))
            .map_err(wrong)?;
    }
    let bytes = csv.into_inner().map_err(|e| Error::content(path, e))?;
    files::write(path, &bytes)
}

/// Reads what [`write`] wrote.
pub(crate) fn read(path: &Path, outputs: usize) -> Result<Answers, Error> {
    let wrong = |e: csv::Error| Error::content(path, e);
    let mut csv = csv::Reader::from_path(path).map_err(wrong)?;
    let (mut ids, mut values) = (Vec::new(), [Vec::new(), Vec::new()]);
    for row in csv.records() {
        let row = row.map_err(wrong)?;
        let mut cells = row.iter();
        let mut name = || cells.next().unwrap_or_default().to_owned();
        ids.push([name(), name()]);
        for (i, cell) in cells.enumerate() {
            let value: f64 = cell
                .parse()
                .map_err(|_| Error::content(path, format!("'{cell}' is no number")))?;
            values[i % 2].push(value);
        }
    }
    let rows = ids.len();
    let [answers, targets] = values
        .map(|values| Array2::from_shape_vec((rows, outputs), values).map_err(|e| Error::content(path, e)));
    Ok(Answers {
        ids,
        answers: answers?,
        targets: targets?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn what_is_read_is_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = path(folder.path(), 3);
        let ids = [
            ["a".to_owned(), "p, 1".to_owned()],
            ["b".to_owned(), "q".to_owned()],
        ];
        let (answers, targets) = (
            array![[0.1, 1.0 / 3.0], [1e-9, 0.5]],
            array![[1.0, 0.0], [0.0, 1.0]],
        );
        let outputs = ["x".to_owned(), "y".to_owned()];
        write(&file, &ids, &outputs, answers.view(), targets.view()).unwrap();
        let back = read(&file, 2).unwrap();
        assert_eq!(back.ids, ids);
        assert_eq!((back.answers, back.targets), (answers, targets));
    }
}
