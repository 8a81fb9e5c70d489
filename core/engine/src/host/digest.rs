//! SHA-256 of a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Error;

/// The digest in lower-case hexadecimal, read in pieces so that size does not matter.
pub(super) fn sha256(path: &Path) -> Result<String, Error> {
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut digest = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut piece).map_err(Error::io(path))?;
        if read == 0 {
            break;
        }
        digest.update(piece.get(..read).unwrap_or_default());
    }
    Ok(digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Compares a file's digest with an expected one, in either case.
pub(super) fn verify(path: &Path, found: &str, expected: &str, expected_by: &str) -> Result<(), Error> {
    if found.eq_ignore_ascii_case(expected.trim()) {
        return Ok(());
    }
    Err(Error::Digest {
        path: path.to_owned(),
        expected_by: expected_by.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_example() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        // FIPS 180-4, the one-block message of the published examples.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&path).unwrap(), expected);
        assert!(verify(&path, expected, &expected.to_uppercase(), "the test").is_ok());
        assert!(verify(&path, expected, "00", "the test").is_err());
        assert!(sha256(&folder.path().join("nothing")).is_err());
    }
}
