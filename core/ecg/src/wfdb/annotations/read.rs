//! From bytes to annotations.

use super::Annotation;

/// Codes of words that are no annotations: a long time step, and fields of the annotation before.
pub(super) const SKIP: u8 = 59;
pub(super) const NUM: u8 = 60;
pub(super) const SUB: u8 = 61;
pub(super) const CHN: u8 = 62;
pub(super) const AUX: u8 = 63;

/// Annotations, those that define the file among them.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Annotation>, String> {
    let mut words = Words { bytes, at: 0 };
    let mut annotations: Vec<Annotation> = Vec::new();
    // Time since the annotation before, from `SKIP` words that its own word follows.
    let mut skipped: Option<i64> = None;
    loop {
        let at = words.at;
        let word = words.next()?;
        match word.code() {
            0 if word.data() == 0 => {
                words.check_rest()?;
                // Place holders have carried time and fields on; they are nothing to a reader.
                annotations.retain(|annotation| annotation.code != 0);
                return Ok(annotations);
            }
            SKIP => {
                let step = words.skip()?;
                // Sums of 32-bit steps: as many as fit in memory stay far below 64 bits.
                skipped = Some(skipped.unwrap_or(0).saturating_add(step));
            }
            NUM | SUB | CHN | AUX => {
                let name = field_name(word.code());
                let annotation = match annotations.last_mut() {
                    Some(annotation) if skipped.is_none() => annotation,
                    Some(_) => return Err(format!("byte {at}: {name} between SKIP and its annotation")),
                    None => return Err(format!("byte {at}: {name} before the first annotation")),
                };
                match word.code() {
                    // Negative values fill the word's ten bits; the last eight are the value.
                    NUM => annotation.num = word.low().cast_signed(),
                    SUB => annotation.subtype = word.low().cast_signed(),
                    CHN => annotation.chan = word.low(),
                    _ => annotation.aux_note = words.text(word.data(), at)?,
                }
            }
            code => {
                let step = skipped.take().unwrap_or(0).saturating_add(i64::from(word.data()));
                annotations.push(following(annotations.last(), step, code).map_err(|message| {
                    let number = annotations.len() + 1;
                    format!("byte {at}: annotation {number} {message}")
                })?);
            }
        }
    }
}

fn field_name(code: u8) -> &'static str {
    match code {
        NUM => "NUM",
        SUB => "SUB",
        CHN => "CHN",
        _ => "AUX",
    }
}

/// The annotation `step` samples after the one before, from which it inherits channel and number.
fn following(before: Option<&Annotation>, step: i64, code: u8) -> Result<Annotation, String> {
    let (start, chan, num) = before.map_or((0, 0, 0), |before| (before.sample, before.chan, before.num));
    let sample = start.checked_add_signed(step).ok_or_else(|| {
        let sample = i128::from(start) + i128::from(step);
        format!("is at sample {sample}: expected none before the record's start")
    })?;
    if sample < start {
        return Err(format!(
            "is at sample {sample}, before the previous one at {start}: expected time order"
        ));
    }
    Ok(Annotation {
        sample,
        code,
        chan,
        num,
        ..Annotation::default()
    })
}

#[derive(Clone, Copy)]
struct Word(u16);

impl Word {
    fn code(self) -> u8 {
        (self.0 >> 10) as u8
    }

    fn data(self) -> u16 {
        self.0 & 0x3ff
    }

    fn low(self) -> u8 {
        (self.0 & 0xff) as u8
    }
}

struct Words<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Words<'_> {
    fn next(&mut self) -> Result<Word, String> {
        let Some([low, high]) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk()) else {
            let size = self.bytes.len();
            return Err(format!(
                "cut off: expected an end mark (two zero bytes), found the end after {size} bytes"
            ));
        };
        self.at += 2;
        Ok(Word(u16::from_le_bytes([*low, *high])))
    }

    /// The four bytes after `SKIP`: the high word first, each in little-endian order.
    fn skip(&mut self) -> Result<i64, String> {
        let (high, low) = (self.next()?, self.next()?);
        let step = (u32::from(high.0) << 16 | u32::from(low.0)).cast_signed();
        Ok(i64::from(step))
    }

    /// Text of `length` bytes, filled up to whole words.
    fn text(&mut self, length: u16, at: usize) -> Result<String, String> {
        if length > 255 {
            return Err(format!("byte {at}: AUX of {length} bytes: expected 255 at most"));
        }
        let length = usize::from(length);
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(text) = rest.get(..length) else {
            let left = rest.len();
            return Err(format!(
                "byte {at}: AUX of {length} bytes, the file has {left} left"
            ));
        };
        self.at += length.next_multiple_of(2);
        Ok(text.iter().map(|&byte| char::from(byte)).collect())
    }

    /// After the end mark only padding makes sense; anything else means that the mark is none.
    fn check_rest(&self) -> Result<(), String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match rest.iter().position(|&byte| byte != 0) {
            None => Ok(()),
            Some(offset) => Err(format!(
                "an end mark at byte {}, but content at byte {}",
                self.at - 2,
                self.at + offset
            )),
        }
    }
}
