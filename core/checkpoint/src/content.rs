//! What a file is, by its first bytes and, in a zip archive, by its entries.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::Error;

/// What a model file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A program with its weights, written by `torch.jit.save`.
    TorchScript,
    /// Weights alone.
    Checkpoint(Format),
}

/// How a checkpoint is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `torch.save` since PyTorch 1.6: a zip archive of a pickle and one entry per storage.
    Zip,
    /// `torch.save` before: several pickles, then the storages.
    Legacy,
    /// A JSON header, then the tensors.
    Safetensors,
}

/// The number 0x1950a86a20f9469cfc6c as a pickle holds it: a legacy file starts with a pickle of nothing else.
const LEGACY_MAGIC: &[u8] = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19";

/// Files that people take for a checkpoint.
const OTHERS: [(&[u8], &str); 8] = [
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras weights?)"),
    (
        b"version https://git-lfs",
        "a Git LFS pointer: the file itself was not downloaded",
    ),
    (b"<!DOCTYPE", "a web page: the download failed"),
    (b"<html", "a web page: the download failed"),
    (b"\x1f\x8b", "a gzip file; unpack it first"),
    (b"\x08", "a protocol buffer (an ONNX model?)"),
    (
        b"\x80",
        "a pickle that torch.save did not write: it has no tensors",
    ),
    (b"\x7fELF", "a program"),
];

/// Tells TorchScript modules and checkpoints apart, whatever the file is called.
///
/// # Errors
/// [`Error::Io`]; [`Error::NotACheckpoint`] for anything else, named as far as its content shows;
/// [`Error::Malformed`] for a zip archive that cannot be read.
pub fn content(path: &Path) -> Result<Content, Error> {
    let io = |source| Error::io(path, source);
    let file = File::open(path).map_err(io)?;
    if file.metadata().map_err(io)?.is_dir() {
        return Err(Error::not_a_checkpoint(path, "a folder"));
    }
    let mut head = Vec::new();
    BufReader::new(&file)
        .take(64)
        .read_to_end(&mut head)
        .map_err(io)?;
    if head.starts_with(b"PK\x03\x04") {
        return zip_content(path, file);
    }
    // The pickle protocol decides how many bytes lie before the number.
    if head.first() == Some(&0x80)
        && head
            .windows(LEGACY_MAGIC.len())
            .take(16)
            .any(|bytes| bytes == LEGACY_MAGIC)
    {
        return Ok(Content::Checkpoint(Format::Legacy));
    }
    if head.get(8) == Some(&b'{') {
        return Ok(Content::Checkpoint(Format::Safetensors));
    }
    if head.is_empty() {
        return Err(Error::not_a_checkpoint(path, "an empty file"));
    }
    let known = OTHERS.iter().find(|(magic, _)| head.starts_with(magic));
    let found = known.map_or("a file of another kind", |(_, name)| name);
    Err(Error::not_a_checkpoint(path, found))
}

fn zip_content(path: &Path, file: File) -> Result<Content, Error> {
    let archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| Error::malformed(path, e))?;
    let mut entries = archive.file_names();
    let has = |entry: &str, name: &str| entry == name || entry.ends_with(&format!("/{name}"));
    let (mut pickle, mut script, mut exported) = (false, false, false);
    for entry in entries.by_ref() {
        pickle |= has(entry, "data.pkl");
        script |= has(entry, "constants.pkl") || has(entry, "bytecode.pkl");
        exported |= has(entry, "archive_format") || has(entry, "serialized_exported_program.json");
    }
    match (script, pickle, exported) {
        (true, _, _) => Ok(Content::TorchScript),
        (_, _, true) => Err(Error::not_a_checkpoint(
            path,
            "a program of torch.export (.pt2): save it by torch.jit.save or as ONNX",
        )),
        (_, true, _) => Ok(Content::Checkpoint(Format::Zip)),
        _ => Err(Error::not_a_checkpoint(
            path,
            "a zip archive without data.pkl; unpack it first",
        )),
    }
}
