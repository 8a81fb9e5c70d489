//! Provides libtorch for the `torch` plugin: the CPU's part of the PyTorch wheel.
//!
//! The wheel is a CUDA build. Its CPU library names two CUDA libraries, which only its profiler reaches: libraries of the
//! same name and symbols stand in for them, so that half a gigabyte is enough and no CUDA is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::wheel::{self, Wheel};
use crate::{sh, stage};

/// The version that tch is made for.
const VERSION: &str = "2.13.0";

const X86_64: Wheel = Wheel {
    requirement: "torch==2.13.0",
    platform: "manylinux_2_28_x86_64",
    sha256: "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7",
};

const AARCH64: Wheel = Wheel {
    requirement: "torch==2.13.0",
    platform: "manylinux_2_28_aarch64",
    sha256: "092790c696a760c729fd5722835f50b9d81fd7c8f141571f3f3cf4081a8f664c",
};

/// What the CPU's part does without, by the beginning of the file name.
const LEFT_OUT: [&str; 8] = [
    "libc10_cuda",
    "libcaffe2_nvrtc",
    "libshm",
    "libtorch.so",
    "libtorch_cuda",
    "libtorch_global_deps",
    "libtorch_nvshmem",
    "libtorch_python",
];

/// The libtorch to build with, where there is one: `LIBTORCH`, the provided one, or an installed PyTorch.
pub(crate) fn find() -> Result<Option<PathBuf>, String> {
    if let Some(named) = std::env::var_os("LIBTORCH").map(PathBuf::from) {
        return match version(&named).as_deref() {
            Some(VERSION) => Ok(Some(named)),
            found => Err(format!(
                "LIBTORCH is {}, which is libtorch {}; expected {VERSION}",
                named.display(),
                found.unwrap_or("of no known version")
            )),
        };
    }
    let provided = stage::target()?.join("libtorch");
    if provided.exists() {
        return Ok(Some(provided));
    }
    Ok(installed().filter(|folder| version(folder).as_deref() == Some(VERSION)))
}

/// Puts libtorch into `target/libtorch`, or into `folder`, unless there is one.
pub(crate) fn provide(folder: Option<&Path>) -> Result<PathBuf, String> {
    if let (None, Some(found)) = (folder, find()?) {
        return Ok(found);
    }
    let folder = match folder {
        Some(folder) => std::path::absolute(folder).map_err(failed(folder))?,
        None => stage::target()?.join("libtorch"),
    };
    if version(&folder).as_deref() == Some(VERSION) {
        return Ok(folder);
    }
    if folder.exists() {
        return Err(format!(
            "{} exists, and is no libtorch {VERSION}",
            folder.display()
        ));
    }
    let pinned = match (OS, ARCH) {
        ("linux", "x86_64") => X86_64,
        ("linux", "aarch64") => AARCH64,
        (os, arch) => {
            return Err(format!(
                "no libtorch is pinned for {os} on {arch}: set LIBTORCH to a libtorch {VERSION}, or install PyTorch \
                 {VERSION} for python3"
            ));
        }
    };
    let partial = folder.with_extension("tmp");
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(failed(&partial))?;
    }
    fs::create_dir_all(&partial).map_err(failed(&partial))?;
    eprintln!("libtorch {VERSION}: downloading half a gigabyte");
    let file = pinned.download(&partial)?;
    wheel::unpack(&file, &partial, place)?;
    fs::remove_file(&file).map_err(failed(&file))?;
    complete(&partial)?;
    fs::rename(&partial, &folder).map_err(failed(&folder))?;
    Ok(folder)
}

/// Where a file of the wheel goes.
fn place(name: &str) -> Option<PathBuf> {
    if name.ends_with(".dist-info/licenses/LICENSE") {
        return Some("LICENSE".into());
    }
    let inside = name.strip_prefix("torch/")?;
    let library = inside.strip_prefix("lib/").is_some_and(|file| {
        file.contains(".so") && !file.contains('/') && !LEFT_OUT.iter().any(|start| file.starts_with(start))
    });
    (library || inside.starts_with("include/")).then(|| inside.into())
}

/// Adds what the wheel's libraries look for beside them, and the version.
fn complete(folder: &Path) -> Result<(), String> {
    let lib = folder.join("lib");
    let nm = sh::output(
        Command::new("nm")
            .args(["--dynamic", "--undefined-only"])
            .arg(lib.join("libtorch_cpu.so")),
    )?;
    for (library, symbols) in cuda_symbols(&nm) {
        let code: String = symbols.iter().map(|symbol| stand_in(symbol)).collect();
        let versions = lib.join(format!("{library}.map"));
        fs::write(&versions, format!("{library} {{ global: *; }};\n")).map_err(failed(&versions))?;
        let script = format!("-Wl,--version-script={}", versions.display());
        link(&lib, &library, &code, &[&script])?;
        fs::remove_file(&versions).map_err(failed(&versions))?;
    }
    let needs = [
        "-Wl,--no-as-needed",
        "-Wl,-rpath,$ORIGIN",
        "-Wl,-rpath-link,.",
        "-L.",
    ];
    let libraries = ["-l:libtorch_cpu.so", "-l:libc10.so"];
    link(
        &lib,
        "libtorch.so",
        "int ecg_audit_libtorch;\n",
        &[&needs[..], &libraries].concat(),
    )?;
    let written = folder.join("build-version");
    fs::write(&written, format!("{VERSION}\n")).map_err(failed(&written))
}

/// The symbols that a library expects of CUDA libraries, by library, from the lines of `nm`.
fn cuda_symbols(nm: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in nm.lines() {
        let symbol = line
            .split_whitespace()
            .last()
            .and_then(|symbol| symbol.split_once('@'));
        if let Some((symbol, library)) = symbol
            && library.starts_with("libcu")
        {
            found
                .entry(library.to_owned())
                .or_default()
                .insert(symbol.to_owned());
        }
    }
    found
}

/// A function that says that there is no CUDA device (`cudaErrorNoDevice`), or no text.
fn stand_in(symbol: &str) -> String {
    let answer = if symbol.starts_with("cudaGetErrorString") {
        0
    } else {
        100
    };
    format!("int {symbol}(void) {{ return {answer}; }}\n")
}

fn link(folder: &Path, library: &str, code: &str, arguments: &[&str]) -> Result<(), String> {
    let source = folder.join(format!("{library}.c"));
    fs::write(&source, code).map_err(failed(&source))?;
    let mut cc = Command::new("cc");
    cc.current_dir(folder)
        .args(["-shared", "-fPIC", "-O1", "-w"])
        .arg(format!("-Wl,-soname,{library}"))
        .args(["-o", library])
        .arg(&source)
        .args(arguments);
    sh::run(&mut cc)?;
    fs::remove_file(&source).map_err(failed(&source))
}

/// The version of a libtorch, or of an installed PyTorch, without the build's suffix.
fn version(folder: &Path) -> Option<String> {
    let plain = |text: &str| text.trim().split('+').next().map(str::to_owned);
    if !folder.join("include/torch/csrc/jit/api/module.h").exists() {
        return None;
    }
    if let Ok(text) = fs::read_to_string(folder.join("build-version")) {
        return plain(&text);
    }
    let text = fs::read_to_string(folder.join("version.py")).ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("__version__ = "))?;
    plain(line.trim_matches(['\'', '"']))
}

/// The folder of python3's PyTorch.
fn installed() -> Option<PathBuf> {
    let code = "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])";
    let answer = sh::output(Command::new("python3").args(["-c", code])).ok()?;
    Some(PathBuf::from(answer.trim()))
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> String {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpus_part_is_what_is_kept() {
        let kept = |name: &str| place(name).map(|path| path.display().to_string());
        assert_eq!(
            kept("torch/lib/libtorch_cpu.so").as_deref(),
            Some("lib/libtorch_cpu.so")
        );
        assert_eq!(
            kept("torch/lib/libgomp.so.1").as_deref(),
            Some("lib/libgomp.so.1")
        );
        assert_eq!(
            kept("torch/include/ATen/ATen.h").as_deref(),
            Some("include/ATen/ATen.h")
        );
        assert_eq!(
            kept("torch-2.13.0.dist-info/licenses/LICENSE").as_deref(),
            Some("LICENSE")
        );
        for name in [
            "torch/lib/libtorch_cuda.so",
            "torch/lib/libtorch.so",
            "torch/lib/libshm/x.so",
            "torch/nn/__init__.py",
        ] {
            assert_eq!(kept(name), None, "{name}");
        }
    }

    #[test]
    fn symbols_are_sorted_by_their_library() {
        let nm = "                 U cuptiSubscribe@libcupti.so.13\n                 U malloc@GLIBC_2.2.5\n\
                  \x20                U cudaGetErrorString@libcudart.so.13\n                 w __cxa_finalize\n";
        let found = cuda_symbols(nm);
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            ["libcudart.so.13", "libcupti.so.13"]
        );
        assert_eq!(
            stand_in("cudaGetErrorString"),
            "int cudaGetErrorString(void) { return 0; }\n"
        );
    }
}
