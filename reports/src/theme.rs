//! Templates, style sheet and script, and the pages they make.

mod own;

use std::path::Path;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecg_audit_engine::audit::Audit;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::{Context, Tera};

use crate::{Error, palette, view};

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../templates/", $name)))),*]
    };
}

/// Every template by name; all are escaped.
const TEMPLATES: &[(&str, &str)] = templates![
    "page.html",
    "head.html",
    "sweep.html",
    "compare.html",
    "compare_figures.html",
    "compare_part.html",
    "ui.html",
    "summary.html",
    "fidelity.html",
    "decisions.html",
    "calibration.html",
    "values.html",
    "by_fold.html",
    "clusters.html",
    "networks.html",
    "atlas.html",
    "landmarks.html",
    "associations.html",
    "uncertainty.html",
    "attribution.html",
    "trust.html",
    "issues.html",
    "evidence.html",
    "ecgs.html",
    "quality.html",
    "data.html",
    "provenance.html",
];
/// Style sheets in the order they apply.
const STYLES: [&str; 9] = [
    include_str!("../assets/page.css"),
    include_str!("../assets/figures.css"),
    include_str!("../assets/ecg.css"),
    include_str!("../assets/drawing.css"),
    include_str!("../assets/atlas.css"),
    include_str!("../assets/review.css"),
    include_str!("../assets/sweep.css"),
    include_str!("../assets/compare.css"),
    include_str!("../assets/print.css"),
];
/// What dark changes, as declarations.
const DARK: &str = include_str!("../assets/dark.css");
/// Parts of the script in the order they run.
const SCRIPT: [&str; 6] = [
    include_str!("../assets/script/base.js"),
    include_str!("../assets/script/tables.js"),
    include_str!("../assets/script/figures.js"),
    include_str!("../assets/script/review.js"),
    include_str!("../assets/script/ecg.js"),
    include_str!("../assets/script/page.js"),
];
/// Where the pages on the method stand.
const DOCS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/");

static SHEET: LazyLock<String> = LazyLock::new(|| {
    let root = STYLES.concat();
    let dark = dark(":root", |selector| format!("{selector}{{{DARK}}}"));
    palette::css() + &root + &dark + &dark_scale()
});
static JS: LazyLock<Asset> = LazyLock::new(|| Asset::new(SCRIPT.concat()));

/// `rules` where the system asks for dark and the reader not for light, and where the reader asks for dark.
fn dark(root: &str, rules: impl Fn(&str) -> String) -> String {
    format!(
        "@media screen and (prefers-color-scheme:dark){{{}}}@media screen{{{}}}",
        rules(&format!("{root}:not([data-theme=light])")),
        rules(&format!("{root}[data-theme=dark]"))
    )
}

fn dark_scale() -> String {
    dark(":root", palette::dark_css)
}

struct Asset {
    text: String,
    /// As a content security policy names it.
    hash: String,
}

impl Asset {
    fn new(text: String) -> Self {
        let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
        Asset { text, hash }
    }
}

/// The templates and the style sheet that pages are made with: the report's own, or some of yours in their place.
pub struct Theme {
    tera: Tera,
    style: Asset,
}

impl Theme {
    /// The report's own.
    ///
    /// # Errors
    /// [`Error::Template`] when a template does not parse.
    pub fn built_in() -> Result<Self, Error> {
        Self::new(Vec::new(), "")
    }

    /// The report's own, with the templates of `folder` in place of those of the same name, and the rules of its
    /// `theme.css` after the report's own.
    ///
    /// A template whose name begins with `own-` is one more, for the others to include. Every text in a template is
    /// escaped as in the report's own; a page's content security policy lets no script run but the report's.
    ///
    /// # Errors
    /// [`Error::Folder`] when `folder` cannot be read or holds a template that the report does not have;
    /// [`Error::Template`], with template and line, when one does not parse or asks for something there is not.
    pub fn with(folder: &Path) -> Result<Self, Error> {
        let own = own::read(folder, TEMPLATES.iter().map(|(name, _)| *name))?;
        let theme = Self::new(own.templates, &own.css)?;
        // What only an audit's own figures would show cannot be seen here; what every page needs can.
        theme.html(&own::blank())?;
        Ok(theme)
    }

    fn new(own: Vec<(String, String)>, css: &str) -> Result<Self, Error> {
        let mut tera = Tera::new();
        tera.autoescape_on([""]);
        let replaced = |name: &str| own.iter().any(|(other, _)| other == name);
        let kept = TEMPLATES.iter().filter(|(name, _)| !replaced(name));
        let mut all: Vec<(String, String)> = kept
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        all.extend(own);
        tera.add_raw_templates(all)?;
        Ok(Self {
            tera,
            style: Asset::new(SHEET.clone() + css),
        })
    }

    /// The page for `audit`; see [`crate::html`].
    ///
    /// # Errors
    /// [`Error::Template`] when a template asks for something the view does not have.
    pub fn html(&self, audit: &Audit) -> Result<String, Error> {
        self.render("page.html", &view::Page::new(audit))
    }

    /// The page that `template` makes of a view.
    pub(crate) fn render<T: Serialize>(&self, template: &str, page: &T) -> Result<String, Error> {
        let mut context = Context::from_serialize(page)?;
        let policy = format!(
            "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
            self.style.hash, JS.hash
        );
        context.insert("policy", &policy);
        context.insert("css", &self.style.text);
        context.insert("js", &JS.text);
        context.insert("docs", DOCS);
        Ok(self.tera.render(template, &context)?)
    }
}

/// The page that `template` makes of a view, in the report's own theme.
pub(crate) fn render<T: Serialize>(template: &str, page: &T) -> Result<String, Error> {
    Theme::built_in()?.render(template, page)
}
