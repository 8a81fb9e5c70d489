//! An arm electrode exchanged with the right leg's.
//!
//! Both legs have nearly the same potential, so that the limb lead between them is almost flat: lead II with the
//! right arm's electrode on the right leg, lead III with the left arm's, lead I with both arms' electrodes on the
//! legs (Batchvarov et al., Europace 9:1081–1090, 2007).

use super::beat::Beat;
use super::kind::{Finding, Kind};
use super::trace::{Traces, range};

/// The flat lead's average beat stays within this many millivolts peak to peak (Rudiger et al., Am. J. Emerg. Med.
/// 25:174–178, 2007, suspect a single limb lead below 0.1 mV) …
const FLAT_MV: f64 = 0.08;
/// … and within this part of the larger of the other two. Hearts whose axis is perpendicular to a lead have small
/// QRS complexes there, but hardly ever P, QRS and T at once.
const FLAT_SHARE: f64 = 0.1;

const EXCHANGES: [(&str, &str); 3] = [
    ("I", "both arm electrodes sit on the legs"),
    ("II", "the right arm and right leg electrodes are exchanged"),
    ("III", "the left arm and right leg electrodes are exchanged"),
];

/// A finding where exactly one limb lead's average beat is almost flat.
pub(super) fn finding(traces: &Traces, rate: f64) -> Option<Finding> {
    let leads = traces.leads(["I", "II", "III"])?;
    let beat = Beat::of(&leads, rate)?;
    let sizes: Vec<f64> = beat
        .leads
        .iter()
        .map(|lead| range(lead))
        .map(|(low, high)| high - low)
        .collect();
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let (lead, size) = sizes
        .iter()
        .copied()
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    let share = size / largest;
    if share.is_nan() || size > FLAT_MV || share > FLAT_SHARE {
        return None;
    }
    let (name, what) = EXCHANGES.get(lead)?;
    Some(Finding {
        kind: Kind::LimbLeadReversal,
        leads: vec![leads.get(lead)?.name.clone()],
        score: 0.5 * share / FLAT_SHARE,
        sentence: format!(
            "Lead {name} is almost flat ({:.0} µV peak to peak in the average beat against {largest:.2} mV in the largest \
             limb lead), as if {what}.",
            size * 1000.0
        ),
    })
}
