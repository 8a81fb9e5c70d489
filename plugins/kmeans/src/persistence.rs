//! A model as bytes.
//!
//! Little-endian: `EAKMEANS`, version u32, K u32, D u32, iterations u64, converged u8, mean squared distance f64,
//! τ f64, origin D × f32, centroids K × D × f32, and the CRC-32 of all before it.

use ecg_audit_plugin::{Error, FitSummary};
use ndarray::Array2;

use crate::params::MAX_CLUSTERS;

const MAGIC: &[u8; 8] = b"EAKMEANS";
const VERSION: u32 = 1;
const HEADER: usize = 8 + 4 + 4 + 4 + 8 + 1 + 8 + 8;
const CHECKSUM: usize = 4;

/// All that a fitted model consists of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub(crate) summary: FitSummary,
    /// The memberships' softness: mean squared distance × temperature.
    pub(crate) tau: f64,
    pub(crate) origin: Vec<f32>,
    pub(crate) centroids: Array2<f32>,
}

impl Stored {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let (clusters, columns) = self.centroids.dim();
        let mut bytes = Vec::with_capacity(HEADER + 4 * columns * (clusters + 1) + CHECKSUM);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(clusters as u32).to_le_bytes());
        bytes.extend_from_slice(&(columns as u32).to_le_bytes());
        bytes.extend_from_slice(&(self.summary.iterations as u64).to_le_bytes());
        bytes.push(u8::from(self.summary.converged));
        bytes.extend_from_slice(&self.summary.mean_squared_distance.to_le_bytes());
        bytes.extend_from_slice(&self.tau.to_le_bytes());
        for value in self.origin.iter().chain(&self.centroids) {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        let checksum = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader(bytes);
        if reader.take::<8>()? != *MAGIC {
            return Err(refusal("they do not begin with its mark"));
        }
        let version = u32::from_le_bytes(reader.take()?);
        if version != VERSION {
            return Err(refusal(&format!("version {version} is not {VERSION}")));
        }
        let clusters = u32::from_le_bytes(reader.take()?) as usize;
        let columns = u32::from_le_bytes(reader.take()?) as usize;
        if !(1..=MAX_CLUSTERS).contains(&clusters) || columns == 0 {
            return Err(refusal(&format!("a codebook of {clusters} × {columns} values")));
        }
        let expected = HEADER as u128 + 4 * columns as u128 * (clusters as u128 + 1) + CHECKSUM as u128;
        if bytes.len() as u128 != expected {
            return Err(refusal(&format!(
                "{} bytes where {clusters} clusters of {columns} features take {expected}",
                bytes.len()
            )));
        }
        let (content, checksum) = bytes.split_at(bytes.len() - CHECKSUM);
        if crc32fast::hash(content).to_le_bytes() != *checksum {
            return Err(refusal("the checksum differs"));
        }
        let iterations = u64::from_le_bytes(reader.take()?);
        let converged = reader.take::<1>()? != [0];
        let mean_squared_distance = f64::from_le_bytes(reader.take()?);
        let tau = f64::from_le_bytes(reader.take()?);
        let origin = reader.floats(columns)?;
        let values = reader.floats(clusters * columns)?;
        let amounts = [mean_squared_distance, tau];
        if !amounts.iter().all(|x| x.is_finite() && *x >= 0.0)
            || !origin.iter().chain(&values).all(|x| x.is_finite())
        {
            return Err(refusal("a value is not finite"));
        }
        let centroids = Array2::from_shape_vec((clusters, columns), values)
            .map_err(|error| refusal(&error.to_string()))?;
        Ok(Self {
            summary: FitSummary {
                clusters,
                features: columns,
                iterations: usize::try_from(iterations).map_err(|error| refusal(&error.to_string()))?,
                converged,
                mean_squared_distance,
            },
            tau,
            origin,
            centroids,
        })
    }
}

fn refusal(reason: &str) -> Error {
    Error::Input(format!("these bytes are not a k-means model: {reason}"))
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, rest) = self
            .0
            .split_first_chunk()
            .ok_or_else(|| refusal("they end too early"))?;
        self.0 = rest;
        Ok(*head)
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>, Error> {
        (0..count).map(|_| self.take().map(f32::from_le_bytes)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stored() -> Stored {
        Stored {
            summary: FitSummary {
                clusters: 3,
                features: 2,
                iterations: 7,
                converged: true,
                mean_squared_distance: 0.5,
            },
            tau: 0.25,
            origin: vec![1.0, -1.0],
            centroids: ndarray::array![[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
        }
    }

    #[test]
    fn comes_back_as_it_was() {
        assert_eq!(Stored::from_bytes(&stored().to_bytes()), Ok(stored()));
    }

    #[test]
    fn every_truncation_and_extension_is_refused() {
        let bytes = stored().to_bytes();
        for length in 0..bytes.len() {
            assert!(matches!(
                Stored::from_bytes(&bytes[..length]),
                Err(Error::Input(_))
            ));
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(matches!(Stored::from_bytes(&longer), Err(Error::Input(_))));
    }

    proptest! {
        #[test]
        fn a_flipped_bit_is_refused(at in 0..stored().to_bytes().len(), bit in 0..8) {
            let mut bytes = stored().to_bytes();
            bytes[at] ^= 1_u8 << bit;
            prop_assert!(matches!(Stored::from_bytes(&bytes), Err(Error::Input(_))));
        }

        #[test]
        fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Stored::from_bytes(&bytes).is_err());
        }
    }
}
