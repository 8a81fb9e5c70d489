//! Arrays of NumPy's NPZ files (NumPy Enhancement Proposal 1, format versions 1 to 3).
//!
//! The crate `ndarray-npy` reads an array of a type that is known when compiling, and as a whole. Here the
//! type is known only to the file, text is needed as well, and signals are read a record at a time.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use py_literal::Value;
use zip::{CompressionMethod, ZipArchive};

use crate::Error;
use crate::error::instead;

/// Longest header of an array, in bytes; real ones have some hundred.
const MAX_HEADER: usize = 64 << 10;

/// An NPZ file.
pub(super) struct Archive {
    pub(super) path: PathBuf,
    zip: ZipArchive<BufReader<File>>,
}

/// How an array is stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) big_endian: bool,
    /// Bytes per element.
    pub(super) width: usize,
    /// Whether the first axis varies fastest.
    pub(super) fortran: bool,
    pub(super) shape: Vec<usize>,
    /// Place of the first element in the file, where the array is not compressed.
    pub(super) start: Option<u64>,
}

/// Type of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Float,
    Signed,
    Unsigned,
    Bool,
    Bytes,
    Text,
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|source| Error::io(path, source))?;
        let zip = ZipArchive::new(BufReader::new(file))
            .map_err(|error| Error::content(path, format!("expected an NPZ file: {error}")))?;
        Ok(Self {
            path: path.to_owned(),
            zip,
        })
    }

    /// The array under `name`, or under the default name if there is one.
    pub(super) fn find(&mut self, name: Option<&str>, default: &str) -> Result<Option<Layout>, Error> {
        let wanted = name.unwrap_or(default);
        let names: Vec<String> = self
            .zip
            .file_names()
            .map(|name| name.strip_suffix(".npy").unwrap_or(name).to_owned())
            .collect();
        if names.iter().any(|name| name == wanted) {
            return self.layout(wanted).map(Some);
        }
        if name.is_none() {
            return Ok(None);
        }
        Err(self.missing(wanted, &names))
    }

    /// The array under `name`, or under the default name, one of which must be there.
    pub(super) fn require(&mut self, name: Option<&str>, default: &str) -> Result<Layout, Error> {
        match self.find(Some(name.unwrap_or(default)), default)? {
            Some(layout) => Ok(layout),
            None => Err(self.missing(default, &[])),
        }
    }

    fn missing(&self, wanted: &str, names: &[String]) -> Error {
        let instead = instead(wanted, "arrays", names.iter().map(String::as_str));
        Error::content(&self.path, format!("no array `{wanted}`{instead}"))
    }

    fn layout(&mut self, name: &str) -> Result<Layout, Error> {
        let path = self.path.clone();
        self.entry(name, |entry, stored| {
            let (header, offset) = read_header(entry)?;
            let start = stored.map(|start| start.saturating_add(offset));
            parse_header(&header, name, start)
        })
        .map_err(|message| Error::content(&path, format!("array `{name}`: {message}")))
    }

    /// All elements of an array.
    pub(super) fn load(&mut self, layout: &Layout) -> Result<Vec<u8>, Error> {
        let path = self.path.clone();
        let expected = layout.bytes();
        self.entry(&layout.name, |entry, _| {
            read_header(entry)?;
            let mut bytes = Vec::new();
            let expected = expected.ok_or("the shape exceeds what a computer can hold")?;
            // Grows with what is there: the shape may promise more than the file holds.
            entry
                .take(expected)
                .read_to_end(&mut bytes)
                .map_err(|error| error.to_string())?;
            if (bytes.len() as u64) < expected {
                return Err(format!(
                    "expected {expected} bytes of elements, found {}",
                    bytes.len()
                ));
            }
            Ok(bytes)
        })
        .map_err(|message| Error::content(&path, format!("array `{}`: {message}", layout.name)))
    }

    fn entry<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut dyn Read, Option<u64>) -> Result<T, String>,
    ) -> Result<T, String> {
        let file = if self.zip.index_for_name(name).is_some() {
            name.to_owned()
        } else {
            format!("{name}.npy")
        };
        let mut entry = self.zip.by_name(&file).map_err(|error| error.to_string())?;
        let stored = (entry.compression() == CompressionMethod::Stored).then(|| entry.data_start());
        read(&mut entry, stored)
    }
}

impl Layout {
    /// Bytes of all elements.
    pub(super) fn bytes(&self) -> Option<u64> {
        self.shape
            .iter()
            .try_fold(self.width as u64, |bytes, &n| bytes.checked_mul(n as u64))
    }

    /// Elements as numbers; nothing for text.
    pub(super) fn numbers(&self, bytes: &[u8]) -> Option<Vec<f64>> {
        let elements = bytes.chunks_exact(self.width.max(1));
        match self.kind {
            Kind::Bytes | Kind::Text => None,
            Kind::Float => elements.map(|element| self.float(element)).collect(),
            _ => Some(elements.map(|element| self.integer(element) as f64).collect()),
        }
    }

    /// Floats in single precision; nothing for other elements.
    pub(super) fn floats(&self, bytes: &[u8]) -> Option<Vec<f32>> {
        match (self.kind, self.width, self.big_endian) {
            (Kind::Float, 4, false) => Some(
                bytes
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|&element| f32::from_le_bytes(element))
                    .collect(),
            ),
            (Kind::Float, ..) => {
                let elements = bytes.chunks_exact(self.width.max(1));
                elements
                    .map(|element| self.float(element).map(|value| value as f32))
                    .collect()
            }
            _ => None,
        }
    }

    /// Elements as names; nothing for fractions.
    pub(super) fn names(&self, bytes: &[u8]) -> Option<Vec<String>> {
        let elements = bytes.chunks_exact(self.width.max(1));
        match self.kind {
            Kind::Bytes => elements
                .map(|element| text(element.iter().map(|&byte| u32::from(byte))))
                .collect(),
            Kind::Text => elements
                .map(|element| text(element.as_chunks::<4>().0.iter().map(|c| self.unsigned(c) as u32)))
                .collect(),
            Kind::Float => {
                let whole = |value: f64| (value.fract() == 0.0).then(|| format!("{value:.0}"));
                elements
                    .map(|element| self.float(element).and_then(whole))
                    .collect()
            }
            _ => Some(
                elements
                    .map(|element| self.integer(element).to_string())
                    .collect(),
            ),
        }
    }

    fn float(&self, element: &[u8]) -> Option<f64> {
        let bits = self.unsigned(element);
        match self.width {
            4 => Some(f64::from(f32::from_bits(bits as u32))),
            8 => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    fn integer(&self, element: &[u8]) -> i128 {
        let bits = self.unsigned(element);
        if self.kind == Kind::Signed {
            let unused = 64 - 8 * self.width as u32;
            i128::from((bits << unused).cast_signed() >> unused)
        } else {
            i128::from(bits)
        }
    }

    fn unsigned(&self, element: &[u8]) -> u64 {
        let add = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
        if self.big_endian {
            element.iter().fold(0, add)
        } else {
            element.iter().rev().fold(0, add)
        }
    }
}

fn text(code_points: impl Iterator<Item = u32>) -> Option<String> {
    // NumPy pads with zeros.
    let text: Option<String> = code_points.map(char::from_u32).collect();
    text.map(|text| text.trim_end_matches('\0').to_owned())
}

/// The header's text, and its length in bytes with what is before it.
pub(super) fn read_header(entry: &mut dyn Read) -> Result<(String, u64), String> {
    let mut start = [0; 8];
    let mut read = |buffer: &mut [u8]| {
        entry
            .read_exact(buffer)
            .map_err(|error| format!("expected a NumPy array: {error}"))
    };
    read(&mut start)?;
    if !start.starts_with(b"\x93NUMPY") {
        return Err("expected a NumPy array, found something else".into());
    }
    let (length, before) = if start[6] == 1 {
        let mut length = [0; 2];
        read(&mut length)?;
        (usize::from(u16::from_le_bytes(length)), 10)
    } else {
        let mut length = [0; 4];
        read(&mut length)?;
        (u32::from_le_bytes(length) as usize, 12)
    };
    if length > MAX_HEADER {
        return Err(format!(
            "a header of {length} bytes: expected {MAX_HEADER} at most"
        ));
    }
    let mut text = vec![0; length];
    read(&mut text)?;
    let text = String::from_utf8(text).map_err(|_| "the header is not UTF-8")?;
    Ok((text, (before + length) as u64))
}

fn parse_header(header: &str, name: &str, start: Option<u64>) -> Result<Layout, String> {
    let wrong = || {
        format!(
            "expected a header with descr, fortran_order and shape, found `{}`",
            header.trim()
        )
    };
    // The parser recurses: real headers have one pair of braces and one of parentheses.
    if header.matches(['(', '[', '{']).count() > 16 {
        return Err(wrong());
    }
    let value: Value = header.trim().parse().map_err(|_| wrong())?;
    let fields = value.as_dict().ok_or_else(wrong)?;
    let field = |key: &str| {
        fields
            .iter()
            .find(|(k, _)| k.as_string().is_some_and(|k| k == key))
            .map(|(_, v)| v)
    };
    let descr = field("descr").and_then(Value::as_string).ok_or_else(wrong)?;
    let fortran = field("fortran_order")
        .and_then(Value::as_boolean)
        .ok_or_else(wrong)?;
    let shape = field("shape").and_then(Value::as_tuple).ok_or_else(wrong)?;
    let shape: Option<Vec<usize>> = shape
        .iter()
        .map(|n| n.as_integer().and_then(|n| usize::try_from(n).ok()))
        .collect();
    let (kind, width, big_endian) = element(descr)?;
    Ok(Layout {
        name: name.to_owned(),
        kind,
        big_endian,
        width,
        fortran,
        shape: shape.ok_or_else(wrong)?,
        start,
    })
}

/// Type of an element from NumPy's spelling, such as `<f4`.
fn element(descr: &str) -> Result<(Kind, usize, bool), String> {
    let unsupported = || format!("elements of type `{descr}` are not supported");
    let mut letters = descr.chars();
    let big_endian = match letters.next() {
        Some('>') => true,
        Some('<' | '|' | '=') => false,
        _ => return Err(unsupported()),
    };
    let kind = match letters.next() {
        Some('f') => Kind::Float,
        Some('i') => Kind::Signed,
        Some('u') => Kind::Unsigned,
        Some('b') => Kind::Bool,
        Some('S') => Kind::Bytes,
        Some('U') => Kind::Text,
        Some('O') => {
            return Err("it holds Python objects: expected numbers or text of a fixed width".into());
        }
        _ => return Err(unsupported()),
    };
    let size: usize = letters.as_str().parse().map_err(|_| unsupported())?;
    let fits = match kind {
        Kind::Float => matches!(size, 4 | 8),
        Kind::Signed | Kind::Unsigned => matches!(size, 1 | 2 | 4 | 8),
        Kind::Bool => size == 1,
        Kind::Bytes | Kind::Text => (1..=1 << 16).contains(&size),
    };
    let width = if kind == Kind::Text { size * 4 } else { size };
    if fits {
        Ok((kind, width, big_endian))
    } else {
        Err(unsupported())
    }
}
