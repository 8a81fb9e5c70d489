//! A run of beats, delineated together.

use std::ops::Range;

use crate::average::{BEFORE, Span};
use crate::beat::{Evidence, MeanBeat, Waves, add_p, add_t, qrs_of};
use crate::follow::follow;
use crate::group::{Group, group};
use crate::lead::{Lead, median};
use crate::params::Params;
use crate::qrs::Bounds;
use crate::rate::ms;

/// A rhythm is irregular where intervals typically change by this share of themselves; fewer changes say nothing.
const IRREGULAR: f32 = 0.1;
const FEW_CHANGES: usize = 4;
/// By how much more a P wave has to stand out in an irregular rhythm, where fibrillatory waves pass for it.
const DOUBT: f64 = 2.0;

/// Beats of a lead or of all leads: their waves, in samples of the signal at the method's rate.
pub(crate) type Placed = Vec<Waves>;

/// Some consecutive beats.
pub(crate) struct Passage<'a> {
    leads: &'a [Lead],
    params: &'a Params,
    /// Fiducial points of all beats of the signal, of which `range` are this passage's.
    fiducials: &'a [usize],
    range: Range<usize>,
    groups: Vec<Group>,
    /// Each beat's group.
    group_of: Vec<usize>,
    means: Vec<MeanBeat>,
}

impl<'a> Passage<'a> {
    /// Groups the beats `range`, aligns their fiducial points, and finds each group's QRS complex.
    pub fn new(
        leads: &'a [Lead],
        fiducials: &'a mut [usize],
        range: Range<usize>,
        usual: &[f32],
        params: &'a Params,
    ) -> Self {
        let groups = group(leads, &mut fiducials[range.clone()]);
        let mut group_of = vec![0; range.len()];
        for (number, group) in groups.iter().enumerate() {
            group.beats.iter().for_each(|&beat| group_of[beat] = number);
        }
        let mut passage = Self {
            leads,
            params,
            fiducials,
            range,
            groups,
            group_of,
            means: Vec::new(),
        };
        passage.means = (passage.groups.iter())
            .map(|group| {
                let spans: Vec<Span> = group
                    .beats
                    .iter()
                    .map(|&beat| passage.span(beat, ms(100.0)))
                    .collect();
                qrs_of(leads, usual, &spans, params)
            })
            .collect();
        passage
    }

    /// A beat and what is around it up to `margin` from its neighbours' fiducial points.
    fn span(&self, beat: usize, margin: usize) -> Span {
        let number = self.range.start + beat;
        let length = self.leads.first().map_or(0, |lead| lead.samples.len());
        let before = number.checked_sub(1).map_or(0, |n| self.fiducials[n] + margin);
        let after = self
            .fiducials
            .get(number + 1)
            .map_or(length, |next| next.saturating_sub(margin));
        Span {
            fiducial: self.fiducials[number],
            from: before,
            to: after,
        }
    }

    fn waves(&self, beat: usize) -> &Waves {
        &self.means[self.group_of[beat]].fused
    }

    /// A point of a beat's mean, as a sample of the signal.
    fn at(&self, beat: usize, point: f64) -> usize {
        (self.fiducials[self.range.start + beat] as f64 + point - BEFORE as f64).max(0.0) as usize
    }

    /// The spans of a group's beats: from the end of the wave before, `end`, to the next QRS complex.
    fn spans(&self, group: &Group, end: impl Fn(&Waves) -> Option<Bounds>) -> Vec<Span> {
        let refined = |&beat: &usize| {
            let mut span = self.span(beat, 0);
            if let Some(before) = beat.checked_sub(1)
                && let Some(bounds) = end(self.waves(before))
            {
                span.from = self.at(before, bounds.offset);
            }
            if beat + 1 < self.range.len()
                && let Some(next) = self.waves(beat + 1).qrs
            {
                span.to = self.at(beat + 1, next.onset);
            }
            span
        };
        group.beats.iter().map(refined).collect()
    }

    /// Typical distance of a group's beats from the one before (`later` 0) or to the next (1).
    fn interval(&self, group: &Group, later: usize) -> Option<f64> {
        let numbers = group.beats.iter().map(|beat| self.range.start + beat + later);
        let mut intervals: Vec<f32> = numbers
            .filter(|&number| number > 0 && number < self.fiducials.len())
            .map(|number| (self.fiducials[number] - self.fiducials[number - 1]) as f32)
            .collect();
        median(&mut intervals).map(f64::from)
    }

    /// Whether most intervals differ much from the one before, as they do in atrial fibrillation and not after single
    /// ectopic beats.
    fn irregular(&self) -> bool {
        let intervals: Vec<f32> = self.fiducials[self.range.clone()]
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) as f32)
            .collect();
        let mut changes: Vec<f32> = intervals
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .collect();
        let change = median(&mut changes).filter(|_| changes.len() >= FEW_CHANGES);
        let typical = median(&mut intervals.clone());
        change
            .zip(typical)
            .is_some_and(|(change, typical)| change > IRREGULAR * typical)
    }

    /// Finds T and P waves; `usual` is each lead's usual slope at scale 5.
    pub fn add_waves(&mut self, usual: &[f32]) {
        let length = self.leads.first().map_or(0, |lead| lead.samples.len());
        let mut knots: Vec<usize> = (0..self.range.len())
            .filter_map(|beat| {
                Some(
                    self.at(beat, self.waves(beat).qrs?.onset)
                        .saturating_sub(ms(10.0)),
                )
            })
            .collect();
        knots.retain(|&knot| knot < length);
        knots.sort_unstable();
        let corrected: Vec<Vec<f32>> = self
            .leads
            .iter()
            .map(|lead| without_wander(&lead.samples, &knots))
            .collect();
        let evidence = |passage: &Self, number: usize, end: fn(&Waves) -> Option<Bounds>| {
            let group = &passage.groups[number];
            let spans = passage.spans(group, end);
            let interval = passage.interval(group, 1);
            Evidence::new(passage.leads, &corrected, usual, spans, interval)
        };
        // A P wave is sought after the T wave before it, so T waves come first.
        for number in 0..self.groups.len() {
            let evidence = evidence(self, number, |before| before.qrs);
            add_t(&mut self.means[number], &evidence, self.params);
        }
        let significance = self.params.p_significance * if self.irregular() { DOUBT } else { 1.0 };
        for number in 0..self.groups.len() {
            let evidence = evidence(self, number, |before| before.t.or(before.qrs));
            add_p(&mut self.means[number], &evidence, significance);
        }
    }

    /// The beats of all leads together, and of each lead.
    pub fn placed(&self) -> (Placed, Vec<Placed>) {
        let mut fused = Vec::new();
        let mut each = vec![Vec::new(); self.leads.len()];
        for beat in 0..self.range.len() {
            let mean = &self.means[self.group_of[beat]];
            if mean.fused.qrs.is_none() {
                continue;
            }
            let fiducial = self.fiducials[self.range.start + beat];
            let number = self.groups[self.group_of[beat]].beats.len();
            let shift = |wave: Option<Bounds>| follow(self.leads, mean, wave?, fiducial, number);
            let shifts = [shift(mean.fused.p), Some(0.0), shift(mean.fused.t)];
            fused.push(mean.fused.placed(fiducial, shifts));
            for (beats, waves) in each.iter_mut().zip(&mean.leads) {
                if waves.qrs.is_some() {
                    beats.push(waves.placed(fiducial, shifts));
                }
            }
        }
        (fused, each)
    }
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
