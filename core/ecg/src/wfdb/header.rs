//! Header files (WFDB Applications Guide, `header(5)`).

use std::path::Path;

use super::SignalSpec;
use super::signal_spec::Fields;
use crate::Error;

/// Sampling rate that `header(5)` prescribes for a record line that gives none, in Hz.
const DEFAULT_SAMPLING_RATE: f64 = 250.0;

/// What a header file says of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Name of the record as its header gives it. Nothing else depends on it.
    pub name: String,
    /// Frames per second, in Hz.
    pub sampling_rate: f64,
    /// Rate of the secondary clock, in Hz.
    pub counter_rate: Option<f64>,
    /// Value of the secondary clock at the first sample.
    pub base_counter: Option<f64>,
    /// Number of frames, where the header gives it.
    pub frames: Option<u64>,
    /// Time and date of the first sample, as written: too many spellings are in use to read them.
    pub start: Option<String>,
    /// The signals, or the segments that hold them.
    pub parts: Parts,
    /// Comment lines without their `#`.
    pub comments: Vec<String>,
}

/// What a record consists of.
#[derive(Debug, Clone, PartialEq)]
pub enum Parts {
    /// Signals, each in a signal file.
    Signals(Vec<SignalSpec>),
    /// Segments, each a record of its own, one after the other.
    Segments {
        /// Number of signals in the whole.
        signals: usize,
        /// The segments in the order of time.
        segments: Vec<Segment>,
    },
}

/// One segment of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Name of the segment's record; nothing for a gap.
    pub record: Option<String>,
    /// Number of frames. The first segment having none makes it the layout of the others.
    pub frames: u64,
}

impl Header {
    /// Parses the text of a header file; `path` is for error messages.
    ///
    /// # Errors
    /// [`Error::Format`] with the line and the field that is wrong.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let mut comments = Vec::new();
        let mut lines = Vec::new();
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            match line.trim() {
                "" => {}
                line if line.starts_with('#') => {
                    comments.push(line.trim_start_matches('#').trim().to_owned());
                }
                line => lines.push((number, line)),
            }
        }
        let [(number, record_line), lines @ ..] = lines.as_slice() else {
            return Err(Error::content(path, "expected a record line, found none"));
        };
        let record = RecordLine::parse(record_line).map_err(|m| Error::at_line(path, *number, m))?;
        let (expected, what) = match record.segments {
            Some(n) => (n, "segments"),
            None => (record.signals, "signals"),
        };
        if lines.len() != expected {
            let found = lines.len();
            let message =
                format!("the record line announces {expected} {what}, and {found} lines of {what} follow");
            return Err(Error::at_line(path, *number, message));
        }
        let parts = if record.segments.is_some() {
            let segments = parse_lines(lines, path, |line, _| Segment::parse(line))?;
            Parts::Segments {
                signals: record.signals,
                segments,
            }
        } else {
            Parts::Signals(parse_lines(lines, path, SignalSpec::parse)?)
        };
        Ok(Self {
            name: record.name,
            sampling_rate: record.sampling_rate,
            counter_rate: record.counter_rate,
            base_counter: record.base_counter,
            frames: record.frames,
            start: record.start,
            parts,
            comments,
        })
    }
}

fn parse_lines<T>(
    lines: &[(usize, &str)],
    path: &Path,
    parse: impl Fn(&str, usize) -> Result<T, String>,
) -> Result<Vec<T>, Error> {
    lines
        .iter()
        .map(|&(number, line)| parse(line, number).map_err(|message| Error::at_line(path, number, message)))
        .collect()
}

impl Segment {
    fn parse(text: &str) -> Result<Self, String> {
        let mut fields = Fields(text);
        match (fields.next(), fields.next()) {
            (Some(record), Some(frames)) => Ok(Self {
                record: (record != "~").then(|| record.to_owned()),
                frames: frames
                    .parse()
                    .map_err(|_| format!("number of samples: expected an integer, found `{frames}`"))?,
            }),
            _ => Err(format!("expected `SEGMENT SAMPLES`, found `{text}`")),
        }
    }
}

/// `NAME[/SEGMENTS] SIGNALS [RATE[/COUNTER_RATE[(BASE_COUNTER)]] [SAMPLES [TIME [DATE]]]]`
pub(super) struct RecordLine {
    name: String,
    pub(super) segments: Option<usize>,
    signals: usize,
    sampling_rate: f64,
    counter_rate: Option<f64>,
    base_counter: Option<f64>,
    frames: Option<u64>,
    start: Option<String>,
}

impl RecordLine {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut fields = Fields(text);
        let (name, segments) = match fields.next() {
            Some(field) => match field.split_once('/') {
                Some((name, n)) => (name, Some(count(n, "number of segments")?)),
                None => (field, None),
            },
            None => return Err("expected the name of a record".into()),
        };
        if segments == Some(0) {
            return Err("number of segments: expected 1 or more, found 0".into());
        }
        let signals = fields
            .next()
            .ok_or("expected the number of signals after the record's name")?;
        let signals = count(signals, "number of signals")?;
        let (sampling_rate, counter_rate, base_counter) = match fields.next() {
            Some(field) => parse_rates(field)?,
            None => (DEFAULT_SAMPLING_RATE, None, None),
        };
        let mut rest = Fields(fields.0);
        let frames = match rest.next() {
            // Some writers leave the number of samples out and go on with the time.
            Some(field) if !field.contains([':', '/']) => {
                fields = rest;
                Some(count(field, "number of samples")? as u64)
            }
            _ => None,
        };
        let start = fields.0.trim();
        Ok(Self {
            name: name.to_owned(),
            segments,
            signals,
            sampling_rate,
            counter_rate,
            base_counter,
            // header(5): zero is the same as nothing.
            frames: frames.filter(|&n| n > 0),
            start: (!start.is_empty()).then(|| start.to_owned()),
        })
    }
}

fn parse_rates(field: &str) -> Result<(f64, Option<f64>, Option<f64>), String> {
    let (rate, counter) = match field.split_once('/') {
        Some((rate, counter)) => (rate, Some(counter)),
        None => (field, None),
    };
    let sampling_rate = number(rate, "sampling rate")?;
    if sampling_rate <= 0.0 {
        return Err(format!("sampling rate: expected more than 0 Hz, found `{rate}`"));
    }
    let (counter_rate, base) = match counter.map(|text| text.split_once('(')) {
        None => (None, None),
        Some(None) => (counter, None),
        Some(Some((rate, base))) => (Some(rate), Some(base)),
    };
    let base = base.map(|text| {
        text.strip_suffix(')')
            .ok_or_else(|| format!("missing `)` in `{field}`"))
    });
    Ok((
        sampling_rate,
        counter_rate
            .map(|text| number(text, "counter rate"))
            .transpose()?,
        base.transpose()?
            .map(|text| number(text, "base counter"))
            .transpose()?,
    ))
}

fn number(text: &str, name: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!("{name}: expected a number, found `{text}`")),
    }
}

fn count(text: &str, name: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| format!("{name}: expected an integer of 0 or more, found `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Header, Error> {
        Header::parse(text, Path::new("r.hea"))
    }

    #[test]
    fn record_line_with_everything() {
        let header =
            parse("# before\r\n r-1.mat 0 360.5/1000(-2.5) 650000 12-May-2020 12:33:59\r\n#Age: 5\r\n");
        let header = header.unwrap();
        assert_eq!((header.name.as_str(), header.sampling_rate), ("r-1.mat", 360.5));
        assert_eq!(
            (header.counter_rate, header.base_counter),
            (Some(1000.0), Some(-2.5))
        );
        assert_eq!(
            (header.frames, header.start.as_deref()),
            (Some(650_000), Some("12-May-2020 12:33:59"))
        );
        assert_eq!(header.comments, ["before", "Age: 5"]);
        assert_eq!(header.parts, Parts::Signals(vec![]));
    }

    #[test]
    fn record_line_with_little() {
        let header = parse("r 0").unwrap();
        assert_eq!(
            (header.sampling_rate, header.frames, header.start),
            (250.0, None, None)
        );
        let header = parse("r 0 100 12:00:00").unwrap();
        assert_eq!((header.frames, header.start.as_deref()), (None, Some("12:00:00")));
        assert_eq!(parse("r 0 100 0").unwrap().frames, None);
    }

    #[test]
    fn segments() {
        let header = parse("r/3 2 100 50\nr_layout 0\n~ 20\nr_1 30\n").unwrap();
        let segment = |record: Option<&str>, frames| Segment {
            record: record.map(str::to_owned),
            frames,
        };
        let segments = vec![
            segment(Some("r_layout"), 0),
            segment(None, 20),
            segment(Some("r_1"), 30),
        ];
        assert_eq!(header.parts, Parts::Segments { signals: 2, segments });
    }

    #[test]
    fn bad_headers_name_the_line_and_the_field() {
        for (text, expected) in [
            ("", "r.hea: expected a record line, found none"),
            ("# only\n\n", "expected a record line"),
            ("\nr", "r.hea:2: expected the number of signals"),
            (
                "r -1",
                "number of signals: expected an integer of 0 or more, found `-1`",
            ),
            ("r/0 1", "number of segments: expected 1 or more"),
            ("r 1 0", "sampling rate: expected more than 0 Hz"),
            ("r 1 inf", "sampling rate: expected a number, found `inf`"),
            ("r 1 100/x", "counter rate: expected a number"),
            ("r 1 100/5(2", "missing `)`"),
            (
                "r 1 100 -5",
                "number of samples: expected an integer of 0 or more, found `-5`",
            ),
            (
                "r 2 100\na.dat 16",
                "announces 2 signals, and 1 lines of signals follow",
            ),
            (
                "r 1 100\n\na.dat 16 zero",
                "r.hea:3: gain: expected a number, found `zero`",
            ),
            (
                "r/1 1 100\nr_1",
                "r.hea:2: expected `SEGMENT SAMPLES`, found `r_1`",
            ),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text:?}: {message}");
        }
    }
}
