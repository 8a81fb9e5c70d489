//! Electrodes in the wrong place: limb electrodes exchanged, chest electrodes exchanged or reversed.
//!
//! An exchange transforms the leads exactly: limb electrodes turn I and II into other differences of the same three
//! potentials (Wilson's terminal, their mean, stays), chest electrodes change places. So every exchange has one way
//! to undo it, and the question is which of the undone records looks most like an ECG. That is Kors & van Herpen's
//! idea (*Accurate automatic detection of electrode interchange in the electrocardiogram*, Am. J. Cardiol.
//! 88:396–399, 2001), who compare how well each lead is predicted from the others. Here the likeness is a linear
//! score `s` of the average beat: each lead's mean in nine spans of P, QRS and T, and the mean products of all pairs
//! of leads over P, QRS and T. Its weights (`placement_weights.rs`, fitted on real records) make a conditional logit
//! model: the probability that a record is as recorded rather than transformed by `h` is `exp s(x) / (exp s(x) + exp s(h x))`.

use super::beat::Beat;
use super::exchange::LEADS;
pub use super::exchange::{EXCHANGES, Exchange};
use super::kind::{Finding, Kind, leads as named};
use super::placement_weights::WEIGHTS;
use super::trace::Traces;
use crate::Signal;

/// A finding is a record that is less probable than this as recorded, against the most probable exchange. Electrodes
/// are misplaced in 0.4 % (outpatients) to 4 % (intensive care) of records (Rudiger et al., Am. J. Emerg. Med.
/// 25:174–178, 2007), so that weak evidence must not count.
const LEAST_PROBABLE: f64 = 0.05;
/// Leads with more missing samples or a longer flat line than these shares are not judged.
const MOST_MISSING: f64 = 0.2;
const MOST_FLAT: f64 = 0.5;
/// Spans of the beat, seconds after the steepest part of QRS: two of P, four of QRS, three of ST and T.
const BINS: [(f64, f64); 9] = [
    (-0.26, -0.17),
    (-0.17, -0.08),
    (-0.05, -0.02),
    (-0.02, 0.01),
    (0.01, 0.04),
    (0.04, 0.07),
    (0.12, 0.22),
    (0.22, 0.32),
    (0.32, 0.42),
];
/// Spans of P, QRS, and ST and T.
const SEGMENTS: [(f64, f64); 3] = [P, QRS, (0.12, 0.42)];
const P: (f64, f64) = (-0.26, -0.08);
const QRS: (f64, f64) = (-0.06, 0.08);
/// Pairs of leads, each once.
const PAIRS: usize = LEADS.len() * (LEADS.len() + 1) / 2;
/// Length of [`features`].
pub const FEATURES: usize = LEADS.len() * BINS.len() + SEGMENTS.len() * PAIRS;

/// The features of a record from which exchanges are judged, [`FEATURES`] numbers: the means of I, II, V1–V6 in nine
/// spans (lead by lead), then the upper triangles of the three matrices of mean products. Limb and chest leads are
/// each divided by their own root mean square. Nothing where a lead or beats are missing.
pub fn features(signal: &Signal) -> Option<Vec<f64>> {
    let traces = Traces::new(signal);
    let beat = average(&traces, traces.rate?)?;
    Some(describe(&Columns::of(&beat)?))
}

/// Findings about limb and chest electrodes.
pub(super) fn findings(traces: &Traces, rate: f64) -> Vec<Finding> {
    let Some(beat) = average(traces, rate) else {
        return Vec::new();
    };
    let Some(columns) = Columns::of(&beat) else {
        return Vec::new();
    };
    let as_recorded = score(&columns);
    let mut best: [Option<(f64, &str, Exchange)>; 2] = [None, None];
    for (name, exchange) in EXCHANGES {
        let gain = score(&columns.transformed(exchange)) - as_recorded;
        let family = usize::from(matches!(exchange, Exchange::Chest(_)));
        if best[family].is_none_or(|(most, ..)| gain > most) {
            best[family] = Some((gain, name, exchange));
        }
    }
    let found = best.into_iter().flatten().map(|(gain, name, undo)| {
        let probability = 1.0 / (1.0 + gain.exp());
        (probability, name, undo)
    });
    found
        .filter(|(probability, ..)| *probability < LEAST_PROBABLE)
        .map(|(probability, name, undo)| finding(traces, &beat, probability, name, undo))
        .collect()
}

fn average(traces: &Traces, rate: f64) -> Option<Beat> {
    let leads = traces.leads(LEADS)?;
    let judged = |trace: &&super::trace::Trace| {
        trace.missing <= MOST_MISSING && super::stretches::flat(&trace.samples, Some(rate)) <= MOST_FLAT
    };
    leads.iter().all(judged).then(|| Beat::of(&leads, rate))?
}

fn finding(traces: &Traces, beat: &Beat, probability: f64, name: &str, undo: Exchange) -> Finding {
    let leads: Vec<String> = undo
        .leads()
        .into_iter()
        .filter_map(|key| traces.lead(key))
        .map(|trace| trace.name.clone())
        .collect();
    let odds = (1.0 - probability) / probability;
    let odds = if odds < 1000.0 {
        format!("{odds:.0}")
    } else {
        "over 1000".into()
    };
    let (kind, sentence) = match undo {
        Exchange::Limb(_) => {
            let values = |lead: usize, as_recorded: bool| {
                let wave = |span| deflection(beat, lead, span, (!as_recorded).then_some(undo));
                format!("P {:+.2} and QRS {:+.2} mV", wave(P), wave(QRS))
            };
            let sentence = format!(
                "{} look exchanged: {} are {odds} times more in keeping with the chest leads and with the usual \
                 P, QRS and T when the exchange is undone (lead I: {} as recorded, {} after; lead II: {} as \
                 recorded, {} after).",
                with_first(name, char::to_ascii_uppercase),
                with_first(&named(&leads), char::to_ascii_lowercase),
                values(0, true),
                values(0, false),
                values(1, true),
                values(1, false),
            );
            (Kind::LimbLeadReversal, sentence)
        }
        Exchange::Chest(_) => {
            let progression: Vec<String> = (2..8)
                .map(|lead| format!("{:+.2}", deflection(beat, lead, QRS, None)))
                .collect();
            let sentence = format!(
                "Chest electrodes {name} look exchanged: the leads' progression is {odds} times more usual when the \
                 exchange is undone (largest QRS deflection in V1 to V6 as recorded: {} mV).",
                progression.join(", ")
            );
            (Kind::PrecordialMisplacement, sentence)
        }
    };
    Finding {
        kind,
        leads,
        score: probability,
        sentence,
    }
}

fn with_first(text: &str, change: fn(&char) -> char) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        std::iter::once(change(&first)).chain(chars).collect()
    })
}

/// The deflection of largest size in a span, signed, millivolts.
fn deflection(beat: &Beat, lead: usize, span: (f64, f64), undo: Option<Exchange>) -> f64 {
    let column = |i: usize| {
        let column = std::array::from_fn(|row| beat.leads[row][i]);
        undo.map_or(column, |undo| undo.apply(&column))[lead]
    };
    beat.span(span.0, span.1)
        .map(column)
        .fold(0.0, |most: f64, v| if v.abs() > most.abs() { v } else { most })
}

/// The average beat, sample by sample, with its spans.
struct Columns {
    samples: Vec<[f64; 8]>,
    bins: Vec<std::ops::Range<usize>>,
    segments: Vec<std::ops::Range<usize>>,
}

impl Columns {
    fn of(beat: &Beat) -> Option<Columns> {
        let length = beat.leads.first()?.len();
        if beat.leads.len() != LEADS.len() {
            return None;
        }
        let mut samples: Vec<[f64; 8]> = (0..length)
            .map(|i| std::array::from_fn(|lead| beat.leads[lead][i]))
            .collect();
        let n = length.max(1) as f64;
        // I² + II² + III² is the same whatever limb electrodes are exchanged.
        let limb = samples
            .iter()
            .map(|c| c[0] * c[0] + c[1] * c[1] + (c[1] - c[0]).powi(2));
        let limb = (limb.sum::<f64>() / (3.0 * n)).sqrt();
        let chest = samples.iter().flat_map(|c| &c[2..]).map(|v| v * v).sum::<f64>();
        let chest = (chest / (6.0 * n)).sqrt();
        if !(limb > 0.0 && chest > 0.0 && limb.is_finite() && chest.is_finite()) {
            return None;
        }
        for column in &mut samples {
            column[..2].iter_mut().for_each(|v| *v /= limb);
            column[2..].iter_mut().for_each(|v| *v /= chest);
        }
        let spans = |of: &[(f64, f64)]| of.iter().map(|(from, to)| beat.span(*from, *to)).collect();
        Some(Columns {
            samples,
            bins: spans(&BINS),
            segments: spans(&SEGMENTS),
        })
    }

    fn transformed(&self, exchange: Exchange) -> Columns {
        Columns {
            samples: self.samples.iter().map(|column| exchange.apply(column)).collect(),
            bins: self.bins.clone(),
            segments: self.segments.clone(),
        }
    }
}

fn describe(columns: &Columns) -> Vec<f64> {
    let of = |span: &std::ops::Range<usize>| &columns.samples[span.clone()];
    let mut out = Vec::with_capacity(FEATURES);
    for lead in 0..LEADS.len() {
        for bin in &columns.bins {
            let sum: f64 = of(bin).iter().map(|column| column[lead]).sum();
            out.push(sum / bin.len().max(1) as f64);
        }
    }
    for segment in &columns.segments {
        for a in 0..LEADS.len() {
            for b in a..LEADS.len() {
                let sum: f64 = of(segment).iter().map(|column| column[a] * column[b]).sum();
                out.push(sum / segment.len().max(1) as f64);
            }
        }
    }
    out
}

fn score(columns: &Columns) -> f64 {
    describe(columns).iter().zip(WEIGHTS).map(|(x, w)| x * w).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_need_all_leads_and_beats() {
        let names = LEADS.map(String::from).to_vec();
        let beats = |leads: Vec<String>| Signal {
            samples: ndarray::Array2::from_shape_fn((leads.len(), 1000), |(lead, i)| {
                if i % 80 < 4 { (lead + 1) as f32 * 0.1 } else { 0.0 }
            }),
            sampling_rate: 100.0,
            leads,
        };
        let found = features(&beats(names.clone())).unwrap();
        assert_eq!(found.len(), FEATURES);
        assert!(found.iter().all(|v| v.is_finite()));
        assert!(features(&beats(names[..7].to_vec())).is_none());
        let mut silent = beats(names);
        silent.samples.fill(0.1);
        assert!(features(&silent).is_none());
    }
}
