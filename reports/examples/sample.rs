//! Writes a sample page with made-up figures and ECG-like curves: `cargo run --example sample -- sample.html`.

#[path = "../tests/sample/mod.rs"]
mod sample;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "sample.html".into());
    let page = ecg_audit_report::html(&sample::audit())?;
    std::fs::write(&path, &page)?;
    eprintln!("{path}: {} kB", page.len() / 1000);
    Ok(())
}
