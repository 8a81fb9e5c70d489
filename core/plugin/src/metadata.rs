//! What a library says of itself and of its components.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Context, Error};

/// The five kinds of components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[repr(u32)]
pub enum Kind {
    /// Signals to outputs and tapped activations.
    Encoder = 1,
    /// Features to a codebook and memberships.
    Clusterer = 2,
    /// Memberships and distances to one score per row.
    Uncertainty = 3,
    /// Proportions to labels or values.
    Surrogate = 4,
    /// Signals to P, QRS and T.
    Delineator = 5,
}

impl Kind {
    /// The kind's name as the configuration spells its table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encoder => "encoder",
            Self::Clusterer => "clusterer",
            Self::Uncertainty => "uncertainty",
            Self::Surrogate => "surrogate",
            Self::Delineator => "delineator",
        }
    }
}

/// What a library says of one component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComponentMetadata {
    /// Name, unique among the library's components of one kind. The component that bears the library's name is
    /// addressed by that name alone (`kmeans`), the others as `library/name` (`linfa/gmm`).
    pub name: String,
    /// Kind.
    pub kind: Kind,
    /// One sentence for listings.
    pub summary: String,
    /// JSON Schema of the parameters. A property with `"format": "path"` is a file or folder, which the host
    /// resolves against the configuration's folder before the component sees it.
    pub params_schema: serde_json::Value,
    /// For encoders: the extensions of the model files they read, lower-case, without the dot (`onnx`).
    #[serde(default)]
    pub formats: Vec<String>,
}

/// What a library says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LibraryMetadata {
    /// Library name, the first part of its components' addresses.
    pub name: String,
    /// The library's own version.
    pub version: String,
    /// SPDX licence expression.
    pub licence: String,
    /// What to do where the system cannot load the library, for plugins that need a runtime which is not installed
    /// with them: one sentence, best a command. Empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub install_help: String,
    /// The components.
    pub components: Vec<ComponentMetadata>,
}

/// How a component is made; with its kind's trait, all that `export_plugin!` needs.
pub trait FromParams: Sized {
    /// Name within the library.
    const NAME: &'static str;
    /// One sentence for listings.
    const SUMMARY: &'static str;
    /// For encoders: the extensions of the model files they read, lower-case, without the dot. `ecg-audit inspect` and
    /// `init` choose the encoder by them.
    const FORMATS: &'static [&'static str] = &[];
    /// The parameters. Derive `Deserialize` with `deny_unknown_fields` and `JsonSchema`; document every field.
    type Params: DeserializeOwned + JsonSchema;

    /// Makes the component.
    ///
    /// # Errors
    /// [`Error::Params`] for values the schema cannot exclude; [`Error::Resource`] for files.
    fn from_params(params: Self::Params, context: &Context) -> Result<Self, Error>;
}
