//! The component.

use ecg_audit_plugin::{Beat, Context, Delineation, Delineator, Error, FromParams, Wave};
use ndarray::ArrayView2;

use crate::beat::Waves;
use crate::detect;
use crate::lead::{Lead, median};
use crate::params::Params;
use crate::passage::Passage;
use crate::qrs::{self, Bounds};
use crate::rate::RATE;
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
        let usual = [qrs::SCALE, 5].map(|k| usable.iter().map(|lead| usual(lead, k)).collect::<Vec<f32>>());
        let output = Output {
            scale: sampling_rate / RATE,
            samples,
        };
        let all = fiducials.len();
        for start in (0..all).step_by(TOGETHER) {
            self.context.check()?;
            let range = start..(start + TOGETHER).min(all);
            let mut passage = Passage::new(&usable, &mut fiducials, range, &usual[0], &self.params);
            passage.add_waves(&usual[1]);
            let (fused, each) = passage.placed();
            found.fused.extend(fused.iter().map(|waves| output.beat(waves)));
            for (lead, beats) in usable.iter().zip(each) {
                found.per_lead[lead.number].extend(beats.iter().map(|waves| output.beat(waves)));
            }
        }
        Ok(found)
    }
}

/// From samples at the method's rate to samples of the input.
struct Output {
    scale: f64,
    samples: usize,
}

impl Output {
    fn wave(&self, bounds: Option<Bounds>) -> Wave {
        let place = |at: f64| {
            let sample = at * self.scale;
            (sample >= 0.0 && sample <= (self.samples - 1) as f64).then_some(sample)
        };
        bounds.map_or_else(Wave::default, |bounds| Wave {
            onset: place(bounds.onset),
            peak: place(bounds.peak),
            offset: place(bounds.offset),
        })
    }

    fn beat(&self, waves: &Waves) -> Beat {
        Beat {
            p: self.wave(waves.p),
            qrs: self.wave(waves.qrs),
            t: self.wave(waves.t),
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
