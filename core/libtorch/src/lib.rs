//! What the parts of ecg-audit that use libtorch (the plugin `torch`, the trainer) have in common: how C++ is compiled
//! against it (feature `build`), and how a device is named (feature `device`).

#[cfg(feature = "build")]
pub mod build;
#[cfg(feature = "device")]
mod device;

#[cfg(feature = "device")]
pub use device::{DeviceError, device};
