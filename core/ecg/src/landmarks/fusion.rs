//! From the beats of each lead to one sequence.

use super::grouping::{group, in_order};
use super::{Beat, Kind, Wave, waves};

/// Largest time between the same wave's peaks in two leads, in seconds: the tolerance at which delineators are compared with
/// annotations (ANSI/AAMI EC57).
const SAME_WAVE: f64 = 0.150;

/// Number of matches that a wave is held against: waves of one kind are never this dense but in a damaged file, which
/// must not take time that grows with its square.
const CANDIDATES: usize = 32;

/// One sequence of beats from those of each lead, in samples at `sampling_rate` (Hz); see the [module](super) for the rules. The
/// sequence of a single lead stays as it is.
pub fn fuse(per_lead: &[Vec<Beat>], sampling_rate: f64) -> Vec<Beat> {
    let leads: Vec<_> = per_lead.iter().map(|beats| waves(beats)).collect();
    let fused = Kind::ALL.map(|kind| {
        let of_kind = leads.iter().map(|waves| waves[kind as usize].as_slice());
        matched(of_kind, SAME_WAVE * sampling_rate)
            .iter()
            .map(|cluster| cluster.median())
            .collect()
    });
    group(fused, sampling_rate)
}

/// The same wave in several leads.
struct Match {
    leads: Vec<usize>,
    waves: Vec<Wave>,
    /// Median of where the waves are.
    centre: f64,
}

/// Goes through the waves of all leads in time order and adds each to the nearest match in reach that
/// has no wave of this lead yet.
fn matched<'a>(leads: impl Iterator<Item = &'a [Wave]>, reach: f64) -> Vec<Match> {
    let mut waves: Vec<(f64, usize, Wave)> = Vec::new();
    for (lead, of_lead) in leads.enumerate() {
        let of_lead = in_order(of_lead.to_vec()).into_iter();
        waves.extend(of_lead.map(|(position, wave)| (position, lead, wave)));
    }
    waves.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut matches: Vec<Match> = Vec::new();
    for (position, lead, wave) in waves {
        // A wave joins a match at most `reach` ahead of its centre: earlier ones than these are out of reach.
        let candidates = matches
            .iter_mut()
            .rev()
            .take(CANDIDATES)
            .take_while(|found| position - found.centre <= 2.0 * reach)
            .filter(|found| (position - found.centre).abs() <= reach && !found.leads.contains(&lead));
        let nearest = candidates.min_by(|a, b| {
            let distance = |found: &Match| (position - found.centre).abs();
            distance(a).total_cmp(&distance(b))
        });
        match nearest {
            Some(found) => found.add(lead, wave),
            None => matches.push(Match {
                leads: vec![lead],
                waves: vec![wave],
                centre: position,
            }),
        }
    }
    matches
}

impl Match {
    fn add(&mut self, lead: usize, wave: Wave) {
        self.leads.push(lead);
        self.waves.push(wave);
        let positions = self.waves.iter().filter_map(Wave::position).collect();
        self.centre = median(positions).unwrap_or(self.centre);
    }

    fn median(&self) -> Wave {
        let of = |point: fn(&Wave) -> Option<f64>| median(self.waves.iter().filter_map(point).collect());
        let mut wave = Wave {
            onset: of(|wave| wave.onset),
            peak: of(|wave| wave.peak),
            offset: of(|wave| wave.offset),
        };
        // Where leads lack different points, the medians need not be in order: a limit on the wrong side is none.
        if let Some(position) = wave.position() {
            wave.onset = wave.onset.filter(|&onset| onset <= position);
            wave.offset = wave.offset.filter(|&offset| offset >= position);
        }
        wave
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied()?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = middle.checked_sub(1).and_then(|i| values.get(i));
    lower.map(|&lower| f64::midpoint(lower, upper))
}
