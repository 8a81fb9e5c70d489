//! What kind of file a model is, before libtorch opens it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use ecg_audit_plugin::Error;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

/// How to make what is expected.
const REMEDY: &str = "make a TorchScript file of the network: `torch.jit.script(model.eval()).save(…)`, or \
                      `torch.jit.trace(model.eval(), example).save(…)`";

/// SHA-256 of a file, lower-case hexadecimal.
///
/// # Errors
/// [`Error::Resource`] for a file that cannot be read.
pub(crate) fn sha256(path: &Path) -> Result<String, Error> {
    let unreadable = |error| unreadable(path, &error);
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path).map_err(unreadable)?);
    let mut digest = Sha256::new();
    loop {
        let block = reader.fill_buf().map_err(unreadable)?;
        if block.is_empty() {
            break;
        }
        digest.update(block);
        let length = block.len();
        reader.consume(length);
    }
    Ok(digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Whether a file is a TorchScript file.
///
/// # Errors
/// [`Error::Resource`] for a file that cannot be read, or is something else. Pickles are told apart by their form, and
/// never read: they can hold code.
pub(crate) fn check(path: &Path) -> Result<(), Error> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    match other_kind(BufReader::new(file)).map_err(|error| unreadable(path, &error))? {
        None => Ok(()),
        Some(found) => Err(Error::Resource(format!(
            "{} is no TorchScript file but {found}; {REMEDY}",
            path.display()
        ))),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Resource(format!("cannot read the model {}: {error}", path.display()))
}

/// What a file is that is no TorchScript archive.
fn other_kind<R: Read + Seek>(mut file: R) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    file.by_ref().take(2).read_to_end(&mut head)?;
    let length = file.seek(SeekFrom::End(0))?;
    Ok(match head.as_slice() {
        b"PK" => archive(file, length),
        [] => Some("empty".into()),
        // PROTO 2 to 5, how every pickle of the last fifteen years begins.
        [0x80, 2..=5] => Some("a pickle (`torch.save` of an old form)".into()),
        _ => Some(format!("something else ({length} bytes, not a zip archive)")),
    })
}

fn archive<R: Read + Seek>(file: R, length: u64) -> Option<String> {
    let archive = match ZipArchive::new(file) {
        Ok(archive) => archive,
        Err(error) => return Some(format!("a broken archive ({length} bytes; {error})")),
    };
    let holds = |end: &str| archive.file_names().any(|name| name.ends_with(end));
    if holds("/constants.pkl") {
        None
    } else if holds("/data.pkl") {
        Some("a checkpoint: weights or a pickled module, saved by `torch.save`".into())
    } else {
        Some("a zip archive of something else".into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn kinds_are_told_by_their_form() {
        let kind = |bytes: &[u8]| other_kind(Cursor::new(bytes)).unwrap().unwrap();
        assert_eq!(kind(b""), "empty");
        assert!(kind(b"\x80\x02}q\x00.").starts_with("a pickle"));
        assert!(kind(b"import torch").contains("12 bytes, not a zip archive"));
        assert!(kind(b"PK\x03\x04 and no more").starts_with("a broken archive"));
    }
}
