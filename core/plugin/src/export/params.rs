//! Parameters: JSON text to the component's own type.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;

/// Reads parameters; nothing at all counts as no parameters.
///
/// # Errors
/// [`Error::Params`] that names the parameter by its path.
pub fn parse<P: DeserializeOwned>(json: &str) -> Result<P, Error> {
    let json = if json.trim().is_empty() { "{}" } else { json };
    let value: Value = serde_json::from_str(json).map_err(|error| Error::Params(error.to_string()))?;
    if !value.is_object() {
        return Err(Error::Params(format!("expected an object, found {value}")));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner();
        Error::Params(if path == "." {
            reason.to_string()
        } else {
            format!("`{path}`: {reason}")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        #[serde(default)]
        steps: Vec<u8>,
    }

    #[test]
    fn errors_name_the_path() {
        let error = parse::<Params>(r#"{"steps": [1, "two"]}"#).unwrap_err();
        assert!(
            error.to_string().contains("`steps[1]`: invalid type: string"),
            "{error}"
        );
        let error = parse::<Params>(r#"{"step": []}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `step`"), "{error}");
        for bad in ["[]", "7", "{", "null"] {
            assert!(matches!(parse::<Params>(bad), Err(Error::Params(_))), "{bad}");
        }
    }

    #[test]
    fn nothing_is_no_parameters() {
        assert!(parse::<Params>("").unwrap().steps.is_empty());
    }
}
