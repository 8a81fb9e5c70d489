//! Where the beats are.
//!
//! One detection function of all leads: the slope at scale 4 relative to each lead's typical QRS slope, limited so that a single
//! lead's artefact cannot outvote the others, averaged with weights by prominence, and smoothed over a QRS complex's width.

use crate::lead::{BLOCK_S, Lead, blocks, median};
use crate::rate::ms;

/// Relative slopes count up to this: an artefact of one lead in twelve stays below the threshold.
const LIMIT: f32 = 1.6;
/// Width of the smoothing, a narrow QRS complex's.
const WIDTH: usize = ms(70.0);
/// No two beats within this: 300 beats a minute.
const REFRACTORY: usize = ms(200.0);
/// A beat is this share of the typical height.
const THRESHOLD: f32 = 0.36;
/// In a pause, of this many typical intervals, a smaller beat is looked for.
const PAUSE: f64 = 1.7;
const SEARCH_BACK: f32 = 0.5;
/// After a beat, this long, a wave that is lower and rounder than it is its T wave.
const T_REACH: usize = ms(480.0);
const T_HEIGHT: f32 = 0.7;
const T_SHARPNESS: f32 = 0.62;
/// Beats are this many times the usual value of the detection function; peaks of noise are about twice.
const CONTRAST: f32 = 2.6;
/// A signal shorter than this holds no QRS complex that could be told from its surroundings.
const SHORTEST: usize = ms(300.0);
/// Share of the weight of all leads that must show a deflection.
const SUPPORT: f32 = 0.34;
/// What counts as one, of the lead's typical QRS slope.
const DEFLECTION: f32 = 0.25;

/// A peak of the detection function.
#[derive(Clone, Copy)]
struct Candidate {
    at: usize,
    height: f32,
    /// Fine slope over coarse slope: high for QRS complexes, low for T waves.
    sharpness: f32,
}

/// Beats as samples at the method's rate, in order.
pub(crate) fn beats(leads: &[Lead]) -> Vec<usize> {
    let function = detection_function(leads);
    let Some(level) = Level::of(&function) else {
        return Vec::new();
    };
    let all = candidates(leads, &function, &level);
    let firm: Vec<Candidate> = all
        .iter()
        .copied()
        .filter(|c| c.height >= THRESHOLD * level.at(c.at))
        .collect();
    let mut kept = without_t_waves(without_neighbours(firm));
    if !stand_out(&kept, &function) {
        return Vec::new();
    }
    search_back(&mut kept, &all, &level);
    kept.into_iter().map(|c| c.at).collect()
}

/// Whether the candidates are more than the peaks that noise has.
fn stand_out(candidates: &[Candidate], function: &[f32]) -> bool {
    let mut heights: Vec<f32> = candidates.iter().map(|c| c.height).collect();
    let mut all: Vec<f32> = function.iter().step_by(4).copied().collect();
    let (Some(height), Some(usual)) = (median(&mut heights), median(&mut all)) else {
        return false;
    };
    height >= CONTRAST * usual && function.len() >= SHORTEST
}

fn weights(leads: &[Lead]) -> Vec<f32> {
    let squares: Vec<f32> = leads
        .iter()
        .map(|lead| (lead.prominence * lead.prominence) as f32)
        .collect();
    let sum: f32 = squares.iter().sum();
    squares.iter().map(|w| w / sum.max(f32::MIN_POSITIVE)).collect()
}

fn detection_function(leads: &[Lead]) -> Vec<f32> {
    let length = leads.first().map_or(0, |lead| lead.samples.len());
    let mut sum = vec![0f32; length];
    for (lead, weight) in leads.iter().zip(weights(leads)) {
        let scale = (1.0 / lead.qrs_slope) as f32;
        for (total, slope) in sum.iter_mut().zip(lead.transform.scale(4)) {
            *total += weight * (slope.abs() * scale).min(LIMIT);
        }
    }
    smoothed(&sum, WIDTH)
}

/// Running mean over `width` samples, twice half as wide: a triangle, whose maxima are unique.
fn smoothed(values: &[f32], width: usize) -> Vec<f32> {
    let odd = (width / 2) | 1;
    running_mean(&running_mean(values, odd), odd)
}

fn running_mean(values: &[f32], width: usize) -> Vec<f32> {
    let half = width / 2;
    let mut sum = 0f64;
    for &x in values.iter().take(half) {
        sum += f64::from(x);
    }
    (0..values.len())
        .map(|n| {
            if let Some(&x) = values.get(n + half) {
                sum += f64::from(x);
            }
            if let Some(gone) = n.checked_sub(half + 1) {
                sum -= f64::from(values[gone]);
            }
            (sum / width as f64) as f32
        })
        .collect()
}

/// The typical height of a beat over time.
struct Level {
    block: usize,
    heights: Vec<f32>,
}

impl Level {
    fn of(function: &[f32]) -> Option<Self> {
        let block = ms(1000.0 * BLOCK_S);
        let peaks: Vec<f32> = blocks(function.len(), block)
            .map(|(start, end)| function[start..end].iter().copied().fold(0.0, f32::max))
            .collect();
        let heights = (0..peaks.len())
            .map(|n| {
                let mut near = peaks[n.saturating_sub(2)..(n + 3).min(peaks.len())].to_vec();
                median(&mut near).unwrap_or(0.0)
            })
            .collect::<Vec<f32>>();
        (!heights.is_empty()).then_some(Self { block, heights })
    }

    fn at(&self, sample: usize) -> f32 {
        self.heights[(sample / self.block).min(self.heights.len() - 1)]
    }
}

fn candidates(leads: &[Lead], function: &[f32], level: &Level) -> Vec<Candidate> {
    let weights = weights(leads);
    let mut found = Vec::new();
    for n in 0..function.len() {
        let here = function[n];
        let rises = n == 0 || function[n - 1] < here;
        let falls = function.get(n + 1).is_none_or(|&next| next <= here);
        if !(rises && falls && here >= SEARCH_BACK * THRESHOLD * level.at(n)) {
            continue;
        }
        let span = n.saturating_sub(ms(60.0))..(n + ms(60.0)).min(function.len());
        let (mut support, mut fine, mut coarse) = (0f32, 0f32, 0f32);
        for (lead, weight) in leads.iter().zip(&weights) {
            let most = |k: usize| {
                let detail = &lead.transform.scale(k)[span.clone()];
                detail.iter().fold(0f32, |most, x| most.max(x.abs())) / lead.qrs_slope as f32
            };
            let slope = most(4);
            if slope >= DEFLECTION && lead.measured(span.start, span.end) {
                support += weight;
            }
            fine += weight * slope.min(2.0 * LIMIT);
            coarse += weight * most(5).min(2.0 * LIMIT);
        }
        if support >= SUPPORT {
            found.push(Candidate {
                at: n,
                height: here,
                sharpness: fine / coarse.max(f32::MIN_POSITIVE),
            });
        }
    }
    found
}

/// Of candidates closer than the refractory time the highest stays.
fn without_neighbours(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| b.height.total_cmp(&a.height).then(a.at.cmp(&b.at)));
    let mut kept = std::collections::BTreeMap::new();
    for candidate in candidates {
        let before = kept.range(..=candidate.at).next_back();
        let after = kept.range(candidate.at..).next();
        let near = |other: Option<(&usize, &Candidate)>| {
            other.is_some_and(|(&at, _)| at.abs_diff(candidate.at) < REFRACTORY)
        };
        if !near(before) && !near(after) {
            kept.insert(candidate.at, candidate);
        }
    }
    kept.into_values().collect()
}

fn without_t_waves(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let is_t = kept.last().is_some_and(|beat| {
            candidate.at - beat.at < T_REACH
                && candidate.height < T_HEIGHT * beat.height
                && candidate.sharpness < T_SHARPNESS * beat.sharpness
        });
        if !is_t {
            kept.push(candidate);
        }
    }
    kept
}

/// Adds the highest lower candidate of each pause.
fn search_back(kept: &mut Vec<Candidate>, all: &[Candidate], level: &Level) {
    let mut intervals: Vec<f32> = kept
        .windows(2)
        .map(|pair| (pair[1].at - pair[0].at) as f32)
        .collect();
    let Some(typical) = median(&mut intervals) else {
        return;
    };
    let mut found: Vec<Candidate> = Vec::new();
    for pair in kept.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        if (after.at - before.at) as f64 <= PAUSE * f64::from(typical) {
            continue;
        }
        let guard = (0.6 * f64::from(typical)) as usize;
        let best = all
            .iter()
            .filter(|c| c.at > before.at + guard.max(REFRACTORY) && c.at + guard.max(REFRACTORY) < after.at)
            .filter(|c| c.height >= SEARCH_BACK * THRESHOLD * level.at(c.at))
            .filter(|c| c.sharpness >= T_SHARPNESS * before.sharpness)
            .max_by(|a, b| a.height.total_cmp(&b.height));
        found.extend(best.copied());
    }
    kept.extend(found);
    kept.sort_by_key(|c| c.at);
}
