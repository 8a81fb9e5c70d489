//! Manifests: what a library says of itself, in a file beside it, so that listing opens no library.

use std::fmt::Write as _;
use std::path::{Component as PathPart, Path, PathBuf};

use ecg_audit_plugin::{ComponentMetadata, Kind};
use serde::Deserialize;
use serde_json::Value;

use super::{Error, digest, open};

/// How a manifest's file name ends.
pub const MANIFEST_SUFFIX: &str = ".plugin.toml";

/// A manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// File name of the library, in the manifest's own folder.
    pub library: String,
    /// Library name.
    pub name: String,
    /// The library's version.
    pub version: String,
    /// SPDX licence expression.
    pub licence: String,
    /// ABI version that the library was built for: major, minor.
    pub abi: (u16, u16),
    /// SHA-256 of the library file.
    pub sha256: String,
    /// What to do where the system cannot load the library; empty for most.
    pub install_help: String,
    /// The components.
    pub components: Vec<ComponentMetadata>,
}

/// The file's own form.
#[derive(Deserialize)]
struct File {
    library: String,
    name: String,
    version: String,
    licence: String,
    abi: String,
    sha256: String,
    #[serde(default)]
    install_help: String,
    #[serde(default)]
    component: Vec<FileComponent>,
}

#[derive(Deserialize)]
struct FileComponent {
    name: String,
    kind: Kind,
    summary: String,
    params_schema: Value,
    #[serde(default)]
    formats: Vec<String>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Manifest`] with the place of what is wrong.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
        Self::parse(&text).map_err(|reason| Error::Manifest {
            path: path.to_owned(),
            reason,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut parts = Path::new(&file.library).components();
        if !matches!((parts.next(), parts.next()), (Some(PathPart::Normal(_)), None)) {
            return Err(format!(
                "`library` is {:?}, expected the name of a file beside the manifest",
                file.library
            ));
        }
        let abi = file
            .abi
            .split_once('.')
            .and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)))
            .ok_or_else(|| format!("`abi` is {:?}, expected a version such as \"1.0\"", file.abi))?;
        let components = file
            .component
            .into_iter()
            .map(read_component)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            library: file.library,
            name: file.name,
            version: file.version,
            licence: file.licence,
            abi,
            sha256: file.sha256,
            install_help: file.install_help,
            components,
        })
    }

    /// The manifest as TOML; schemas as JSON text, which TOML's lack of null cannot harm.
    pub fn to_toml(&self) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let mut text = String::from("# Written from the library's own metadata; goes with this very file.\n");
        let fields = [
            ("library", &self.library),
            ("name", &self.name),
            ("version", &self.version),
            ("licence", &self.licence),
            ("abi", &format!("{}.{}", self.abi.0, self.abi.1)),
            ("sha256", &self.sha256),
        ];
        for (key, value) in fields {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{key} = {}", quoted(value));
        }
        if !self.install_help.is_empty() {
            let _ = writeln!(text, "install_help = {}", quoted(&self.install_help));
        }
        for component in &self.components {
            let fields = [
                ("name", quoted(&component.name)),
                ("kind", quoted(component.kind.name())),
                ("summary", quoted(&component.summary)),
                ("params_schema", quoted(&component.params_schema.to_string())),
            ];
            text.push_str("\n[[component]]\n");
            for (key, value) in fields {
                let _ = writeln!(text, "{key} = {value}");
            }
            if !component.formats.is_empty() {
                let _ = writeln!(text, "formats = {}", toml::Value::from(component.formats.clone()));
            }
        }
        text
    }
}

/// A schema is JSON text or a TOML table.
fn read_component(component: FileComponent) -> Result<ComponentMetadata, String> {
    let params_schema = match component.params_schema {
        Value::String(json) => serde_json::from_str(&json)
            .map_err(|error| format!("`params_schema` of `{}`: {error}", component.name))?,
        table => table,
    };
    Ok(ComponentMetadata {
        name: component.name,
        kind: component.kind,
        summary: component.summary,
        params_schema,
        formats: component.formats,
    })
}

/// Opens a library, which runs its code, and writes its manifest beside it, under a temporary name first.
///
/// # Errors
/// [`Error::NotALibrary`], [`Error::NotAPlugin`], [`Error::Incompatible`] as for opening; [`Error::Manifest`] for
/// metadata that no manifest can hold; [`Error::Io`].
pub fn write_manifest(library: &Path) -> Result<PathBuf, Error> {
    let unfit = |reason: String| Error::Manifest {
        path: library.to_owned(),
        reason,
    };
    let file_name = library
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| unfit("not the path of a library file".to_owned()))?;
    let sha256 = digest::sha256(library)?;
    let opened = open::open(library)?;
    let metadata = opened.metadata();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if metadata.name.is_empty() || !metadata.name.chars().all(plain) {
        return Err(unfit(format!(
            "the plugin's name {:?} is not of a-z, 0-9, - and _",
            metadata.name
        )));
    }
    for component in &metadata.components {
        jsonschema::meta::validate(&component.params_schema).map_err(|error| {
            unfit(format!(
                "the parameter schema of `{}` is no JSON Schema: {error}",
                component.name
            ))
        })?;
    }
    let manifest = Manifest {
        library: file_name.to_owned(),
        name: metadata.name.clone(),
        version: metadata.version.clone(),
        licence: metadata.licence.clone(),
        abi: opened.abi(),
        sha256,
        install_help: metadata.install_help.clone(),
        components: metadata.components.clone(),
    };
    let path = library.with_file_name(format!("{}{MANIFEST_SUFFIX}", metadata.name));
    let temporary = library.with_file_name(format!(".{}.{}.tmp", metadata.name, std::process::id()));
    let written = std::fs::write(&temporary, manifest.to_toml())
        .and_then(|()| std::fs::rename(&temporary, &path))
        .map_err(Error::io(&path));
    if written.is_err() {
        // The error that matters is the first one.
        let _ = std::fs::remove_file(&temporary);
    }
    written.map(|()| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            library: "libexample.so".into(),
            name: "example".into(),
            version: "0.1.0".into(),
            licence: "MIT OR Apache-2.0".into(),
            abi: (1, 0),
            sha256: "00".into(),
            install_help: "run `get it`".into(),
            components: vec![ComponentMetadata {
                name: "gmm".into(),
                kind: Kind::Clusterer,
                summary: "With \"quotes\", 'more' and\na second line.".into(),
                params_schema: serde_json::json!({"type": "object", "default": null}),
                formats: vec!["onnx".into()],
            }],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Manifest::parse(&manifest().to_toml()), Ok(manifest()));
    }

    #[test]
    fn a_schema_may_be_a_table() {
        let text = manifest().to_toml().replace(
            "params_schema = ",
            "params_schema.type = \"object\"\nunknown_fields_are_for_later = ",
        );
        let read = Manifest::parse(&text).unwrap();
        assert_eq!(
            read.components[0].params_schema,
            serde_json::json!({"type": "object"})
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, named) in [
            ("libexample.so", "../libexample.so", "library"),
            ("libexample.so", "", "library"),
            ("\"1.0\"", "\"one\"", "abi"),
            ("\"clusterer\"", "\"clustering\"", "clustering"),
            ("version =", "versions =", "version"),
        ] {
            let wrong = Manifest::parse(&manifest().to_toml().replace(from, to)).unwrap_err();
            assert!(wrong.contains(named), "{wrong}");
        }
    }
}
