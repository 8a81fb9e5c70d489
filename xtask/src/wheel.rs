//! Native libraries out of Python wheels: the one form in which their makers publish them for every machine.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::sh;

/// A wheel, pinned.
pub(crate) struct Wheel {
    /// Package and version, as pip spells it (`onnxruntime==1.32.0`).
    pub(crate) requirement: &'static str,
    /// The platform's tag (`manylinux_2_28_x86_64`).
    pub(crate) platform: &'static str,
    /// SHA-256 of the file.
    pub(crate) sha256: &'static str,
}

impl Wheel {
    /// Has pip download the wheel into `folder`, and verifies it.
    pub(crate) fn download(&self, folder: &Path) -> Result<PathBuf, String> {
        let mut pip = Command::new("python3");
        // The Python version chooses among wheels that hold the same native library.
        pip.args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ])
        .args([
            "--only-binary=:all:",
            "--python-version",
            "3.11",
            "--implementation",
            "cp",
            "--abi",
            "cp311",
        ])
        .args(["--platform", self.platform, self.requirement, "--dest"])
        .arg(folder);
        sh::run(&mut pip)?;
        let wheel = only_wheel(folder)?;
        let found = sha256(&wheel)?;
        if found != self.sha256 {
            return Err(format!(
                "{}: SHA-256 {found}, expected {}",
                wheel.display(),
                self.sha256
            ));
        }
        Ok(wheel)
    }
}

/// Unpacks the files of `wheel` for which `place` gives a name, below `folder`. Answers how many.
pub(crate) fn unpack(
    wheel: &Path,
    folder: &Path,
    place: impl Fn(&str) -> Option<PathBuf>,
) -> Result<usize, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", wheel.display());
    let file = File::open(wheel).map_err(|error| failed(&error))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| failed(&error))?;
    let mut unpacked = 0;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| failed(&error))?;
        let Some(target) = place(entry.name()).filter(|_| entry.is_file()) else {
            continue;
        };
        let target = folder.join(target);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
        }
        let mut out = File::create(&target).map_err(|error| format!("{}: {error}", target.display()))?;
        io::copy(&mut entry, &mut out).map_err(|error| failed(&error))?;
        unpacked += 1;
    }
    Ok(unpacked)
}

fn only_wheel(folder: &Path) -> Result<PathBuf, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut wheels = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"));
    match (wheels.next(), wheels.next()) {
        (Some(wheel), None) => Ok(wheel),
        _ => Err(format!("{} does not hold one wheel", folder.display())),
    }
}

fn sha256(path: &Path) -> Result<String, String> {
    let failed = |error: io::Error| format!("{}: {error}", path.display());
    let mut file = BufReader::with_capacity(1 << 20, File::open(path).map_err(failed)?);
    let mut hash = Sha256::new();
    loop {
        let block = file.fill_buf().map_err(failed)?;
        if block.is_empty() {
            break;
        }
        hash.update(block);
        let length = block.len();
        file.consume(length);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
