//! Beats as numbers: one row of nine samples per beat, NaN where a wave is absent.

use ndarray::{Array2, ArrayView2};

use super::delineator::{Beat, Wave};

/// Columns of a row: onset, peak and offset of P, QRS and T.
pub(crate) const COLUMNS: usize = 9;

/// Beats `[beats, 9]`.
pub(crate) fn to_rows(beats: &[Beat]) -> Array2<f64> {
    let mut rows = Array2::from_elem((beats.len(), COLUMNS), f64::NAN);
    for (mut row, beat) in rows.rows_mut().into_iter().zip(beats) {
        let waves = [beat.p, beat.qrs, beat.t];
        let samples = waves.iter().flat_map(|wave| [wave.onset, wave.peak, wave.offset]);
        for (cell, sample) in row.iter_mut().zip(samples) {
            *cell = sample.unwrap_or(f64::NAN);
        }
    }
    rows
}

/// The beats of rows `[beats, 9]`.
pub(crate) fn from_rows(rows: ArrayView2<'_, f64>) -> Vec<Beat> {
    rows.rows()
        .into_iter()
        .map(|row| {
            let mut cells = row.iter().map(|&sample| (!sample.is_nan()).then_some(sample));
            let mut wave = || Wave {
                onset: cells.next().flatten(),
                peak: cells.next().flatten(),
                offset: cells.next().flatten(),
            };
            Beat {
                p: wave(),
                qrs: wave(),
                t: wave(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_waves_stay_absent() {
        let qrs = Wave {
            onset: Some(40.0),
            peak: Some(45.5),
            offset: None,
        };
        let beats = [
            Beat {
                qrs,
                ..Beat::default()
            },
            Beat::default(),
        ];
        let rows = to_rows(&beats);
        assert_eq!(rows.dim(), (2, COLUMNS));
        assert_eq!(from_rows(rows.view()), beats);
        assert!(from_rows(to_rows(&[]).view()).is_empty());
    }
}
