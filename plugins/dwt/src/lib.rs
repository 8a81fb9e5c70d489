//! The dwt plugin of ecg-audit: where P, QRS and T begin, peak and end, by the wavelet transform.
//!
//! # Method
//!
//! The ground is Martínez, Almeida, Olmos, Rocha & Laguna, *A wavelet-based ECG delineator: evaluation on standard
//! databases*, IEEE TBME 51(4):570–581, 2004: the quadratic-spline à-trous transform, in which a wave is a pair of slopes of
//! opposite sign around a zero crossing, and its limits are where the outermost slope has died away. In this order:
//!
//! 1. **Rate**: signals of 100 to 1000 Hz are resampled to 500 Hz by band-limited interpolation, so that one set of scales
//!    (2¹ to 2⁵, which are 2⁰ to 2⁴ at the 250 Hz of the paper) serves all. Missing samples are bridged and remembered; a
//!    lead that is flat, mostly missing, or in which nothing stands out takes no part.
//! 2. **Beats**: one detection function of all leads, the limited slope at scale 4 weighted by how far QRS slopes stand out in each
//!    lead; peaks over a threshold that follows the signal, with a refractory time, a test for T waves (lower and rounder
//!    than the beat before), support by a third of the leads' weight, and a search-back in pauses. Peaks that
//!    stand out no more than noise's do are no beats.
//! 3. **Groups**: beats of one QRS shape (correlation over all leads) are aligned, and everything below is found on the
//!    group's *mean beat*, in which noise is √n smaller and fibrillatory or dissociated P waves average out. A beat of a shape of
//!    its own is its own mean.
//! 4. **QRS**: on scale 3. The complex's extent is where the magnitude of all leads' slopes is not quiet; each lead's onset and offset
//!    are then found within it.
//! 5. **T, then P**: on scale 5 of the mean beat without wander, from the QRS offset on, and between the T wave before and the
//!    QRS onset. The leads' first principal component, each lead in units of its standard error, shows whether
//!    the wave is there at all (its slope against the error, more strictly for few beats, many leads and irregular rhythms) and
//!    where; each lead's own wave is then sought near it. What the wavelet's smoothing adds to a wave's width is taken out.
//! 6. **Single beats**: each beat's P and T follow the mean's by the delay at which they correlate best; a beat that does not
//!    correlate at any has no such wave.
//! 7. **Fusion**: QRS limits over all leads are the earliest onset and latest offset that enough other leads support within
//!    a few milliseconds (the rule of Laguna, Jané & Caminal 1994); P and T limits are those of the principal component. The fused R peak
//!    is where all leads deviate most; a lead's R peak is its highest point, or its deepest if it has no R wave. A lead's own limits
//!    meet the median of all leads halfway, which halves the leads' independent errors and keeps half of what they differ by.
//!
//! # Limits
//!
//! One shape of P and T per group: P waves that are not tied to the QRS complex (third-degree block), or of one premature beat with
//! a normal QRS complex, are not found. At rates at which P begins within T, the P onset is the T offset. Pacing spikes are not
//! removed; one close to the complex counts to it. Strongly coupled fibrillatory waves can pass for P waves. Polarity
//! matters to a lead's R peak alone.
//!
//! Figures on LUDB, beside NeuroKit2's: `benches/peers/delineate.py`. Thresholds were set on records at odd positions of its
//! list and on synthetic ECGs.

mod agree;
mod average;
mod beat;
mod delineator;
mod detect;
mod follow;
mod group;
mod lead;
mod params;
mod passage;
mod principal;
mod qrs;
mod rate;
mod resample;
mod search;
mod walk;
mod wave;
mod wavelet;

pub use delineator::Dwt;
pub use params::Params;

ecg_audit_plugin::export_plugin! {
    name: "dwt",
    delineators: [Dwt],
}
