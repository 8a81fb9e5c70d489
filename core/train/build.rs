//! Compiles the shim against libtorch, and lets the program find libtorch when it starts.

use std::path::{Path, PathBuf};

fn main() {
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
    let shim = Path::new("src/shim");
    for file in ["guarded.h", "script.h", "script.cpp", "device.h", "device.cpp"] {
        println!("cargo::rerun-if-changed={}", shim.join(file).display());
    }
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .warnings(false)
        .flag_if_supported("-fvisibility=hidden")
        .include(&include)
        .include(include.join("torch/csrc/api/include"))
        .files(["script.cpp", "device.cpp"].map(|file| shim.join(file)))
        .compile("ecg_audit_train_shim");
    println!("cargo::rustc-link-search=native={}", lib.display());
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // Beside the program where it is installed so, else where it was built.
        println!("cargo::rustc-link-arg=-Wl,-rpath,$ORIGIN/libtorch/lib");
        println!("cargo::rustc-link-arg=-Wl,-rpath,$ORIGIN/plugins/libtorch/lib");
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
