//! Writes a page: `cargo run --example sample -- OUT.html [AUDIT.json | regression | networks]`.
//!
//! Without an audit it shows made-up figures and ECG-like curves, of one network, of one that tells ages, or of a network
//! per fold; with `OUT.json` it writes that audit instead.

#[path = "../tests/sample/mod.rs"]
mod sample;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "sample.html".into());
    let audit = match arguments.next().as_deref() {
        Some("regression") => sample::regression(),
        Some("networks") => sample::networks(),
        Some(file) => serde_json::from_slice(&std::fs::read(file)?)?,
        None => sample::audit(),
    };
    let text = if path.ends_with(".json") {
        serde_json::to_string_pretty(&audit)?
    } else {
        ecg_audit_report::html(&audit)?
    };
    std::fs::write(&path, &text)?;
    eprintln!("{path}: {} kB", text.len() / 1000);
    Ok(())
}
