//! The mean beat of a group of beats, delineated.

use crate::agree::{Agreement, median};
use crate::average::{Average, BEFORE, LENGTH, Span, after, average, before, standard_error};
use crate::lead::Lead;
use crate::params::Params;
use crate::qrs::{self, Bounds};
use crate::rate::{RATE, ms};
use crate::search::{Found, Window, find};
use crate::wave::{self, Kind};
use crate::wavelet::Transform;

/// Least distance of a P wave's peak from the QRS onset.
const P_PEAK_GUARD: usize = ms(40.0);
/// A P wave begins at most this long before its QRS complex's fiducial point.
const P_REACH: usize = ms(400.0);
/// Least distance of a P wave's end from the QRS onset.
const P_GUARD: usize = ms(4.0);
/// Independent values of a detail in a window where a wave is looked for.
const INDEPENDENT: f64 = 8.0;
/// Latest peak and end of a T wave at 60 beats a minute; they shorten with the cube root of the interval (Fridericia).
const T_PEAK_S: f64 = 0.46;
const T_END_S: f64 = 0.62;
/// A P wave's peak lies less than this before the next fiducial point, so that no T wave is sought there.
const P_ROOM_S: f64 = 0.24;
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
    /// Each lead's mean detail at scale 5, and its standard error.
    pub slopes: Vec<Vec<f32>>,
    pub noise: Vec<f32>,
}

impl Waves {
    /// The waves around a fiducial point of the signal, P, QRS and T shifted; a wave without a shift is absent.
    pub fn placed(&self, fiducial: usize, shifts: [Option<f64>; 3]) -> Waves {
        let origin = fiducial as f64 - BEFORE as f64;
        let place = |wave: Option<Bounds>, shift: Option<f64>| Some(wave?.moved(origin + shift?));
        Waves {
            p: place(self.p, shifts[0]),
            qrs: place(self.qrs, shifts[1]),
            t: place(self.t, shifts[2]),
        }
    }
}

/// QRS complexes of a group.
pub(crate) fn qrs_of(leads: &[Lead], usual: &[f32], spans: &[Span], params: &Params) -> MeanBeat {
    let means: Vec<Option<(Average, Average)>> = leads
        .iter()
        .map(|lead| {
            let detail = average(lead.transform.scale(qrs::SCALE), lead, spans)?;
            Some((detail, average(&lead.samples, lead, spans)?))
        })
        .collect();
    let mut slope = vec![0f32; LENGTH];
    for (detail, _) in means.iter().flatten() {
        for (sum, x) in slope.iter_mut().zip(&detail.mean) {
            *sum += x * x;
        }
    }
    slope.iter_mut().for_each(|x| *x = x.sqrt());
    let extent = qrs::extent(&slope);
    let found: Vec<(Option<Bounds>, Vec<f32>)> = means
        .into_iter()
        .zip(usual)
        .map(|(means, usual)| {
            let noise = usual / (spans.len() as f32).sqrt();
            let Some(((detail, mean), extent)) = means.zip(extent) else {
                return (None, Vec::new());
            };
            (qrs::bounds(&detail.mean, &mean.mean, noise, extent), mean.mean)
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
        let peak = within
            .max_by(|&a, &b| square(a).total_cmp(&square(b)))
            // One lead's own R peak stands.
            .filter(|_| all.len() > 1);
        Bounds {
            peak: peak.map_or(fused.peak, |n| n as f64),
            ..fused
        }
    });
    let middle = Bounds::median(all.iter());
    let own = |bounds: Option<Bounds>| {
        // A lead's onset and offset meet the others halfway; its peak is its own.
        let (bounds, middle) = bounds.zip(middle)?;
        let halfway = bounds.halfway(&middle);
        Some(Bounds {
            peak: bounds
                .peak
                .clamp(halfway.onset, halfway.offset.max(halfway.onset)),
            ..halfway
        })
    };
    let only_qrs = |qrs| Waves {
        qrs,
        ..Waves::default()
    };
    MeanBeat {
        fused: only_qrs(fused),
        leads: found
            .into_iter()
            .map(|(bounds, _)| only_qrs(own(bounds)))
            .collect(),
        slopes: Vec::new(),
        noise: Vec::new(),
    }
}

fn fuse(agreement: &Agreement, all: &[Bounds]) -> Option<Bounds> {
    let each = |of: fn(&Bounds) -> f64| all.iter().map(of).collect::<Vec<f64>>();
    let onset = agreement.earliest(&each(|b| b.onset))?;
    let offset = agreement.latest(&each(|b| b.offset))?;
    let peak = median(&each(|b| b.peak))?.clamp(onset, offset.max(onset));
    (onset <= offset).then_some(Bounds { onset, peak, offset })
}

/// What the T and P waves of a group are found from.
pub(crate) struct Evidence<'a> {
    leads: &'a [Lead],
    usual: &'a [f32],
    spans: Vec<Span>,
    /// Typical distance to the beat after.
    next: Option<f64>,
    /// Mean beats of the leads, and of their details at scale 5.
    means: Vec<Option<Average>>,
    details: Vec<Option<Average>>,
}

impl<'a> Evidence<'a> {
    /// Averages the leads over `spans`: `corrected` are their samples without baseline wander, `usual` their usual slopes at
    /// scale 5, `next` the typical distance to the beat after.
    pub fn new(
        leads: &'a [Lead],
        corrected: &[Vec<f32>],
        usual: &'a [f32],
        spans: Vec<Span>,
        next: Option<f64>,
    ) -> Self {
        let means = leads.iter().zip(corrected);
        let details = leads
            .iter()
            .map(|lead| average(lead.transform.scale(5), lead, &spans));
        Self {
            means: means
                .map(|(lead, samples)| average(samples, lead, &spans))
                .collect(),
            details: details.collect(),
            leads,
            usual,
            spans,
            next,
        }
    }

    fn noise(&self, window: Window) -> Vec<f32> {
        let leads = self.leads.iter().zip(self.usual).zip(&self.details);
        leads
            .map(|((lead, &usual), detail)| {
                let mean = detail.as_ref().map_or(&[][..], |detail| &detail.mean);
                standard_error(
                    lead,
                    usual,
                    &self.spans,
                    mean,
                    window.from,
                    window.to.max(window.from),
                )
            })
            .collect()
    }

    fn search(
        &self,
        kind: &Kind,
        of: impl Fn(&[f32]) -> Transform,
        window: Window,
        significance: f64,
    ) -> Option<Found> {
        let transforms: Vec<Option<Transform>> = self
            .means
            .iter()
            .map(|mean| mean.as_ref().map(|mean| of(&mean.mean)))
            .collect();
        // The spread of one beat or two is hardly known, and the best of many combinations of leads stands out by
        // chance: by 1 + √(leads / values), from the largest eigenvalue of a covariance of noise.
        let few_beats = 1.0 + 1.0 / self.spans.len().max(1) as f64;
        let more_leads = transforms.iter().flatten().count().saturating_sub(1) as f64;
        let significance = significance * few_beats * (1.0 + (more_leads / INDEPENDENT).sqrt());
        find(kind, &transforms, &self.noise(window), window, significance)
    }
}

/// Adds the T wave of a group whose QRS complex is known.
pub(crate) fn add_t(beat: &mut MeanBeat, evidence: &Evidence<'_>, params: &Params) {
    let Some(qrs) = beat.fused.qrs else {
        return;
    };
    let offset = qrs.offset.ceil() as usize;
    let last = evidence.means.iter().flatten().map(|mean| mean.last).min();
    let next = evidence.next.unwrap_or(RATE) / RATE;
    let latest_peak = (T_PEAK_S * next.cbrt()).min((next - P_ROOM_S).max(0.55 * next));
    let window = Window {
        from: offset,
        to: last
            .unwrap_or(LENGTH)
            .min(BEFORE + (T_END_S * next.cbrt() * RATE) as usize),
        peak_by: BEFORE + (latest_peak * RATE) as usize,
    };
    let found = evidence.search(
        &wave::T,
        |mean| after(mean, offset),
        window,
        params.t_significance,
    );
    beat.set(|waves| &mut waves.t, found);
    beat.slopes = evidence
        .details
        .iter()
        .map(|detail| {
            detail
                .as_ref()
                .map_or_else(Vec::new, |detail| detail.mean.clone())
        })
        .collect();
    beat.noise = evidence.noise(window);
}

/// Adds the P wave of a group whose QRS complex is known; `evidence` begins after the T wave before.
pub(crate) fn add_p(beat: &mut MeanBeat, evidence: &Evidence<'_>, significance: f64) {
    let Some(qrs) = beat.fused.qrs else {
        return;
    };
    let onset = qrs.onset.floor() as usize;
    let first = evidence.means.iter().flatten().map(|mean| mean.first).max();
    let window = Window {
        from: first.unwrap_or(0).max(BEFORE - P_REACH),
        to: onset.saturating_sub(P_GUARD),
        peak_by: onset.saturating_sub(P_PEAK_GUARD),
    };
    let found = evidence.search(&wave::P, |mean| before(mean, onset), window, significance);
    beat.set(|waves| &mut waves.p, found);
}

impl MeanBeat {
    fn set(&mut self, wave: fn(&mut Waves) -> &mut Option<Bounds>, found: Option<Found>) {
        let Some(found) = found else {
            return;
        };
        *wave(&mut self.fused) = Some(found.fused);
        for (lead, own) in self.leads.iter_mut().zip(found.leads) {
            *wave(lead) = own.filter(|_| lead.qrs.is_some());
        }
    }
}
