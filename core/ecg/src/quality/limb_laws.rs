//! The limb leads' own laws.
//!
//! Einthoven: II = I + III. Goldberger: aVR = −(I + II)/2, aVL = (I − III)/2, aVF = (II + III)/2, so that aVR + aVL +
//! aVF = 0. All six are differences of three potentials recorded at once: in a record as the device made it, the laws
//! hold to the rounding of its samples, whatever the heart and the noise do.

use super::kind::{Finding, Kind};
use super::trace::{Trace, Traces};

/// A law is broken where its residual's root mean square is at least this part of that of its leads … Rounding to 5
/// µV makes residuals of some µV, less than 5 % even in low-voltage leads; the most in PTB-XL is 1.5 %, in 260
/// records of CODE-15% (some of them clipped) 12 %, the median in LUDB, whose leads are scaled one by one, 57 %.
const BROKEN_SHARE: f64 = 0.15;
/// … and at least this, millivolts: four steps of a coarse recorder.
const BROKEN_MV: f64 = 0.02;

/// A law: the weighted sum of its leads is zero.
struct Law {
    text: &'static str,
    terms: &'static [(&'static str, f64)],
}

const LAWS: [Law; 5] = [
    Law {
        text: "Einthoven's law II = I + III",
        terms: &[("II", 1.0), ("I", -1.0), ("III", -1.0)],
    },
    Law {
        text: "Goldberger's law aVR + aVL + aVF = 0",
        terms: &[("AVR", 1.0), ("AVL", 1.0), ("AVF", 1.0)],
    },
    Law {
        text: "aVR = −(I + II)/2",
        terms: &[("AVR", 1.0), ("I", 0.5), ("II", 0.5)],
    },
    Law {
        text: "aVL = I − II/2",
        terms: &[("AVL", 1.0), ("I", -1.0), ("II", 0.5)],
    },
    Law {
        text: "aVF = II − I/2",
        terms: &[("AVF", 1.0), ("II", -1.0), ("I", 0.5)],
    },
];

/// At most one finding, of the laws that are broken.
pub(super) fn finding(traces: &Traces) -> Option<Finding> {
    let mut broken: Vec<(&Law, f64, f64)> = Vec::new();
    for law in &LAWS {
        if let Some((residual, share)) = measure(law, traces)
            && residual >= BROKEN_MV
            && share >= BROKEN_SHARE
        {
            broken.push((law, residual, share));
        }
    }
    let worst = broken.iter().map(|(_, _, share)| *share).fold(0.0, f64::max);
    let texts: Vec<String> = broken
        .iter()
        .map(|(law, residual, share)| {
            format!(
                "{} by {:.0} µV ({:.0} % of the leads)",
                law.text,
                residual * 1000.0,
                share * 100.0
            )
        })
        .collect();
    let each_scaled = own_scales(traces)
        .map(|[i, iii]| {
            format!(" Each lead seems to have been scaled on its own: II = {i:.2} I + {iii:.2} III holds.")
        })
        .filter(|_| !broken.is_empty())
        .unwrap_or_default();
    let keys = ["I", "II", "III", "AVR", "AVL", "AVF"];
    let concerned = |key: &&str| {
        broken
            .iter()
            .any(|(law, ..)| law.terms.iter().any(|(k, _)| k == key))
    };
    let leads = keys
        .iter()
        .filter(|key| concerned(key))
        .filter_map(|key| traces.lead(key));
    (!broken.is_empty()).then(|| Finding {
        kind: Kind::LimbLeadsInconsistent,
        leads: leads.map(|trace| trace.name.clone()).collect(),
        score: super::kind::beyond(worst, BROKEN_SHARE, 1.5),
        sentence: format!(
            "The limb leads contradict each other: {} broken (root mean square).{each_scaled}",
            if texts.len() == 1 {
                format!("{} is", texts[0])
            } else {
                format!("{} are", super::kind::listed(&texts))
            }
        ),
    })
}

/// Root mean square of the residual about its mean, millivolts, and its share of that of the leads. Offsets and what
/// a gap was filled with are no part of the law: nothing where a lead has gaps.
fn measure(law: &Law, traces: &Traces) -> Option<(f64, f64)> {
    let leads: Vec<(&Trace, f64)> = law
        .terms
        .iter()
        .filter_map(|(key, weight)| Some((traces.lead(key)?, *weight)))
        .collect();
    if leads.len() < law.terms.len() || leads.iter().any(|(trace, _)| trace.missing > 0.0) {
        return None;
    }
    let n = leads
        .iter()
        .map(|(trace, _)| trace.samples.len())
        .min()
        .filter(|n| *n > 1)?;
    let residual = |i: usize| {
        leads
            .iter()
            .map(|(trace, weight)| weight * trace.samples[i])
            .sum::<f64>()
    };
    let mean = (0..n).map(residual).sum::<f64>() / n as f64;
    let residual = ((0..n).map(|i| (residual(i) - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    let size = leads.iter().map(|(trace, _)| trace.spread().powi(2)).sum::<f64>() / leads.len() as f64;
    let size = size.sqrt();
    (size > 0.0).then_some((residual, residual / size))
}

/// The weights by which II = a I + b III holds within 5 % of II, where both are positive: leads that were each
/// brought to the same range (as LUDB's were) obey the law in no other way.
fn own_scales(traces: &Traces) -> Option<[f64; 2]> {
    let [i, ii, iii] = traces.leads(["I", "II", "III"])?;
    let product = |a: &Trace, b: &Trace| {
        let n = a.samples.len().max(1) as f64;
        let (mean_a, mean_b) = (
            a.samples.iter().sum::<f64>() / n,
            b.samples.iter().sum::<f64>() / n,
        );
        let pairs = a.samples.iter().zip(&b.samples);
        pairs.map(|(x, y)| (x - mean_a) * (y - mean_b)).sum::<f64>()
    };
    let (aa, bb, ab) = (product(i, i), product(iii, iii), product(i, iii));
    let (ay, by, yy) = (product(i, ii), product(iii, ii), product(ii, ii));
    let determinant = aa * bb - ab * ab;
    let (a, b) = (
        (ay * bb - by * ab) / determinant,
        (by * aa - ay * ab) / determinant,
    );
    let residual = (yy - a * ay - b * by).max(0.0);
    (a > 0.0 && b > 0.0 && residual < 0.05 * 0.05 * yy).then_some([a, b])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Signal;
    use ndarray::Array2;

    fn found(change: impl Fn(&mut [f32; 6])) -> Option<Finding> {
        let mut samples = Array2::zeros((6, 500));
        for (n, mut column) in samples.columns_mut().into_iter().enumerate() {
            let (i, ii) = ((n as f32 * 0.11).sin(), (n as f32 * 0.07).cos());
            let mut leads = [i, ii, ii - i, -(i + ii) / 2.0, i - ii / 2.0, ii - i / 2.0];
            change(&mut leads);
            column.iter_mut().zip(leads).for_each(|(to, from)| *to = from);
        }
        let leads = ["DI", "DII", "DIII", "aVR", "aVL", "aVF"]
            .map(String::from)
            .to_vec();
        finding(&Traces::new(&Signal {
            samples,
            sampling_rate: 100.0,
            leads,
        }))
    }

    #[test]
    fn laws_that_hold_are_no_finding() {
        assert_eq!(found(|_| ()), None);
        // An offset and steps of 5 microvolts.
        let coarse = |leads: &mut [f32; 6]| {
            leads
                .iter_mut()
                .for_each(|v| *v = (*v * 200.0).round() / 200.0 + 0.3)
        };
        assert_eq!(found(coarse), None);
    }

    #[test]
    fn broken_laws_are_named_with_their_leads() {
        let avf = found(|leads| leads[5] = 0.0).unwrap();
        assert_eq!(avf.leads, ["DI", "DII", "aVR", "aVL", "aVF"]);
        assert!(
            avf.sentence.contains("aVF = II − I/2") && !avf.sentence.contains("Einthoven"),
            "{}",
            avf.sentence
        );
        let scaled = found(|leads| leads[0] *= 2.0).unwrap();
        assert!(
            scaled.sentence.contains("Einthoven") && scaled.sentence.contains("II = 0.50 I + 1.00 III holds")
        );
        // Without samples of a lead nothing is said of it.
        assert_eq!(found(|leads| leads[5] = f32::NAN), None);
    }
}
