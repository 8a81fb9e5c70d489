//! One HDF5 file with tracings.
//!
//! `hdf5-reader` parses the file and reads any layout. The two that tracings come in, one contiguous block and a
//! compressed chunk per tracing, are read here from where it says they lie, into buffers that are used again: that
//! halves the time.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use hdf5_reader::btree_v1::{BTreeV1Key, collect_btree_v1_leaves_storage};
use hdf5_reader::error::Error as Hdf5Error;
use hdf5_reader::filters::{FILTER_SHUFFLE, apply_pipeline_with_limit};
use hdf5_reader::io::Cursor;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::filter_pipeline::FilterDescription;
use hdf5_reader::messages::layout::DataLayout;
use hdf5_reader::storage::FileStorage;
use hdf5_reader::{Dataset, Hdf5File, OpenOptions, SliceInfo, SliceInfoElem};
use ndarray::Array2;

use super::header::{dataset, exams, form, not_hdf5};
use super::samples::{Bytes, Form};
use crate::Error;

/// No chunk, tracing or column of exam numbers is larger: what asks for more is damaged.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// Decoded chunks that are kept of each part whose chunks hold pieces of several tracings.
const CACHE_BYTES: usize = 16 << 20;

/// A part, of which nothing but metadata is in memory.
pub(super) struct Part {
    /// File name.
    pub(super) name: String,
    path: PathBuf,
    file: Hdf5File,
    tracings: Dataset,
    form: Form,
    place: Place,
}

/// Where the tracings lie.
enum Place {
    /// One after the other from this byte of the file on.
    Contiguous(u64),
    /// Each in a chunk of its own, listed in a B-tree.
    Chunks {
        tree: u64,
        dims: Vec<u32>,
        filters: Vec<FilterDescription>,
        /// By row; read when the first tracing is.
        chunks: OnceLock<Result<Vec<Chunk>, String>>,
    },
    Other,
}

/// A stored chunk; of no bytes where none is stored.
#[derive(Debug, Clone, Copy, Default)]
struct Chunk {
    address: u64,
    bytes: u32,
    filter_mask: u32,
}

thread_local! {
    /// Bytes and values of the tracing that the thread reads.
    static SCRATCH: RefCell<(Vec<u8>, Vec<f32>)> = RefCell::default();
}

impl Part {
    /// Opens a part; gives it with the number of the exam of each row, or what is wrong with it.
    pub(super) fn open(path: &Path, leads: usize) -> Result<(Self, Vec<i64>), String> {
        let options = OpenOptions::default()
            .with_chunk_cache_bytes(CACHE_BYTES)
            .with_max_chunk_bytes(MAX_BYTES)
            .with_max_read_bytes(MAX_BYTES);
        // Reads, not a memory map: a file that is cut while it is open must not end the process.
        let storage = FileStorage::open(path).map_err(|error| error.to_string())?;
        let file = Hdf5File::from_storage_with_options(Arc::new(storage), options).map_err(not_hdf5)?;
        let (expected, found) = (file.superblock().eof_address, file.storage().len());
        if expected > found {
            return Err(format!(
                "it is cut off: {expected} bytes by its own account, {found} there"
            ));
        }
        let exams = exams(&file)?;
        let tracings = dataset(&file, "tracings")?;
        let form = form(&tracings, exams.len(), leads)?;
        let place = Place::find(&file, &tracings, &form);
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let part = Self {
            name,
            path: path.to_owned(),
            file,
            tracings,
            form,
            place,
        };
        Ok((part, exams))
    }

    /// The samples `[leads, samples]` of a row in millivolts.
    pub(super) fn read(&self, row: usize, scale: f64) -> Result<Array2<f32>, Error> {
        SCRATCH.with_borrow_mut(|(bytes, values)| match &self.place {
            Place::Contiguous(start) => {
                let at = start + row as u64 * self.form.bytes() as u64;
                self.fill(at, bytes)?;
                self.decode(row, bytes, Bytes::Plain, scale, values)
            }
            Place::Chunks {
                tree,
                dims,
                filters,
                chunks,
            } => {
                let chunks = chunks.get_or_init(|| self.chunks(*tree, dims));
                let chunks = chunks.as_ref().map_err(|error| self.wrong(row, error))?;
                match chunks.get(row) {
                    Some(chunk) if chunk.bytes > 0 => {
                        let (decoded, order) = self.unpack(row, chunk, filters)?;
                        self.decode(row, &decoded, order, scale, values)
                    }
                    _ => self.read_any(row, scale),
                }
            }
            Place::Other => self.read_any(row, scale),
        })
    }

    fn fill(&self, at: u64, bytes: &mut Vec<u8>) -> Result<(), Error> {
        bytes.resize(self.form.bytes(), 0);
        let mut read = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(bytes)
        };
        read().map_err(|source| Error::io(&self.path, source))
    }

    fn decode(
        &self,
        row: usize,
        bytes: &[u8],
        order: Bytes,
        scale: f64,
        values: &mut Vec<f32>,
    ) -> Result<Array2<f32>, Error> {
        let decoded = self.form.decode(bytes, order, scale, values);
        decoded.ok_or_else(|| {
            let (expected, found) = (self.form.bytes(), bytes.len());
            self.wrong(row, format!("expected {expected} bytes, found {found}"))
        })
    }

    /// The decompressed bytes of a chunk. A shuffle, the first of the filters, is left to the decoding.
    fn unpack(
        &self,
        row: usize,
        chunk: &Chunk,
        filters: &[FilterDescription],
    ) -> Result<(Vec<u8>, Bytes), Error> {
        let wrong = |error: Hdf5Error| self.wrong(row, error);
        let raw = self
            .file
            .storage()
            .read_range(chunk.address, chunk.bytes as usize)
            .map_err(wrong)?;
        let (filters, mask, order) = match filters {
            [first, rest @ ..] if first.id == FILTER_SHUFFLE && chunk.filter_mask & 1 == 0 => {
                (rest, chunk.filter_mask >> 1, Bytes::Shuffled)
            }
            all => (all, chunk.filter_mask, Bytes::Plain),
        };
        let (width, limit) = (self.form.value.width, self.form.bytes() + 1);
        let bytes =
            apply_pipeline_with_limit(&raw, filters, mask, width, None, Some(limit)).map_err(wrong)?;
        Ok((bytes, order))
    }

    /// The chunk of each row.
    fn chunks(&self, tree: u64, dims: &[u32]) -> Result<Vec<Chunk>, String> {
        let superblock = self.file.superblock();
        let leaves = collect_btree_v1_leaves_storage(
            self.file.storage(),
            tree,
            superblock.offset_size,
            superblock.length_size,
            Some(self.tracings.ndim() as u32),
            dims,
            None,
        );
        let rows = self.tracings.shape().first().map_or(0, |rows| *rows as usize);
        let mut chunks = vec![Chunk::default(); rows];
        for (key, address) in leaves.map_err(|error| error.to_string())? {
            if let BTreeV1Key::RawData {
                chunk_size,
                filter_mask,
                offsets,
            } = key
                && let Some(row) = offsets.first()
                && let Some(chunk) = chunks.get_mut(*row as usize)
            {
                let bytes = chunk_size;
                *chunk = Chunk {
                    address,
                    bytes,
                    filter_mask,
                };
            }
        }
        Ok(chunks)
    }

    /// A row of any layout.
    fn read_any(&self, row: usize, scale: f64) -> Result<Array2<f32>, Error> {
        let whole = |end: usize| SliceInfoElem::Slice {
            start: 0,
            end: end as u64,
            step: 1,
        };
        let selections = vec![
            SliceInfoElem::Index(row as u64),
            whole(self.form.samples),
            whole(self.form.leads),
        ];
        let selection = SliceInfo { selections };
        let wrong = |error: Hdf5Error| self.wrong(row, error);
        let scaled = |value: f64| (value * scale) as f32;
        let values: Vec<f32> = match self.form.value.width {
            4 => {
                let values = self.tracings.read_slice::<f32>(&selection).map_err(wrong)?;
                values.iter().map(|value| scaled(f64::from(*value))).collect()
            }
            _ => {
                let values = self.tracings.read_slice::<f64>(&selection).map_err(wrong)?;
                values.iter().map(|value| scaled(*value)).collect()
            }
        };
        Ok(self.form.by_lead(&values))
    }

    fn wrong(&self, row: usize, error: impl std::fmt::Display) -> Error {
        Error::content(&self.path, format!("tracing {row}: {error}"))
    }
}

impl Place {
    fn find(file: &Hdf5File, tracings: &Dataset, form: &Form) -> Self {
        let Ok(header) = file.get_or_parse_header(tracings.address()) else {
            return Self::Other;
        };
        let mut layout = None;
        let mut filters = Vec::new();
        for message in &header.messages {
            match message {
                HdfMessage::DataLayout(message) => layout = Some(&message.layout),
                HdfMessage::FilterPipeline(message) => filters.clone_from(&message.filters),
                HdfMessage::ExternalFiles(_) => return Self::Other,
                _ => {}
            }
        }
        let superblock = file.superblock();
        let rows = tracings.shape().first().copied().unwrap_or(0);
        let whole = rows.checked_mul(form.bytes() as u64);
        let unwritten = |address: u64| Cursor::is_undefined_offset(address, superblock.offset_size);
        match layout {
            Some(DataLayout::Contiguous { address, size })
                if !unwritten(*address)
                    && whole == Some(*size)
                    && address
                        .checked_add(*size)
                        .is_some_and(|end| end <= file.storage().len()) =>
            {
                superblock
                    .base_address
                    .checked_add(*address)
                    .map_or(Self::Other, Self::Contiguous)
            }
            Some(DataLayout::Chunked {
                address,
                dims,
                chunk_indexing: None,
                ..
            }) if !unwritten(*address) && dims.as_slice() == [1, form.samples as u32, form.leads as u32] => {
                Self::Chunks {
                    tree: *address,
                    dims: dims.clone(),
                    filters,
                    chunks: OnceLock::new(),
                }
            }
            _ => Self::Other,
        }
    }
}
