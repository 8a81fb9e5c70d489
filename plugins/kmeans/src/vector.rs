//! Small vector arithmetic, written so that the compiler vectorises it.

/// Runs `work` compiled for the best instructions of the machine it runs on. That reaches only as far as code is
/// inlined, so `work` must be an `#[inline(always)]` closure and call nothing heavy that is not.
#[inline]
pub(crate) fn vectorised<T>(work: impl FnOnce() -> T) -> T {
    pulp::Arch::new().dispatch(work)
}

/// Squared Euclidean distance of two equally long slices, in f32 with sixteen running sums.
#[inline(always)]
pub(crate) fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let (a_head, a_tail) = a.as_chunks::<LANES>();
    let (b_head, b_tail) = b.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (x, y) in a_head.iter().zip(b_head) {
        for l in 0..LANES {
            let d = x[l] - y[l];
            sums[l] += d * d;
        }
    }
    let tail: f32 = a_tail.iter().zip(b_tail).map(|(x, y)| (x - y) * (x - y)).sum();
    sums.iter().sum::<f32>() + tail
}

/// Squared Euclidean distance in f64.
#[inline(always)]
pub(crate) fn squared_distance_f64(a: &[f32], b: &[f32]) -> f64 {
    const LANES: usize = 8;
    let (a_head, a_tail) = a.as_chunks::<LANES>();
    let (b_head, b_tail) = b.as_chunks::<LANES>();
    let square = |x: f32, y: f32| {
        let d = f64::from(x) - f64::from(y);
        d * d
    };
    let mut sums = [0.0_f64; LANES];
    for (x, y) in a_head.iter().zip(b_head) {
        for l in 0..LANES {
            sums[l] += square(x[l], y[l]);
        }
    }
    let tail: f64 = a_tail.iter().zip(b_tail).map(|(x, y)| square(*x, *y)).sum();
    sums.iter().sum::<f64>() + tail
}
