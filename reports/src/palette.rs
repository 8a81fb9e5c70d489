//! Colours: one per cluster, the same wherever the cluster appears, and the scale for signed values.

use std::fmt::Write;

/// Cluster colours in order of use. The first seven are Okabe and Ito's (Color Universal Design, 2008). Each later one
/// is, among about 3900 sRGB candidates, the farthest from all before it, where the distance of two colours is the
/// smallest of their OKLab distances as seen with normal vision, with deuteranopia and with protanopia (Machado et
/// al., IEEE TVCG 2009). Beyond the last one they repeat, which is one reason why clusters always show their number.
const CLUSTERS: [u32; 48] = [
    0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7, 0x56b4e9, 0xd55e00, 0xf0e442, 0x892504, 0x7cf5f1, 0x305264,
    0x2c84ff, 0xafbe9b, 0x0f3bb7, 0x477064, 0xbaf0a8, 0x5ad6e1, 0xa54417, 0x3b99e2, 0x2f63e1, 0x364789,
    0x87da68, 0xef713b, 0x3a6089, 0x40b476, 0xc3a2ba, 0x723941, 0x7f708f, 0x4be8c4, 0x4780d2, 0xd32d48,
    0x245bab, 0x316d32, 0x80c368, 0xc27059, 0xbdd49c, 0x1f4fcc, 0xe491fd, 0x2da1c2, 0xfebf12, 0x787aaf,
    0xd2ec7d, 0x469996, 0x90f6d0, 0x3b6570, 0x9cdffe, 0x45c1d4, 0x8cae98, 0x4a91f8,
];

/// Steps of the signed scale on each side of zero: one per 0.1.
const STEPS: usize = 10;

/// The ends and the middle of the signed scale: blue for negative, orange-brown for positive, which stay apart under
/// the common colour vision deficiencies.
struct Scale {
    negative: u32,
    middle: u32,
    positive: u32,
}

const LIGHT: Scale = Scale {
    negative: 0x1f5fa8,
    middle: 0xfafaf8,
    positive: 0xb3540a,
};
const DARK: Scale = Scale {
    negative: 0x6db3ff,
    middle: 0x1c232c,
    positive: 0xffa04d,
};

/// The class that gives an element its cluster's colours.
pub(crate) fn cluster_class(cluster: usize) -> String {
    format!("k{}", position(cluster))
}

/// Where in the palette a cluster's colour stands.
pub(crate) fn position(cluster: usize) -> usize {
    cluster % CLUSTERS.len()
}

/// A cluster's colour and that of text on it, as style sheets write them.
pub(crate) fn cluster_colours(cluster: usize) -> [String; 2] {
    let colour = CLUSTERS[position(cluster)];
    [format!("#{colour:06x}"), text_on(colour).into()]
}

/// The class that shades a cell by a value in [−1, 1].
pub(crate) fn signed_class(value: f64) -> String {
    if !value.is_finite() {
        return "h0".into();
    }
    let step = (value.abs().min(1.0) * STEPS as f64).round() as usize;
    match step {
        0 => "h0".into(),
        step if value < 0.0 => format!("hn{step}"),
        step => format!("hp{step}"),
    }
}

/// The style rules behind [`cluster_class`] and [`signed_class`].
pub(crate) fn css() -> String {
    let mut css = String::new();
    for (i, &colour) in CLUSTERS.iter().enumerate() {
        let _ = write!(css, ".k{i}{{--k:#{colour:06x};--kt:{}}}", text_on(colour));
    }
    css.push_str(&scale_css("", &LIGHT));
    css
}

/// The rules of the signed scale for dark pages, under the selector `root`.
pub(crate) fn dark_css(root: &str) -> String {
    scale_css(&format!("{root} "), &DARK)
}

fn scale_css(prefix: &str, scale: &Scale) -> String {
    let mut css = String::new();
    let mut rule = |name: String, colour: u32| {
        let _ = write!(
            css,
            "{prefix}.{name}{{background:#{colour:06x};color:{}}}",
            text_on(colour)
        );
    };
    rule("h0".into(), scale.middle);
    for step in 1..=STEPS {
        let t = step as f64 / STEPS as f64;
        rule(format!("hn{step}"), mix(scale.middle, scale.negative, t));
        rule(format!("hp{step}"), mix(scale.middle, scale.positive, t));
    }
    css
}

/// Black or white, whichever reads better on `colour`; one of them always reaches a contrast of 4.5.
fn text_on(colour: u32) -> &'static str {
    if contrast(colour, 0) >= contrast(colour, 0xff_ffff) {
        "#000"
    } else {
        "#fff"
    }
}

/// Contrast ratio, WCAG 2.2.
fn contrast(a: u32, b: u32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: u32) -> f64 {
    let [r, g, b] = linear(colour);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn channels(colour: u32) -> [f64; 3] {
    [16, 8, 0].map(|shift| f64::from((colour >> shift) & 0xff))
}

fn linear(colour: u32) -> [f64; 3] {
    channels(colour).map(|c| {
        let c = c / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    })
}

fn mix(from: u32, to: u32, t: f64) -> u32 {
    let (a, b) = (channels(from), channels(to));
    (0..3).fold(0, |colour, i| {
        (colour << 8) | (a[i] + (b[i] - a[i]) * t).round() as u32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Machado et al. 2009, severity 1, on linear RGB.
    const DEUTERANOPIA: [[f64; 3]; 3] = [
        [0.367_322, 0.860_646, -0.227_968],
        [0.280_085, 0.672_501, 0.047_413],
        [-0.011_820, 0.042_940, 0.968_881],
    ];
    const PROTANOPIA: [[f64; 3]; 3] = [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998],
    ];
    const NORMAL: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    fn apply(m: [[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
        m.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum())
    }

    fn oklab(rgb: [f64; 3]) -> [f64; 3] {
        let lms = apply(
            [
                [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
                [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
                [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
            ],
            rgb.map(|c| c.clamp(0.0, 1.0)),
        );
        apply(
            [
                [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
                [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
                [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
            ],
            lms.map(f64::cbrt),
        )
    }

    fn distance(a: u32, b: u32) -> f64 {
        [NORMAL, DEUTERANOPIA, PROTANOPIA]
            .into_iter()
            .map(|view| {
                let (a, b) = (oklab(apply(view, linear(a))), oklab(apply(view, linear(b))));
                a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
            })
            .fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn clusters_stay_apart_for_colour_blind_readers() {
        let closest = |n: usize| {
            (0..n)
                .flat_map(|i| (0..i).map(move |j| distance(CLUSTERS[i], CLUSTERS[j])))
                .fold(f64::INFINITY, f64::min)
        };
        assert!(closest(7) > 0.07, "{}", closest(7));
        assert!(closest(20) > 0.07, "{}", closest(20));
        assert!(closest(48) > 0.04, "{}", closest(48));
    }

    #[test]
    fn numbers_on_colours_can_be_read() {
        let cells = [&LIGHT, &DARK].into_iter().flat_map(|s| {
            (0..=STEPS).flat_map(move |i| {
                let t = i as f64 / STEPS as f64;
                [mix(s.middle, s.negative, t), mix(s.middle, s.positive, t)]
            })
        });
        for colour in CLUSTERS.into_iter().chain(cells) {
            let best = contrast(colour, 0).max(contrast(colour, 0xff_ffff));
            assert!(best >= 4.5, "{colour:06x}: {best}");
        }
    }

    #[test]
    fn values_map_to_steps() {
        assert_eq!(signed_class(0.04), "h0");
        assert_eq!(signed_class(-0.26), "hn3");
        assert_eq!(signed_class(7.0), "hp10");
        assert_eq!(signed_class(f64::NAN), "h0");
        assert_eq!(cluster_class(0), cluster_class(48));
    }
}
