//! `plot`.

use std::path::Path;

use ecg_audit_engine::audit::{EcgLayout, Trace};
use ecg_audit_engine::plot;
use ecg_audit_report::{EcgOptions, EcgPdf, Gain, Speed, ecg_pdf, ecg_png, ecg_svg};
use ecg_audit_terminal::Failure;

use crate::Verdict;
use crate::args;
use crate::run::write_whole;

/// What a picture is written as.
#[derive(Clone, Copy)]
enum Format {
    Svg,
    Png,
    Pdf,
}

pub(crate) fn plot(args: &args::Plot) -> Result<Verdict, Failure> {
    // Before any work: a name that says no format.
    let format = format(&args.out)?;
    let plot = plot::plot(&args.run, &args.record, args.landmarks)?;
    for note in &plot.notes {
        eprintln!("note: {note}");
    }
    let picture = render(&plot.trace, &options(args, &plot.trace), format)
        .map_err(|error| Failure::message(error.to_string()))?;
    write_whole(&args.out, &picture)
        .map_err(|e| Failure::message(format!("{} cannot be written: {e}", args.out.display())))?;
    println!("{}", args.out.display());
    Ok(Verdict::Passed)
}

fn format(out: &Path) -> Result<Format, Failure> {
    let extension = out.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("svg") => Ok(Format::Svg),
        Some("png") => Ok(Format::Png),
        Some("pdf") => Ok(Format::Pdf),
        _ => Err(Failure::message(format!(
            "`--out {}` does not say what to write; expected a name that ends in .svg, .png or .pdf",
            out.display()
        ))),
    }
}

fn options(args: &args::Plot, trace: &Trace) -> EcgOptions {
    let layout = args.layout.map(|layout| match layout {
        args::EcgLayout::Auto => EcgLayout::Auto,
        args::EcgLayout::ThreeByFour => EcgLayout::ThreeByFour,
        args::EcgLayout::SixByTwo => EcgLayout::SixByTwo,
        args::EcgLayout::TwelveByOne => EcgLayout::TwelveByOne,
    });
    EcgOptions {
        layout: layout.unwrap_or(trace.layout),
        speed: match args.speed {
            args::Speed::Mm25 => Speed::Mm25,
            args::Speed::Mm50 => Speed::Mm50,
        },
        gain: match args.gain {
            None => Gain::Auto,
            Some(args::Gain::Mm5) => Gain::Mm5,
            Some(args::Gain::Mm10) => Gain::Mm10,
            Some(args::Gain::Mm20) => Gain::Mm20,
        },
        landmarks: args.landmarks,
    }
}

fn render(trace: &Trace, options: &EcgOptions, format: Format) -> Result<Vec<u8>, ecg_audit_report::Error> {
    match format {
        Format::Svg => ecg_svg(trace, options).map(String::into_bytes),
        Format::Png => ecg_png(trace, options),
        Format::Pdf => {
            let EcgPdf { bytes, page, sheet } = ecg_pdf(trace, options)?;
            if sheet.is_none() {
                let [width, height] = page;
                eprintln!(
                    "note: to scale, the ECG needs a page of {width:.0} × {height:.0} mm, larger than A4, Letter and A3"
                );
            }
            Ok(bytes)
        }
    }
}
