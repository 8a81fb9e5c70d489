//! One tensor of a file, and its values as `f32`.

use std::fmt;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use ndarray::{ArrayD, IxDyn};

use crate::Error;

/// The type of a tensor's elements in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Dtype {
    F64,
    F32,
    F16,
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
}

impl Dtype {
    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 | Self::U64 => 8,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }
}

/// Reads a tensor's bytes: row-major, in the machine's byte order.
pub(crate) type Read = Box<dyn Fn() -> std::io::Result<Vec<u8>> + Send + Sync>;

/// A tensor in a checkpoint; its values are still in the file.
pub struct Tensor {
    file: PathBuf,
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    read: Read,
}

impl Tensor {
    /// Checks that the element count and size in bytes can be counted, and stay below `limit` bytes.
    pub(crate) fn new(
        file: &Path,
        name: &str,
        dtype: Dtype,
        shape: &[usize],
        limit: u64,
        read: Read,
    ) -> Result<Self, Error> {
        let bytes = shape.iter().try_fold(dtype.size(), |n, &dim| n.checked_mul(dim));
        if bytes.is_none_or(|n| n as u64 > limit) {
            let reason = format!(
                "tensor \"{name}\" of shape {shape:?} ({dtype:?}) is larger than its file could hold"
            );
            return Err(Error::malformed(file, reason));
        }
        Ok(Self {
            file: file.to_path_buf(),
            name: name.to_owned(),
            dtype,
            shape: shape.to_vec(),
            read,
        })
    }

    /// Extents, outermost first; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Type of the elements in the file.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// The values, row-major. Wider types are rounded to the nearest `f32`.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a storage that is missing, too short or corrupt; [`Error::Io`] where the file cannot be
    /// read any more.
    pub fn read_f32(&self) -> Result<ArrayD<f32>, Error> {
        let bytes = (self.read)().map_err(|source| {
            if source.raw_os_error().is_some() {
                Error::io(&self.file, source)
            } else {
                Error::malformed(&self.file, source)
            }
        })?;
        let values = to_f32(self.dtype, &bytes);
        ArrayD::from_shape_vec(IxDyn(&self.shape), values)
            .map_err(|e| Error::malformed(&self.file, format!("tensor \"{}\": {e}", self.name)))
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {:?}", self.name, self.dtype, self.shape)
    }
}

fn to_f32(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
    /// Elements of `N` bytes; a rest that is no whole element is dropped, and the shape then does not fit.
    fn each<const N: usize>(bytes: &[u8], convert: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        bytes
            .as_chunks::<N>()
            .0
            .iter()
            .map(|chunk| convert(*chunk))
            .collect()
    }
    match dtype {
        Dtype::F64 => each(bytes, |b| f64::from_ne_bytes(b) as f32),
        Dtype::F32 => each(bytes, f32::from_ne_bytes),
        Dtype::F16 => each(bytes, |b| f16::from_ne_bytes(b).to_f32()),
        Dtype::Bf16 => each(bytes, |b| bf16::from_ne_bytes(b).to_f32()),
        Dtype::I64 => each(bytes, |b| i64::from_ne_bytes(b) as f32),
        Dtype::I32 => each(bytes, |b| i32::from_ne_bytes(b) as f32),
        Dtype::I16 => each(bytes, |b| f32::from(i16::from_ne_bytes(b))),
        Dtype::I8 => each(bytes, |b| f32::from(i8::from_ne_bytes(b))),
        Dtype::U64 => each(bytes, |b| u64::from_ne_bytes(b) as f32),
        Dtype::U32 => each(bytes, |b| u32::from_ne_bytes(b) as f32),
        Dtype::U16 => each(bytes, |b| f32::from(u16::from_ne_bytes(b))),
        Dtype::U8 => each(bytes, |[b]| f32::from(b)),
        Dtype::Bool => each(bytes, |[b]| f32::from(u8::from(b != 0))),
    }
}

/// The most bytes a tensor of a file may take in memory: views can repeat a storage (`expand`), but a network's weights
/// are not larger than their file, and small repetitions do no harm.
pub(crate) fn limit(file_len: u64) -> u64 {
    const SMALL: u64 = 64 << 20;
    file_len.saturating_mul(4).max(SMALL)
}
