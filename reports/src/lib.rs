//! Renders an audit as a self-contained HTML page.
//!
//! [`html`] turns an [`Audit`] into one file that opens without a network, prints, and shows every figure beside
//! what it is to be held against. Three layers, one direction: `view` picks and words what is shown, `templates/`
//! lay it out, `assets/` dress it. Templates do no arithmetic; numbers reach them as text.

mod charts;
mod compare;
mod ecg;
mod error;
mod format;
mod junit;
mod markdown;
mod palette;
mod svg;
mod sweep;
mod theme;
mod view;

use ecg_audit_engine::audit::Audit;
use ecg_audit_engine::compare::RunComparison;
use ecg_audit_engine::sweep::Sweep;

pub use ecg::{EcgOptions, EcgPdf, Gain, Speed, ecg_pdf, ecg_png, ecg_svg};
pub use error::Error;
pub use junit::junit;
pub use markdown::markdown;
pub use theme::Theme;

/// The page for `audit`: a complete HTML document of a few megabytes at most, with styles, script and pictures inside.
///
/// Every text that comes from the audit is escaped. The page's content security policy lets nothing load and nothing
/// run but the page's own style and script, which it names by their SHA-256.
///
/// # Errors
///
/// [`Error::Template`] when a template does not parse or asks for something the view does not have.
pub fn html(audit: &Audit) -> Result<String, Error> {
    Theme::built_in()?.html(audit)
}

/// The page for `sweep`: a complete HTML document like that of [`html`], with every setting in one table and plots of
/// agreement and stability.
///
/// # Errors
///
/// [`Error::Template`] when a template does not parse or asks for something the view does not have.
pub fn sweep_html(sweep: &Sweep) -> Result<String, Error> {
    theme::render("sweep.html", &sweep::Page::new(sweep))
}

/// The page for `comparison`: a complete HTML document like that of [`html`], the verdict first, with every difference
/// drawn beside its interval.
///
/// # Errors
///
/// [`Error::Template`] when a template does not parse or asks for something the view does not have.
pub fn compare_html(comparison: &RunComparison) -> Result<String, Error> {
    theme::render("compare.html", &compare::Page::new(comparison))
}
