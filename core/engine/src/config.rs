//! The audit's configuration: a TOML file, overrides from the command line, and where each value stands.

mod error;
mod model;
mod source;

pub use error::ConfigError;
pub use model::{
    AuditSection, Config, DataSection, Features, IssuesSection, PluginsSection, Preprocess, ProportionKind,
    ReportSection, Selection, TapWeights, WeightRule,
};
pub use source::Source;
pub(crate) use source::suggestion;

/// The JSON Schema of a configuration.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Config).to_value()
}
