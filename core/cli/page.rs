//! The report's page, with the report's own templates or the user's.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ecg_audit_engine::audit::Audit;
use ecg_audit_engine::config::{Config, Source};
use ecg_audit_report::Theme;
use ecg_audit_terminal::Failure;

/// The templates in `folder`, or the report's own.
pub(crate) fn theme(folder: Option<&Path>) -> Result<Theme, Failure> {
    let theme = folder.map_or_else(Theme::built_in, Theme::with);
    theme.map_err(|error| Failure::message(error.to_string()))
}

/// The folder of templates that a finished run was configured with.
pub(crate) fn templates_of(run: &Path) -> Result<Option<PathBuf>, Failure> {
    let config = run.join("audit.toml");
    if !config.is_file() {
        return Ok(None);
    }
    let config = Config::from_source(&Source::read(&config, &[])?).map_err(ecg_audit_engine::Error::from)?;
    Ok(config.report.templates)
}

/// The page of an audit in the making. A template of the user's that fails on it must not cost the audit.
pub(crate) struct Page {
    theme: Theme,
    failed: Mutex<Option<String>>,
}

impl Page {
    /// Checks the templates before anything long begins.
    pub fn new(templates: Option<&Path>) -> Result<Self, Failure> {
        Ok(Self {
            theme: theme(templates)?,
            failed: Mutex::new(None),
        })
    }

    /// The page, by the report's own templates where the user's fail.
    pub fn render(&self, audit: &Audit) -> Result<Vec<u8>, String> {
        let page = self.theme.html(audit).or_else(|error| {
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            *failed = Some(error.to_string());
            ecg_audit_report::html(audit)
        });
        page.map(String::into_bytes).map_err(|error| error.to_string())
    }

    /// Says that the user's templates failed.
    pub fn finish(self, folder: &Path) -> Result<(), Failure> {
        match self.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(error) => Err(Failure::message(format!(
                "the audit in {folder} is whole, but its report has the built-in look, since a template of your own failed: \
                 {error}\nMend the template, then run `ecg-audit report {folder}`",
                folder = folder.display()
            ))),
        }
    }
}
