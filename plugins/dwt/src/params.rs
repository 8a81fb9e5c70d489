//! The component's parameters.

use ecg_audit_plugin::Error;
use schemars::JsonSchema;
use serde::Deserialize;

/// Parameters of the `dwt` delineator.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// A P wave is there if its steepest slope is this many standard errors of the mean beat's; higher finds fewer.
    #[schemars(range(min = 1.0, max = 100.0))]
    pub p_significance: f64,
    /// The same for T waves.
    #[schemars(range(min = 1.0, max = 100.0))]
    pub t_significance: f64,
    /// A fused boundary needs this many further leads…
    #[schemars(range(min = 0, max = 1000))]
    pub agreeing_leads: usize,
    /// … within this many milliseconds.
    #[schemars(range(min = 1.0, max = 100.0))]
    pub agreement_ms: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            p_significance: 3.0,
            t_significance: 2.5,
            agreeing_leads: 3,
            agreement_ms: 12.0,
        }
    }
}

impl Params {
    /// Checks what the schema bounds, for callers that come without it.
    ///
    /// # Errors
    /// [`Error::Params`] naming the field, its range and its value.
    pub fn check(&self) -> Result<(), Error> {
        within("p_significance", self.p_significance, 1.0, 100.0)?;
        within("t_significance", self.t_significance, 1.0, 100.0)?;
        within("agreeing_leads", self.agreeing_leads, 0, 1000)?;
        within("agreement_ms", self.agreement_ms, 1.0, 100.0)
    }
}

fn within<T: PartialOrd + std::fmt::Display>(name: &str, value: T, low: T, high: T) -> Result<(), Error> {
    if value >= low && value <= high {
        Ok(())
    } else {
        Err(Error::Params(format!(
            "{name} must be from {low} to {high}, found {value}"
        )))
    }
}
