//! What a finding says.

use serde::{Deserialize, Serialize};

/// Something out of line in one record's signal or metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What is out of line.
    pub kind: Kind,
    /// Names of the leads that it concerns, as the record spells them; empty for metadata.
    pub leads: Vec<String>,
    /// In [0, 1]; lower = more suspect.
    pub score: f64,
    /// The reason in words, with the measured values and their units.
    pub sentence: String,
}

/// The kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Samples that the file marks as invalid, or that are no finite number.
    Missing,
    /// Stretches without any signal.
    Flat,
    /// Deflections cut off at the end of the recorder's range.
    Clipped,
    /// Slow wander of the baseline.
    BaselineDrift,
    /// Noise over the whole record.
    StaticNoise,
    /// Noise over a part of the record.
    BurstNoise,
    /// Exchanged limb electrodes.
    LimbLeadReversal,
    /// Exchanged or reversed chest electrodes.
    PrecordialMisplacement,
    /// Limb leads that break Einthoven's or Goldberger's law.
    LimbLeadsInconsistent,
    /// Amplitudes that no ECG has in millivolts.
    Scale,
    /// Metadata that cannot be or that contradicts itself.
    Metadata,
}

impl Kind {
    /// All kinds, in the order in which findings are listed.
    pub const ALL: [Kind; 11] = [
        Kind::Missing,
        Kind::Flat,
        Kind::Clipped,
        Kind::BaselineDrift,
        Kind::StaticNoise,
        Kind::BurstNoise,
        Kind::LimbLeadReversal,
        Kind::PrecordialMisplacement,
        Kind::LimbLeadsInconsistent,
        Kind::Scale,
        Kind::Metadata,
    ];

    /// The name that serde writes.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Missing => "missing",
            Kind::Flat => "flat",
            Kind::Clipped => "clipped",
            Kind::BaselineDrift => "baseline_drift",
            Kind::StaticNoise => "static_noise",
            Kind::BurstNoise => "burst_noise",
            Kind::LimbLeadReversal => "limb_lead_reversal",
            Kind::PrecordialMisplacement => "precordial_misplacement",
            Kind::LimbLeadsInconsistent => "limb_leads_inconsistent",
            Kind::Scale => "scale",
            Kind::Metadata => "metadata",
        }
    }

    /// How it is measured, in one sentence.
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Missing => "Share of a lead's samples that are marked as invalid or are no finite number.",
            Kind::Flat => "Share of a lead that stays within 10 µV for 1.5 s or longer.",
            Kind::Clipped => {
                "Share of a lead that rests at its highest or lowest value in plateaus with a steep edge."
            }
            Kind::BaselineDrift => {
                "Peak-to-peak amplitude of a lead's baseline, the median over windows of 0.6 s."
            }
            Kind::StaticNoise => {
                "Median over 50 ms windows of a lead's root mean square above 20 Hz: the level between the QRS complexes."
            }
            Kind::BurstNoise => {
                "Stretches of 0.4 s or more whose root mean square above 20 Hz stands out of the rest of the lead."
            }
            Kind::LimbLeadReversal => {
                "The average beat's probability of being as recorded rather than with two or three limb electrodes \
                 exchanged, by a model of how the leads of real records go together; and limb leads that are almost \
                 flat because an arm electrode sits on the right leg."
            }
            Kind::PrecordialMisplacement => {
                "The average beat's probability of being as recorded rather than with chest electrodes exchanged or \
                 in reverse order, by a model of how the leads of real records go together."
            }
            Kind::LimbLeadsInconsistent => {
                "Root mean square by which Einthoven's law (II = I + III) or Goldberger's (aVR + aVL + aVF = 0 and \
                 the augmented leads' definitions) is broken, against that of the limb leads."
            }
            Kind::Scale => {
                "Typical peak-to-peak amplitude of the leads against what an ECG has in millivolts."
            }
            Kind::Metadata => {
                "Age, sex, height, weight and labels that cannot be or that contradict each other."
            }
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Where `value` lies between what is fine and what is certainly wrong: 0.5 at `limit`, 0 at `hopeless`
/// and beyond; `limit` and `hopeless` are compared on a logarithmic scale, as amplitudes and noise levels are.
pub(super) fn beyond(value: f64, limit: f64, hopeless: f64) -> f64 {
    let share = (value / limit).ln() / (hopeless / limit).ln();
    (0.5 - 0.5 * share).clamp(0.0, 0.5)
}

/// `V1`, `V1 and V2`, `V1, V2 and V3`.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `Lead V1` or `Leads V1 and V2`.
pub(super) fn leads(names: &[String]) -> String {
    let word = if names.len() == 1 { "Lead" } else { "Leads" };
    format!("{word} {}", listed(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_serde_writes() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert!(kind.describe().ends_with('.'));
        }
    }

    #[test]
    fn scores_fall_from_a_half() {
        assert_eq!(beyond(1.0, 1.0, 10.0), 0.5);
        assert_eq!(beyond(10.0, 1.0, 10.0), 0.0);
        assert_eq!(beyond(99.0, 1.0, 10.0), 0.0);
        assert!((beyond(10f64.sqrt(), 1.0, 10.0) - 0.25).abs() < 1e-12);
        assert!((beyond(0.01, 0.02, 0.002) - (0.5 - 0.5 * 2f64.log10())).abs() < 1e-12);
    }

    #[test]
    fn lists_read_as_text() {
        let names = ["V1", "V2", "V3"].map(String::from);
        assert_eq!(leads(&names[..1]), "Lead V1");
        assert_eq!(leads(&names[..2]), "Leads V1 and V2");
        assert_eq!(leads(&names), "Leads V1, V2 and V3");
    }
}
