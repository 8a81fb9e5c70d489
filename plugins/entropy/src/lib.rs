//! Uncertainty measures that read memberships alone: how undecided an assignment is, from 0 to 1.
//!
//! [`Entropy`] looks at all memberships of a row, [`Margin`] at the two largest. Both are linear in the number
//! of memberships, compute in f64, and spread the rows over the host's thread budget; rows are independent, so
//! that the number of threads changes nothing.

mod entropy;
mod margin;
mod rows;

pub use entropy::Entropy;
pub use margin::Margin;

/// Neither measure has parameters.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {}

ecg_audit_plugin::export_plugin! {
    name: "entropy",
    uncertainties: [Entropy, Margin],
}
