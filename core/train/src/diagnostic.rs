//! Errors as a person reads them.

use std::io::IsTerminal;

use ecg_audit_engine::config::ConfigError;
use ecg_audit_train::Error;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource};

/// Prints an error to standard error; one in the configuration with its place.
pub(crate) fn print(error: &Error) {
    let report = match error {
        Error::Config(error) => config_report(error),
        other => miette::Report::new(miette::MietteDiagnostic::new(other.to_string())),
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
