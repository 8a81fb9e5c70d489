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
    let size = drawing.size;
    let dpi = dots_per_inch(size);
    let tree = tree(&document(trace, drawing, size))?;
    let pixels = |mm: f64| (mm / MM_PER_INCH * dpi).round().max(1.0) as u32;
    let mut pixmap = Pixmap::new(pixels(size[0]), pixels(size[1]))
        .ok_or_else(|| Error::Picture("it has no room for its pixels".into()))?;
    pixmap.fill(Color::WHITE);
    let scale = dpi as f32 / PX_PER_INCH;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    encode(&pixmap, dpi)
}

/// The resolution for a picture of `size` mm.
fn dots_per_inch(size: [f64; 2]) -> f64 {
    let inches = size.map(|side| side / MM_PER_INCH);
    DPI.min((PIXELS / (inches[0] * inches[1])).sqrt())
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
        fontdb: fonts(svg),
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
/// The same and the machine's own, for characters that the face lacks (those of Chinese, Japanese and Korean names).
static WITH_SYSTEM_FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::clone(&FONTS);
    fonts.load_system_fonts();
    // The machine's own choice may be a family that it does not have, and then no text is drawn.
    fonts.set_sans_serif_family(FACE);
    Arc::new(fonts)
});

/// The fonts that the characters of `svg` take.
fn fonts(svg: &str) -> Arc<fontdb::Database> {
    // A face that cannot be parsed has no characters to offer.
    let face = ttf_parser::Face::parse(dejavu::sans::regular(), 0).ok();
    let has = |c: char| {
        c.is_ascii() || c.is_control() || face.as_ref().is_some_and(|face| face.glyph_index(c).is_some())
    };
    Arc::clone(if svg.chars().all(has) {
        &FONTS
    } else {
        &WITH_SYSTEM_FONTS
    })
}

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
    // Rows of the grid repeat; filters hide that from the compression.
    encoder.set_filter(png::FilterType::NoFilter);
    encoder.set_compression(png::Compression::Default);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecg::{Gain, Speed, testing};

    /// One flat lead: nothing but the calibration pulse and the line is drawn in ink.
    fn flat(seconds: usize) -> Trace {
        Trace {
            leads: vec!["II".into()],
            microvolts: vec![vec![Some(0); seconds * 100]],
            ..testing::trace()
        }
    }

    fn with(speed: Speed, gain: Gain) -> EcgOptions {
        EcgOptions {
            speed,
            gain,
            ..EcgOptions::default()
        }
    }

    /// The number in `text` after `key`.
    fn after(text: &str, key: &str) -> f64 {
        let rest = text
            .split(key)
            .nth(1)
            .unwrap_or_else(|| panic!("no {key} in {text}"));
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap();
        rest[..end].parse().unwrap()
    }

    #[test]
    fn the_grid_of_an_svg_is_a_millimetre() {
        for options in [EcgOptions::default(), with(Speed::Mm50, Gain::Mm20)] {
            let svg = ecg_svg(&flat(4), &options).unwrap();
            assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
            let (width, height) = (after(&svg, " width=\""), after(&svg, " height=\""));
            assert!(svg.contains(&format!(" viewBox=\"0 0 {width} {height}\" width=\"{width}mm\"")));
            let major = after(&svg, "class=\"major\" d=\"M");
            let height = after(&svg, &format!("class=\"major\" d=\"M{major} 5v"));
            let line = format!("class=\"major\" d=\"M{major} 5v{height}M");
            let next = after(&svg, &line);
            assert!((next - major - 5.0).abs() < 1e-9, "{major} {next}");
        }
    }

    #[test]
    fn a_picture_of_its_own_holds_its_style_and_measures() {
        let svg = ecg_svg(&flat(4), &EcgOptions::default()).unwrap();
        for text in [
            "25 mm/s",
            "10 mm/mV",
            "100 Hz",
            "no filter",
            ">Record r<",
            ".ecg .wave{",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("var("));
        let fast = ecg_svg(&flat(4), &with(Speed::Mm50, Gain::Mm5)).unwrap();
        assert!(fast.contains("50 mm/s") && fast.contains("5 mm/mV"));
        assert_eq!(after(&fast, " width=\""), 11.0 + 200.0 + 2.0);
    }

    /// Width and height in mm of the calibration pulse as a PNG's own resolution gives it.
    fn pulse(png: &[u8]) -> [f64; 2] {
        let mut reader = png::Decoder::new(png).read_info().unwrap();
        let dims = reader.info().pixel_dims.unwrap();
        assert_eq!((dims.unit, dims.xppu), (png::Unit::Meter, dims.yppu));
        let mm = 1000.0 / f64::from(dims.xppu);
        let mut data = vec![0; reader.output_buffer_size()];
        let frame = reader.next_frame(&mut data).unwrap();
        // The pulse stands 2 to 9 mm from the left, below the record's name.
        let dark = |x: usize, y: usize| data[(y * frame.width as usize + x) * 3] < 90;
        let columns = (1.5 / mm) as usize..(9.5 / mm) as usize;
        let rows = (5.0 / mm) as usize..frame.height as usize - (10.0 / mm) as usize;
        let ys: Vec<usize> = rows.filter(|&y| columns.clone().any(|x| dark(x, y))).collect();
        let (top, bottom) = (ys[0], ys[ys.len() - 1]);
        let middle = usize::midpoint(top, bottom);
        let xs: Vec<usize> = columns.filter(|&x| dark(x, middle)).collect();
        let line = 0.25;
        [
            (xs[xs.len() - 1] - xs[0] + 1) as f64 * mm - line,
            (bottom - top + 1) as f64 * mm - line,
        ]
    }

    #[test]
    fn the_pulse_of_a_png_measures_a_millivolt_within_a_hundredth() {
        for (gain, height) in [(Gain::Auto, 10.0), (Gain::Mm5, 5.0), (Gain::Mm20, 20.0)] {
            let png = ecg_png(&flat(4), &with(Speed::Mm25, gain)).unwrap();
            let [width, found] = pulse(&png);
            // A pixel is 0.085 mm.
            assert!((width - 5.0).abs() <= 0.085 + 0.05, "{width}");
            assert!((found - height).abs() <= 0.085 + 0.01 * height, "{found}");
        }
    }

    #[test]
    fn a_long_record_takes_fewer_dots_per_inch_and_may_be_too_long_for_a_page() {
        assert_eq!(dots_per_inch([263.0, 180.0]), DPI);
        let dpi = dots_per_inch([513.0, 4000.0]);
        assert!((513.0 * 4000.0 * (dpi / MM_PER_INCH).powi(2) - PIXELS).abs() < 1.0);
        let minute = |leads: usize| Trace {
            leads: vec!["II".into(); leads],
            microvolts: vec![vec![Some(0); 6000]; leads],
            ..testing::trace()
        };
        let long = ecg_pdf(&minute(30), &EcgOptions::default()).unwrap();
        assert!(long.sheet.is_none() && long.page[1] > 3000.0);
        let error = ecg_pdf(&minute(60), &EcgOptions::default()).unwrap_err();
        assert!(error.to_string().contains("longer than the 5080 mm"), "{error}");
    }

    #[test]
    fn only_characters_that_the_face_lacks_ask_for_the_fonts_of_the_machine() {
        assert!(Arc::ptr_eq(
            &fonts("<text>Ångström µV Ελληνικά кириллица עברית</text>"),
            &FONTS
        ));
        assert!(Arc::ptr_eq(&fonts("<text>心电图</text>"), &WITH_SYSTEM_FONTS));
        // Such a name must not cost the text that stands beside it.
        let named = Trace {
            record: "心电图 7".into(),
            ..flat(4)
        };
        let png = ecg_png(&named, &EcgOptions::default()).unwrap();
        assert!(darkest_of_the_first_line(&png) < 90);
    }

    /// The darkest pixel where the word "Record" stands.
    fn darkest_of_the_first_line(png: &[u8]) -> u8 {
        let mut reader = png::Decoder::new(png).read_info().unwrap();
        let dots = f64::from(reader.info().pixel_dims.unwrap().xppu) / 1000.0;
        let mut data = vec![0; reader.output_buffer_size()];
        let width = reader.next_frame(&mut data).unwrap().width as usize;
        let pixels = |mm: f64| (mm * dots) as usize;
        let places = (0..pixels(4.0)).flat_map(|y| (0..pixels(9.0)).map(move |x| (y * width + x) * 3));
        places.map(|at| data[at]).min().unwrap()
    }

    fn media_box(pdf: &[u8]) -> [f64; 2] {
        let text = String::from_utf8_lossy(pdf);
        let numbers: Vec<f64> = text
            .split("/MediaBox [")
            .nth(1)
            .and_then(|rest| rest.split(']').next())
            .unwrap()
            .split_whitespace()
            .map(|n| n.parse().unwrap())
            .collect();
        assert_eq!(numbers[..2], [0.0, 0.0]);
        [numbers[2], numbers[3]]
    }

    #[test]
    fn a_pdf_page_is_a_sheet_that_holds_the_ecg_to_scale() {
        let points = |mm: f64| mm / MM_PER_INCH * 72.0;
        let pdf = ecg_pdf(&flat(10), &EcgOptions::default()).unwrap();
        assert_eq!(pdf.sheet, Some("A4 landscape"));
        let [width, height] = media_box(&pdf.bytes);
        assert!((width - points(297.0)).abs() < 0.1 && (height - points(210.0)).abs() < 0.1);
        let wide = ecg_pdf(&flat(10), &with(Speed::Mm50, Gain::Auto)).unwrap();
        assert_eq!((wide.sheet, wide.page[0]), (None, 525.0));
        assert!((media_box(&wide.bytes)[0] - points(525.0)).abs() < 0.1);
    }

    #[test]
    fn hostile_names_and_nothing_to_draw() {
        let hostile = Trace {
            record: "</text><script>\u{0}\u{1}\u{ffff}\u{202e}\"".repeat(400),
            leads: vec!["<b>&\u{8}".into()],
            ..flat(3)
        };
        let svg = ecg_svg(&hostile, &EcgOptions::default()).unwrap();
        assert!(!svg.contains("<script>") && !svg.contains('\u{0}') && !svg.contains('\u{1}'));
        ecg_png(&hostile, &EcgOptions::default()).unwrap();
        let nothing = Trace {
            microvolts: Vec::new(),
            ..flat(1)
        };
        let error = ecg_pdf(&nothing, &EcgOptions::default()).unwrap_err();
        assert!(error.to_string().contains("record r has no lead"), "{error}");
    }

    #[test]
    fn broken_numbers_still_make_a_picture() {
        let beat = ecg_audit_engine::audit::TraceBeat {
            qrs: ecg_audit_engine::audit::TraceWave {
                onset: Some(f64::NAN),
                peak: Some(1e300),
                offset: Some(-1e300),
            },
            ..Default::default()
        };
        for rate in [1e-300, 0.01, 1e300] {
            for step in [f64::NAN, -1.0, 0.0, 1e-300, 1e300] {
                let broken = Trace {
                    sampling_rate: rate,
                    microvolts: vec![vec![Some(i32::MIN), None, Some(i32::MAX)]; 3],
                    leads: vec!["II".into()],
                    timeline_start: -step,
                    timeline_step: step,
                    clusters: vec![Some(u32::MAX), None, Some(0)],
                    memberships: vec![f32::NAN],
                    uncertainty: vec![f32::INFINITY, f32::NAN],
                    landmarks: vec![beat; 3],
                    ..testing::trace()
                };
                let options = EcgOptions {
                    landmarks: true,
                    ..EcgOptions::default()
                };
                ecg_pdf(&broken, &options).unwrap();
            }
        }
    }
}
