//! The audit's configuration: a TOML file, overrides from the command line, and where each value stands.

mod cross_validation;
mod error;
mod model;
mod source;

pub use cross_validation::CrossValidationSection;
pub use error::ConfigError;
pub use model::{
    AttributionChoice, AuditSection, Config, DataSection, ExplainSection, Features, IssuesSection,
    PluginsSection, Preprocess, ProportionKind, ReportSection, Selection, TapWeights, WeightRule,
};
pub use source::Source;
pub(crate) use source::suggestion;

/// The JSON Schema of a configuration; `[checks]` lists the checks there are.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Config).to_value();
    if let Some(checks) = schema
        .pointer_mut("/properties/checks")
        .and_then(serde_json::Value::as_object_mut)
    {
        let threshold = |(name, description): (&str, &str)| {
            (
                name.to_owned(),
                serde_json::json!({ "$ref": "#/$defs/Threshold", "description": description }),
            )
        };
        checks.insert(
            "properties".into(),
            crate::checks::known().map(threshold).collect(),
        );
        checks.insert("additionalProperties".into(), false.into());
    }
    schema
}
