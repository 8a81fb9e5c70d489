//! Models as bytes: JSON with the form's name first. Numbers survive to the last bit.

use ecg_audit_plugin::Error;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Envelope<M> {
    form: String,
    model: M,
}

/// Writes `model` under the name `form`.
pub(crate) fn write<M: Serialize>(form: &str, model: &M) -> Result<Vec<u8>, Error> {
    let envelope = Envelope {
        form: form.to_owned(),
        model,
    };
    serde_json::to_vec(&envelope).map_err(|error| Error::Failed(format!("cannot write the model: {error}")))
}

/// Reads what [`write`] wrote under the same name.
pub(crate) fn read<M: DeserializeOwned>(form: &str, bytes: &[u8]) -> Result<M, Error> {
    let not_one = |reason: String| {
        Error::Input(format!(
            "these bytes are not a model of the form {form}: {reason}"
        ))
    };
    let envelope: Envelope<serde_json::Value> =
        serde_json::from_slice(bytes).map_err(|error| not_one(error.to_string()))?;
    if envelope.form != form {
        return Err(not_one(format!("they are of the form {}", envelope.form)));
    }
    serde_json::from_value(envelope.model).map_err(|error| not_one(error.to_string()))
}

/// The error for a model that can be read but contradicts itself.
pub(crate) fn inconsistent(form: &str) -> Error {
    Error::Input(format!(
        "these bytes are not a model of the form {form}: its parts do not fit together"
    ))
}
