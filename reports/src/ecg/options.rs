//! What can be chosen about a drawing.

use ecg_audit_engine::audit::EcgLayout;

/// How an ECG is drawn. The default is what a recorder prints: 25 mm/s, 10 mm/mV, leads laid out by the record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EcgOptions {
    /// Which lead stands where.
    pub layout: EcgLayout,
    /// Paper speed.
    pub speed: Speed,
    /// Height of a millivolt.
    pub gain: Gain,
    /// Whether the landmarks of the heartbeats are drawn, where the trace has some.
    pub landmarks: bool,
}

/// Paper speed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Speed {
    /// 25 mm/s.
    #[default]
    Mm25,
    /// 50 mm/s.
    Mm50,
}

impl Speed {
    /// In mm/s.
    pub fn mm_per_second(self) -> f64 {
        match self {
            Self::Mm25 => super::SPEED,
            Self::Mm50 => 50.0,
        }
    }
}

/// Height of a millivolt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Gain {
    /// 10 mm/mV; 5 or 2.5 where the waves would need more room than a page has.
    #[default]
    Auto,
    /// 5 mm/mV.
    Mm5,
    /// 10 mm/mV.
    Mm10,
    /// 20 mm/mV.
    Mm20,
}

impl Gain {
    /// In mm/mV; absent where the drawing chooses.
    pub fn mm_per_millivolt(self) -> Option<f64> {
        match self {
            Self::Auto => None,
            Self::Mm5 => Some(5.0),
            Self::Mm10 => Some(10.0),
            Self::Mm20 => Some(20.0),
        }
    }
}
