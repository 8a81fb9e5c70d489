//! Evidence about one record's quality: its signal lead by lead, its electrodes, its metadata.
//!
//! [`assess`] measures every lead and lists what is out of line, each with a score in [0, 1] (lower = more suspect)
//! and a sentence of reason; [`metadata::contradictions`] does the same for what a data set says of a record. Only
//! what is out of line becomes a [`Finding`]; every limit is a named constant beside its measurement, with its
//! source. A check that lacks its leads, its samples or a sampling rate is not made.
//!
//! | kind | limit |
//! |---|---|
//! | `missing` | 1 % of a lead |
//! | `flat` | 10 % of a lead within 10 µV for 1.5 s or longer |
//! | `clipped` | 0.5 % of a lead in plateaus at its extremes |
//! | `baseline_drift` | 1.5 mV peak to peak |
//! | `static_noise` | 25 µV root mean square |
//! | `burst_noise` | 0.4 s above 25 µV and four times the lead's usual noise |
//! | `limb_lead_reversal`, `precordial_misplacement` | probability of being as recorded below 5 % ([`placement`]) |
//! | `limb_leads_inconsistent` | residual of 15 % |
//! | `scale` | typical peak to peak outside 0.05 to 12 mV |
//!
//! The example `quality_reversal` plants electrode exchanges in real records and prints how many are found; the
//! example `quality` prints the share of real records with each kind of finding, and the agreement with PTB-XL's own
//! annotation.

mod beat;
mod exchange;
mod kind;
mod limb_laws;
pub mod metadata;
mod noise;
pub mod placement;
mod placement_weights;
mod right_leg;
mod scale;
mod stretches;
mod trace;

use serde::{Deserialize, Serialize};

use crate::Signal;
pub use kind::{Finding, Kind};
use kind::{beyond, leads as named};
use noise::Noise;
use trace::{Trace, Traces};

/// A lead with this share of missing samples or more is a finding; a few lost samples are not.
const MISSING_SHARE: f64 = 0.01;
/// A lead that is flat for this share or more is a finding: a second of a 10 s record.
const FLAT_SHARE: f64 = 0.1;
/// A lead that rests at its extremes for this share or more is a finding: 50 ms of a 10 s record.
const CLIPPED_SHARE: f64 = 0.005;
/// Drift of this many millivolts peak to peak is a finding: 95 % of PTB-XL's records without a note on drift have
/// less.
const DRIFT_MV: f64 = 1.5;
/// Static noise of this root mean square is a finding, millivolts: 99 % of PTB-XL's records without a note on noise
/// have less.
const NOISE_MV: f64 = 0.025;
/// Seconds of bursts in a lead that are a finding: a single shortest burst.
const BURST_SECONDS: f64 = 0.4;

/// What was measured of one record, and what of it is out of line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// One per lead, in the signal's order.
    pub leads: Vec<LeadQuality>,
    /// What is out of line, in the order of [`Kind::ALL`].
    pub findings: Vec<Finding>,
}

/// What was measured of one lead, without the zeros that pad all leads at both ends. In a record with a finding of
/// [`Kind::Scale`] about all leads, amplitudes but `amplitude_mv` are taken after division by the record's typical
/// amplitude, so that the limits keep their meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadQuality {
    /// Name as the record spells it; `lead 3` where it has none.
    pub lead: String,
    /// Share of samples that are not finite.
    pub missing: f64,
    /// Share of samples in flat stretches.
    pub flat: f64,
    /// Share of samples in plateaus at the lead's extremes.
    pub clipped: f64,
    /// Typical peak to peak, millivolts.
    pub amplitude_mv: Option<f64>,
    /// Peak to peak of the baseline (medians over 0.6 s), millivolts.
    pub drift_mv: Option<f64>,
    /// Root mean square above 20 Hz between the QRS complexes, microvolts.
    pub noise_uv: Option<f64>,
    /// Typical peak to peak against 2√2 times the noise, decibels.
    pub snr_db: Option<f64>,
    /// Root mean square above 20 Hz of the loudest stretch of 0.4 s (its quietest 50 ms, to leave out QRS),
    /// microvolts.
    pub loudest_uv: f64,
    /// Number of bursts of noise.
    pub bursts: usize,
    /// Seconds in bursts of noise.
    pub burst_seconds: f64,
}

/// Measures a record and lists what is out of line. Never fails: a record without leads or samples has nothing to
/// measure.
pub fn assess(signal: &Signal) -> Quality {
    let mut traces = Traces::new(signal);
    let amplitudes: Vec<Option<f64>> = traces
        .traces
        .iter()
        .map(|trace| scale::amplitude(trace, traces.rate))
        .collect();
    let scale = scale::finding(&traces, &amplitudes);
    let factor = scale.as_ref().and_then(|(_, factor)| *factor);
    if let Some(factor) = factor {
        traces.divide(factor);
    }
    let noises = noise::measure(&traces);
    let leads: Vec<LeadQuality> = traces
        .traces
        .iter()
        .zip(&noises)
        .zip(amplitudes)
        .map(|((trace, noise), amplitude)| {
            let seen = amplitude.map(|mv| mv / factor.unwrap_or(1.0));
            lead_quality(trace, noise, amplitude, seen, traces.rate)
        })
        .collect();
    let mut findings = stretches_found(&leads);
    findings.extend(noise_found(&leads, &noises));
    if let Some(rate) = traces.rate {
        // A limb electrode on the right leg changes Wilson's terminal and so the chest leads as well.
        match right_leg::finding(&traces, rate) {
            Some(finding) => findings.push(finding),
            None => findings.extend(placement::findings(&traces, rate)),
        }
    }
    findings.extend(limb_laws::finding(&traces));
    findings.extend(scale.map(|(finding, _)| finding));
    Quality { leads, findings }
}

/// `seen` is the amplitude in the scale of the trace.
fn lead_quality(
    trace: &Trace,
    noise: &Noise,
    amplitude: Option<f64>,
    seen: Option<f64>,
    rate: Option<f64>,
) -> LeadQuality {
    let snr = seen.zip(noise.level_mv).filter(|(a, n)| *a > 0.0 && *n > 0.0);
    LeadQuality {
        lead: trace.name.clone(),
        missing: trace.missing,
        flat: stretches::flat(&trace.samples, rate),
        clipped: rate.map_or(0.0, |rate| stretches::clipped(&trace.samples, rate)),
        amplitude_mv: amplitude,
        drift_mv: noise.drift_mv,
        noise_uv: noise.level_mv.map(|mv| mv * 1000.0),
        snr_db: snr.map(|(a, n)| 20.0 * (a / (2.0 * std::f64::consts::SQRT_2 * n)).log10()),
        loudest_uv: noise.burst_mv * 1000.0,
        bursts: noise.bursts,
        burst_seconds: noise.burst_seconds,
    }
}

/// A finding of one kind about all leads whose value reaches a limit; `sentence` gets the leads in words and the
/// largest value.
fn over(
    kind: Kind,
    leads: &[LeadQuality],
    limit: f64,
    hopeless: f64,
    value: impl Fn(usize, &LeadQuality) -> Option<f64>,
    sentence: impl Fn(&str, f64) -> String,
) -> Option<Finding> {
    let values = leads
        .iter()
        .enumerate()
        .filter_map(|(i, lead)| Some((lead, value(i, lead)?)));
    let found: Vec<_> = values.filter(|(_, v)| *v >= limit).collect();
    let worst = found.iter().map(|(_, v)| *v).fold(0.0, f64::max);
    let names: Vec<String> = found.iter().map(|(lead, _)| lead.lead.clone()).collect();
    (!found.is_empty()).then(|| Finding {
        kind,
        score: beyond(worst, limit, hopeless),
        sentence: sentence(&named(&names), worst),
        leads: names,
    })
}

fn percent(share: f64) -> String {
    format!("{:.*} %", if share < 0.1 { 1 } else { 0 }, share * 100.0)
}

fn stretches_found(leads: &[LeadQuality]) -> Vec<Finding> {
    let missing = over(
        Kind::Missing,
        leads,
        MISSING_SHARE,
        1.0,
        |_, lead| Some(lead.missing),
        |names, worst| {
            format!(
                "{names}: up to {} of the samples are missing or no numbers.",
                percent(worst)
            )
        },
    );
    let flat = over(
        Kind::Flat,
        leads,
        FLAT_SHARE,
        1.0,
        |_, lead| Some(lead.flat),
        |names, worst| {
            format!(
                "{names}: flat (within 10 µV for 1.5 s or longer) in up to {} of the record.",
                percent(worst)
            )
        },
    );
    let clipped = over(
        Kind::Clipped,
        leads,
        CLIPPED_SHARE,
        0.2,
        |_, lead| Some(lead.clipped),
        |names, worst| {
            format!(
                "{names}: cut off at the end of the range in up to {} of the samples.",
                percent(worst)
            )
        },
    );
    [missing, flat, clipped].into_iter().flatten().collect()
}

fn noise_found(leads: &[LeadQuality], noises: &[Noise]) -> Vec<Finding> {
    let drift = over(
        Kind::BaselineDrift,
        leads,
        DRIFT_MV,
        10.0 * DRIFT_MV,
        |_, lead| lead.drift_mv,
        |names, worst| format!("{names}: the baseline wanders by up to {worst:.2} mV."),
    );
    let static_noise = over(
        Kind::StaticNoise,
        leads,
        NOISE_MV,
        10.0 * NOISE_MV,
        |_, lead| lead.noise_uv.map(|uv| uv / 1000.0),
        |names, worst| {
            format!(
                "{names}: noise above 20 Hz throughout the record, up to {:.0} µV (root mean square between the QRS \
                 complexes).",
                worst * 1000.0
            )
        },
    );
    let loudest = noises.iter().map(|noise| noise.burst_mv).fold(0.0, f64::max);
    let bursts: usize = noises.iter().map(|noise| noise.bursts).max().unwrap_or(0);
    let burst = over(
        Kind::BurstNoise,
        leads,
        BURST_SECONDS,
        10.0 * BURST_SECONDS,
        |i, _| noises.get(i).map(|noise| noise.burst_seconds),
        |names, worst| {
            format!(
                "{names}: up to {bursts} burst{} of noise above 20 Hz, {worst:.1} s in a lead, up to {:.0} µV (root mean \
                 square).",
                if bursts == 1 { "" } else { "s" },
                loudest * 1000.0
            )
        },
    );
    [drift, static_noise, burst].into_iter().flatten().collect()
}
