//! What is done to a recording when it is stored a second time.

use ecg_audit_ecg::Signal;
use ndarray::{Axis, s};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// A change, with a seed for those that draw numbers.
pub type Change = fn(&Signal, u64) -> Signal;

pub const CHANGES: [(&str, Change); 8] = [
    ("scaled by 1.1", |x, _| scaled(x, 1.1)),
    ("20 ms later", |x, _| from(x, 0.02)),
    ("cropped by 1 s", |x, _| from(x, 1.0)),
    ("20 dB noise", noisy),
    ("leads permuted", permuted),
    ("scaled, 20 ms, noise", |x, n| {
        noisy(&from(&scaled(x, 1.1), 0.02), n)
    }),
    ("scaled, 1 s, noise, permuted", |x, n| {
        permuted(&noisy(&from(&scaled(x, 1.1), 1.0), n), n)
    }),
    ("0.3x, 370 ms, noise, permuted", |x, n| {
        permuted(&noisy(&from(&scaled(x, 0.3), 0.37), n), n)
    }),
];

pub fn scaled(signal: &Signal, factor: f32) -> Signal {
    Signal {
        samples: &signal.samples * factor,
        ..signal.clone()
    }
}

/// Without the first seconds.
pub fn from(signal: &Signal, seconds: f64) -> Signal {
    let first = (seconds * signal.sampling_rate).round() as usize;
    Signal {
        samples: signal.samples.slice(s![.., first..]).to_owned(),
        ..signal.clone()
    }
}

/// The first seconds.
pub fn until(signal: &Signal, seconds: f64) -> Signal {
    let end = (seconds * signal.sampling_rate).round() as usize;
    Signal {
        samples: signal.samples.slice(s![.., ..end]).to_owned(),
        ..signal.clone()
    }
}

/// White noise, 20 dB below each lead's standard deviation.
pub fn noisy(signal: &Signal, seed: u64) -> Signal {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let mut noisy = signal.clone();
    for mut lead in noisy.samples.rows_mut() {
        let size = 0.1 * lead.std(0.0);
        for x in &mut lead {
            let z: f32 = StandardNormal.sample(rng);
            *x += size * z;
        }
    }
    noisy
}

/// Rows in another order under the same names.
pub fn permuted(signal: &Signal, seed: u64) -> Signal {
    let mut rows: Vec<usize> = (0..signal.samples.nrows()).collect();
    while rows.len() > 1 && rows.is_sorted() {
        rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        if rows.is_sorted() {
            rows.rotate_left(1);
        }
    }
    Signal {
        samples: signal.samples.select(Axis(0), &rows),
        ..signal.clone()
    }
}
