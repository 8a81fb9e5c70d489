//! Attribution maps of many records.

use ecg_audit_ecg::DataSet;
use ecg_audit_ecg::preprocess::{Pipeline, Prepared};
use ecg_audit_plugin::{Encoder, Error as PluginError};
use ndarray::{Array2, Array3, ArrayView3, Axis, concatenate, s};
use rayon::prelude::*;

use super::{Steps, occlusion};
use crate::audit::AttributionMethod;
use crate::cohort::Cohort;
use crate::config::{AttributionChoice, ExplainSection};
use crate::encode::can_be_one_record;
use crate::{Error, Observer};

/// Records whose windows go to the encoder together.
const CHUNK: usize = 32;

/// What makes maps.
pub(crate) struct Attributor<'a> {
    encoder: &'a dyn Encoder,
    name: &'a str,
    /// How.
    pub method: AttributionMethod,
    /// Number and name of the tap, for Grad-CAM.
    pub tap: Option<(usize, String)>,
    /// Why it is not Grad-CAM.
    pub unavailable: Option<String>,
    occlusion_seconds: f64,
}

/// The maps of one record, by class.
pub(crate) struct Maps {
    /// Row in the cohort.
    pub row: usize,
    /// Class and map.
    pub maps: Vec<(usize, Steps)>,
}

impl<'a> Attributor<'a> {
    /// Settles how maps are made, by trying on `windows` of any record. Nothing where no maps are asked for.
    pub fn new(
        encoder: &'a dyn Encoder,
        name: &'a str,
        explain: &ExplainSection,
        windows: ArrayView3<'_, f32>,
    ) -> Result<Option<Self>, Error> {
        let taps = encoder.info().taps;
        let number = match &explain.tap {
            None => taps.len().saturating_sub(1),
            Some(asked) => taps.iter().position(|tap| tap.name == *asked).ok_or_else(|| {
                let names: Vec<&str> = taps.iter().map(|tap| tap.name.as_str()).collect();
                let names = names.join(", ");
                Error::Invalid(format!(
                    "`explain.tap` is `{asked}`; the encoder's taps are {names}"
                ))
            })?,
        };
        let occlusion = |unavailable| Self {
            encoder,
            name,
            method: AttributionMethod::Occlusion,
            tap: None,
            unavailable,
            occlusion_seconds: explain.occlusion_seconds,
        };
        let wanted = match explain.attribution {
            AttributionChoice::None => return Ok(None),
            AttributionChoice::Occlusion => return Ok(Some(occlusion(None))),
            wanted => wanted,
        };
        let first = windows.slice(s![..windows.len_of(Axis(0)).min(1), .., ..]);
        match encoder.grad_cam(first, 0, number) {
            Ok(_) => Ok(Some(Self {
                method: AttributionMethod::GradCam,
                tap: taps.get(number).map(|tap| (number, tap.name.clone())),
                ..occlusion(None)
            })),
            Err(PluginError::Unsupported(reason)) if wanted == AttributionChoice::Auto => {
                Ok(Some(occlusion(Some(reason))))
            }
            Err(error) => Err(Error::plugin("encoder", name)(error)),
        }
    }

    /// Maps of `rows` of the cohort, each for the classes that `classes` names, handed to `visit` in order. Records that
    /// can no longer be read are left out.
    pub fn each(
        &self,
        data: &dyn DataSet,
        pipeline: &Pipeline,
        cohort: &Cohort,
        rows: &[usize],
        observer: &dyn Observer,
        mut visit: impl FnMut(Maps),
    ) -> Result<(), Error> {
        for (number, chunk) in rows.chunks(CHUNK).enumerate() {
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let ready: Vec<(usize, Prepared)> = chunk
                .par_iter()
                .filter_map(|row| {
                    let signal = data.read(cohort.positions[*row]).ok()?;
                    Some((*row, pipeline.apply(&signal).ok()?))
                })
                .collect();
            let mut found: Vec<Maps> = Vec::with_capacity(ready.len());
            found.extend(ready.iter().map(|(row, _)| Maps {
                row: *row,
                maps: Vec::new(),
            }));
            for class in 0..cohort.answers.len() {
                let wanted: Vec<usize> = (0..ready.len())
                    .filter(|i| cohort.concerns(ready[*i].0, class))
                    .collect();
                for (i, steps) in self.of_class(&ready, &wanted, class)? {
                    found[i].maps.push((class, steps));
                }
            }
            found.into_iter().for_each(&mut visit);
            observer.progress((number * CHUNK + chunk.len()) as u64);
        }
        Ok(())
    }

    /// The maps of one class for the records at `wanted` of `ready`, windows of one shape together.
    fn of_class(
        &self,
        ready: &[(usize, Prepared)],
        wanted: &[usize],
        class: usize,
    ) -> Result<Vec<(usize, Steps)>, Error> {
        let shape = |i: &usize| (ready[*i].1.signal.nrows(), ready[*i].1.window_length);
        let mut done = Vec::with_capacity(wanted.len());
        for same in wanted.chunk_by(|a, b| shape(a) == shape(b)) {
            let windows: Vec<Array3<f32>> = same.iter().map(|i| ready[*i].1.windowed()).collect();
            let views: Vec<_> = windows.iter().map(|w| w.view()).collect();
            let joined = concatenate(Axis(0), &views)
                .map_err(|e| Error::Invalid(format!("windows of one shape do not join: {e}")))?;
            let rate = same.first().map_or(0.0, |i| ready[*i].1.sampling_rate);
            let map = match self.map(joined.view(), class, rate) {
                Ok(map) => map,
                Err(error) if can_be_one_record(&error) && same.len() > 1 => {
                    for i in same {
                        done.extend(self.of_class(ready, std::slice::from_ref(i), class)?);
                    }
                    continue;
                }
                Err(error) if can_be_one_record(&error) => {
                    tracing::warn!("a record has no attribution map: {error}");
                    continue;
                }
                Err(error) => return Err(Error::plugin("encoder", self.name)(error)),
            };
            let mut first = 0;
            for (i, own) in same.iter().zip(&windows) {
                let last = first + own.len_of(Axis(0));
                let own = map.slice(s![first..last, ..]);
                done.push((*i, Steps::new(own, &ready[*i].1)));
                first = last;
            }
        }
        Ok(done)
    }

    fn map(&self, windows: ArrayView3<'_, f32>, class: usize, rate: f64) -> Result<Array2<f32>, PluginError> {
        match &self.tap {
            Some((tap, _)) => self.encoder.grad_cam(windows, class, *tap),
            None => {
                let half = (self.occlusion_seconds * rate / 2.0).round() as usize;
                occlusion::map(self.encoder, windows, class, half)
            }
        }
    }
}
