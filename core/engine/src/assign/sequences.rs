//! The timelines of all records, as far as later stages need them: clusters alone, two bytes a step.

use super::Timeline;

/// Stands for a step that is masked.
const MASKED: u16 = u16::MAX;

/// One record's clusters over time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sequence {
    /// Duration of a step, seconds.
    pub step: f64,
    clusters: Vec<u16>,
}

impl Sequence {
    pub fn new(timeline: &Timeline) -> Self {
        let cluster = |c: &Option<u32>| c.and_then(|c| u16::try_from(c).ok()).unwrap_or(MASKED);
        Self {
            step: timeline.step,
            clusters: timeline.clusters.iter().map(cluster).collect(),
        }
    }

    /// Cluster of each step; `None` where masked.
    pub fn clusters(&self) -> impl Iterator<Item = Option<usize>> + '_ {
        self.clusters
            .iter()
            .map(|c| (*c != MASKED).then_some(usize::from(*c)))
    }

    /// Share of a cluster in the steps that are not masked.
    pub fn share(&self, cluster: usize) -> f64 {
        let known = self.clusters().flatten().count();
        self.clusters().flatten().filter(|c| *c == cluster).count() as f64 / known.max(1) as f64
    }
}
