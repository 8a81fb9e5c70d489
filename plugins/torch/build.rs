//! Compiles the shim against libtorch, and lets the plugin find libtorch when it is opened.

use ecg_audit_libtorch::build::{Shim, compile};

fn main() {
    compile(&Shim {
        name: "ecg_audit_torch_shim",
        sources: &["describe.cpp", "inlined.cpp", "torch_shim.cpp"],
        headers: &["describe.h", "inlined.h", "torch_shim.h"],
        beside: &["libtorch/lib"],
    });
}
