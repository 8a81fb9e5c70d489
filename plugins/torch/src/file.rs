//! What kind of file a model is, before libtorch opens it.

use std::io::Cursor;
use std::path::Path;

use ecg_audit_plugin::Error;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

/// How to make what is expected.
const REMEDY: &str = "make a TorchScript file of the network: `torch.jit.script(model.eval()).save(…)`, or \
                      `torch.jit.trace(model.eval(), example).save(…)`";

/// SHA-256 of a TorchScript file, lower-case hexadecimal.
///
/// # Errors
/// [`Error::Resource`] for a file that cannot be read, or is something else. Pickles are told apart by their form, and
/// never read: they can hold code.
pub(crate) fn check(path: &Path) -> Result<String, Error> {
    let bytes = std::fs::read(path)
        .map_err(|error| Error::Resource(format!("cannot read the model {}: {error}", path.display())))?;
    if let Some(found) = other_kind(&bytes) {
        return Err(Error::Resource(format!(
            "{} is no TorchScript file but {found}; {REMEDY}",
            path.display()
        )));
    }
    let digest = Sha256::digest(&bytes);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What a file is that is no TorchScript archive.
fn other_kind(bytes: &[u8]) -> Option<String> {
    if !bytes.starts_with(b"PK") {
        return Some(match bytes {
            [] => "empty".into(),
            // PROTO 2 to 5, how every pickle of the last fifteen years begins.
            [0x80, 2..=5, ..] => "a pickle (`torch.save` of an old form)".into(),
            _ => format!("something else ({} bytes, not a zip archive)", bytes.len()),
        });
    }
    let archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return Some(format!("a broken archive ({} bytes; {error})", bytes.len())),
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
    use super::*;

    #[test]
    fn kinds_are_told_by_their_form() {
        let kind = |bytes: &[u8]| other_kind(bytes).unwrap();
        assert_eq!(kind(b""), "empty");
        assert!(kind(b"\x80\x02}q\x00.").starts_with("a pickle"));
        assert!(kind(b"import torch").contains("12 bytes, not a zip archive"));
        assert!(kind(b"PK\x03\x04 and no more").starts_with("a broken archive"));
    }
}
