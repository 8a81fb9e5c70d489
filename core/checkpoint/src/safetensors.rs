//! Safetensors files: the header is checked as a whole, tensors are read where they lie.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::Dtype as Stored;
use safetensors::tensor::Metadata;

use crate::tensor::limit;
use crate::{Dtype, Error, Tensor};

/// The longest header that the format's own reader accepts.
const MAX_HEADER: u64 = 100_000_000;

pub(crate) fn open(path: &Path) -> Result<BTreeMap<String, Tensor>, Error> {
    let io = |source| Error::io(path, source);
    let mut file = File::open(path).map_err(io)?;
    let file_len = file.metadata().map_err(io)?.len();
    let mut length = [0; 8];
    file.read_exact(&mut length)
        .map_err(|_| Error::malformed(path, "it ends in the length of its header"))?;
    let length = u64::from_le_bytes(length);
    let Some(data_start) = length
        .checked_add(8)
        .filter(|end| *end <= file_len && length <= MAX_HEADER)
    else {
        let reason = format!("a header of {length} bytes in a file of {file_len} bytes");
        return Err(Error::malformed(path, reason));
    };
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header).map_err(io)?;
    let metadata: Metadata =
        serde_json::from_slice(&header).map_err(|e| Error::malformed(path, format!("its header: {e}")))?;
    if data_start.checked_add(metadata.data_len() as u64) != Some(file_len) {
        let reason = format!(
            "its header describes {} bytes of tensors, the file holds {}",
            metadata.data_len(),
            file_len - data_start
        );
        return Err(Error::malformed(path, reason));
    }
    let mut tensors = BTreeMap::new();
    for (name, info) in metadata.tensors() {
        let dtype = dtype(info.dtype).ok_or_else(|| {
            Error::malformed(
                path,
                format!(
                    "tensor \"{name}\" has elements of type {:?}, which is not read",
                    info.dtype
                ),
            )
        })?;
        let (start, end) = info.data_offsets;
        let read = reader(
            path.to_path_buf(),
            data_start + start as u64,
            end.saturating_sub(start),
        );
        let tensor = Tensor::new(path, &name, dtype, &info.shape, limit(file_len), Box::new(read))?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

/// Reads `length` bytes at `start`; within the file as it was opened, so a short read means that it has changed.
fn reader(path: PathBuf, start: u64, length: usize) -> impl Fn() -> io::Result<Vec<u8>> + Send + Sync {
    move || {
        let mut file = File::open(&path)?;
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() != length {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file has shrunk since it was opened",
            ));
        }
        if cfg!(target_endian = "big") {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "safetensors on a big-endian machine",
            ));
        }
        Ok(bytes)
    }
}

fn dtype(stored: Stored) -> Option<Dtype> {
    Some(match stored {
        Stored::F64 => Dtype::F64,
        Stored::F32 => Dtype::F32,
        Stored::F16 => Dtype::F16,
        Stored::BF16 => Dtype::Bf16,
        Stored::I64 => Dtype::I64,
        Stored::I32 => Dtype::I32,
        Stored::I16 => Dtype::I16,
        Stored::I8 => Dtype::I8,
        Stored::U64 => Dtype::U64,
        Stored::U32 => Dtype::U32,
        Stored::U16 => Dtype::U16,
        Stored::U8 => Dtype::U8,
        Stored::BOOL => Dtype::Bool,
        _ => return None,
    })
}
