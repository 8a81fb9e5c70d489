//! Beats of one shape, aligned to each other.

use crate::lead::Lead;
use crate::rate::ms;

/// Half the width of the window in which shapes are compared.
const HALF: usize = ms(80.0);
/// Every other sample is enough at scale 4.
const STRIDE: usize = 2;
/// How far a beat may be shifted to fit a group.
const SHIFT: isize = ms(40.0) as isize;
/// Correlation of a beat with its group.
const ALIKE: f32 = 0.88;

/// Beats of one shape.
#[derive(Default)]
pub(crate) struct Group {
    /// Numbers of the beats, in time order.
    pub beats: Vec<usize>,
}

struct Shape {
    sum: Vec<f32>,
}

/// Groups beats by the shape of their QRS complex in all leads, and moves each to where it fits its group best.
pub(crate) fn group(leads: &[Lead], beats: &mut [usize]) -> Vec<Group> {
    let mut groups: Vec<(Group, Shape)> = Vec::new();
    for (number, beat) in beats.iter_mut().enumerate() {
        let mut best: Option<(f32, isize, usize)> = None;
        for (index, (_, shape)) in groups.iter().enumerate() {
            let (likeness, shift) = best_shift(leads, *beat, shape);
            if likeness >= ALIKE && best.is_none_or(|(most, ..)| likeness > most) {
                best = Some((likeness, shift, index));
            }
        }
        match best {
            Some((_, shift, index)) => {
                *beat = beat.saturating_add_signed(shift);
                let (group, shape) = &mut groups[index];
                group.beats.push(number);
                for (sum, x) in shape.sum.iter_mut().zip(window(leads, *beat as isize)) {
                    *sum += x;
                }
            }
            None => groups.push((
                Group { beats: vec![number] },
                Shape {
                    sum: window(leads, *beat as isize).collect(),
                },
            )),
        }
    }
    groups.into_iter().map(|(group, _)| group).collect()
}

/// Scale 4 of all leads around a sample, each lead relative to its own QRS slope.
fn window(leads: &[Lead], at: isize) -> impl Iterator<Item = f32> {
    leads.iter().flat_map(move |lead| {
        let detail = lead.transform.scale(4);
        let scale = (1.0 / lead.qrs_slope) as f32;
        (-(HALF as isize)..=HALF as isize)
            .step_by(STRIDE)
            .map(move |offset| {
                let value = usize::try_from(at + offset).ok().and_then(|n| detail.get(n));
                value.map_or(0.0, |x| x * scale)
            })
    })
}

fn best_shift(leads: &[Lead], beat: usize, shape: &Shape) -> (f32, isize) {
    let mut best = (f32::NEG_INFINITY, 0);
    let mut try_shift = |shift: isize| {
        let likeness = correlation(window(leads, beat as isize + shift), &shape.sum);
        if likeness > best.0 {
            best = (likeness, shift);
        }
        best
    };
    for shift in (-SHIFT..=SHIFT).step_by(4) {
        try_shift(shift);
    }
    let (_, coarse) = try_shift(0);
    for shift in coarse - 3..=coarse + 3 {
        try_shift(shift);
    }
    best
}

fn correlation(values: impl Iterator<Item = f32>, shape: &[f32]) -> f32 {
    let (mut product, mut own, mut other) = (0f32, 0f32, 0f32);
    for (x, y) in values.zip(shape) {
        product += x * y;
        own += x * x;
        other += y * y;
    }
    product / (own * other).sqrt().max(f32::MIN_POSITIVE)
}
