//! All that the author of an ecg-audit plugin needs.
//!
//! A plugin is a dynamic library that offers one or more *components*. Each component is one of five
//! kinds, each kind a safe trait: [`Encoder`], [`Clusterer`], [`Uncertainty`], [`Surrogate`],
//! [`Delineator`]. [`export_plugin!`] turns implementations of these traits into the C ABI that the host
//! loads; authors in other languages write against `include/ecg_audit_plugin.h` alone.
//!
//! Arrays are `ndarray` views in and owned arrays out; parameters are JSON, checked against the
//! component's own JSON Schema before the component is made.
//!
//! ```
//! use ecg_audit_plugin::{Context, Error, FromParams, Uncertainty};
//! use ndarray::{Array1, ArrayView2};
//!
//! /// No parameters.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct GiniParams {}
//!
//! /// Gini impurity of the memberships, scaled to [0, 1].
//! struct Gini;
//!
//! impl FromParams for Gini {
//!     const NAME: &'static str = "gini";
//!     const SUMMARY: &'static str = "Gini impurity of the memberships.";
//!     type Params = GiniParams;
//!
//!     fn from_params(_: GiniParams, _: &Context) -> Result<Self, Error> {
//!         Ok(Self)
//!     }
//! }
//!
//! impl Uncertainty for Gini {
//!     fn score(&self, m: ArrayView2<'_, f32>, d: ArrayView2<'_, f32>) -> Result<Array1<f32>, Error> {
//!         if m.dim() != d.dim() || m.ncols() < 2 {
//!             return Err(Error::Input(format!("memberships {:?}, distances {:?}", m.dim(), d.dim())));
//!         }
//!         let most = 1.0 - 1.0 / m.ncols() as f32;
//!         let score = |sum_of_squares: f32| ((1.0 - sum_of_squares) / most).clamp(0.0, 1.0);
//!         Ok(m.rows().into_iter().map(|row| score(row.iter().map(|m| m * m).sum())).collect())
//!     }
//! }
//!
//! ecg_audit_plugin::export_plugin! { name: "gini", uncertainties: [Gini] }
//!
//! // In the plugin's own tests:
//! ecg_audit_plugin::conformance::check(PLUGIN, &[]).assert_passed();
//! ```
//!
//! `docs/plugins.md` is the guide.

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
pub use traits::encoder::{Activation, Encoded, Encoder, EncoderInfo, InputShape, Layer, Role, Tap, Window};
pub use traits::surrogate::{Surrogate, SurrogateModel, Target};
pub use traits::uncertainty::Uncertainty;

pub use ndarray;
pub use schemars;
pub use serde;
pub use serde_json;

/// The guide's Rust example is compiled, run and checked by the kit.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/plugins.md")]
pub struct Guide;
