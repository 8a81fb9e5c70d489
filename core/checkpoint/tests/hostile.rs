//! Hostile files: whatever the bytes, an answer or an error, soon, and in memory proportional to the file.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::path::{Path, PathBuf};

use ecg_audit_checkpoint::{Checkpoint, Error};
use proptest::prelude::*;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(name),
    )
    .unwrap()
}

/// Opens the file and reads every tensor in it.
fn read_all(file: &Path) -> Result<usize, Error> {
    let checkpoint = Checkpoint::open(file)?;
    let mut elements = 0;
    for (_, tensor) in checkpoint.tensors() {
        let values = tensor.read_f32()?;
        assert_eq!(values.shape(), tensor.shape());
        elements += values.len();
    }
    Ok(elements)
}

fn read_bytes(bytes: &[u8]) -> Result<usize, Error> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read_all(file.path())
}

/// A new-format file around this pickle.
fn zipped(pickle: &[u8]) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut archive = zip::ZipWriter::new(&mut bytes);
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, data) in [
        ("archive/data.pkl", pickle),
        ("archive/data/0", &[0; 16]),
        ("archive/version", b"3\n"),
    ] {
        archive.start_file(name, stored).unwrap();
        archive.write_all(data).unwrap();
    }
    archive.finish().unwrap();
    bytes.into_inner()
}

/// `{"w": tensor}` of shape [count] and stride 0 over a storage of 4 floats.
fn repeated(count: u64) -> Vec<u8> {
    let mut pickle =
        b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage".to_vec();
    pickle.extend(b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK\x00\x8a\x08");
    pickle.extend(count.to_le_bytes());
    pickle.extend(b"\x85K\x00\x85\x89ccollections\nOrderedDict\n)RtRs.");
    zipped(&pickle)
}

#[test]
fn a_small_file_cannot_ask_for_much_memory() {
    assert_eq!(read_bytes(&repeated(10)).unwrap(), 10);
    let error = read_bytes(&repeated(1 << 31)).unwrap_err().to_string(); // 8 GiB of values out of 16 bytes
    assert!(
        error.contains("\"w\"") && error.contains("larger than its file could hold"),
        "{error}"
    );
    assert!(read_bytes(&repeated(u64::MAX / 2)).is_err());
}

#[test]
fn code_is_refused_however_it_is_written() {
    let cases: [(&[u8], &str); 7] = [
        (b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.", "os.system"),
        // called, and its result thrown away before the weights come
        (
            b"\x80\x02cbuiltins\nexec\nX\x01\x00\x00\x00x\x85R0}.",
            "builtins.exec",
        ),
        (
            b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R.",
            "os.system",
        ),
        // names by way of the memo
        (
            b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94}h\x00h\x01\x93.",
            "os.system",
        ),
        // harmless names pushed and popped again over the ones that count
        (
            b"\x80\x04\x8c\x02os\x8c\x06system\x8c\x0bcollections\x8c\x0bOrderedDict00\x93.",
            "?.?",
        ),
        (b"\x80\x02(S'ls'\nios\nsystem\n.", "os.system"),
        (b"\x80\x02\x82\x07.", "copyreg.extension 7"),
    ];
    for (pickle, name) in cases {
        let error = read_bytes(&zipped(pickle)).unwrap_err();
        assert!(
            matches!(&error, Error::HoldsCode { names, .. } if names == &[name]),
            "{name}: {error}"
        );
    }
}

#[test]
fn two_pickles_in_one_archive_are_refused() {
    let mut bytes = std::io::Cursor::new(zipped(b"\x80\x02}."));
    let mut archive = zip::ZipWriter::new_append(&mut bytes).unwrap();
    archive
        .start_file("a/data.pkl", zip::write::SimpleFileOptions::default())
        .unwrap();
    archive.write_all(b"\x80\x02cos\nsystem\n.").unwrap();
    archive.finish().unwrap();
    let error = read_bytes(&bytes.into_inner()).unwrap_err().to_string();
    assert!(error.contains("2 entries data.pkl"), "{error}");
}

#[test]
fn every_truncation_is_an_error() {
    for (name, step) in [("legacy.pth", 7), ("plain.safetensors", 7), ("new.pth", 23)] {
        let whole = fixture(name);
        for length in (0..whole.len()).step_by(step) {
            assert!(
                read_bytes(&whole[..length]).is_err(),
                "{name} cut to {length} bytes"
            );
        }
    }
}

#[test]
fn safetensors_headers_are_checked_against_the_file() {
    let with = |length: u64, header: &str, data: usize| {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.resize(bytes.len() + data, 0);
        read_bytes(&bytes).unwrap_err().to_string()
    };
    let header = r#"{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#;
    assert!(with(u64::MAX - 3, header, 16).contains("a header of"));
    assert!(with(header.len() as u64, header, 12).contains("16 bytes of tensors, the file holds 12"));
    let wrong = r#"{"w":{"dtype":"F32","shape":[5],"data_offsets":[0,16]}}"#;
    assert!(with(wrong.len() as u64, wrong, 16).contains("its header"));
    let huge = r#"{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]}}"#;
    assert!(with(huge.len() as u64, huge, 16).contains("its header"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_pickle_gets_an_answer(pickle in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_bytes(&zipped(&pickle));
    }

    #[test]
    fn any_sequence_of_opcodes_gets_an_answer(
        codes in proptest::collection::vec(proptest::sample::select(b"()]}NK\x85\x86\x87tRsuaeq\x94h02Qb\x81\x88.\x00\x01".to_vec()), 0..200)
    ) {
        let _ = read_bytes(&zipped(&codes));
    }

    #[test]
    fn any_change_of_a_file_gets_an_answer(
        name in proptest::sample::select(vec!["new.pth", "legacy.pth", "plain.safetensors", "protocol4.pth"]),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = fixture(name);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = read_bytes(&bytes);
    }

    #[test]
    fn any_tail_of_a_file_gets_an_answer(
        name in proptest::sample::select(vec!["new.pth", "legacy.pth", "plain.safetensors"]),
        keep in any::<proptest::sample::Index>(),
        tail in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut bytes = fixture(name);
        bytes.truncate(keep.index(bytes.len()));
        bytes.extend(tail);
        let _ = read_bytes(&bytes);
    }
}
