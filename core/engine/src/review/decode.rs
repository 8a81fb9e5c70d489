//! Text and separator of a CSV file that some spreadsheet program saved.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::csv_out::COLUMNS;

/// The file's text. Without a byte-order mark it is UTF-8, or else the encoding that Western Windows saves CSV in.
///
/// # Errors
/// What the file is instead.
pub(super) fn text(bytes: &[u8]) -> Result<String, String> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err("this is a workbook of a spreadsheet program; save the sheet as CSV".into());
    }
    let (text, encoding, malformed) = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes),
        None if std::str::from_utf8(bytes).is_ok() => UTF_8.decode(bytes),
        None => WINDOWS_1252.decode(bytes),
    };
    if malformed {
        return Err(format!(
            "the file begins as {} text but is not; save it as CSV in UTF-8",
            encoding.name()
        ));
    }
    if text.contains('\0') {
        return Err(
            "expected CSV text in UTF-8, UTF-16 with a byte-order mark, or Windows-1252; found zero bytes"
                .into(),
        );
    }
    Ok(text.into_owned())
}

/// The separator, and where the header begins: Excel may write a line `sep=;` before it.
pub(super) fn separator(text: &str) -> (u8, usize) {
    let first = text.lines().next().unwrap_or_default().trim_end();
    let declared = first.strip_prefix("sep=").map(str::as_bytes);
    if let Some(&[separator @ (b',' | b';' | b'\t')]) = declared {
        let after = text.find('\n').map_or(text.len(), |end| end + 1);
        return (separator, after);
    }
    let known = |separator: &u8| {
        let cells = first.split(char::from(*separator));
        cells
            .filter(|cell| COLUMNS.contains(&column(cell).as_str()))
            .count()
    };
    let best = [b',', b';', b'\t'].into_iter().rev().max_by_key(known);
    (best.unwrap_or(b','), 0)
}

/// A column's name without what a person may change of it.
pub(super) fn column(cell: &str) -> String {
    cell.trim()
        .trim_matches('"')
        .trim()
        .to_lowercase()
        .replace(' ', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spreadsheets_save_is_text() {
        let expected = "récord;label\r\n";
        let utf16 = |to: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "\u{feff}récord;label\r\n".encode_utf16().flat_map(to).collect()
        };
        for bytes in [
            expected.as_bytes().to_vec(),
            format!("\u{feff}{expected}").into_bytes(),
            b"r\xe9cord;label\r\n".to_vec(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            assert_eq!(text(&bytes).unwrap(), expected);
        }
    }

    #[test]
    fn other_files_are_named() {
        assert!(
            text(b"PK\x03\x04 etc")
                .unwrap_err()
                .contains("save the sheet as CSV")
        );
        assert!(text(b"r\0e\0c\0").unwrap_err().contains("zero bytes"));
        assert!(text(b"\xff\xfea").unwrap_err().contains("UTF-16LE"));
        assert!(text(b"\xef\xbb\xbf\xff").unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn the_header_tells_the_separator() {
        assert_eq!(separator("record,label,given\n1;2;3"), (b',', 0));
        assert_eq!(separator("Record;\"Corrected label\"\n1,2"), (b';', 0));
        assert_eq!(separator("record\tlabel\tcomment, notes\r\n"), (b'\t', 0));
        assert_eq!(separator("sep=;\r\nrecord;label"), (b';', 7));
        assert_eq!(separator(""), (b',', 0));
    }
}
