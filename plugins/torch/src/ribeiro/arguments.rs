//! The JSON that training leaves beside the weights.

use std::io::ErrorKind;
use std::path::Path;

use ecg_audit_plugin::Error;
use serde::Deserialize;

/// `config.json` is what the network's evaluation script reads, `args.json` what its training script writes.
const FILES: [&str; 2] = ["config.json", "args.json"];

/// What of the training's arguments shapes the network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Arguments {
    /// The file they come from.
    #[serde(skip)]
    pub(crate) file: String,
    /// Samples of the input.
    #[serde(default)]
    pub(crate) seq_length: Option<usize>,
    /// Filters per block.
    #[serde(default)]
    pub(crate) net_filter_size: Option<Vec<usize>>,
    /// Length of the value after each block; spelt as the training script spells it.
    #[serde(default, alias = "net_seq_length")]
    pub(crate) net_seq_lengh: Option<Vec<usize>>,
    /// Taps of the convolutions' kernels.
    #[serde(default)]
    pub(crate) kernel_size: Option<usize>,
    /// Leads of the input; 12 in the published network, where it is not an argument.
    #[serde(default)]
    pub(crate) n_leads: Option<usize>,
}

impl Arguments {
    /// The arguments beside a model, where there are any. A JSON file without `net_seq_lengh` is another program's.
    pub(crate) fn beside(model: &Path) -> Result<Option<Self>, Error> {
        let mut found: Option<Self> = None;
        for name in FILES {
            let Some(arguments) = Self::read(&model.with_file_name(name), name)? else {
                continue;
            };
            match &found {
                Some(first) if !first.says_as(&arguments) => {
                    return Err(Error::Resource(format!(
                        "{} and {} beside {} describe different networks; keep the one that was trained",
                        first.file,
                        arguments.file,
                        model.display()
                    )));
                }
                Some(_) => {}
                None => found = Some(arguments),
            }
        }
        Ok(found)
    }

    fn read(path: &Path, name: &str) -> Result<Option<Self>, Error> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::Resource(format!("{}: {e}", path.display()))),
        };
        let arguments: Self =
            serde_json::from_str(&text).map_err(|e| Error::Resource(format!("{}: {e}", path.display())))?;
        let named = Self {
            file: name.to_owned(),
            ..arguments
        };
        Ok(named.net_seq_lengh.is_some().then_some(named))
    }

    fn says_as(&self, other: &Self) -> bool {
        Self {
            file: String::new(),
            ..self.clone()
        } == Self {
            file: String::new(),
            ..other.clone()
        }
    }
}
