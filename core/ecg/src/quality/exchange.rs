//! Exchanged electrodes as what they do to the leads.

use ndarray::Axis;

use crate::{Signal, lead_key};

/// The independent leads of a 12-lead ECG.
pub(super) const LEADS: [&str; 8] = ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"];

/// A way in which electrodes can be exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// The electrodes that sit where RA, LA and LL (0, 1, 2) should.
    Limb([usize; 3]),
    /// The chest electrodes (0 to 5) that sit where V1 to V6 should.
    Chest([usize; 6]),
}

/// The exchanges that are looked for, with a name in words.
pub const EXCHANGES: [(&str, Exchange); 13] = [
    ("the right and left arm electrodes", Exchange::Limb([1, 0, 2])),
    ("the right arm and left leg electrodes", Exchange::Limb([2, 1, 0])),
    ("the left arm and left leg electrodes", Exchange::Limb([0, 2, 1])),
    (
        "the limb electrodes (left arm's on the right arm, left leg's on the left arm, right arm's on the left leg)",
        Exchange::Limb([1, 2, 0]),
    ),
    (
        "the limb electrodes (left leg's on the right arm, right arm's on the left arm, left arm's on the left leg)",
        Exchange::Limb([2, 0, 1]),
    ),
    ("V1 and V2", Exchange::Chest([1, 0, 2, 3, 4, 5])),
    ("V2 and V3", Exchange::Chest([0, 2, 1, 3, 4, 5])),
    ("V3 and V4", Exchange::Chest([0, 1, 3, 2, 4, 5])),
    ("V4 and V5", Exchange::Chest([0, 1, 2, 4, 3, 5])),
    ("V5 and V6", Exchange::Chest([0, 1, 2, 3, 5, 4])),
    ("V1 and V3", Exchange::Chest([2, 1, 0, 3, 4, 5])),
    ("V4 and V6", Exchange::Chest([0, 1, 2, 5, 4, 3])),
    ("V1 to V6 (in reverse order)", Exchange::Chest([5, 4, 3, 2, 1, 0])),
];

impl Exchange {
    /// What I, II, V1–V6 become with the electrodes exchanged so.
    pub fn apply(self, leads: &[f64; 8]) -> [f64; 8] {
        let [i, ii, chest @ ..] = *leads;
        match self {
            Exchange::Limb(electrodes) => {
                // Potentials of RA, LA, LL against Wilson's terminal.
                let potentials = [-(i + ii) / 3.0, (2.0 * i - ii) / 3.0, (2.0 * ii - i) / 3.0];
                let [ra, la, ll] = electrodes.map(|e| potentials[e % 3]);
                let mut out = *leads;
                (out[0], out[1]) = (la - ra, ll - ra);
                out
            }
            Exchange::Chest(electrodes) => {
                let mut out = *leads;
                for (to, from) in out[2..].iter_mut().zip(electrodes) {
                    *to = chest[from % 6];
                }
                out
            }
        }
    }

    /// The exchange that undoes this one.
    pub fn inverse(self) -> Self {
        fn inverse<const N: usize>(of: [usize; N]) -> [usize; N] {
            let mut out = of;
            for (to, from) in of.into_iter().enumerate() {
                out[from % N] = to;
            }
            out
        }
        match self {
            Exchange::Limb(of) => Exchange::Limb(inverse(of)),
            Exchange::Chest(of) => Exchange::Chest(inverse(of)),
        }
    }

    /// The record as it is with the electrodes exchanged so; the limb leads beside I and II are derived from these as
    /// far as the record has them. Nothing where one of I, II, V1–V6 is missing.
    pub fn recorded(self, signal: &Signal) -> Option<Signal> {
        let row = |key: &str| signal.leads.iter().position(|lead| lead_key(lead) == key);
        let rows: Vec<usize> = LEADS.iter().filter_map(|key| row(key)).collect();
        let rows: [usize; 8] = rows.try_into().ok()?;
        let derived = ["III", "AVR", "AVL", "AVF"].map(row);
        let mut out = signal.clone();
        for mut column in out.samples.axis_iter_mut(Axis(1)) {
            let mut leads = [0.0; 8];
            for (lead, row) in leads.iter_mut().zip(rows) {
                *lead = f64::from(*column.get(row)?);
            }
            let leads = self.inverse().apply(&leads);
            let (i, ii) = (leads[0], leads[1]);
            let limb = [ii - i, -(i + ii) / 2.0, i - ii / 2.0, ii - i / 2.0];
            let others = derived
                .iter()
                .zip(limb)
                .filter_map(|(row, value)| Some(((*row)?, value)));
            for (row, value) in rows.into_iter().zip(leads).chain(others) {
                *column.get_mut(row)? = value as f32;
            }
        }
        Some(out)
    }

    /// Leads that change, by key.
    pub(super) fn leads(self) -> Vec<&'static str> {
        match self {
            Exchange::Limb(electrodes) => {
                let augmented = ["AVR", "AVL", "AVF"].into_iter().zip(electrodes).enumerate();
                let moved = augmented.filter(|(to, (_, from))| to != from);
                ["I", "II", "III"]
                    .into_iter()
                    .chain(moved.map(|(_, (name, _))| name))
                    .collect()
            }
            Exchange::Chest(electrodes) => {
                let moved = LEADS[2..].iter().zip(electrodes).enumerate();
                let moved = moved.filter(|(to, (_, from))| to != from);
                moved.map(|(_, (name, _))| *name).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 8] = [0.5, 0.9, -0.7, -0.4, 0.3, 1.1, 1.3, 0.8];

    #[test]
    fn arms_exchanged_turn_lead_i_over_and_swap_ii_and_iii() {
        let [i, ii, ..] = VALUES;
        let out = EXCHANGES[0].1.apply(&VALUES);
        assert!((out[0] + i).abs() < 1e-12 && (out[1] - (ii - i)).abs() < 1e-12);
        assert_eq!(out[2..], VALUES[2..]);
        let right_arm_and_leg = EXCHANGES[1].1.apply(&VALUES);
        assert!((right_arm_and_leg[0] - (i - ii)).abs() < 1e-12 && (right_arm_and_leg[1] + ii).abs() < 1e-12);
        let left_arm_and_leg = EXCHANGES[2].1.apply(&VALUES);
        assert!((left_arm_and_leg[0] - ii).abs() < 1e-12 && (left_arm_and_leg[1] - i).abs() < 1e-12);
    }

    #[test]
    fn every_exchange_can_be_undone_and_none_is_another() {
        for (n, (name, exchange)) in EXCHANGES.iter().enumerate() {
            let out = exchange.inverse().apply(&exchange.apply(&VALUES));
            assert!(
                out.iter().zip(VALUES).all(|(a, b)| (a - b).abs() < 1e-12),
                "{name}"
            );
            assert!(
                EXCHANGES[..n]
                    .iter()
                    .all(|(_, other)| other.apply(&VALUES) != exchange.apply(&VALUES))
            );
            assert!(exchange.leads().len() >= 2);
        }
    }

    #[test]
    fn a_record_with_exchanged_electrodes_keeps_einthovens_law() {
        let names = ["aVF", "III", "II", "I", "V1", "V2", "V3", "V4", "V5", "V6"].map(String::from);
        let mut signal = Signal {
            samples: ndarray::Array2::from_shape_fn((10, 3), |(lead, i)| (lead * 3 + i) as f32 * 0.1),
            sampling_rate: 100.0,
            leads: names.to_vec(),
        };
        let out = EXCHANGES[1].1.recorded(&signal).unwrap().samples;
        for (column, before) in out.columns().into_iter().zip(signal.samples.columns()) {
            assert!((column[2] + before[2]).abs() < 1e-6);
            assert!((column[2] - column[3] - column[1]).abs() < 1e-6);
            assert!((column[0] - (column[2] - column[3] / 2.0)).abs() < 1e-6);
        }
        signal.leads[9] = "V7".into();
        assert!(EXCHANGES[1].1.recorded(&signal).is_none());
    }
}
