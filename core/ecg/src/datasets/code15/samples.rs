//! From the bytes of one tracing to samples in millivolts.

use hdf5_reader::{ByteOrder, Datatype};
use ndarray::Array2;

/// How a tracing is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// Samples per lead, the tracing's first axis.
    pub(super) samples: usize,
    pub(super) leads: usize,
    pub(super) value: Value,
}

/// How one value is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value {
    /// 4 or 8 bytes.
    pub(super) width: usize,
    pub(super) little_endian: bool,
}

/// The order of the bytes of a tracing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bytes {
    /// Value after value.
    Plain,
    /// The first bytes of all values, then the second bytes of all, …: HDF5's filter `shuffle`.
    Shuffled,
}

/// Time steps that are turned at once: their values in one lead fill a cache line.
const BLOCK: usize = 16;

impl Value {
    /// Nothing for a type that is no 32- or 64-bit float.
    pub(super) fn new(dtype: &Datatype) -> Option<Self> {
        match dtype {
            Datatype::FloatingPoint { size, byte_order } if matches!(size, 4 | 8) => Some(Self {
                width: usize::from(*size),
                little_endian: *byte_order == ByteOrder::LittleEndian,
            }),
            _ => None,
        }
    }
}

impl Form {
    pub(super) fn values(&self) -> usize {
        self.samples * self.leads
    }

    pub(super) fn bytes(&self) -> usize {
        self.values() * self.value.width
    }

    /// Samples `[leads, samples]` of a tracing, times `scale`; `scratch` is room to work in. Nothing for another
    /// number of bytes than the form's.
    pub(super) fn decode(
        &self,
        bytes: &[u8],
        order: Bytes,
        scale: f64,
        scratch: &mut Vec<f32>,
    ) -> Option<Array2<f32>> {
        if bytes.len() != self.bytes() {
            return None;
        }
        scratch.resize(self.values(), 0.0);
        match (self.value.width, order) {
            (4, Bytes::Plain) => plain::<4>(bytes, scratch, |b| self.single(b, scale)),
            (_, Bytes::Plain) => plain::<8>(bytes, scratch, |b| self.double(b, scale)),
            (4, Bytes::Shuffled) => shuffled::<4>(bytes, scratch, |b| self.single(b, scale)),
            (_, Bytes::Shuffled) => shuffled::<8>(bytes, scratch, |b| self.double(b, scale)),
        }
        Some(self.by_lead(scratch))
    }

    fn single(&self, bytes: [u8; 4], scale: f64) -> f32 {
        let value = if self.value.little_endian {
            f32::from_le_bytes(bytes)
        } else {
            f32::from_be_bytes(bytes)
        };
        (f64::from(value) * scale) as f32
    }

    fn double(&self, bytes: [u8; 8], scale: f64) -> f32 {
        let value = if self.value.little_endian {
            f64::from_le_bytes(bytes)
        } else {
            f64::from_be_bytes(bytes)
        };
        (value * scale) as f32
    }

    /// `[samples, leads]` as `[leads, samples]`.
    pub(super) fn by_lead(&self, values: &[f32]) -> Array2<f32> {
        let mut turned = Array2::zeros((self.leads, self.samples));
        let blocks = values.chunks(BLOCK * self.leads).enumerate();
        for (block, values) in blocks {
            for (lead, mut row) in turned.rows_mut().into_iter().enumerate() {
                let row = row.as_slice_mut().unwrap_or_default();
                let row = row.get_mut(block * BLOCK..).unwrap_or_default();
                let of_lead = values.iter().skip(lead).step_by(self.leads);
                for (to, from) in row.iter_mut().zip(of_lead) {
                    *to = *from;
                }
            }
        }
        turned
    }
}

fn plain<const WIDTH: usize>(bytes: &[u8], values: &mut [f32], value: impl Fn([u8; WIDTH]) -> f32) {
    let (bytes, _) = bytes.as_chunks::<WIDTH>();
    for (to, from) in values.iter_mut().zip(bytes) {
        *to = value(*from);
    }
}

fn shuffled<const WIDTH: usize>(bytes: &[u8], values: &mut [f32], value: impl Fn([u8; WIDTH]) -> f32) {
    let count = values.len();
    let planes: [&[u8]; WIDTH] =
        std::array::from_fn(|byte| bytes.get(byte * count..(byte + 1) * count).unwrap_or_default());
    if planes.iter().any(|plane| plane.len() != count) {
        return;
    }
    for (i, to) in values.iter_mut().enumerate() {
        *to = value(planes.map(|plane| plane[i]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(width: usize, little_endian: bool) -> Form {
        Form {
            samples: 37,
            leads: 3,
            value: Value { width, little_endian },
        }
    }

    #[test]
    fn every_form_gives_the_same_samples() {
        let numbers: Vec<f32> = (0..111).map(|i| i as f32 / 8.0 - 5.0).collect();
        for (width, little_endian, order) in [
            (4, true, Bytes::Plain),
            (4, false, Bytes::Plain),
            (8, true, Bytes::Plain),
            (8, false, Bytes::Shuffled),
            (4, true, Bytes::Shuffled),
            (8, true, Bytes::Shuffled),
        ] {
            let form = form(width, little_endian);
            let of = |value: f32| {
                let mut bytes = match width {
                    4 => value.to_le_bytes().to_vec(),
                    _ => f64::from(value).to_le_bytes().to_vec(),
                };
                if !little_endian {
                    bytes.reverse();
                }
                bytes
            };
            let values: Vec<Vec<u8>> = numbers.iter().map(|value| of(*value)).collect();
            let bytes: Vec<u8> = match order {
                Bytes::Plain => values.concat(),
                Bytes::Shuffled => (0..width)
                    .flat_map(|byte| values.iter().map(move |value| value[byte]))
                    .collect(),
            };
            let samples = form.decode(&bytes, order, 2.0, &mut Vec::new()).unwrap();
            for ((lead, t), found) in samples.indexed_iter() {
                assert_eq!(*found, numbers[t * 3 + lead] * 2.0, "{form:?} {order:?}");
            }
            assert!(form.decode(&bytes[1..], order, 2.0, &mut Vec::new()).is_none());
        }
    }
}
