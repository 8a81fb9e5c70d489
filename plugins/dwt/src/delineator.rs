//! The component.

use ecg_audit_plugin::{Beat, Context, Delineation, Delineator, Error, FromParams, Wave};
use ndarray::ArrayView2;

use crate::average::{BEFORE, Span};
use crate::beat::{self, Evidence, MeanBeat, Waves};
use crate::detect;
use crate::group::group;
use crate::lead::{Lead, median};
use crate::params::Params;
use crate::qrs::Bounds;
use crate::rate::{RATE, ms};
use crate::resample::Resampler;

/// Rates that the method is made for, Hz.
const RATES: std::ops::RangeInclusive<f64> = 100.0..=1000.0;
/// Beats that are taken together: shapes drift over a long recording.
const TOGETHER: usize = 64;

/// Wavelet delineation.
#[derive(Debug)]
pub struct Dwt {
    params: Params,
    context: Context,
}

impl FromParams for Dwt {
    const NAME: &'static str = "dwt";
    const SUMMARY: &'static str = "Wavelet delineation of P, QRS and T, per lead and over all leads";
    type Params = Params;

    fn from_params(params: Params, context: &Context) -> Result<Self, Error> {
        params.check()?;
        Ok(Self {
            params,
            context: context.clone(),
        })
    }
}

impl Delineator for Dwt {
    fn delineate(&self, signal: ArrayView2<'_, f32>, sampling_rate: f64) -> Result<Delineation, Error> {
        let (leads, samples) = signal.dim();
        if leads == 0 {
            return Err(Error::Input("the signal has no leads".to_owned()));
        }
        if !RATES.contains(&sampling_rate) {
            return Err(Error::Input(format!(
                "the sampling rate is {sampling_rate} Hz; the method is made for {} to {} Hz",
                RATES.start(),
                RATES.end()
            )));
        }
        let resampler = Resampler::new(sampling_rate, RATE);
        let usable: Vec<Lead> = signal
            .rows()
            .into_iter()
            .enumerate()
            .filter_map(|(number, row)| Lead::new(number, row.to_vec(), sampling_rate, resampler.as_ref()))
            .collect();
        let mut found = Delineation {
            fused: Vec::new(),
            per_lead: vec![Vec::new(); leads],
        };
        let mut fiducials = detect::beats(&usable);
        let placed = Placed {
            scale: sampling_rate / RATE,
            samples,
        };
        let all = fiducials.len();
        for start in (0..all).step_by(TOGETHER) {
            self.context.check()?;
            let end = (start + TOGETHER).min(all);
            self.run(&usable, &mut fiducials, start..end, &placed, &mut found);
        }
        Ok(found)
    }
}

/// From samples at the method's rate to samples of the input.
struct Placed {
    scale: f64,
    samples: usize,
}

impl Placed {
    fn wave(&self, bounds: Option<Bounds>, fiducial: usize) -> Wave {
        let Some(bounds) = bounds else {
            return Wave::default();
        };
        let place = |at: f64| {
            let sample = (fiducial as f64 + at - BEFORE as f64) * self.scale;
            (sample >= 0.0 && sample <= (self.samples - 1) as f64).then_some(sample)
        };
        Wave {
            onset: place(bounds.onset),
            peak: place(bounds.peak),
            offset: place(bounds.offset),
        }
    }

    fn beat(&self, waves: &Waves, fiducial: usize) -> Beat {
        Beat {
            p: self.wave(waves.p, fiducial),
            qrs: self.wave(waves.qrs, fiducial),
            t: self.wave(waves.t, fiducial),
        }
    }
}

impl Dwt {
    fn run(
        &self,
        leads: &[Lead],
        fiducials: &mut [usize],
        range: std::ops::Range<usize>,
        placed: &Placed,
        found: &mut Delineation,
    ) {
        let all = fiducials.len();
        let length = leads.first().map_or(0, |lead| lead.samples.len());
        let start = range.start;
        let groups = group(leads, &mut fiducials[range.clone()]);
        let usual: Vec<Vec<f32>> = [3, 5]
            .iter()
            .map(|&k| leads.iter().map(|lead| usual(lead, k)).collect())
            .collect();
        let neighbours = |n: usize| {
            let before = n.checked_sub(1).map_or(0, |n| fiducials[n]);
            let after = fiducials.get(n + 1).copied().unwrap_or(length);
            (before, after)
        };
        let mut group_of = vec![0; range.len()];
        let mut means: Vec<MeanBeat> = Vec::new();
        for (number, group) in groups.iter().enumerate() {
            let spans: Vec<Span> = group
                .beats
                .iter()
                .map(|&beat| {
                    group_of[beat] = number;
                    let (before, after) = neighbours(start + beat);
                    Span {
                        fiducial: fiducials[start + beat],
                        from: if start + beat == 0 { 0 } else { before + ms(100.0) },
                        to: if after == length {
                            length
                        } else {
                            after.saturating_sub(ms(100.0))
                        },
                    }
                })
                .collect();
            means.push(beat::qrs_of(leads, &usual[0], &spans, &self.params));
        }
        let extent = |beat: usize| {
            let qrs = means[group_of[beat]].fused.qrs;
            let at = fiducials[start + beat] as f64 - BEFORE as f64;
            qrs.map(|qrs| {
                (
                    (at + qrs.onset).max(0.0) as usize,
                    (at + qrs.offset).max(0.0) as usize,
                )
            })
        };
        let knots: Vec<usize> = (0..range.len())
            .filter_map(extent)
            .map(|(onset, _)| onset.saturating_sub(ms(10.0)))
            .collect();
        let corrected: Vec<Vec<f32>> = leads
            .iter()
            .map(|lead| without_wander(&lead.samples, &knots))
            .collect();
        let spans: Vec<Vec<Span>> = groups
            .iter()
            .map(|group| {
                let refined = |&beat: &usize| {
                    let (before, after) = neighbours(start + beat);
                    let from = beat
                        .checked_sub(1)
                        .and_then(extent)
                        .map_or(before, |(_, offset)| offset);
                    let to = (beat + 1 < range.len()).then(|| extent(beat + 1)).flatten();
                    Span {
                        fiducial: fiducials[start + beat],
                        from,
                        to: to.map_or(after, |(onset, _)| onset),
                    }
                };
                group.beats.iter().map(refined).collect()
            })
            .collect();
        for ((mean, group), spans) in means.iter_mut().zip(&groups).zip(&spans) {
            let typical = |shift: usize| {
                let mut intervals: Vec<f32> = group
                    .beats
                    .iter()
                    .map(|beat| start + beat + shift)
                    .filter(|&later| later > 0 && later < all)
                    .map(|later| (fiducials[later] - fiducials[later - 1]) as f32)
                    .collect();
                median(&mut intervals).map(f64::from)
            };
            let evidence = Evidence {
                leads,
                corrected: &corrected,
                usual: &usual[1],
                spans,
                intervals: [typical(0), typical(1)],
            };
            beat::add_waves(mean, &evidence, &self.params);
        }
        for beat in 0..range.len() {
            let mean = &means[group_of[beat]];
            let fiducial = fiducials[start + beat];
            if mean.fused.qrs.is_none() {
                continue;
            }
            found.fused.push(placed.beat(&mean.fused, fiducial));
            for (lead, waves) in leads.iter().zip(&mean.leads) {
                if waves.qrs.is_some() {
                    found.per_lead[lead.number].push(placed.beat(waves, fiducial));
                }
            }
        }
    }
}

/// A lead's usual slope at scale `k`, as the standard deviation that normal noise of the same median would have.
fn usual(lead: &Lead, k: usize) -> f32 {
    let mut slopes: Vec<f32> = lead
        .transform
        .scale(k)
        .iter()
        .step_by(4)
        .map(|x| x.abs())
        .collect();
    median(&mut slopes).unwrap_or(0.0) / 0.6745
}

/// The samples less straight lines through the level at the knots.
fn without_wander(samples: &[f32], knots: &[usize]) -> Vec<f32> {
    let level = |knot: usize| {
        let span = &samples[knot.saturating_sub(ms(4.0))..(knot + ms(4.0)).min(samples.len())];
        span.iter().sum::<f32>() / span.len().max(1) as f32
    };
    let mut corrected = samples.to_vec();
    let (Some(&first), Some(&last)) = (knots.first(), knots.last()) else {
        return corrected;
    };
    let (left, right) = (level(first), level(last));
    corrected[..first].iter_mut().for_each(|x| *x -= left);
    corrected[last..].iter_mut().for_each(|x| *x -= right);
    for pair in knots.windows(2) {
        let (a, b) = (level(pair[0]), level(pair[1]));
        let length = (pair[1].max(pair[0] + 1) - pair[0]) as f32;
        for (n, x) in corrected[pair[0]..pair[1].max(pair[0])].iter_mut().enumerate() {
            *x -= a + (b - a) * n as f32 / length;
        }
    }
    corrected
}
