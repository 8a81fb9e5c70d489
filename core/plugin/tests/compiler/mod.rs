//! The C compiler, where there is one.

#![allow(dead_code)] // each test program uses its own part

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles a source of `tests/plugins/c` against the header alone into a dynamic library, with further arguments.
/// `None`, and a visible line, without a C compiler.
pub fn library(source: &str, folder: &Path, name: &str, further: &[&str]) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = root.join("../../tests/plugins/c").join(source);
    let library = folder.join(format!(
        "{}{name}{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ));
    let mut arguments = vec![
        "-shared".as_ref(),
        "-fPIC".as_ref(),
        source.as_os_str(),
        "-o".as_ref(),
        library.as_os_str(),
    ];
    arguments.extend(further.iter().map(AsRef::<std::ffi::OsStr>::as_ref));
    compile(&arguments).then_some(library)
}

/// Runs the compiler with strict warnings and the header's folder. The `cc` crate is of no use here: it wants the
/// environment of a build script.
pub fn compile<A: AsRef<std::ffi::OsStr>>(arguments: &[A]) -> bool {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/plugin/include");
    let run = Command::new(&compiler)
        .args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1"])
        .arg("-I")
        .arg(include)
        .args(arguments)
        .output();
    match run {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "the C compiler refuses:\n{text}");
            true
        }
        Err(error) => {
            eprintln!("skipped: no C compiler ({}): {error}", compiler.display());
            false
        }
    }
}

/// Checks a header as C++, where there is a C++ compiler.
pub fn compile_cpp(header: &Path) {
    let run = Command::new("c++")
        .args([
            "-std=c++17",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-fsyntax-only",
            "-x",
            "c++",
        ])
        .arg(header)
        .output();
    match run {
        Ok(output) => assert!(
            output.status.success(),
            "the C++ compiler refuses:\n{}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => eprintln!("skipped: no C++ compiler: {error}"),
    }
}
