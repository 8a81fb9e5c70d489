//! From waves to beats.

use super::{Beat, Wave, Waves};

/// Largest time from a P wave to its QRS complex, in seconds: PR intervals above it are hardly ever seen.
const LONGEST_PR: f64 = 0.6;
/// Largest time from a QRS complex to the peak of its T wave, in seconds.
const LONGEST_RT: f64 = 0.8;

/// Assigns P and T waves to QRS complexes; every wave is in exactly one beat. The waves may come in any order.
pub(super) fn group(waves: Waves, sampling_rate: f64) -> Vec<Beat> {
    let [p, qrs, t] = waves.map(in_order);
    let mut beats: Vec<Beat> = qrs
        .iter()
        .map(|&(_, qrs)| Beat {
            qrs,
            ..Beat::default()
        })
        .collect();
    let complexes: Vec<f64> = qrs.into_iter().map(|(position, _)| position).collect();
    // From the back, so that of several P waves the nearest one finds its complex free.
    for (position, p) in p.into_iter().rev() {
        let next = complexes.partition_point(|&complex| complex <= position);
        let reachable = |complex: &f64| complex - position <= LONGEST_PR * sampling_rate;
        let near = complexes.get(next).is_some_and(reachable);
        match beats.get_mut(next) {
            Some(beat) if near && beat.p.is_absent() => beat.p = p,
            _ => beats.push(Beat { p, ..Beat::default() }),
        }
    }
    for (position, t) in t {
        let last = complexes
            .partition_point(|&complex| complex < position)
            .checked_sub(1);
        let reachable = |complex: &f64| position - complex <= LONGEST_RT * sampling_rate;
        let near = last.and_then(|last| complexes.get(last)).is_some_and(reachable);
        match last.and_then(|last| beats.get_mut(last)) {
            Some(beat) if near && beat.t.is_absent() => beat.t = t,
            _ => beats.push(Beat { t, ..Beat::default() }),
        }
    }
    beats.sort_by(|a, b| {
        let position = |beat: &Beat| beat.position().unwrap_or(f64::INFINITY);
        position(a).total_cmp(&position(b))
    });
    beats
}

/// Waves with where they are, in time order; those without any point are left out.
pub(super) fn in_order(waves: Vec<Wave>) -> Vec<(f64, Wave)> {
    let mut waves: Vec<(f64, Wave)> = waves
        .into_iter()
        .filter_map(|wave| wave.position().map(|position| (position, wave)))
        .collect();
    waves.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    waves
}
