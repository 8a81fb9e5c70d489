//! Files of `torch.save`: what they name is checked first, then the tensors are listed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use pytorch_reader::{DType as Stored, MAX_PICKLE_SIZE, PytorchReader};

use crate::globals::{refused, scan};
use crate::tensor::limit;
use crate::{Dtype, Error, Format, Tensor};

/// Pickles at the start of a legacy file: magic number, protocol, system, the object, the storages' keys.
const LEGACY_PICKLES: usize = 5;

pub(crate) fn open(path: &Path, format: Format) -> Result<BTreeMap<String, Tensor>, Error> {
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let file_len = file.metadata().map_err(|e| Error::io(path, e))?.len();
    match format {
        Format::Zip => check(path, &mut zipped_pickle(path, file)?, 1)?,
        _ => check(path, &mut BufReader::new(file), LEGACY_PICKLES)?,
    }
    let reader = PytorchReader::new(path).map_err(|e| Error::malformed(path, e))?;
    let mut tensors = BTreeMap::new();
    for (name, stored) in reader.into_tensors() {
        let (dtype, shape) = (dtype(stored.dtype()), stored.shape().to_vec());
        let read = Box::new(move || stored.read());
        tensors.insert(
            name.clone(),
            Tensor::new(path, &name, dtype, &shape, limit(file_len), read)?,
        );
    }
    Ok(tensors)
}

/// Refuses a file whose pickles name anything but tensors and plain data.
fn check(path: &Path, pickles: &mut impl BufRead, count: usize) -> Result<(), Error> {
    for _ in 0..count {
        let names = scan(pickles).map_err(|e| Error::malformed(path, format!("its pickle: {e}")))?;
        let names = refused(names);
        if !names.is_empty() {
            return Err(Error::HoldsCode {
                file: path.to_path_buf(),
                names,
            });
        }
    }
    Ok(())
}

fn zipped_pickle(path: &Path, file: File) -> Result<impl BufRead, Error> {
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| Error::malformed(path, e))?;
    let pickles: Vec<String> = archive
        .file_names()
        .filter(|name| name.ends_with("data.pkl"))
        .map(str::to_owned)
        .collect();
    // With several, the one that is checked might not be the one that is read.
    let [name] = pickles.as_slice() else {
        return Err(Error::malformed(
            path,
            format!("{} entries data.pkl, expected one", pickles.len()),
        ));
    };
    let mut bytes = Vec::new();
    let entry = archive.by_name(name).map_err(|e| Error::malformed(path, e))?;
    entry
        .take(MAX_PICKLE_SIZE)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::malformed(path, e))?;
    Ok(std::io::Cursor::new(bytes))
}

fn dtype(stored: Stored) -> Dtype {
    match stored {
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
        Stored::Bool => Dtype::Bool,
    }
}
