//! Memberships from squared distances.

/// Turns the squared `distances` of some rows to `clusters` centroids each into `memberships` of the same shape:
/// softmax of −distance / `tau`. With `tau` 0 the nearest centroid (the lowest index of several) takes all.
#[inline(always)]
pub(crate) fn memberships(distances: &[f32], clusters: usize, tau: f32, memberships: &mut [f32]) {
    let rows = distances.chunks_exact(clusters);
    for (distances, memberships) in rows.zip(memberships.chunks_exact_mut(clusters)) {
        let mut least = f32::INFINITY;
        for distance in distances {
            least = if *distance < least { *distance } else { least };
        }
        if tau > 0.0 {
            for (exponent, distance) in memberships.iter_mut().zip(distances) {
                *exponent = (least - distance) / tau;
            }
        } else {
            let nearest = distances.iter().position(|distance| *distance == least);
            memberships.fill(f32::NEG_INFINITY);
            if let Some(nearest) = nearest.and_then(|nearest| memberships.get_mut(nearest)) {
                *nearest = 0.0;
            }
        }
    }
    // All rows in one go: a single row is too short to fill vectors.
    for membership in memberships.iter_mut() {
        *membership = exp_negative(*membership);
    }
    for memberships in memberships.chunks_exact_mut(clusters) {
        let sum: f32 = memberships.iter().sum();
        for membership in memberships {
            *membership /= sum;
        }
    }
}

/// eˣ for x ≤ 0, within 2e-7 of it relatively; 0 below −87, where f32 ends. Unlike the library's it vectorises,
/// and is the same on every platform.
#[inline(always)]
fn exp_negative(x: f32) -> f32 {
    // x = i ln 2 + r with |r| ≤ ln 2 / 2; ln 2 in two parts (Cody & Waite 1980), so that r is exact.
    const ROUND: f32 = 12_582_912.0; // 1.5 × 2²³: adding it leaves an integer in the low bits
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let clamped = if x < -87.0 { -87.0 } else { x };
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let r = (clamped - whole * LN2_HIGH) - whole * LN2_LOW;
    // Taylor's series to r⁷: the next term is below 1e-8 here.
    let mut sum = 1.0 / 5040.0;
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0_f32] {
        sum = sum * r + coefficient;
    }
    let exponent = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let power = f32::from_bits(((exponent + 127) << 23) as u32);
    if x < -87.0 { 0.0 } else { sum * power }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn exponential_is_accurate() {
        for i in 0..870_000 {
            let x = -(i as f32) * 1e-4;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp_negative(x)) - expected).abs() / expected;
            assert!(error < 2e-7, "exp({x}) errs by {error}");
        }
        assert_eq!(exp_negative(0.0), 1.0);
        assert_eq!(exp_negative(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn zero_temperature_is_one_hot_at_the_lowest_nearest() {
        let mut found = [9.0; 4];
        memberships(&[2.0, 0.0, 0.0, 1.0], 4, 0.0, &mut found);
        assert_eq!(found, [0.0, 1.0, 0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn sums_to_one_and_falls_with_distance(
            distances in prop::collection::vec(0.0_f32..1e4, 2..40),
            tau in 1e-3_f32..1e6,
        ) {
            let mut found = vec![0.0; distances.len()];
            memberships(&distances, distances.len(), tau, &mut found);
            prop_assert!((found.iter().map(|m| f64::from(*m)).sum::<f64>() - 1.0).abs() < 1e-5);
            for i in 0..distances.len() {
                for j in 0..distances.len() {
                    if distances[i] < distances[j] {
                        prop_assert!(found[i] >= found[j]);
                    }
                }
            }
        }
    }
}
