//! From a patient and the classes to the events of a beat.
//!
//! Times are seconds from the R peak at a heart rate of 60/min; dipoles are millivolts (left, down, backwards).
//! The values were chosen by eye and ruler against textbook criteria (Surawicz & Knilans, *Chou's
//! Electrocardiography in Clinical Practice*); none was fitted to a data set.

use rand::Rng;

use super::labels::Class;
use super::leads::normal;
use super::model::{Event, LIMIT_WIDTHS, Part};
use super::patient::{Block, Patient, Region, Territory};

/// Angle of the template's QRS in the frontal plane, degrees.
const TEMPLATE_AXIS: f64 = 60.0;

/// What is particular to one record of a patient.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    /// Age in years at the record.
    pub age: f64,
    /// Mean RR interval, seconds.
    pub mean_rr: f64,
    /// Severity of each class in [`Class::ALL`]'s order; 0 for a class the patient doesn't have.
    pub severity: [f64; 5],
}

impl Visit {
    fn severity(&self, class: Class) -> Option<f64> {
        Some(self.severity[class as usize]).filter(|s| *s > 0.0)
    }
}

/// A beat in the making.
struct Template {
    p: Vec<Event>,
    qrs: Vec<Event>,
    st: [f64; 3],
    t: [f64; 3],
    /// By how much QRS ends later than usual, seconds.
    late: f64,
}

/// The events of a beat of this record.
pub(super) fn events(patient: &Patient, visit: &Visit, rng: &mut impl Rng) -> Vec<Event> {
    let mut beat = usual(patient, visit);
    if let Some(severity) = visit.severity(Class::Cd) {
        match patient.block {
            Block::Left => left_bundle_branch_block(&mut beat, severity, patient.voltage),
            Block::Right => right_bundle_branch_block(&mut beat, severity, patient.voltage),
        }
    }
    if let Some(severity) = visit.severity(Class::Hyp) {
        hypertrophy(&mut beat, severity);
    }
    if let Some(severity) = visit.severity(Class::Mi) {
        infarction(
            &mut beat,
            patient.territory,
            patient.stage,
            severity,
            patient.block_spares_q(visit.severity),
        );
    }
    if let Some(severity) = visit.severity(Class::Sttc) {
        st_t_change(&mut beat, patient, severity);
    }
    let mut events = assemble(beat, patient, visit);
    for (event, own) in events.iter_mut().zip(patient.deviations.iter().cycle()) {
        let size = event.dipole.iter().map(|x| x * x).sum::<f64>().sqrt();
        for (axis, deviation) in event.dipole.iter_mut().zip(own) {
            // Records of one patient differ by a third of what patients differ by.
            *axis += size * (0.13 * deviation + 0.043 * normal(rng));
        }
    }
    events
}

fn event(part: Part, time: f64, width: f64, dipole: [f64; 3]) -> Event {
    Event {
        part,
        time,
        width,
        dipole,
    }
}

fn scaled(dipole: [f64; 3], gain: f64) -> [f64; 3] {
    dipole.map(|x| x * gain)
}

fn plus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// A normal beat of this body: septal forces to the right and front, the free wall to the left and down, then the
/// left ventricle's back, last the base.
fn usual(patient: &Patient, visit: &Visit) -> Template {
    let (v, w) = (patient.voltage, patient.qrs_scale);
    let turn = (patient.axis(visit.age) - TEMPLATE_AXIS).to_radians();
    let forces = [
        (-0.024, 0.0075, [-0.18, -0.06, -0.34]),
        (0.0, 0.0115, [1.15, 0.85, 0.05]),
        (0.016, 0.0105, [0.26, 0.15, 0.82]),
        (0.036, 0.0090, [-0.20, -0.10, 0.14]),
    ];
    let qrs = forces
        .map(|(t, width, d)| event(Part::Qrs, t * w, width * w, scaled(turned(d, turn), v)))
        .to_vec();
    let atria = patient.p_gain;
    // The left atrium's part points backwards and is late in hypertrophy (left atrial enlargement).
    let strain = visit.severity(Class::Hyp).unwrap_or(0.0);
    let pr = patient.pr(visit.age, visit.mean_rr);
    let start = -pr - 0.040 * w;
    // With a short PR interval P is shorter too, and ends before the earliest QRS that a class makes of this one.
    let short = ((pr - 0.022) / 0.121).min(1.0);
    let (right, left) = (0.040 * short, (0.064 + 0.012 * strain) * short);
    let p = vec![
        event(
            Part::P,
            start + right,
            0.016 * short,
            scaled([0.035, 0.085, -0.055], atria),
        ),
        event(
            Part::P,
            start + left,
            0.018 * short,
            scaled([0.075, 0.060, 0.03 + 0.05 * strain], atria),
        ),
    ];
    let t = scaled(turned([0.31, 0.19, -0.17], 0.4 * turn), patient.t_gain(visit.age));
    let repolarization = patient.early_repolarization;
    let st = plus(scaled(t, 0.10), scaled([0.05, 0.03, -0.09], repolarization));
    Template {
        p,
        qrs,
        st,
        t,
        late: 0.0,
    }
}

/// Turns a dipole in the frontal plane, towards the feet for positive angles.
fn turned(d: [f64; 3], angle: f64) -> [f64; 3] {
    let (sin, cos) = angle.sin_cos();
    [d[0] * cos - d[1] * sin, d[0] * sin + d[1] * cos, d[2]]
}

/// No septal q; slow, notched activation to the left and back; ST and T against QRS.
fn left_bundle_branch_block(beat: &mut Template, severity: f64, voltage: f64) {
    let w = 0.76 + 0.24 * severity;
    let forces = [
        (-0.022, 0.013, [0.40, 0.32, 0.35]),
        (0.014, 0.019, [0.80, 0.38, 0.72]),
        (0.036, 0.020, [0.05, 0.05, 0.42]),
        (0.060, 0.018, [0.76, 0.12, 0.68]),
        (0.085, 0.013, [0.25, 0.02, 0.38]),
    ];
    beat.qrs = forces
        .map(|(t, width, d)| event(Part::Qrs, t * w, width * w, scaled(d, voltage)))
        .to_vec();
    beat.late = 0.1175 * w - 0.055;
    beat.st = [-0.10, -0.03, -0.15];
    beat.t = scaled([-0.24, -0.04, -0.30], 0.7 + 0.5 * severity);
}

/// A normal start, then slow activation of the right ventricle: R′ in V1, broad S in I and V6, T inverted in V1.
fn right_bundle_branch_block(beat: &mut Template, severity: f64, voltage: f64) {
    beat.qrs.pop();
    if let Some(back) = beat.qrs.last_mut() {
        back.dipole[2] *= 0.55;
    }
    let strength = voltage * (0.6 + 0.5 * severity);
    let (peak, slur) = (0.046 + 0.014 * severity, 0.062 + 0.028 * severity);
    beat.qrs.push(event(
        Part::Qrs,
        peak,
        0.0135,
        scaled([-0.58, -0.05, -0.58], strength),
    ));
    beat.qrs.push(event(
        Part::Qrs,
        slur,
        0.0140,
        scaled([-0.30, 0.02, -0.24], strength),
    ));
    beat.late = slur + 0.035 - 0.055;
    beat.t = plus(beat.t, [0.05, 0.0, 0.20]);
    beat.st = plus(beat.st, [0.02, 0.0, 0.04]);
}

/// Left ventricular hypertrophy: high forces to the left and back, slightly slower, lower T. The strain pattern is
/// what ST/T change adds.
fn hypertrophy(beat: &mut Template, severity: f64) {
    let gain = 1.1 + 0.7 * severity;
    for event in &mut beat.qrs {
        event.dipole = [
            event.dipole[0] * gain,
            event.dipole[1] * (0.9 + 0.15 * gain),
            event.dipole[2] * gain,
        ];
        event.time *= 1.06;
        event.width *= 1.06;
    }
    beat.t = scaled(beat.t, 1.0 - 0.25 * severity);
}

/// Lost forces of the territory (a pathological Q), an injury current towards it (ST elevation, fading with the
/// stage), later T turned away from it. With left bundle branch block no Q appears.
fn infarction(beat: &mut Template, territory: Territory, stage: f64, severity: f64, spares_q: bool) {
    let (lost, injury): ([f64; 3], [f64; 3]) = match territory {
        Territory::Anterior => ([-0.05, 0.05, 0.85], [0.14, 0.02, -0.26]),
        Territory::Inferior => ([0.10, -0.95, 0.08], [-0.04, 0.28, 0.06]),
        Territory::Lateral => ([-0.72, 0.02, -0.02], [0.27, -0.12, 0.05]),
    };
    let q = (0.15 + 0.85 * severity) * (0.65 + 0.35 * stage);
    if !spares_q && let [septal, wall, ..] = beat.qrs.as_mut_slice() {
        // The Q replaces part of the septal forces and lasts about 40 ms.
        septal.dipole = plus(scaled(septal.dipole, 1.0 - 0.7 * q), scaled(lost, 0.9 * q));
        septal.width += 0.004 * severity;
        septal.time -= 0.004 * severity;
        wall.dipole = plus(wall.dipole, scaled(lost, 0.45 * q));
    }
    beat.st = plus(beat.st, scaled(injury, (0.15 + 1.05 * severity) * (1.1 - stage)));
    beat.t = plus(
        scaled(beat.t, 1.0 - 0.3 * stage),
        scaled(injury, 1.5 * severity * (0.45 - stage)),
    );
}

/// ST depression and a T wave that flattens and inverts, away from the region.
fn st_t_change(beat: &mut Template, patient: &Patient, severity: f64) {
    let away = match patient.region {
        Region::Anterior => [-0.10, -0.03, 0.14],
        Region::Lateral => [-0.17, -0.05, 0.03],
        Region::Inferolateral => [-0.11, -0.15, 0.02],
    };
    let (st, t) = patient.st_t_mix;
    beat.st = plus(beat.st, scaled(away, st * (0.1 + severity)));
    beat.t = plus(
        scaled(beat.t, 1.0 - (0.1 + 0.9 * severity) * t),
        scaled(away, 1.7 * t * severity),
    );
}

/// Puts the parts on the time axis: repolarization follows the mean RR interval by Fridericia's cube root, and
/// at fast rates ends before the next P wave.
fn assemble(beat: Template, patient: &Patient, visit: &Visit) -> Vec<Event> {
    let late = beat.late.max(0.0);
    // The shortest interval is about 0.88 of the mean (a standard deviation is at most 0.05 of it).
    let before_p = 0.88 * visit.mean_rr - patient.pr(visit.age, visit.mean_rr) - 0.040;
    let t_end = 0.272 + LIMIT_WIDTHS * 0.030;
    let longest = if patient.fibrillation {
        f64::INFINITY
    } else {
        (before_p - 0.6 * late) / t_end
    };
    let qt = (patient.qt_scale(visit.age) * visit.mean_rr.cbrt()).min(longest);
    let mut events = if patient.fibrillation { Vec::new() } else { beat.p };
    events.extend(beat.qrs);
    // Two Gaussians make a plateau between QRS and T; T rises more slowly than it falls.
    events.push(event(Part::St, 0.085 * qt + late, 0.026, scaled(beat.st, 0.9)));
    events.push(event(
        Part::St,
        0.155 * qt + 0.8 * late,
        0.040,
        scaled(beat.st, 0.9),
    ));
    events.push(event(
        Part::T,
        0.232 * qt + 0.6 * late,
        0.046 * qt,
        scaled(beat.t, 0.60),
    ));
    events.push(event(
        Part::T,
        0.272 * qt + 0.6 * late,
        0.030 * qt,
        scaled(beat.t, 0.68),
    ));
    events
}
