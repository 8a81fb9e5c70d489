//! `plugin test`: the conformance kit on a library file.

use std::path::Path;

use ecg_audit_plugin::ComponentMetadata;
use ecg_audit_plugin::client::Library;
use ecg_audit_plugin::conformance::{Case, Report, Verdict, check};

use super::{Error, open};

/// Opens a library and runs the conformance kit on it, with `cases` for components that need parameters. Beside the
/// kit's own checks, each parameter schema is held against JSON Schema's own meta-schema.
///
/// # Errors
/// [`Error::NotALibrary`], [`Error::NotAPlugin`], [`Error::Io`]; all else is in the report.
pub fn conformance(library: &Path, cases: &[Case]) -> Result<Report, Error> {
    let entry = open::entry(library)?;
    let mut report = check(entry, cases);
    if let Ok(library) = Library::open(entry, &library.display().to_string()) {
        for component in &library.metadata().components {
            let verdict = match jsonschema::meta::validate(&component.params_schema) {
                Ok(()) => Verdict::Passed,
                Err(error) => Verdict::Failed(format!("at {}: {error}", error.instance_path())),
            };
            report.add(&component.name, "the parameter schema is JSON Schema", verdict);
        }
    }
    Ok(report)
}

/// What a library file says of its components; opens it.
///
/// # Errors
/// [`Error::NotALibrary`], [`Error::NotAPlugin`], [`Error::Io`], [`Error::Incompatible`].
pub fn components(library: &Path) -> Result<Vec<ComponentMetadata>, Error> {
    let entry = open::entry(library)?;
    let library = Library::open(entry, &library.display().to_string()).map_err(Error::Incompatible)?;
    Ok(library.metadata().components.clone())
}
