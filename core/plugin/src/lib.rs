//! All that the author of an ecg-audit plugin needs.
//!
//! A plugin is a dynamic library that offers one or more *components*. Each component is one of five
//! kinds, each kind a safe trait: [`Encoder`], [`Clusterer`], [`Uncertainty`], [`Surrogate`],
//! [`Delineator`]. `export_plugin!` turns implementations of these traits into the C ABI that the host
//! loads; authors in other languages write against `include/ecg_audit_plugin.h` alone.
//!
//! Arrays are `ndarray` views in and owned arrays out; parameters are JSON, checked against the
//! component's own JSON Schema before the component is made.

pub mod abi;
pub mod client;
pub mod conformance;
mod context;
mod error;
#[doc(hidden)]
pub mod export;
mod metadata;
mod traits;

pub use context::{Context, Host, Level};
pub use error::Error;
pub use metadata::{ComponentMetadata, FromParams, Kind, LibraryMetadata};
pub use traits::clusterer::{Assignment, ClusterModel, Clusterer, FitSummary};
pub use traits::delineator::{Beat, Delineation, Delineator, Wave};
pub use traits::encoder::{Activation, Encoded, Encoder, EncoderInfo, InputShape, Layer, Tap};
pub use traits::surrogate::{Surrogate, SurrogateModel, Target};
pub use traits::uncertainty::Uncertainty;

pub use ndarray;
pub use schemars;
pub use serde;
pub use serde_json;
