//! The dipole as a sum of Gaussians of the phase, and the waves' limits.

use std::f64::consts::TAU;

use super::leads::LeadField;
use super::rhythm::Phase;

/// A wave starts and ends this many Gaussian widths from the centre of its outermost events, where
/// the Gaussian has fallen to 4 % of its height.
pub const LIMIT_WIDTHS: f64 = 2.5;

/// Beyond this many widths an event is below 10⁻⁵ of its height and is not evaluated.
const REACH_WIDTHS: f64 = 4.8;
/// Events and waves that stay below this in every lead do not count for limits and landmarks; millivolts.
const VISIBLE_MV: f64 = 0.025;
/// Grid on which a wave's peak is sought, seconds.
const PEAK_STEP_S: f64 = 0.0005;

/// The part of the beat that an event belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    P,
    Qrs,
    St,
    T,
}

/// A Gaussian event of the dipole.
///
/// Position and width are in seconds relative to the R peak, from which the angle `θ = ω·time` and width `b = ω·width` of each
/// beat follow with that beat's own mean `ω = 2π/RR`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub part: Part,
    pub time: f64,
    pub width: f64,
    /// Dipole at the event's centre in millivolts: left, down, backwards.
    pub dipole: [f64; 3],
}

/// The limits and the peak of one wave, in seconds from the start of the record; each is absent if it lies
/// outside the record, and all are if the beat has no such wave.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WaveTimes {
    /// Angle of the first event minus [`LIMIT_WIDTHS`] widths.
    pub onset: Option<f64>,
    /// Where the wave's own root mean square over the 12 leads is largest.
    pub peak: Option<f64>,
    /// Angle of the last event plus [`LIMIT_WIDTHS`] widths.
    pub offset: Option<f64>,
}

/// The landmarks of one beat.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Beat {
    /// P wave.
    pub p: WaveTimes,
    /// QRS complex.
    pub qrs: WaveTimes,
    /// T wave.
    pub t: WaveTimes,
}

/// Sums the events of all beats: the dipole at each sample. `gain(t)` scales a beat as a whole.
pub(super) fn dipole(
    events: &[Event],
    phase: &Phase,
    sampling_rate: f64,
    samples: usize,
    gain: impl Fn(f64) -> f64,
) -> Vec<[f64; 3]> {
    let angles: Vec<f64> = (0..samples).map(|n| phase.at(n as f64 / sampling_rate)).collect();
    let mut dipole = vec![[0.0; 3]; samples];
    let peaks = phase.r_peaks();
    for (beat, &peak) in peaks.iter().enumerate() {
        let scale = gain(peak);
        for event in events {
            let Some(omega) = omega(&peaks, beat, event.time) else {
                continue;
            };
            let (centre, b) = (phase.at(peak) + omega * event.time, omega * event.width);
            let first = sample_at(phase.time_of(centre - REACH_WIDTHS * b), sampling_rate, samples);
            let last = sample_at(phase.time_of(centre + REACH_WIDTHS * b), sampling_rate, samples);
            for (sum, angle) in dipole[first..last].iter_mut().zip(&angles[first..last]) {
                let distance = (angle - centre) / b;
                let height = scale * (-0.5 * distance * distance).exp();
                for (axis, amplitude) in sum.iter_mut().zip(event.dipole) {
                    *axis += height * amplitude;
                }
            }
        }
    }
    dipole
}

/// Mean angular velocity of the interval that an event lies in: before the R peak, or after it.
fn omega(peaks: &[f64], beat: usize, time: f64) -> Option<f64> {
    let (start, end) = if time < 0.0 {
        (beat.checked_sub(1)?, beat)
    } else {
        (beat, beat + 1)
    };
    Some(TAU / (peaks.get(end)? - peaks.get(start)?))
}

fn sample_at(time: f64, sampling_rate: f64, samples: usize) -> usize {
    ((time * sampling_rate).ceil().max(0.0) as usize).min(samples)
}

/// A wave of the template beat: the events that bound it, and its peak in seconds from the R peak.
struct Limits {
    first: (f64, f64),
    last: (f64, f64),
    peak: f64,
}

/// The landmarks of every beat that reaches into a record of `duration` seconds.
pub(super) fn beats(events: &[Event], field: &LeadField, phase: &Phase, duration: f64) -> Vec<Beat> {
    let waves = [Part::P, Part::Qrs, Part::T].map(|part| limits(events, part, field));
    let peaks = phase.r_peaks();
    let times = |beat: usize, wave: &Option<Limits>| {
        let Some(wave) = wave else {
            return WaveTimes::default();
        };
        let landmark = |time: f64, offset: f64| {
            let angle = phase.at(peaks[beat]) + omega(&peaks, beat, time)? * (time + offset);
            Some(phase.time_of(angle)).filter(|t| (0.0..duration).contains(t))
        };
        WaveTimes {
            onset: landmark(wave.first.0, -LIMIT_WIDTHS * wave.first.1),
            peak: landmark(wave.peak, 0.0),
            offset: landmark(wave.last.0, LIMIT_WIDTHS * wave.last.1),
        }
    };
    let any = |wave: &WaveTimes| wave.onset.or(wave.peak).or(wave.offset).is_some();
    (0..peaks.len())
        .map(|beat| Beat {
            p: times(beat, &waves[0]),
            qrs: times(beat, &waves[1]),
            t: times(beat, &waves[2]),
        })
        .filter(|beat| any(&beat.p) || any(&beat.qrs) || any(&beat.t))
        .collect()
}

fn limits(events: &[Event], part: Part, field: &LeadField) -> Option<Limits> {
    let all: Vec<&Event> = events.iter().filter(|event| event.part == part).collect();
    let visible = all
        .iter()
        .filter(|event| field.largest(event.dipole) >= VISIBLE_MV);
    let bounds = |event: &&&Event| (event.time, event.width);
    let first = visible
        .clone()
        .map(|e| bounds(&e))
        .min_by(|a, b| edge(*a, -1.0).total_cmp(&edge(*b, -1.0)))?;
    let last = visible
        .map(|e| bounds(&e))
        .max_by(|a, b| edge(*a, 1.0).total_cmp(&edge(*b, 1.0)))?;
    let (start, end) = (edge(first, -1.0), edge(last, 1.0));
    let steps = ((end - start) / PEAK_STEP_S).ceil() as usize;
    let (peak, wave) = (0..=steps)
        .map(|k| start + k as f64 * PEAK_STEP_S)
        .map(|time| (time, template(&all, time)))
        .max_by(|a, b| field.rms(a.1).total_cmp(&field.rms(b.1)))?;
    (field.largest(wave) >= VISIBLE_MV).then_some(Limits { first, last, peak })
}

fn edge((time, width): (f64, f64), side: f64) -> f64 {
    time + side * LIMIT_WIDTHS * width
}

/// The events' dipole at a time from the R peak.
fn template(events: &[&Event], time: f64) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for event in events {
        let distance = (time - event.time) / event.width;
        let height = (-0.5 * distance * distance).exp();
        for (axis, amplitude) in sum.iter_mut().zip(event.dipole) {
            *axis += height * amplitude;
        }
    }
    sum
}
