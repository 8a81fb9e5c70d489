//! Where a network runs.

use tch::{Cuda, Device};

/// Why there is no such device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The text names none.
    #[error("expected cpu, cuda or cuda:N, found '{0}'")]
    Unknown(String),
    /// It is not on this machine.
    #[error("'{name}' was asked for, but {has}")]
    Absent {
        /// The device.
        name: String,
        /// What is there.
        has: String,
    },
}

/// The device that `text` names: `cpu`, `cuda` (the first) or `cuda:N`, numbered from 0. There is no falling back: results
/// of another device differ.
///
/// # Errors
/// [`DeviceError`] for another text, or a device that libtorch does not find.
pub fn device(text: &str) -> Result<Device, DeviceError> {
    let number = match text {
        "cpu" => return Ok(Device::Cpu),
        "cuda" => Some(0),
        other => other
            .strip_prefix("cuda:")
            .and_then(|number| number.parse::<u16>().ok()),
    };
    let number = number.ok_or_else(|| DeviceError::Unknown(text.into()))?;
    let count = if Cuda::is_available() {
        Cuda::device_count()
    } else {
        0
    };
    if i64::from(number) < count {
        return Ok(Device::Cuda(usize::from(number)));
    }
    let has = match (count, tch::utils::has_cuda()) {
        (0, false) => "this libtorch is built for the CPU only".to_owned(),
        (0, true) => "libtorch finds no CUDA device on this machine".to_owned(),
        (count, _) => format!("libtorch finds {count} CUDA devices on this machine, numbered from 0"),
    };
    Err(DeviceError::Absent {
        name: text.into(),
        has,
    })
}
