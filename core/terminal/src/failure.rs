//! Errors as a person reads them.

use std::io::IsTerminal;

use ecg_audit_engine::Error;
use ecg_audit_engine::config::ConfigError;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource};

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The configuration is wrong, at a place.
    Config(Box<ConfigError>),
    /// Anything else, with what to do next.
    Message {
        /// What went wrong.
        text: String,
        /// What to do next.
        help: Option<String>,
    },
}

impl Failure {
    /// A failure with nothing but a text.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message {
            text: text.into(),
            help: None,
        }
    }

    /// Prints it to standard error: one in a configuration with its place, in colour on a terminal unless `NO_COLOR` is set.
    pub fn print(&self) {
        let report = match self {
            Self::Config(error) => config_report(error),
            Self::Message { text, help } => {
                let mut diagnostic = miette::MietteDiagnostic::new(text.clone());
                diagnostic.help.clone_from(help);
                miette::Report::new(diagnostic)
            }
        };
        let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let theme = if colour {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        let mut text = String::new();
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(110);
        if handler.render_report(&mut text, report.as_ref()).is_err() {
            text = report.to_string();
        }
        eprintln!("{}", text.trim_end());
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Config(error) => Self::Config(Box::new(error)),
            error => Self::message(error.to_string()),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(Box::new(error))
    }
}

fn config_report(error: &ConfigError) -> miette::Report {
    // The place stands in the first line too, so that editors and logs can follow it.
    let mut diagnostic = miette::MietteDiagnostic::new(error.to_string());
    diagnostic.help.clone_from(&error.help);
    if let Some(span) = &error.span {
        diagnostic.labels = Some(vec![LabeledSpan::underline(span.clone())]);
    }
    let source = NamedSource::new(error.path.display().to_string(), error.text.clone());
    miette::Report::new(diagnostic).with_source_code(source)
}
