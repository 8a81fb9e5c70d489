//! The line of a header that describes one signal (WFDB Applications Guide, `header(5)`).

use super::Format;

/// Gain that `header(5)` prescribes for a signal whose line gives none, in units per mV.
const DEFAULT_GAIN: f64 = 200.0;

/// What a header says of one signal.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalSpec {
    /// Line of the header that describes the signal, counted from 1.
    pub line: usize,
    /// Name of the signal file, in the folder of the header.
    pub file: String,
    /// How samples are stored.
    pub format: Format,
    /// Samples per frame; more than one where the signal is sampled faster than the record's rate.
    pub samples_per_frame: u32,
    /// Frames by which the signal is stored too late.
    pub skew: u32,
    /// Bytes of the signal file before the first sample.
    pub byte_offset: u64,
    /// Stored units per physical unit.
    pub gain: f64,
    /// Stored value of a physical zero.
    pub baseline: i64,
    /// Physical unit; `mV` where the header names none.
    pub unit: String,
    /// Resolution of the analogue-to-digital converter in bits; 0 where unknown.
    pub adc_resolution: i64,
    /// Stored value in the middle of the converter's range.
    pub adc_zero: i64,
    /// Stored value of the first sample.
    pub initial_value: Option<i64>,
    /// Sum of all stored values, modulo 65536.
    pub checksum: Option<i64>,
    /// Size of the blocks in which the file must be read; 0 for an ordinary file.
    pub block_size: i64,
    /// Description: for an ECG, the lead's name.
    pub description: Option<String>,
}

impl SignalSpec {
    /// Parses a line without its comment and surrounding blanks. The error has no file or line yet.
    pub(super) fn parse(text: &str, line: usize) -> Result<Self, String> {
        let mut fields = Fields(text);
        let file = fields.next().ok_or("expected the name of a signal file")?;
        let storage = fields
            .next()
            .ok_or_else(|| format!("expected `FILE FORMAT …`, found only `{file}`"))
            .and_then(Storage::parse)?;
        let scale = fields.next().map(Scale::parse).transpose()?.unwrap_or_default();
        let adc_resolution = fields.integer("ADC resolution")?.unwrap_or(0);
        let adc_zero = fields.integer("ADC zero")?.unwrap_or(0);
        let initial_value = fields.integer("initial value")?;
        let checksum = fields.integer("checksum")?;
        let block_size = fields.integer("block size")?.unwrap_or(0);
        let description = fields.0.trim();
        Ok(Self {
            line,
            file: file.to_owned(),
            format: storage.format,
            samples_per_frame: storage.samples_per_frame,
            skew: storage.skew,
            byte_offset: storage.byte_offset,
            gain: scale.gain,
            baseline: scale.baseline.unwrap_or(adc_zero),
            unit: scale.unit,
            adc_resolution,
            adc_zero,
            initial_value,
            checksum,
            block_size,
            description: (!description.is_empty()).then(|| description.to_owned()),
        })
    }

    /// Millivolts per physical unit, or nothing for a unit that is no voltage.
    pub(super) fn millivolts_per_unit(&self) -> Option<f64> {
        match self.unit.to_lowercase().as_str() {
            "mv" | "millivolt" | "millivolts" => Some(1.0),
            // The micro sign and the Greek letter look alike; both are in use.
            "uv" | "\u{b5}v" | "\u{3bc}v" | "microvolt" | "microvolts" => Some(1e-3),
            "nv" | "nanovolt" | "nanovolts" => Some(1e-6),
            "v" | "volt" | "volts" => Some(1e3),
            _ => None,
        }
    }

    /// Whether the fields to check the samples by were left at zero.
    pub(super) fn has_blank_checks(&self) -> bool {
        self.initial_value.unwrap_or(0) == 0 && self.checksum.unwrap_or(0) == 0
    }
}

/// Blank-separated fields, and what is left of the line.
pub(super) struct Fields<'a>(pub(super) &'a str);

impl<'a> Fields<'a> {
    pub(super) fn next(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (field, rest) = rest.split_at(end);
        self.0 = rest;
        (!field.is_empty()).then_some(field)
    }

    fn integer(&mut self, name: &str) -> Result<Option<i64>, String> {
        self.next()
            .map(|field| {
                field
                    .parse()
                    .map_err(|_| format!("{name}: expected an integer, found `{field}`"))
            })
            .transpose()
    }
}

/// `FORMAT[xSAMPLES_PER_FRAME][:SKEW][+BYTE_OFFSET]`
struct Storage {
    format: Format,
    samples_per_frame: u32,
    skew: u32,
    byte_offset: u64,
}

impl Storage {
    fn parse(field: &str) -> Result<Self, String> {
        let wrong =
            |what: &str, found: &str| format!("{what}: expected an integer, found `{found}` in `{field}`");
        let (rest, byte_offset) = match field.split_once('+') {
            Some((rest, offset)) => (rest, offset.parse().map_err(|_| wrong("byte offset", offset))?),
            None => (field, 0),
        };
        let (rest, skew) = match rest.split_once(':') {
            Some((rest, skew)) => (rest, skew.parse().map_err(|_| wrong("skew", skew))?),
            None => (rest, 0),
        };
        let (format, samples_per_frame) = match rest.split_once('x') {
            Some((format, n)) => (format, n.parse().map_err(|_| wrong("samples per frame", n))?),
            None => (rest, 1),
        };
        if samples_per_frame == 0 {
            return Err(format!(
                "samples per frame: expected 1 or more, found 0 in `{field}`"
            ));
        }
        let number = format.parse().map_err(|_| wrong("format", format))?;
        let format = Format::from_number(number).ok_or_else(|| {
            let why = if matches!(number, 508 | 516 | 524) {
                " (FLAC)"
            } else {
                ""
            };
            format!(
                "format {number}{why} is not supported: expected 8, 16, 24, 32, 61, 80, 160, 212, 310 or 311"
            )
        })?;
        Ok(Self {
            format,
            samples_per_frame,
            skew,
            byte_offset,
        })
    }
}

/// `GAIN[(BASELINE)][/UNIT]`
struct Scale {
    gain: f64,
    baseline: Option<i64>,
    unit: String,
}

impl Default for Scale {
    fn default() -> Self {
        Self {
            gain: DEFAULT_GAIN,
            baseline: None,
            unit: "mV".into(),
        }
    }
}

impl Scale {
    fn parse(field: &str) -> Result<Self, String> {
        let (rest, unit) = match field.split_once('/') {
            Some((_, "")) => return Err(format!("unit: expected a name after `/` in `{field}`")),
            Some((rest, unit)) => (rest, unit),
            None => (field, "mV"),
        };
        let (gain, baseline) = match rest.split_once('(') {
            Some((gain, rest)) => {
                let baseline = rest
                    .strip_suffix(')')
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| format!("baseline: expected `(INTEGER)` in `{field}`"))?;
                (gain, Some(baseline))
            }
            None => (rest, None),
        };
        let value: f64 = gain
            .parse()
            .map_err(|_| format!("gain: expected a number, found `{gain}` in `{field}`"))?;
        if !value.is_finite() || value == 0.0 {
            return Err(format!(
                "gain: expected a finite number other than 0, found `{gain}` in `{field}`"
            ));
        }
        Ok(Self {
            gain: value,
            baseline,
            unit: unit.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fields() {
        let spec = SignalSpec::parse(
            "a.dat 212x4:3+24 -1.5e2(-7)/uV 12 1024 -5 -1200 512 lead V1 old",
            9,
        )
        .unwrap();
        assert_eq!(
            spec,
            SignalSpec {
                line: 9,
                file: "a.dat".into(),
                format: Format::Packed12,
                samples_per_frame: 4,
                skew: 3,
                byte_offset: 24,
                gain: -150.0,
                baseline: -7,
                unit: "uV".into(),
                adc_resolution: 12,
                adc_zero: 1024,
                initial_value: Some(-5),
                checksum: Some(-1200),
                block_size: 512,
                description: Some("lead V1 old".into()),
            }
        );
    }

    #[test]
    fn what_is_left_out_gets_the_standards_defaults() {
        let spec = SignalSpec::parse("a.dat 16", 1).unwrap();
        assert_eq!((spec.gain, spec.baseline, spec.unit.as_str()), (200.0, 0, "mV"));
        assert_eq!(
            (spec.initial_value, spec.checksum, spec.description),
            (None, None, None)
        );
        let spec = SignalSpec::parse("a.dat 16 1000 12 1024", 1).unwrap();
        assert_eq!(
            spec.baseline, 1024,
            "the baseline is the ADC zero where it is not given"
        );
    }

    #[test]
    fn bad_fields_are_named() {
        for (line, expected) in [
            ("a.dat", "expected `FILE FORMAT …`"),
            ("a.dat pcm", "format: expected an integer, found `pcm`"),
            ("a.dat 516", "format 516 (FLAC) is not supported"),
            ("a.dat 16x0", "samples per frame: expected 1 or more"),
            ("a.dat 16:-1", "skew: expected an integer, found `-1`"),
            ("a.dat 16+x", "byte offset: expected an integer"),
            (
                "a.dat 16 0/mV",
                "gain: expected a finite number other than 0, found `0`",
            ),
            (
                "a.dat 16 nan/mV",
                "gain: expected a finite number other than 0, found `nan`",
            ),
            ("a.dat 16 high", "gain: expected a number, found `high`"),
            ("a.dat 16 200(x)/mV", "baseline: expected `(INTEGER)`"),
            ("a.dat 16 200(3/mV", "baseline: expected `(INTEGER)`"),
            ("a.dat 16 200/", "unit: expected a name"),
            (
                "a.dat 16 200 16 0 1.5",
                "initial value: expected an integer, found `1.5`",
            ),
        ] {
            let message = SignalSpec::parse(line, 1).unwrap_err();
            assert!(message.contains(expected), "{line}: {message}");
        }
    }

    #[test]
    fn units_of_voltage() {
        let scale = |unit: &str| {
            SignalSpec::parse(&format!("a.dat 16 1/{unit}"), 1)
                .unwrap()
                .millivolts_per_unit()
        };
        assert_eq!(scale("mv"), Some(1.0));
        assert_eq!(scale("µV"), Some(1e-3));
        assert_eq!(scale("V"), Some(1e3));
        assert_eq!(scale("mmHg"), None);
    }
}
