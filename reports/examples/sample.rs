//! Writes pages: `cargo run --example sample -- DIR | KIND OUT.html | AUDIT.json OUT.html`.
//!
//! Into a folder go the pages of made-up audits of every kind: figures that mean nothing and ECG-like curves. Alone, a
//! kind or an audit is written, as a page or, to `OUT.json`, as an audit.

#[allow(dead_code, clippy::unwrap_used)] // Shared with the tests of the report.
#[path = "../tests/sample/mod.rs"]
mod sample;

use std::path::Path;

use ecg_audit_engine::audit::Audit;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [folder] => {
            std::fs::create_dir_all(folder)?;
            for (kind, audit) in sample::kinds() {
                write(&audit, &Path::new(folder).join(kind).with_extension("html"))?;
            }
            Ok(())
        }
        [file, out] if file.ends_with(".json") => {
            write(&serde_json::from_slice(&std::fs::read(file)?)?, Path::new(out))
        }
        [name, out] => {
            let kinds = sample::kinds();
            let Some((_, audit)) = kinds.iter().find(|(kind, _)| kind == name) else {
                let names: Vec<_> = kinds.iter().map(|(kind, _)| *kind).collect();
                return Err(format!("no kind is called {name}; there are {}", names.join(", ")).into());
            };
            write(audit, Path::new(out))
        }
        _ => Err("expected DIR, KIND OUT or AUDIT.json OUT".into()),
    }
}

fn write(audit: &Audit, path: &Path) -> Result<()> {
    let text = if path.extension().is_some_and(|extension| extension == "json") {
        serde_json::to_string_pretty(audit)?
    } else {
        ecg_audit_report::html(audit)?
    };
    std::fs::write(path, &text)?;
    eprintln!("{}: {} kB", path.display(), text.len() / 1000);
    Ok(())
}
