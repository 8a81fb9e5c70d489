//! The mean beat of a group of beats, delineated.

use crate::agree::{Agreement, median};
use crate::average::{AFTER, Average, BEFORE, LENGTH, Span, average, standard_error, without_qrs};
use crate::lead::Lead;
use crate::params::Params;
use crate::principal;
use crate::qrs::{self, Bounds};
use crate::rate::{RATE, ms};
use crate::wave::{self, Kind};
use crate::wavelet::Transform;

/// A P wave begins at most this long before its QRS complex's fiducial point.
const P_REACH: usize = ms(400.0);
/// Least distance of a P wave's end from the QRS onset.
const P_GUARD: usize = ms(4.0);
/// A T wave ends by this long after the fiducial point.
const T_REACH: usize = ms(700.0);
/// A lead's own boundaries are looked for this far around those of all leads together.
const AROUND: f64 = 0.040 * RATE;
/// A lead whose slope is this many standard errors has boundaries of its own; otherwise those of all leads stand.
const OWN: f32 = 4.0;

/// The waves of a mean beat, as samples of [`LENGTH`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Waves {
    pub p: Option<Bounds>,
    pub qrs: Option<Bounds>,
    pub t: Option<Bounds>,
}

/// The mean beat's waves in all leads together and in each.
pub(crate) struct MeanBeat {
    pub fused: Waves,
    pub leads: Vec<Waves>,
}

/// QRS complexes of a group.
pub(crate) fn qrs_of(leads: &[Lead], usual: &[f32], spans: &[Span], params: &Params) -> MeanBeat {
    let found: Vec<(Option<Bounds>, Vec<f32>)> = leads
        .iter()
        .zip(usual)
        .map(|(lead, usual)| {
            let detail = average(lead.transform.scale(qrs::SCALE), lead, spans);
            let mean = average(&lead.samples, lead, spans);
            let (Some(detail), Some(mean)) = (detail, mean) else {
                return (None, Vec::new());
            };
            let noise = usual / (spans.len() as f32).sqrt();
            (qrs::bounds(&detail.mean, &mean.mean, noise), mean.mean)
        })
        .collect();
    let agreement = Agreement {
        leads: params.agreeing_leads,
        within_ms: params.agreement_ms,
    };
    let all: Vec<Bounds> = found.iter().filter_map(|(bounds, _)| *bounds).collect();
    let fused = fuse(&agreement, &all).map(|fused| {
        let square = |n: usize| -> f32 {
            let from = fused.onset.max(0.0) as usize;
            let deviation = |mean: &Vec<f32>| (mean[n] - mean[from]).powi(2);
            found
                .iter()
                .filter(|(bounds, _)| bounds.is_some())
                .map(|(_, mean)| deviation(mean))
                .sum()
        };
        let within = fused.onset.ceil() as usize..=fused.offset.floor() as usize;
        let peak = within.max_by(|&a, &b| square(a).total_cmp(&square(b)));
        Bounds {
            peak: peak.map_or(fused.peak, |n| n as f64),
            ..fused
        }
    });
    let only_qrs = |qrs| Waves {
        qrs,
        ..Waves::default()
    };
    MeanBeat {
        fused: only_qrs(fused),
        leads: found.into_iter().map(|(bounds, _)| only_qrs(bounds)).collect(),
    }
}

fn fuse(agreement: &Agreement, all: &[Bounds]) -> Option<Bounds> {
    let each = |of: fn(&Bounds) -> f64| all.iter().map(of).collect::<Vec<f64>>();
    let onset = agreement.earliest(&each(|b| b.onset))?;
    let offset = agreement.latest(&each(|b| b.offset))?;
    let peak = median(&each(|b| b.peak))?.clamp(onset, offset.max(onset));
    (onset <= offset).then_some(Bounds { onset, peak, offset })
}

/// Adds the T and P waves of a group; `corrected` are the leads' samples without baseline wander, `spans` reach from the
/// beat before to the beat after, `interval` is the beats' distance from the one before.
pub(crate) fn waves_of(
    beat: &mut MeanBeat,
    leads: &[Lead],
    corrected: &[Vec<f32>],
    usual: &[f32],
    spans: &[Span],
    interval: Option<f64>,
    params: &Params,
) {
    let Some(qrs) = beat.fused.qrs else {
        return;
    };
    let (onset, offset) = (qrs.onset.floor() as usize, qrs.offset.ceil() as usize);
    let means: Vec<Option<Average>> = leads
        .iter()
        .zip(corrected)
        .map(|(lead, samples)| average(samples, lead, spans))
        .collect();
    let transforms: Vec<Option<Transform>> = means
        .iter()
        .map(|mean| mean.as_ref().map(|mean| without_qrs(&mean.mean, onset, offset)))
        .collect();
    let raw: Vec<Option<Average>> = leads
        .iter()
        .map(|lead| average(lead.transform.scale(5), lead, spans))
        .collect();
    let first = means.iter().flatten().map(|mean| mean.first).max().unwrap_or(0);
    let last = means
        .iter()
        .flatten()
        .map(|mean| mean.last)
        .min()
        .unwrap_or(LENGTH);
    let search =
        |kind: &Kind, from: usize, to: usize, significance: f64| -> Option<(Bounds, Vec<Option<Bounds>>)> {
            if to < from + ms(30.0) {
                return None;
            }
            let usable: Vec<usize> = (0..leads.len())
                .filter(|&n| transforms[n].is_some() && raw[n].is_some())
                .collect();
            let noise: Vec<f32> = usable
                .iter()
                .map(|&n| {
                    let mean = raw[n].as_ref().map_or(&[][..], |mean| &mean.mean);
                    standard_error(&leads[n], usual[n], spans, mean, from, to)
                })
                .collect();
            let details: Vec<&[f32]> = usable
                .iter()
                .filter_map(|&n| transforms[n].as_ref())
                .map(|transform| transform.scale(kind.scale))
                .collect();
            let weights = principal::weights(&details, &noise, from, to);
            let combined = principal::combine(&details, &noise, &weights);
            let most = |detail: &[f32], a: usize, b: usize| {
                detail[a..b].iter().fold(0f32, |most, x| most.max(x.abs()))
            };
            let zone = wave::strongest(kind, &combined, from, to)?;
            let (a, b) = (
                zone.onset.max(from as f64) as usize,
                (zone.offset as usize + 1).min(to),
            );
            if f64::from(most(&combined, a, b)) < significance {
                return None;
            }
            let low = ((zone.onset - AROUND).max(from as f64)) as usize;
            let high = ((zone.offset + AROUND) as usize).min(to);
            let mut own = vec![None; leads.len()];
            for ((&n, detail), noise) in usable.iter().zip(&details).zip(&noise) {
                let found = wave::strongest(kind, detail, low, high)
                    .filter(|_| most(detail, low, high) >= OWN * noise);
                own[n] = found.or(Some(zone));
            }
            Some((zone, own))
        };
    let t = search(
        &wave::T,
        offset,
        last.min(BEFORE + T_REACH),
        params.t_significance,
    );
    let t_end = t
        .as_ref()
        .map_or(qrs.offset + 0.1 * RATE, |(zone, _)| zone.offset);
    let p_from = interval.map_or(0.0, |interval| (t_end - interval).max(0.0)) as usize;
    let p_from = p_from.max(first).max(BEFORE - P_REACH);
    let p = search(
        &wave::P,
        p_from,
        onset.saturating_sub(P_GUARD),
        params.p_significance,
    );
    if let Some((zone, own)) = t {
        beat.fused.t = Some(zone);
        for (lead, own) in beat.leads.iter_mut().zip(own) {
            lead.t = own.filter(|_| lead.qrs.is_some());
        }
    }
    if let Some((zone, own)) = p {
        beat.fused.p = Some(zone);
        for (lead, own) in beat.leads.iter_mut().zip(own) {
            lead.p = own.filter(|_| lead.qrs.is_some());
        }
    }
    debug_assert!(AFTER <= LENGTH);
}
