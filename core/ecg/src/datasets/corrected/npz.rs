//! Labels in an array of an NPZ file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use zip::{ZipArchive, ZipWriter};

use super::super::npy::{self, Archive, Kind, read_header};
use super::super::npz_columns::Columns;
use super::super::{Npz, Options};
use super::{Change, Layout, WriteSeek, flag_of, no_statements, refused, value_of};
use crate::{DataSet, Error};

pub(super) struct NpzLabels {
    path: PathBuf,
    options: Options,
    array: npy::Layout,
    form: Form,
    /// All of the array's entry in the archive, not compressed: header and elements.
    entry: Vec<u8>,
    /// Place of the first element in it.
    start: usize,
    row_of: HashMap<String, usize>,
}

/// How the labels stand in the array.
enum Form {
    /// `[N]`: an element with each class's name.
    Names(HashMap<String, Vec<u8>>),
    /// `[N]`: an index of a class.
    Indices(Vec<String>),
    /// `[N, classes]` with 0 or 1.
    Flags(Vec<String>),
    /// `[N]`: a continuous target, and its name.
    Values(String),
}

impl NpzLabels {
    pub(super) fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        let names = options.arrays.clone().unwrap_or_default();
        let mut archive = Archive::open(path)?;
        let array = archive
            .find(names.labels.as_deref(), "labels")?
            .ok_or_else(|| Error::content(path, "there is no array of labels that could be corrected"))?;
        let records = array.shape.first().copied().unwrap_or_default();
        let columns = Columns::load(&mut archive, &names, records, options)?;
        let row_of = (0..records).map(|row| (columns.record(row).id, row)).collect();
        let elements = archive.load(&array)?;
        let entry = entry(path, &array.name)?;
        let (_, start) =
            read_header(&mut entry.as_slice()).map_err(|message| Error::content(path, message))?;
        let form = form(&array, &elements, columns.classes, options);
        Ok(Self {
            path: path.to_owned(),
            options: options.clone(),
            array,
            form,
            entry,
            start: start as usize,
            row_of,
        })
    }

    /// The elements that a change replaces, by their index in the array.
    fn element(&self, change: &Change) -> Result<Option<(usize, Vec<u8>)>, String> {
        let row = *self
            .row_of
            .get(&change.record)
            .ok_or_else(|| format!("no record `{}`", change.record))?;
        let unknown = || format!("no class `{}`", change.label);
        Ok(match &self.form {
            Form::Values(_) => Some((row, encode(&self.array, value_of(change)?)?)),
            // One class takes the place of the other.
            Form::Names(_) | Form::Indices(_) if !flag_of(change)? => None,
            Form::Names(elements) => Some((row, elements.get(&change.label).cloned().ok_or_else(unknown)?)),
            Form::Indices(classes) => {
                let class = classes.iter().position(|class| *class == change.label);
                Some((row, encode(&self.array, class.ok_or_else(unknown)? as f64)?))
            }
            Form::Flags(classes) => {
                let column = classes.iter().position(|class| *class == change.label);
                let column = column.ok_or_else(unknown)?;
                let rows = self.array.shape.first().copied().unwrap_or_default();
                let element = if self.array.fortran {
                    column * rows + row
                } else {
                    row * classes.len() + column
                };
                let value = if flag_of(change)? { 1.0 } else { 0.0 };
                Some((element, encode(&self.array, value)?))
            }
        })
    }

    /// The array's entry with `changes`.
    fn changed(&self, changes: &[Change]) -> Result<Vec<u8>, Error> {
        let mut entry = self.entry.clone();
        for change in changes {
            let Some((element, bytes)) = self.element(change).map_err(refused)? else {
                continue;
            };
            let start = self.start + element * self.array.width;
            let place = entry.get_mut(start..start + bytes.len());
            place
                .ok_or_else(|| Error::content(&self.path, "the array of labels ends early"))?
                .copy_from_slice(&bytes);
        }
        Ok(entry)
    }
}

fn form(array: &npy::Layout, elements: &[u8], classes: Vec<String>, options: &Options) -> Form {
    if matches!(array.kind, Kind::Text | Kind::Bytes) {
        let names = array.names(elements).unwrap_or_default();
        let elements = elements.chunks_exact(array.width.max(1)).map(<[u8]>::to_vec);
        return Form::Names(names.into_iter().zip(elements).collect());
    }
    match (array.shape.len(), &options.classes) {
        (2, _) => Form::Flags(classes),
        (_, Some(_)) => Form::Indices(classes),
        _ => Form::Values(array.name.clone()),
    }
}

/// A number as the array's element.
fn encode(array: &npy::Layout, value: f64) -> Result<Vec<u8>, String> {
    let bits = 8 * array.width.min(8) as i32;
    let (low, high, kind) = match array.kind {
        Kind::Signed => (-(2f64.powi(bits - 1)), 2f64.powi(bits - 1), "signed"),
        Kind::Unsigned => (0.0, 2f64.powi(bits), "unsigned"),
        Kind::Bool => (0.0, 2.0, "boolean"),
        _ => (f64::MIN, f64::INFINITY, "floating-point"),
    };
    let whole = array.kind == Kind::Float || value.fract() == 0.0;
    let single = array.kind == Kind::Float && array.width == 4;
    let fits = !single || (value as f32).is_finite();
    if !(whole && fits && (low..high).contains(&value)) {
        return Err(format!(
            "the array `{}` holds {bits}-bit {kind} numbers, which {value} is none of",
            array.name
        ));
    }
    let bits = match array.kind {
        Kind::Float if single => u64::from((value as f32).to_bits()),
        Kind::Float => value.to_bits(),
        Kind::Signed => (value as i64).cast_unsigned(),
        _ => value as u64,
    };
    let mut bytes: Vec<u8> = bits.to_le_bytes().into_iter().take(array.width).collect();
    if array.big_endian {
        bytes.reverse();
    }
    Ok(bytes)
}

/// All bytes of an array's entry in the archive.
fn entry(path: &Path, array: &str) -> Result<Vec<u8>, Error> {
    let wrong = |error: zip::result::ZipError| Error::content(path, error.to_string());
    let mut archive = zip(path)?;
    let index = index(&archive, array).ok_or_else(|| Error::content(path, format!("no array `{array}`")))?;
    let mut bytes = Vec::new();
    archive
        .by_index(index)
        .map_err(wrong)?
        .read_to_end(&mut bytes)
        .map_err(|source| Error::io(path, source))?;
    Ok(bytes)
}

fn zip(path: &Path) -> Result<ZipArchive<BufReader<File>>, Error> {
    let file = File::open(path).map_err(|source| Error::io(path, source))?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| Error::content(path, error.to_string()))
}

fn index(archive: &ZipArchive<BufReader<File>>, array: &str) -> Option<usize> {
    archive
        .index_for_name(array)
        .or_else(|| archive.index_for_name(&format!("{array}.npy")))
}

impl Layout for NpzLabels {
    fn file(&self) -> &Path {
        &self.path
    }

    fn target(&self) -> Option<&str> {
        match &self.form {
            Form::Values(name) => Some(name),
            _ => None,
        }
    }

    fn exclusive(&self) -> bool {
        matches!(self.form, Form::Names(_) | Form::Indices(_))
    }

    fn check(&self, change: &Change) -> Result<(), String> {
        no_statements(change)?;
        self.element(change).map(drop)
    }

    fn write(&self, changes: &[Change], out: &mut dyn WriteSeek) -> Result<(), Error> {
        let wrong = |error: zip::result::ZipError| Error::content(&self.path, error.to_string());
        let labels = self.changed(changes)?;
        let mut archive = zip(&self.path)?;
        let replaced = index(&archive, &self.array.name);
        let mut writer = ZipWriter::new(out);
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(wrong)?;
            if Some(index) == replaced {
                let (name, options) = (entry.name().to_owned(), entry.options());
                writer.start_file(name, options).map_err(wrong)?;
                writer
                    .write_all(&labels)
                    .map_err(|source| Error::io(&self.path, source))?;
            } else {
                writer.raw_copy_file(entry).map_err(wrong)?;
            }
        }
        writer.finish().map_err(wrong)?;
        Ok(())
    }

    fn stored(&self, value: f64) -> f64 {
        match (self.array.kind, self.array.width) {
            (Kind::Float, 4) => f64::from(value as f32),
            _ => value,
        }
    }

    fn open_with(&self, file: &Path) -> Result<Box<dyn DataSet>, Error> {
        Ok(Box::new(Npz::open(file, &self.options)?))
    }

    fn key(&self) -> &'static str {
        "data.path"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(kind: Kind, width: usize, big_endian: bool) -> npy::Layout {
        npy::Layout {
            name: "labels".into(),
            kind,
            big_endian,
            width,
            fortran: false,
            shape: vec![1],
            start: None,
        }
    }

    #[test]
    fn an_element_reads_back_as_it_was_written() {
        for (kind, widths) in [
            (Kind::Float, &[4, 8][..]),
            (Kind::Signed, &[1, 2, 4, 8]),
            (Kind::Unsigned, &[1, 2, 4, 8]),
            (Kind::Bool, &[1]),
        ] {
            for width in widths {
                for big_endian in [false, true] {
                    let array = array(kind, *width, big_endian);
                    let values: &[f64] = match kind {
                        Kind::Float => &[0.0, -1.5, 51.25],
                        Kind::Signed => &[0.0, -128.0, 127.0],
                        Kind::Unsigned => &[0.0, 255.0],
                        _ => &[0.0, 1.0],
                    };
                    for value in values {
                        let bytes = encode(&array, *value).unwrap();
                        assert_eq!(array.numbers(&bytes), Some(vec![*value]), "{kind:?} {width}");
                    }
                }
            }
        }
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        for (kind, width, value) in [
            (Kind::Signed, 1, 128.0),
            (Kind::Signed, 2, 1.5),
            (Kind::Unsigned, 1, -1.0),
            (Kind::Bool, 1, 2.0),
            (Kind::Float, 4, 1e300),
        ] {
            let message = encode(&array(kind, width, false), value).unwrap_err();
            assert!(message.contains("which"), "{message}");
        }
    }
}
