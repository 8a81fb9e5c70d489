//! Storage formats of samples in WFDB signal files (WFDB Applications Guide, `signal(5)`).

/// How one sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// 0: a null signal; nothing is stored.
    Null,
    /// 8: first differences of one byte.
    Difference8,
    /// 16: two's complement, two bytes, least significant first.
    Int16,
    /// 24: two's complement, three bytes, least significant first.
    Int24,
    /// 32: two's complement, four bytes, least significant first.
    Int32,
    /// 61: two's complement, two bytes, most significant first.
    Int16BigEndian,
    /// 80: offset binary, one byte.
    Offset8,
    /// 160: offset binary, two bytes, least significant first.
    Offset16,
    /// 212: two samples of 12 bits in three bytes.
    Packed12,
    /// 310: three samples of 10 bits in two words of two bytes, the third in the words' high bits.
    Packed10Words,
    /// 311: three samples of 10 bits in one word of four bytes.
    Packed10,
}

impl Format {
    /// The format with a number as header files give it.
    pub(super) fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Null,
            8 => Self::Difference8,
            16 => Self::Int16,
            24 => Self::Int24,
            32 => Self::Int32,
            61 => Self::Int16BigEndian,
            80 => Self::Offset8,
            160 => Self::Offset16,
            212 => Self::Packed12,
            310 => Self::Packed10Words,
            311 => Self::Packed10,
            _ => return None,
        })
    }

    /// Bytes that `samples` consecutive samples take, or nothing where that exceeds 64 bits.
    pub(super) fn bytes(self, samples: u64) -> Option<u64> {
        match self {
            Self::Null => Some(0),
            Self::Difference8 | Self::Offset8 => Some(samples),
            Self::Int16 | Self::Int16BigEndian | Self::Offset16 => samples.checked_mul(2),
            Self::Int24 => samples.checked_mul(3),
            Self::Int32 => samples.checked_mul(4),
            Self::Packed12 => (samples / 2).checked_mul(3)?.checked_add(samples % 2 * 2),
            Self::Packed10Words => (samples / 3)
                .checked_mul(4)?
                .checked_add([0, 2, 4][samples as usize % 3]),
            Self::Packed10 => (samples / 3)
                .checked_mul(4)?
                .checked_add([0, 2, 3][samples as usize % 3]),
        }
    }

    /// Whole samples in `bytes` bytes.
    pub(super) fn samples(self, bytes: u64) -> u64 {
        match self {
            Self::Null => 0,
            Self::Difference8 | Self::Offset8 => bytes,
            Self::Int16 | Self::Int16BigEndian | Self::Offset16 => bytes / 2,
            Self::Int24 => bytes / 3,
            Self::Int32 => bytes / 4,
            Self::Packed12 => bytes / 3 * 2 + u64::from(bytes % 3 == 2),
            Self::Packed10Words => bytes / 4 * 3 + u64::from(bytes % 4 >= 2),
            Self::Packed10 => bytes / 4 * 3 + [0, 0, 1, 2][bytes as usize % 4],
        }
    }

    /// The value that marks a sample as invalid.
    pub(super) fn invalid(self) -> Option<i32> {
        match self {
            Self::Null | Self::Difference8 => None,
            Self::Offset8 => Some(-(1 << 7)),
            Self::Packed10Words | Self::Packed10 => Some(-(1 << 9)),
            Self::Packed12 => Some(-(1 << 11)),
            Self::Int16 | Self::Int16BigEndian | Self::Offset16 => Some(-(1 << 15)),
            Self::Int24 => Some(-(1 << 23)),
            Self::Int32 => Some(i32::MIN),
        }
    }
}

/// Something that reads samples by their position, whatever their format.
///
/// A visitor instead of a boxed closure: the loop over the samples is compiled once per format.
pub(super) trait Visitor {
    /// `at(i)` is the `i`-th stored number; where `differences`, it is to be summed up per signal.
    fn visit(&mut self, differences: bool, at: impl Fn(usize) -> i32);
}

impl Format {
    /// Hands `visitor` the samples stored in `bytes`. It must not ask beyond `samples(bytes.len())`.
    pub(super) fn visit(self, bytes: &[u8], visitor: &mut impl Visitor) {
        match self {
            Self::Null => {}
            Self::Difference8 => visitor.visit(true, |i| i32::from(bytes[i].cast_signed())),
            Self::Offset8 => visitor.visit(false, |i| i32::from(bytes[i]) - 128),
            Self::Int16 => {
                let (words, _) = bytes.as_chunks::<2>();
                visitor.visit(false, |i| i32::from(i16::from_le_bytes(words[i])));
            }
            Self::Int16BigEndian => {
                let (words, _) = bytes.as_chunks::<2>();
                visitor.visit(false, |i| i32::from(i16::from_be_bytes(words[i])));
            }
            Self::Offset16 => {
                let (words, _) = bytes.as_chunks::<2>();
                visitor.visit(false, |i| i32::from(u16::from_le_bytes(words[i])) - 32768);
            }
            Self::Int24 => {
                let (words, _) = bytes.as_chunks::<3>();
                visitor.visit(false, |i| {
                    let [low, middle, high] = words[i];
                    i32::from_le_bytes([0, low, middle, high]) >> 8
                });
            }
            Self::Int32 => {
                let (words, _) = bytes.as_chunks::<4>();
                visitor.visit(false, |i| i32::from_le_bytes(words[i]));
            }
            Self::Packed12 => visitor.visit(false, |i| packed12(bytes, i)),
            Self::Packed10Words => visitor.visit(false, |i| packed10_words(bytes, i)),
            Self::Packed10 => visitor.visit(false, |i| packed10(bytes, i)),
        }
    }
}

fn packed12(bytes: &[u8], i: usize) -> i32 {
    let pair = &bytes[i / 2 * 3..];
    let value = if i.is_multiple_of(2) {
        u32::from(pair[0]) | u32::from(pair[1] & 0x0f) << 8
    } else {
        u32::from(pair[2]) | u32::from(pair[1] & 0xf0) << 4
    };
    sign_extend(value, 12)
}

fn packed10_words(bytes: &[u8], i: usize) -> i32 {
    let triple = &bytes[i / 3 * 4..];
    let word = |k: usize| u32::from(triple[k]) | u32::from(triple[k + 1]) << 8;
    let value = match i % 3 {
        0 => word(0) >> 1 & 0x3ff,
        1 => word(2) >> 1 & 0x3ff,
        _ => word(0) >> 11 | word(2) >> 11 << 5,
    };
    sign_extend(value, 10)
}

fn packed10(bytes: &[u8], i: usize) -> i32 {
    let triple = &bytes[i / 3 * 4..];
    let byte = |k: usize| u32::from(triple[k]);
    let value = match i % 3 {
        0 => byte(0) | (byte(1) & 0x03) << 8,
        1 => byte(1) >> 2 | (byte(2) & 0x0f) << 6,
        _ => byte(2) >> 4 | (byte(3) & 0x3f) << 4,
    };
    sign_extend(value, 10)
}

fn sign_extend(value: u32, bits: u32) -> i32 {
    let unused = 32 - bits;
    (value << unused).cast_signed() >> unused
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Format; 10] = [
        Format::Difference8,
        Format::Int16,
        Format::Int24,
        Format::Int32,
        Format::Int16BigEndian,
        Format::Offset8,
        Format::Offset16,
        Format::Packed12,
        Format::Packed10Words,
        Format::Packed10,
    ];

    struct Count(usize);
    impl Visitor for Count {
        fn visit(&mut self, _: bool, at: impl Fn(usize) -> i32) {
            for i in 0..self.0 {
                std::hint::black_box(at(i));
            }
        }
    }

    #[test]
    fn the_bytes_of_n_samples_hold_n_samples_and_no_byte_fewer_does() {
        for format in ALL {
            for samples in 1..50 {
                let bytes = format.bytes(samples).unwrap();
                assert!(format.samples(bytes) >= samples, "{format:?} {samples}");
                assert!(format.samples(bytes - 1) < samples, "{format:?} {samples}");
                format.visit(&vec![0xa5; bytes as usize], &mut Count(samples as usize));
            }
            assert!(
                matches!(format.bytes(u64::MAX), None | Some(u64::MAX)),
                "{format:?}"
            );
        }
    }

    #[test]
    fn signs_extend_from_the_highest_stored_bit() {
        assert_eq!(sign_extend(0x7ff, 12), 2047);
        assert_eq!(sign_extend(0x800, 12), -2048);
        assert_eq!(sign_extend(0x3ff, 10), -1);
    }
}
