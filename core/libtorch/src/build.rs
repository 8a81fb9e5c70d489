//! For build scripts.

use std::path::{Path, PathBuf};

/// C++ that stands between Rust and libtorch, in `src/shim` of the crate that is built.
pub struct Shim<'a> {
    /// Name of the static library.
    pub name: &'a str,
    /// Its translation units.
    pub sources: &'a [&'a str],
    /// What they include from the same folder.
    pub headers: &'a [&'a str],
    /// Where libtorch may lie beside what is built, relative to its folder, before the place where it was built is tried.
    pub beside: &'a [&'a str],
}

/// Compiles the shim against the libtorch in `LIBTORCH`, and lets what is built find libtorch when it starts. Headers that all
/// shims share are found as `<guarded.h>`. Ends the build with an error that says what to do where there is no libtorch.
pub fn compile(shim: &Shim<'_>) {
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    println!("cargo::rerun-if-changed=build.rs");
    let Some(libtorch) = std::env::var_os("LIBTORCH").map(PathBuf::from) else {
        fail("LIBTORCH is not set: run `cargo xtask libtorch` and set LIBTORCH to the folder that it names");
    };
    let (include, lib) = (libtorch.join("include"), libtorch.join("lib"));
    if !include.join("torch/csrc/jit/api/module.h").exists() {
        fail(&format!(
            "LIBTORCH is {}, which holds no libtorch: expected include/torch there; `cargo xtask libtorch` makes one",
            libtorch.display()
        ));
    }
    let folder = Path::new("src/shim");
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    println!("cargo::rerun-if-changed={}", shared.display());
    for file in shim.sources.iter().chain(shim.headers) {
        println!("cargo::rerun-if-changed={}", folder.join(file).display());
    }
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .warnings(false)
        .flag_if_supported("-fvisibility=hidden")
        .include(&include)
        .include(include.join("torch/csrc/api/include"))
        .include(&shared)
        .files(shim.sources.iter().map(|file| folder.join(file)))
        .compile(shim.name);
    link(&lib, shim.beside);
}

fn link(lib: &Path, beside: &[&str]) {
    println!("cargo::rustc-link-search=native={}", lib.display());
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        for folder in beside {
            println!("cargo::rustc-link-arg=-Wl,-rpath,$ORIGIN/{folder}");
        }
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lib.display());
        // Nothing refers to the CUDA library by name: it registers itself.
        if lib.join("libtorch_cuda.so").exists() {
            println!("cargo::rustc-link-arg=-Wl,--no-as-needed");
            println!("cargo::rustc-link-arg=-ltorch_cuda");
        }
    }
}

fn fail(message: &str) -> ! {
    println!("cargo::error={message}");
    std::process::exit(1);
}
