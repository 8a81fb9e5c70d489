//! Where a network runs.

use ecg_audit_plugin::Error;
use tch::{Cuda, Device};

/// Reads `device`. There is no falling back: results of another device differ.
pub(crate) fn parse(text: &str) -> Result<Device, Error> {
    let number = match text {
        "cpu" => return Ok(Device::Cpu),
        "cuda" => Some(0),
        other => other
            .strip_prefix("cuda:")
            .and_then(|number| number.parse::<u16>().ok()),
    };
    let Some(number) = number else {
        return Err(Error::Params(format!(
            "`device`: expected cpu, cuda or cuda:N, found '{text}'"
        )));
    };
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
    Err(Error::Params(format!(
        "`device`: '{text}' was asked for, but {has}"
    )))
}
