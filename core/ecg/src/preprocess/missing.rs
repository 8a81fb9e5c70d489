//! Invalid samples and flat leads.

use ndarray::{ArrayViewMut1, s};

use super::frame::Frame;
use super::prepared::Warning;
use crate::Error;

/// Refuses a record with invalid samples and names its flat leads.
pub(super) fn check(frame: &Frame) -> Result<Vec<Warning>, Error> {
    let length = frame.samples.ncols();
    let mut invalid = Vec::new();
    let mut warnings = Vec::new();
    for (row, lead) in frame.samples.rows().into_iter().zip(&frame.leads) {
        let missing = row.iter().filter(|x| !x.is_finite()).count();
        if missing > 0 {
            let share = 100.0 * missing as f64 / length as f64;
            invalid.push(format!("{lead} ({missing} of {length}, {share:.2} %)"));
        } else if is_constant(row.slice(s![frame.valid.clone()]).iter()) {
            warnings.push(Warning::FlatLead { lead: lead.clone() });
        }
    }
    if !invalid.is_empty() {
        return Err(Error::Invalid(format!(
            "invalid samples (NaN or infinite) in {}; `fill_missing` as the first step fills \
             short gaps",
            invalid.join(", ")
        )));
    }
    if warnings.len() == frame.leads.len() {
        return Err(Error::Invalid(format!(
            "every lead is flat: {}",
            frame.leads.join(", ")
        )));
    }
    Ok(warnings)
}

/// Whether all values are equal.
pub(super) fn is_constant<'a>(mut values: impl Iterator<Item = &'a f64>) -> bool {
    match values.next() {
        Some(first) => values.all(|x| x == first),
        None => true,
    }
}

/// Fills gaps of at most `longest` samples.
pub(super) fn fill(frame: &mut Frame, longest: usize) -> Result<(), Error> {
    let rate = frame.rate;
    for (mut row, lead) in frame.samples.rows_mut().into_iter().zip(&frame.leads) {
        let mut next = 0;
        while let Some(gap) = next_gap(&row, next) {
            let (start, end) = gap;
            if end - start > longest {
                return Err(Error::Invalid(format!(
                    "fill_missing: lead {lead} has a gap of {:.3} s at {:.3} s; the longest to \
                     fill is {:.3} s",
                    (end - start) as f64 / rate,
                    start as f64 / rate,
                    longest as f64 / rate
                )));
            }
            bridge(&mut row, start, end)
                .ok_or_else(|| Error::Invalid(format!("fill_missing: lead {lead} has no valid sample")))?;
            next = end;
        }
    }
    Ok(())
}

/// The first run of invalid samples from `from` on, as start and end.
fn next_gap(row: &ArrayViewMut1<'_, f64>, from: usize) -> Option<(usize, usize)> {
    let start = from + row.iter().skip(from).position(|x| !x.is_finite())?;
    let run = row.iter().skip(start).take_while(|x| !x.is_finite()).count();
    Some((start, start + run))
}

/// Interpolates between the gap's neighbours; `None` where it has none.
fn bridge(row: &mut ArrayViewMut1<'_, f64>, start: usize, end: usize) -> Option<()> {
    let before = start.checked_sub(1).and_then(|i| row.get(i).copied());
    let after = row.get(end).copied();
    let left = before.or(after)?;
    let right = after.or(before)?;
    let steps = (end - start + 1) as f64;
    for (k, x) in row.slice_mut(s![start..end]).iter_mut().enumerate() {
        *x = left + (right - left) * (k + 1) as f64 / steps;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Signal;
    use ndarray::array;

    const N: f32 = f32::NAN;

    fn frame(samples: ndarray::Array2<f32>) -> Frame {
        let leads = (0..samples.nrows()).map(|i| format!("L{i}")).collect();
        Frame::new(&Signal {
            samples,
            sampling_rate: 10.0,
            leads,
        })
        .unwrap()
    }

    #[test]
    fn gaps_are_bridged_and_ends_held() {
        let mut f = frame(array![[N, 1.0, N, f32::INFINITY, 4.0, N]]);
        fill(&mut f, 2).unwrap();
        assert_eq!(f.samples.row(0).to_vec(), [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]);
    }

    #[test]
    fn a_long_gap_is_named() {
        let e = fill(&mut frame(array![[1.0, N, N, N, 2.0]]), 2).unwrap_err();
        assert!(
            e.to_string().contains("lead L0 has a gap of 0.300 s at 0.100 s"),
            "{e}"
        );
        let e = fill(&mut frame(array![[N, N]]), 5).unwrap_err();
        assert!(e.to_string().contains("no valid sample"), "{e}");
    }

    #[test]
    fn invalid_samples_are_refused_with_lead_and_share() {
        let e = check(&frame(array![[1.0, 2.0, 3.0, 4.0], [1.0, N, 3.0, 4.0]])).unwrap_err();
        assert!(e.to_string().contains("L1 (1 of 4, 25.00 %)"), "{e}");
    }

    #[test]
    fn one_flat_lead_is_reported_and_all_flat_refused() {
        let warnings = check(&frame(array![[1.0, 2.0], [0.3, 0.3]])).unwrap();
        assert_eq!(warnings, [Warning::FlatLead { lead: "L1".into() }]);
        let e = check(&frame(array![[1.0, 1.0], [0.0, 0.0]])).unwrap_err();
        assert!(e.to_string().contains("every lead is flat: L0, L1"), "{e}");
    }
}
