//! One boundary of several leads.

use crate::rate::RATE;

/// How many leads must agree, and how closely.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Agreement {
    pub leads: usize,
    pub within_ms: f64,
}

impl Agreement {
    fn supported(&self, sorted: impl Iterator<Item = f64> + Clone, count: usize) -> Option<f64> {
        // Few leads: all of them but one have to do.
        let neighbours = self.leads.min(count.saturating_sub(1));
        let within = self.within_ms * RATE / 1000.0;
        sorted.clone().find(|&at| {
            let near = sorted
                .clone()
                .filter(|other| (other - at).abs() <= within)
                .count();
            near > neighbours
        })
    }

    /// The earliest boundary that has enough others near it; the median where none has.
    pub fn earliest(&self, boundaries: &[f64]) -> Option<f64> {
        let mut sorted = boundaries.to_vec();
        sorted.sort_by(f64::total_cmp);
        self.supported(sorted.iter().copied(), sorted.len())
            .or_else(|| median(boundaries))
    }

    /// The latest boundary that has enough others near it; the median where none has.
    pub fn latest(&self, boundaries: &[f64]) -> Option<f64> {
        let mut sorted = boundaries.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        self.supported(sorted.iter().copied(), sorted.len())
            .or_else(|| median(boundaries))
    }
}

/// The median, the mean of the middle two where there are two.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(0.5 * (lower + upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Agreement = Agreement {
        leads: 2,
        within_ms: 10.0,
    };

    #[test]
    fn an_outlier_is_not_supported() {
        // 10 ms are 5 samples.
        let boundaries = [60.0, 102.0, 40.0, 99.0, 100.0, 107.0];
        assert_eq!(RULE.earliest(&boundaries), Some(99.0));
        assert_eq!(RULE.latest(&boundaries), Some(102.0));
    }

    #[test]
    fn few_leads_and_none() {
        assert_eq!(RULE.earliest(&[7.0]), Some(7.0));
        assert_eq!(RULE.earliest(&[7.0, 9.0]), Some(7.0));
        assert_eq!(RULE.latest(&[7.0, 90.0]), Some(48.5));
        assert_eq!(RULE.latest(&[]), None);
    }
}
