//! ECGs as files of their own: SVG, PNG, PDF.

use std::sync::{Arc, LazyLock};

use ecg_audit_engine::audit::Trace;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use super::{Drawing, EcgOptions, drawing, style};
use crate::Error;
use crate::svg::length;

/// Resolution of a PNG, dots per inch, unless that would make it larger than [`PIXELS`].
const DPI: f64 = 300.0;
const PIXELS: f64 = 60e6;
const MM_PER_INCH: f64 = 25.4;
/// What readers of SVG take an inch to be, px.
const PX_PER_INCH: f32 = 96.0;
/// Sheets to print on, mm, the first that holds the picture with these margins.
const SHEETS: [(&str, [f64; 2]); 4] = [
    ("A4 landscape", [297.0, 210.0]),
    ("Letter landscape", [279.4, 215.9]),
    ("A3 portrait", [297.0, 420.0]),
    ("A3 landscape", [420.0, 297.0]),
];
const MARGIN: f64 = 6.0;
/// The longest side of a page that PDF readers are sure to show, mm (14 400 units: ISO 32000-1, annex C).
const LONGEST: f64 = 5080.0;

/// An ECG as a PDF page.
#[derive(Debug, Clone, PartialEq)]
pub struct EcgPdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// Width and height of the page, mm.
    pub page: [f64; 2],
    /// The sheet of that size; absent where none holds the ECG to scale.
    pub sheet: Option<&'static str>,
}

/// `trace` as an SVG document of its own, sized in millimetres, with its style inside.
///
/// # Errors
/// [`Error::Unusable`] when the trace has no lead or no usable sampling rate.
pub fn ecg_svg(trace: &Trace, options: &EcgOptions) -> Result<String, Error> {
    let drawing = drawn(trace, options)?;
    let size = drawing.size;
    Ok(document(trace, drawing, size))
}

/// `trace` as a PNG on white, 300 dots per inch, which the file says: printed without scaling it is to scale.
///
/// A picture of more than 60 million pixels takes fewer dots per inch.
///
/// # Errors
/// [`Error::Unusable`] as [`ecg_svg`]; [`Error::Picture`] when it cannot be rendered.
pub fn ecg_png(trace: &Trace, options: &EcgOptions) -> Result<Vec<u8>, Error> {
    let drawing = drawn(trace, options)?;
    let [width, height] = drawing.size;
    let inches = width * height / (MM_PER_INCH * MM_PER_INCH);
    let dpi = DPI.min((PIXELS / inches).sqrt());
    let size = drawing.size;
    let tree = tree(&document(trace, drawing, size))?;
    let pixels = |mm: f64| (mm / MM_PER_INCH * dpi).round().max(1.0) as u32;
    let mut pixmap = Pixmap::new(pixels(width), pixels(height))
        .ok_or_else(|| Error::Picture("it has no room for its pixels".into()))?;
    pixmap.fill(Color::WHITE);
    let scale = dpi as f32 / PX_PER_INCH;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    encode(&pixmap, dpi)
}

/// `trace` as a PDF page to scale: A4 or Letter in landscape or A3 where one holds it, else a page of its own size.
///
/// # Errors
/// [`Error::Unusable`] as [`ecg_svg`]; [`Error::Picture`] when it is longer than a PDF page can be.
pub fn ecg_pdf(trace: &Trace, options: &EcgOptions) -> Result<EcgPdf, Error> {
    let drawing = drawn(trace, options)?;
    let [width, height] = drawing.size;
    let needed = [width + 2.0 * MARGIN, height + 2.0 * MARGIN];
    let sheet = SHEETS
        .iter()
        .find(|(_, sheet)| needed[0] <= sheet[0] && needed[1] <= sheet[1]);
    let page = sheet.map_or(needed, |(_, sheet)| *sheet);
    if page.iter().any(|side| *side > LONGEST) {
        return Err(Error::Picture(format!(
            "a page of {} × {} mm is longer than the {LONGEST} mm that PDF allows; an SVG can hold it",
            length(page[0]),
            length(page[1])
        )));
    }
    let tree = tree(&document(trace, drawing, page))?;
    let options = svg2pdf::PageOptions { dpi: PX_PER_INCH };
    let bytes = svg2pdf::to_pdf(&tree, svg2pdf::ConversionOptions::default(), options)
        .map_err(|e| Error::Picture(e.to_string()))?;
    Ok(EcgPdf {
        bytes,
        page,
        sheet: sheet.map(|(name, _)| *name),
    })
}

fn drawn(trace: &Trace, options: &EcgOptions) -> Result<Drawing, Error> {
    let (drawing, _) = drawing(trace, options, "ecg").ok_or_else(|| Error::Unusable {
        record: trace.record.clone(),
    })?;
    Ok(drawing)
}

/// The drawing in the middle of a white page of `page` mm.
fn document(trace: &Trace, drawing: Drawing, page: [f64; 2]) -> String {
    let [x, y] = [0, 1].map(|side| (drawing.size[side] - page[side]) / 2.0);
    let style = style::of(trace);
    drawing.svg.finish_document([x, y], page, &style, &drawing.label)
}

fn tree(svg: &str) -> Result<usvg::Tree, Error> {
    let options = usvg::Options {
        dpi: PX_PER_INCH,
        font_family: FACE.into(),
        fontdb: Arc::clone(&FONTS),
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(svg, &options).map_err(|e| Error::Picture(e.to_string()))
}

/// The face that PNG and PDF are lettered with on every machine, whatever fonts it has.
const FACE: &str = "DejaVu Sans";
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.load_font_data(dejavu::sans::bold().to_vec());
    fonts.set_sans_serif_family(FACE);
    Arc::new(fonts)
});

/// Opaque pixels as a PNG that knows its resolution.
fn encode(pixmap: &Pixmap, dpi: f64) -> Result<Vec<u8>, Error> {
    let rgb: Vec<u8> = pixmap
        .data()
        .chunks_exact(4)
        .flat_map(|pixel| &pixel[..3])
        .copied()
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let per_metre = (dpi / MM_PER_INCH * 1000.0).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let failed = |e: png::EncodingError| Error::Picture(e.to_string());
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&rgb).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}
