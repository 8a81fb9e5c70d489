//! Where the waves of each beat are, as a person has marked them or as a synthetic data set knows them.
//!
//! # From annotations to beats
//! [`beats`] takes the annotations of one file.
//!
//! - `p` and `t` are the peaks of P and T waves, every code for a beat (`N`, `V`, …) is the peak of a QRS complex. A
//!   file without brackets (`.atr`, `.qrs`) thus gives QRS peaks alone. Other codes are no landmarks.
//! - `(` and `)` are a wave's onset and offset; the peak between them says of which wave (LUDB). Any of the three may be
//!   missing. Where brackets are numbered (0 P, 1 QRS, 2 T: QT database, ecgpuwave), the number names the wave of a bracket without
//!   a peak, and a bracket with another wave's number is not this wave's. A U wave (`u`) is read and dropped.
//! - A second peak in a wave (biphasic T) does not start another wave.
//! - A peak up to 10 ms before an otherwise empty pair of brackets is the peak of that pair, and its onset is set to the peak.
//! - Signals (`chan`) are read apart, then fused.
//!
//! A P wave belongs to the next QRS complex within 600 ms, the nearest P wave if there are several; a T wave to the last QRS
//! complex within 800 ms, the nearest T wave likewise. A wave without such a complex is a beat of its own: nothing annotated is lost.
//!
//! # From leads to one sequence
//! [`fuse`] matches waves of the same kind whose peaks are within 150 ms of each other, at most one per lead, and takes
//! the median of each point over the leads that have it. A wave that is annotated in any lead counts. The fused waves
//! are grouped to beats as above.

mod brackets;
mod fusion;
mod grouping;
mod table;

use serde::{Deserialize, Serialize};

pub use brackets::beats;
pub use fusion::fuse;
pub use table::read_csv;

/// The landmarks of a record. The shape is that of `Delineation` in the plugin interface.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Landmarks {
    /// The beats of all leads taken together, in time order.
    pub fused: Vec<Beat>,
    /// The beats of each lead, in time order; empty where the leads are not annotated one by one.
    pub per_lead: Vec<Vec<Beat>>,
}

/// One beat; a wave that is not there, or not annotated, has no point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Beat {
    /// The P wave.
    pub p: Wave,
    /// The QRS complex; its peak is the R (or most prominent) peak.
    pub qrs: Wave,
    /// The T wave.
    pub t: Wave,
}

/// One wave, in samples from the signal's start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Wave {
    /// Where it begins.
    pub onset: Option<f64>,
    /// Its peak.
    pub peak: Option<f64>,
    /// Where it ends.
    pub offset: Option<f64>,
}

impl Beat {
    /// The beat at another sampling rate: every point times `factor`.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        self.map(|wave| wave.map(|point| point * factor))
    }

    /// P, QRS and T.
    pub fn waves(&self) -> [Wave; 3] {
        [self.p, self.qrs, self.t]
    }

    /// Its last point.
    pub fn end(&self) -> Option<f64> {
        let points = self.waves().into_iter().flat_map(Wave::points);
        points.reduce(f64::max)
    }

    /// Where the beat stands in a sequence: its QRS complex, else its P wave, else its T wave.
    pub fn position(&self) -> Option<f64> {
        let [p, qrs, t] = self.waves().map(|wave| wave.position());
        qrs.or(p).or(t)
    }

    fn map(&self, change: impl Fn(&Wave) -> Wave) -> Self {
        Self {
            p: change(&self.p),
            qrs: change(&self.qrs),
            t: change(&self.t),
        }
    }
}

impl Wave {
    /// The points that there are, in time order.
    pub fn points(self) -> impl Iterator<Item = f64> {
        [self.onset, self.peak, self.offset].into_iter().flatten()
    }

    /// Whether there is none of the three points.
    pub fn is_absent(&self) -> bool {
        *self == Self::default()
    }

    /// The peak; without one the middle of onset and offset, or the one of them that there is.
    pub fn position(&self) -> Option<f64> {
        let middle = match (self.onset, self.offset) {
            (Some(onset), Some(offset)) => Some(f64::midpoint(onset, offset)),
            (onset, offset) => onset.or(offset),
        };
        self.peak.or(middle)
    }

    fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        Self {
            onset: self.onset.map(&change),
            peak: self.peak.map(&change),
            offset: self.offset.map(&change),
        }
    }
}

/// The three waves of a beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    P,
    Qrs,
    T,
}

impl Kind {
    const ALL: [Self; 3] = [Self::P, Self::Qrs, Self::T];
}

/// Waves of one lead by their kind, in the order of [`Kind::ALL`].
type Waves = [Vec<Wave>; 3];

/// The waves of a sequence of beats.
fn waves(beats: &[Beat]) -> Waves {
    [0, 1, 2].map(|kind| {
        let waves = beats.iter().filter_map(|beat| beat.waves().get(kind).copied());
        waves.filter(|wave| !wave.is_absent()).collect()
    })
}
