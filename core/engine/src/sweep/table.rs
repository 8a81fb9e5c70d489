//! The figures of a sweep side by side, and `sweep.csv`.

use serde_json::Value;

use super::{MEASURES, Measure, Reading, Setting, Sweep, plain};
use crate::Error;

/// A row per setting, a column per figure that any setting has.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The columns, in the order in which they are shown.
    pub measures: Vec<&'static Measure>,
    /// The rows, in the order of the settings.
    pub rows: Vec<Vec<Option<Reading>>>,
}

impl Table {
    /// The table of `sweep`.
    pub fn new(sweep: &Sweep) -> Self {
        let row = |setting: &Setting| -> Vec<Option<Reading>> {
            // Only numbers that are no numbers in JSON either keep findings from being written.
            let findings = serde_json::to_value(&setting.findings).unwrap_or(Value::Null);
            let readings = MEASURES.iter().map(|measure| measure.read(setting, &findings));
            readings.collect()
        };
        let all: Vec<Vec<Option<Reading>>> = sweep.settings.iter().map(row).collect();
        let known: Vec<bool> = (0..MEASURES.len())
            .map(|column| all.iter().any(|row| row[column].is_some()))
            .collect();
        let kept = |row: Vec<Option<Reading>>| {
            let columns = row.into_iter().zip(&known);
            columns.filter(|(_, known)| **known).map(|(r, _)| r).collect()
        };
        let measures = MEASURES.iter().zip(&known);
        Self {
            measures: measures.filter(|(_, known)| **known).map(|(m, _)| m).collect(),
            rows: all.into_iter().map(kept).collect(),
        }
    }

    /// The column of the figure `key`, where any setting has it.
    pub fn column(&self, key: &str) -> Option<usize> {
        self.measures.iter().position(|measure| measure.key == key)
    }

    /// The column by which settings are compared first: agreement with the network, or R² for a continuous target.
    pub fn main(&self) -> Option<usize> {
        ["agreement", "r2"].iter().find_map(|key| self.column(key))
    }

    /// The values of one column, absent where a setting has none.
    pub fn values(&self, column: usize) -> impl Iterator<Item = Option<Reading>> + Clone + '_ {
        self.rows
            .iter()
            .map(move |row| row.get(column).copied().flatten())
    }

    /// For each row, whether it has the best value of a column. None has where the figure has no better or worse, or
    /// where there are not two values to compare.
    pub fn best(&self, column: usize) -> Vec<bool> {
        let sign = self
            .measures
            .get(column)
            .and_then(|measure| measure.better.sign());
        let known = self.values(column).flatten().count();
        let (Some(sign), true) = (sign, known > 1) else {
            return vec![false; self.rows.len()];
        };
        let goodness = |reading: Reading| sign * reading.value;
        let best = self
            .values(column)
            .flatten()
            .map(goodness)
            .fold(f64::NEG_INFINITY, f64::max);
        self.values(column)
            .map(|reading| reading.is_some_and(|reading| goodness(reading) == best))
            .collect()
    }

    /// As CSV: the varied keys, every figure with its spread, and errors.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a row cannot be written.
    pub fn csv(&self, sweep: &Sweep) -> Result<Vec<u8>, Error> {
        let failed = |error: csv::Error| Error::Invalid(format!("sweep.csv: {error}"));
        // A spread that no setting has gets no column.
        let spreads: Vec<Spreads> = (0..self.measures.len())
            .map(|column| {
                let readings = self.values(column).flatten();
                Spreads {
                    sd: readings.clone().any(|reading| reading.sd.is_some()),
                    ci95: readings.clone().any(|reading| reading.ci95.is_some()),
                }
            })
            .collect();
        let mut header = vec!["setting".to_owned()];
        header.extend(sweep.varied.iter().map(|varied| varied.key.clone()));
        for (measure, spread) in self.measures.iter().zip(&spreads) {
            header.extend(spread.header(measure.key));
        }
        header.push("error".into());
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&header).map_err(failed)?;
        for (setting, readings) in sweep.settings.iter().zip(&self.rows) {
            let mut row = vec![setting.number.to_string()];
            row.extend(setting.values.iter().map(plain));
            for (reading, spread) in readings.iter().zip(&spreads) {
                row.extend(spread.cells(*reading));
            }
            row.push(setting.error.clone().unwrap_or_default());
            writer.write_record(&row).map_err(failed)?;
        }
        writer
            .into_inner()
            .map_err(|error| Error::Invalid(format!("sweep.csv: {error}")))
    }
}

/// Which spreads a figure has columns for.
struct Spreads {
    sd: bool,
    ci95: bool,
}

impl Spreads {
    fn header(&self, key: &str) -> Vec<String> {
        let mut names = vec![key.to_owned()];
        if self.sd {
            names.push(format!("{key}_sd"));
        }
        if self.ci95 {
            names.extend(["low", "high"].map(|end| format!("{key}_{end}")));
        }
        names
    }

    fn cells(&self, reading: Option<Reading>) -> Vec<String> {
        let text = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        let mut cells = vec![text(reading.map(|r| r.value))];
        if self.sd {
            cells.push(text(reading.and_then(|r| r.sd)));
        }
        if self.ci95 {
            let ends = reading.and_then(|r| r.ci95);
            cells.extend([text(ends.map(|[low, _]| low)), text(ends.map(|[_, high]| high))]);
        }
        cells
    }
}
