//! Random numbers on the device where a network is trained, for dropout: a generator of each fold's own, so that folds
//! that are trained side by side do not depend on each other.

use tch::{Device, Tensor};

use crate::Error;
use crate::ffi::{self, RawGenerator, answer, c_text};

/// A generator on one device.
pub(crate) struct Generator(*mut RawGenerator);

impl Generator {
    pub(crate) fn new(device: Device) -> Result<Self, Error> {
        let name = c_text(&device_name(device))?;
        let mut raw = std::ptr::null_mut();
        // SAFETY: the name ends with zero, `raw` is a live local.
        answer(unsafe { ffi::train_generator_new(name.as_ptr(), &raw mut raw) })?;
        Ok(Self(raw))
    }

    /// Starts again from a seed.
    pub(crate) fn seed(&mut self, seed: u64) {
        // SAFETY: the generator lives, and is borrowed alone.
        unsafe { ffi::train_generator_seed(self.0, seed) }
    }

    /// `values` after dropout: each is 0 with the probability `share`, the others are scaled by 1 / (1 − share).
    pub(crate) fn dropout(&mut self, values: &Tensor, share: f64) -> Result<Tensor, Error> {
        if share == 0.0 {
            return Ok(values.shallow_clone());
        }
        let mut mask = std::ptr::null_mut();
        // SAFETY: tensor and generator live, `mask` is a live local; the new handle has one owner.
        let mask = unsafe {
            answer(ffi::train_dropout_mask(
                self.0,
                values.as_ptr().cast(),
                share,
                &raw mut mask,
            ))?;
            Tensor::from_ptr(mask.cast())
        };
        Ok(values.f_mul(&mask)?)
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        // SAFETY: freed once.
        unsafe { ffi::train_generator_free(self.0) }
    }
}

/// The device as libtorch spells it.
fn device_name(device: Device) -> String {
    match device {
        Device::Cuda(number) => format!("cuda:{number}"),
        _ => "cpu".into(),
    }
}

/// libtorch's version.
pub(crate) fn version() -> String {
    // SAFETY: a constant text that ends with zero.
    unsafe { std::ffi::CStr::from_ptr(ffi::train_version()) }
        .to_string_lossy()
        .into_owned()
}

/// Chooses algorithms that give the same bits each time, for the whole process.
pub(crate) fn deterministic() -> Result<(), Error> {
    // SAFETY: takes nothing.
    answer(unsafe { ffi::train_deterministic() })
}

/// Runs `work` in mixed precision on CUDA where `on`.
pub(crate) fn autocast<T>(on: bool, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    if !on {
        return work();
    }
    // SAFETY: sets this thread's state only.
    answer(unsafe { ffi::train_autocast(1) })?;
    let result = work();
    // SAFETY: as above.
    answer(unsafe { ffi::train_autocast(0) })?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Kind;

    #[test]
    fn dropout_keeps_the_expectation_and_follows_the_seed() {
        let ones = Tensor::ones([200, 100], (Kind::Float, Device::Cpu));
        let mut first = Generator::new(Device::Cpu).unwrap();
        let mut second = Generator::new(Device::Cpu).unwrap();
        let drawn = |generator: &mut Generator, seed| {
            generator.seed(seed);
            generator.dropout(&ones, 0.8).unwrap()
        };
        let (a, b, c) = (drawn(&mut first, 3), drawn(&mut second, 3), drawn(&mut second, 4));
        assert_eq!(a, b);
        assert_ne!(a, c);
        let mean = a.mean(Kind::Double).double_value(&[]);
        assert!((mean - 1.0).abs() < 0.05, "{mean}");
        assert!((a.max().double_value(&[]) - 5.0).abs() < 1e-6);
        assert_eq!(first.dropout(&ones, 0.0).unwrap(), ones);
    }
}
