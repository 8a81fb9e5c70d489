//! Templates, style sheet and script, and the page they make.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::{Context, Tera};

use crate::{Error, palette};

/// Every template by name; all are escaped.
const TEMPLATES: [(&str, &str); 21] = [
    ("page.html", include_str!("../templates/page.html")),
    ("sweep.html", include_str!("../templates/sweep.html")),
    ("ui.html", include_str!("../templates/ui.html")),
    ("summary.html", include_str!("../templates/summary.html")),
    ("fidelity.html", include_str!("../templates/fidelity.html")),
    ("decisions.html", include_str!("../templates/decisions.html")),
    ("values.html", include_str!("../templates/values.html")),
    ("by_fold.html", include_str!("../templates/by_fold.html")),
    ("clusters.html", include_str!("../templates/clusters.html")),
    ("networks.html", include_str!("../templates/networks.html")),
    ("atlas.html", include_str!("../templates/atlas.html")),
    ("landmarks.html", include_str!("../templates/landmarks.html")),
    (
        "associations.html",
        include_str!("../templates/associations.html"),
    ),
    ("uncertainty.html", include_str!("../templates/uncertainty.html")),
    ("attribution.html", include_str!("../templates/attribution.html")),
    ("trust.html", include_str!("../templates/trust.html")),
    ("issues.html", include_str!("../templates/issues.html")),
    ("ecgs.html", include_str!("../templates/ecgs.html")),
    ("quality.html", include_str!("../templates/quality.html")),
    ("data.html", include_str!("../templates/data.html")),
    ("provenance.html", include_str!("../templates/provenance.html")),
];
/// Style sheets in the order they apply.
const STYLES: [&str; 7] = [
    include_str!("../assets/page.css"),
    include_str!("../assets/figures.css"),
    include_str!("../assets/ecg.css"),
    include_str!("../assets/drawing.css"),
    include_str!("../assets/atlas.css"),
    include_str!("../assets/sweep.css"),
    include_str!("../assets/print.css"),
];
const SCRIPT: &str = include_str!("../assets/report.js");

/// The style sheet with its hash, which never changes.
static STYLE: LazyLock<Asset> = LazyLock::new(|| Asset::new(palette::css() + &STYLES.concat()));
static JS: LazyLock<Asset> = LazyLock::new(|| Asset::new(SCRIPT.into()));

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

/// The page that `template` makes of a view.
pub(crate) fn render<T: Serialize>(template: &str, page: &T) -> Result<String, Error> {
    let mut tera = Tera::new();
    tera.autoescape_on([""]);
    tera.add_raw_templates(TEMPLATES)?;
    let mut context = Context::from_serialize(page)?;
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        STYLE.hash, JS.hash
    );
    context.insert("policy", &policy);
    context.insert("css", &STYLE.text);
    context.insert("js", &JS.text);
    Ok(tera.render(template, &context)?)
}
