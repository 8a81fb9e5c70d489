//! Every random choice follows from the seed, the fold, the epoch and what it is for.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a random stream is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Weights = 1,
    Order = 2,
    Dropout = 3,
}

/// The stream of one purpose in one epoch of one fold.
pub(crate) fn stream(seed: u64, fold: u32, epoch: usize, purpose: Purpose) -> ChaCha8Rng {
    let mut key = [0; 32];
    for (slot, value) in
        key.as_chunks_mut::<8>()
            .0
            .iter_mut()
            .zip([seed, u64::from(fold), epoch as u64, purpose as u64])
    {
        *slot = value.to_le_bytes();
    }
    ChaCha8Rng::from_seed(key)
}

/// A seed for libtorch's generators.
pub(crate) fn seed(seed: u64, fold: u32, epoch: usize, purpose: Purpose) -> u64 {
    stream(seed, fold, epoch, purpose).next_u64()
}

/// `items` in random order.
pub(crate) fn shuffled<T>(mut items: Vec<T>, rng: &mut ChaCha8Rng) -> Vec<T> {
    items.shuffle(rng);
    items
}

/// Values drawn uniformly from [−bound, bound).
pub(crate) fn uniform(count: usize, bound: f32, rng: &mut ChaCha8Rng) -> Vec<f32> {
    (0..count)
        .map(|_| (rng.random::<f32>() * 2.0 - 1.0) * bound)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_each_of_their_keys() {
        let all = [
            seed(1, 2, 3, Purpose::Order),
            seed(2, 2, 3, Purpose::Order),
            seed(1, 3, 3, Purpose::Order),
            seed(1, 2, 4, Purpose::Order),
            seed(1, 2, 3, Purpose::Dropout),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(all.iter().skip(i + 1).all(|b| a != b));
        }
        assert_eq!(seed(1, 2, 3, Purpose::Order), all[0]);
    }
}
