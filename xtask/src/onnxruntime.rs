//! Provides ONNX Runtime for the `ort` plugin, which opens it when it is asked for.

use std::env::consts::ARCH;
use std::fs;
use std::path::{Path, PathBuf};

use crate::stage;
use crate::wheel::{self, Wheel};

/// The library's file name in the wheels.
const LIBRARY: &str = "libonnxruntime.so.1.32.0";

const X86_64: Wheel = Wheel {
    requirement: "onnxruntime==1.32.0",
    platform: "manylinux_2_28_x86_64",
    sha256: "5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d",
};

const AARCH64: Wheel = Wheel {
    requirement: "onnxruntime==1.32.0",
    platform: "manylinux_2_28_aarch64",
    sha256: "2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c",
};

/// Where it is kept between builds.
pub(crate) fn folder() -> Result<PathBuf, String> {
    Ok(stage::target()?.join("onnxruntime"))
}

/// Puts the library into `folder`, unless it is there.
pub(crate) fn provide(folder: &Path) -> Result<(), String> {
    if folder.join(LIBRARY).exists() {
        return Ok(());
    }
    let pinned = match (cfg!(target_os = "linux"), ARCH) {
        (true, "x86_64") => X86_64,
        (true, "aarch64") => AARCH64,
        (_, arch) => {
            return Err(format!(
                "no ONNX Runtime is pinned for {} on {arch}; install one and name its library in ORT_DYLIB_PATH",
                std::env::consts::OS
            ));
        }
    };
    let partial = folder.with_extension("tmp");
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| format!("{path}: {error}")
    };
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(failed(&partial))?;
    }
    fs::create_dir_all(&partial).map_err(failed(&partial))?;
    let wheel = pinned.download(&partial)?;
    wheel::unpack(&wheel, &partial, place)?;
    fs::create_dir_all(folder).map_err(failed(folder))?;
    // The library last: where it is, the rest is.
    for name in ["LICENSE", "ThirdPartyNotices.txt", LIBRARY] {
        fs::rename(partial.join(name), folder.join(name)).map_err(failed(&partial.join(name)))?;
    }
    fs::remove_dir_all(&partial).map_err(failed(&partial))?;
    println!("{}", folder.display());
    Ok(())
}

/// Lays it out beside the plugins, where it is provided.
pub(crate) fn lay_out(plugins: &Path) -> Result<(), String> {
    let (provided, beside) = (folder()?, plugins.join("onnxruntime"));
    if !provided.join(LIBRARY).exists() || beside.join(LIBRARY).exists() {
        return Ok(());
    }
    fs::create_dir_all(&beside).map_err(|error| format!("{}: {error}", beside.display()))?;
    for name in ["LICENSE", "ThirdPartyNotices.txt", LIBRARY] {
        let partial = beside.join(format!("{name}.tmp"));
        fs::copy(provided.join(name), &partial)
            .and_then(|_| fs::rename(&partial, beside.join(name)))
            .map_err(|error| format!("{}: {error}", partial.display()))?;
    }
    Ok(())
}

fn place(name: &str) -> Option<PathBuf> {
    let wanted = ["onnxruntime/LICENSE", "onnxruntime/ThirdPartyNotices.txt"].contains(&name);
    let library = name
        .strip_prefix("onnxruntime/capi/")
        .is_some_and(|name| name == LIBRARY);
    (wanted || library)
        .then(|| Path::new(name).file_name().map(PathBuf::from))
        .flatten()
}
