//! The C header says the same as `ecg_audit_plugin::abi`: sizes, offsets, constants.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::mem::{offset_of, size_of};

use ecg_audit_plugin::abi::{
    ABI_MAJOR, ABI_MINOR, Buffer, Bytes, ClusterModelTable, ClustererTable, DLPACK_MAJOR, DLPACK_MINOR,
    DelineatorTable, DlDataType, DlDevice, DlManagedTensor, DlTensor, DlVersion, EncoderTable, Failure,
    Handle, Header, HostTable, INIT_SYMBOL, KDL_CPU, KDL_FLOAT, KDL_UINT, LibraryTable, Status, Str,
    SurrogateModelTable, SurrogateTable, TARGET_CLASSES, TARGET_VALUES, Target, UncertaintyTable,
};
use ecg_audit_plugin::{Kind, Level};

mod compiler;

/// Asserts, in C, the size of a structure and the offsets of its fields. A field that only one side has shows in the
/// size.
macro_rules! structures {
    ($text:ident; $($rust:ty = $c:literal { $($field:ident $(as $name:literal)?),* })*) => {$(
        assert_in_c(&mut $text, &format!("sizeof({})", $c), size_of::<$rust>());
        $(
            let name = [$($name,)? stringify!($field)][0];
            assert_in_c(&mut $text, &format!("offsetof({}, {name})", $c), offset_of!($rust, $field));
        )*
    )*};
}

fn assert_in_c(text: &mut String, left: &str, right: usize) {
    writeln!(
        text,
        "_Static_assert({left} == {right}, \"{left} is {right} in Rust\");"
    )
    .unwrap();
}

#[test]
fn the_header_is_in_step() {
    let mut text = String::from("#include \"ecg_audit_plugin.h\"\n");
    structures! { text;
        DlVersion = "DLPackVersion" { major, minor }
        DlDevice = "DLDevice" { device_type, device_id }
        DlDataType = "DLDataType" { code, bits, lanes }
        DlTensor = "DLTensor" { data, device, ndim, dtype, shape, strides, byte_offset }
        DlManagedTensor = "DLManagedTensorVersioned" {
            version, manager_ctx, deleter, flags, tensor as "dl_tensor"
        }
        Status = "ea_status" {}
        Header = "ea_header" { struct_size, abi_major, abi_minor }
        Str = "ea_str" { ptr, len }
        Bytes = "ea_bytes" { ptr, len }
        Buffer = "ea_buffer" { ptr, len, ctx, release }
        Failure = "ea_error" { message }
        Handle = "ea_handle" { instance, table }
        HostTable = "ea_host" { header, ctx, retain, release, log, progress, cancelled, threads }
        LibraryTable = "ea_library" { header, metadata, create, live }
        ClustererTable = "ea_clusterer" { header, drop, fit, load }
        ClusterModelTable = "ea_cluster_model" { header, drop, summary, assign, save, centroids }
        UncertaintyTable = "ea_uncertainty" { header, drop, score }
        Target = "ea_target" { header, tag, reserved, classes, data }
        SurrogateTable = "ea_surrogate" { header, drop, fit, load }
        SurrogateModelTable = "ea_surrogate_model" { header, drop, predict, save, importances }
        EncoderTable = "ea_encoder" { header, drop, info, encode, layers, grad_cam }
        DelineatorTable = "ea_delineator" { header, drop, delineate }
    }
    let status = |status: Status| usize::try_from(status.0).unwrap();
    for (name, value) in [
        ("EA_ABI_MAJOR", usize::from(ABI_MAJOR)),
        ("EA_ABI_MINOR", usize::from(ABI_MINOR)),
        ("DLPACK_MAJOR_VERSION", DLPACK_MAJOR as usize),
        ("DLPACK_MINOR_VERSION", DLPACK_MINOR as usize),
        ("kDLCPU", usize::try_from(KDL_CPU).unwrap()),
        ("kDLUInt", usize::from(KDL_UINT)),
        ("kDLFloat", usize::from(KDL_FLOAT)),
        ("EA_STATUS_OK", status(Status::OK)),
        ("EA_STATUS_PARAMS", status(Status::PARAMS)),
        ("EA_STATUS_INPUT", status(Status::INPUT)),
        ("EA_STATUS_UNSUPPORTED", status(Status::UNSUPPORTED)),
        ("EA_STATUS_RESOURCE", status(Status::RESOURCE)),
        ("EA_STATUS_CANCELLED", status(Status::CANCELLED)),
        ("EA_STATUS_FAILED", status(Status::FAILED)),
        ("EA_STATUS_PANICKED", status(Status::PANICKED)),
        ("EA_STATUS_ABI", status(Status::ABI)),
        ("EA_KIND_ENCODER", Kind::Encoder as usize),
        ("EA_KIND_CLUSTERER", Kind::Clusterer as usize),
        ("EA_KIND_UNCERTAINTY", Kind::Uncertainty as usize),
        ("EA_KIND_SURROGATE", Kind::Surrogate as usize),
        ("EA_KIND_DELINEATOR", Kind::Delineator as usize),
        ("EA_LEVEL_WARN", Level::Warn as usize),
        ("EA_LEVEL_INFO", Level::Info as usize),
        ("EA_LEVEL_DEBUG", Level::Debug as usize),
        ("EA_TARGET_CLASSES", TARGET_CLASSES as usize),
        ("EA_TARGET_VALUES", TARGET_VALUES as usize),
    ] {
        assert_in_c(&mut text, name, value);
    }
    assert_in_c(&mut text, "sizeof(EA_INIT_SYMBOL)", INIT_SYMBOL.len() + 1);

    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("in_step.c");
    std::fs::write(&source, text).unwrap();
    compiler::compile(&["-fsyntax-only".as_ref(), source.as_os_str()]);
}

#[test]
fn the_header_is_also_cpp_and_stands_beside_dlpacks_own() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("own_dlpack.c");
    // Stands for a program that brings DLPack's own header, which has this guard.
    let text = "#define DLPACK_DLPACK_H_\n\
        #include <stdint.h>\n\
        typedef struct { int unknown; } DLTensor;\n\
        typedef struct DLManagedTensorVersioned { int unknown; } DLManagedTensorVersioned;\n\
        #include \"ecg_audit_plugin.h\"\n\
        int used(const ea_clusterer *it);\n";
    std::fs::write(&source, text).unwrap();
    compiler::compile(&["-fsyntax-only".as_ref(), source.as_os_str()]);
    let header = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("include/ecg_audit_plugin.h");
    compiler::compile_cpp(&header);
}
