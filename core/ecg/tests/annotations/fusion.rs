//! From leads to one sequence.

use ecg_audit_ecg::landmarks::{Beat, fuse};
use proptest::prelude::*;

use super::{NONE, beat, wave};

#[test]
fn medians_over_the_leads_that_have_a_point() {
    let leads = [
        vec![beat(
            wave([90.0, 100.0, 110.0]),
            wave([150.0, 160.0, 170.0]),
            NONE,
        )],
        vec![beat(
            NONE,
            wave([152.0, 166.0, 178.0]),
            wave([250.0, 300.0, 340.0]),
        )],
        vec![beat(wave([96.0, 104.0, -1.0]), wave([148.0, -1.0, 180.0]), NONE)],
        vec![],
    ];
    let expected = beat(
        wave([93.0, 102.0, 110.0]),
        wave([150.0, 163.0, 178.0]),
        wave([250.0, 300.0, 340.0]),
    );
    assert_eq!(fuse(&leads, 500.0), [expected]);
    assert_eq!(fuse(&[], 500.0), []);
}

#[test]
fn beats_match_within_150_ms() {
    let at = |peak: f64| vec![beat(NONE, wave([-1.0, peak, -1.0]), NONE)];
    let peaks = |leads: &[Vec<Beat>]| {
        let fused = fuse(leads, 500.0);
        fused
            .iter()
            .map(|beat| beat.qrs.peak.unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(peaks(&[at(100.0), at(175.0)]), [137.5]);
    assert_eq!(peaks(&[at(100.0), at(176.0)]), [100.0, 176.0]);
    // Two beats of one lead are never one, however near.
    let two = vec![at(100.0)[0], at(140.0)[0]];
    assert_eq!(peaks(std::slice::from_ref(&two)), [100.0, 140.0]);
    assert_eq!(peaks(&[two, at(150.0), at(102.0)]), [101.0, 145.0]);
}

/// As a damaged file can have it: all at one time. Takes long only if time grows with the square.
#[test]
fn dense_waves_take_no_square_of_time() {
    let lead = vec![beat(NONE, wave([-1.0, 7.0, -1.0]), NONE); 200_000];
    let fused = fuse(&[lead.clone(), lead.clone()], 500.0);
    assert!((lead.len()..=2 * lead.len()).contains(&fused.len()));
}

#[test]
fn a_limit_on_the_wrong_side_is_none() {
    let leads = [
        vec![beat(NONE, wave([-1.0, 100.0, -1.0]), NONE)],
        vec![beat(NONE, wave([110.0, -1.0, 150.0]), NONE)],
    ];
    assert_eq!(
        fuse(&leads, 500.0),
        [beat(NONE, wave([-1.0, 100.0, 150.0]), NONE)]
    );
}

proptest! {
    /// A single lead is its own fusion; copies of it, each shifted a little, give its beats.
    #[test]
    fn of_shifted_copies(
        gaps in proptest::collection::vec(300_u32..900, 1..20),
        shifts in proptest::collection::vec(-15_i32..=15, 1..12),
    ) {
        let mut at = 300.0;
        let beats: Vec<Beat> = gaps.iter().map(|&gap| {
            at += f64::from(gap);
            beat(
                wave([at - 90.0, at - 75.0, at - 60.0]),
                wave([at - 20.0, at, at + 25.0]),
                wave([at + 80.0, at + 120.0, at + 150.0]),
            )
        }).collect();
        prop_assert_eq!(&fuse(std::slice::from_ref(&beats), 500.0), &beats);
        let moved = |shift: f64| beats.iter().map(|b| {
            let moved = |w: [Option<f64>; 3]| wave(w.map(|point| point.unwrap() + shift));
            beat(
                moved([b.p.onset, b.p.peak, b.p.offset]),
                moved([b.qrs.onset, b.qrs.peak, b.qrs.offset]),
                moved([b.t.onset, b.t.peak, b.t.offset]),
            )
        }).collect::<Vec<_>>();
        let leads: Vec<Vec<Beat>> = shifts.iter().map(|&shift| moved(f64::from(shift))).collect();
        let mut sorted: Vec<f64> = shifts.iter().map(|&shift| f64::from(shift)).collect();
        sorted.sort_by(f64::total_cmp);
        let middle = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        prop_assert_eq!(fuse(&leads, 500.0), moved(middle));
    }
}
