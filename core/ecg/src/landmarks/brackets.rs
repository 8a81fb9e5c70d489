//! From annotations to waves.

use std::collections::BTreeMap;

use super::grouping::group;
use super::{Beat, Kind, Wave, Waves, fuse};
use crate::wfdb::codes::{OFFSET, ONSET, P_WAVE, T_WAVE, U_WAVE};
use crate::wfdb::{Annotation, AnnotationFile, standard_symbol};

/// Largest time from a peak to the empty pair of brackets after it that is its own, in seconds: a sample at 100 Hz.
const LATE_ONSET: f64 = 0.010;
/// Largest time between two peaks of one T wave without a bracket before them, in seconds: less than between two beats.
const BIPHASIC: f64 = 0.200;

/// The beats of one annotation file, in samples at `sampling_rate` (the record's, in Hz) whatever the file's own time
/// resolution; see the [module](super) for the rules.
pub fn beats(file: &AnnotationFile, sampling_rate: f64) -> Vec<Beat> {
    let numbered = numbered(file);
    let mut signals: BTreeMap<u8, Brackets> = BTreeMap::new();
    for annotation in &file.annotations {
        let Some(mark) = mark(file, annotation, numbered) else {
            continue;
        };
        let seconds = annotation.sample as f64 / file.time_resolution.unwrap_or(sampling_rate);
        let signal = signals.entry(annotation.chan).or_default();
        signal.read(mark, annotation.sample as f64, seconds);
    }
    let factor = sampling_rate / file.time_resolution.unwrap_or(sampling_rate);
    let mut signals: Vec<Vec<Beat>> = signals
        .into_values()
        .map(|signal| {
            let waves = signal.finish().map(|waves| rescaled(&waves, factor));
            group(waves, sampling_rate)
        })
        .collect();
    match signals.len() {
        1 => signals.swap_remove(0),
        _ => fuse(&signals, sampling_rate),
    }
}

fn rescaled(waves: &[Wave], factor: f64) -> Vec<Wave> {
    waves
        .iter()
        .map(|wave| wave.map(|point| point * factor))
        .collect()
}

/// What a bracket's number or a peak's code says of the wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Landmark(Kind),
    /// A U wave.
    Other,
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    Onset(Option<Named>),
    Peak(Named),
    Offset(Option<Named>),
}

/// Whether the numbers of the file's brackets name waves. All being zero is their absence; one that names no wave, or
/// more that contradict the peak next to them than confirm it, shows that they mean something else.
fn numbered(file: &AnnotationFile) -> bool {
    let marks = file.annotations.iter();
    let marks: Vec<(Mark, i8)> = marks
        .filter_map(|annotation| mark(file, annotation, true).map(|mark| (mark, annotation.num)))
        .collect();
    let brackets = || marks.iter().filter(|(mark, _)| !matches!(mark, Mark::Peak(_)));
    if brackets().any(|(_, num)| !(0..=3).contains(num)) || brackets().all(|(_, num)| *num == 0) {
        return false;
    }
    let (mut confirmed, mut contradicted) = (0, 0);
    for pair in marks.windows(2) {
        if let [(Mark::Onset(Some(name)), _), (Mark::Peak(peak), _)]
        | [(Mark::Peak(peak), _), (Mark::Offset(Some(name)), _)] = pair
        {
            *if name == peak {
                &mut confirmed
            } else {
                &mut contradicted
            } += 1;
        }
    }
    confirmed >= contradicted
}

fn mark(file: &AnnotationFile, annotation: &Annotation, numbered: bool) -> Option<Mark> {
    let named = || {
        numbered.then_some(match annotation.num {
            0 => Named::Landmark(Kind::P),
            1 => Named::Landmark(Kind::Qrs),
            2 => Named::Landmark(Kind::T),
            _ => Named::Other,
        })
    };
    match file.standard(annotation)? {
        ONSET => Some(Mark::Onset(named())),
        OFFSET => Some(Mark::Offset(named())),
        P_WAVE => Some(Mark::Peak(Named::Landmark(Kind::P))),
        T_WAVE => Some(Mark::Peak(Named::Landmark(Kind::T))),
        U_WAVE => Some(Mark::Peak(Named::Other)),
        code => {
            let qrs = crate::wfdb::standard_code(code).is_some_and(|standard| standard.qrs);
            qrs.then_some(Mark::Peak(Named::Landmark(Kind::Qrs)))
        }
    }
}

impl AnnotationFile {
    /// The standard code with the annotation's symbol, since a file can define its codes anew.
    fn standard(&self, annotation: &Annotation) -> Option<u8> {
        standard_symbol(self.symbol(annotation.code)?).map(|standard| standard.code)
    }
}

/// A wave whose end is not reached.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    named: Option<Named>,
    wave: Wave,
    /// Time of the last peak, in seconds.
    seconds: f64,
    /// A peak without brackets just before the onset: its own, unless another peak follows.
    before: Option<(Named, f64)>,
}

/// Reads the marks of one signal in time order.
#[derive(Default)]
struct Brackets {
    open: Option<Open>,
    waves: Waves,
}

impl Brackets {
    fn read(&mut self, mark: Mark, sample: f64, seconds: f64) {
        match mark {
            Mark::Onset(named) => self.onset(named, sample, seconds),
            Mark::Peak(named) => self.peak(named, sample, seconds),
            Mark::Offset(named) => self.offset(named, sample),
        }
    }

    fn finish(mut self) -> Waves {
        self.close();
        self.waves
    }

    fn onset(&mut self, named: Option<Named>, sample: f64, seconds: f64) {
        let before = self.open.and_then(|open| match (open.named, open.wave.peak) {
            (Some(kind), Some(peak))
                if open.wave.onset.is_none()
                    && seconds - open.seconds <= LATE_ONSET
                    && agree(named, Some(kind)) =>
            {
                Some((kind, peak))
            }
            _ => None,
        });
        if before.is_none() {
            self.close();
        }
        self.open = Some(Open {
            named,
            wave: Wave {
                onset: Some(sample),
                ..Wave::default()
            },
            seconds,
            before,
        });
    }

    fn peak(&mut self, named: Named, sample: f64, seconds: f64) {
        match &mut self.open {
            Some(open) if open.wave.peak.is_none() && agree(open.named, Some(named)) => {
                open.wave.peak = Some(sample);
                open.named = Some(named);
                open.seconds = seconds;
            }
            Some(open) if open.named == Some(named) && open.continues(seconds) => open.seconds = seconds,
            _ => {
                self.close();
                self.open = Some(Open {
                    named: Some(named),
                    wave: Wave {
                        peak: Some(sample),
                        ..Wave::default()
                    },
                    seconds,
                    before: None,
                });
            }
        }
    }

    fn offset(&mut self, named: Option<Named>, sample: f64) {
        let belongs = self.open.is_some_and(|open| agree(open.named, named));
        if !belongs {
            self.close();
        }
        let open = self.open.get_or_insert_default();
        open.named = open.named.or(named);
        open.wave.offset = Some(sample);
        self.close();
    }

    /// Keeps the open wave, if it is known which one it is.
    fn close(&mut self) {
        let Some(mut open) = self.open.take() else {
            return;
        };
        if let Some((named, peak)) = open.before {
            if open.wave.peak.is_none() {
                open.wave.onset = Some(peak);
                open.wave.peak = Some(peak);
                open.named = Some(named);
            } else {
                self.keep(
                    named,
                    Wave {
                        peak: Some(peak),
                        ..Wave::default()
                    },
                );
            }
        }
        if let Some(named) = open.named {
            self.keep(named, open.wave);
        }
    }

    fn keep(&mut self, named: Named, wave: Wave) {
        if let Named::Landmark(kind) = named {
            self.waves[kind as usize].push(wave);
        }
    }
}

impl Open {
    /// Whether a further peak of the same kind is a part of this wave.
    fn continues(&self, seconds: f64) -> bool {
        self.wave.onset.is_some()
            || self.named == Some(Named::Landmark(Kind::T)) && seconds - self.seconds <= BIPHASIC
    }
}

/// Whether two names, of which either may be missing, can be those of one wave.
fn agree(a: Option<Named>, b: Option<Named>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}
