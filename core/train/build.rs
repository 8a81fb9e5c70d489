//! Compiles the shim against libtorch, and lets the program find libtorch when it starts.

use ecg_audit_libtorch::build::{Shim, compile};

fn main() {
    compile(&Shim {
        name: "ecg_audit_train_shim",
        sources: &["script.cpp", "device.cpp"],
        headers: &["script.h", "device.h"],
        beside: &["libtorch/lib", "plugins/libtorch/lib"],
    });
}
