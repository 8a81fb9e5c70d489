//! The combination of leads in which a wave stands out most.

/// The first principal component of several leads' details over `from..to`, each lead in units of its noise: unit weights per
/// lead, so that the result has unit noise.
pub(crate) fn weights(details: &[&[f32]], noise: &[f32], from: usize, to: usize) -> Vec<f32> {
    let leads = details.len();
    let scaled: Vec<Vec<f32>> = details
        .iter()
        .zip(noise)
        .map(|(detail, noise)| detail[from..to].iter().map(|x| x / noise).collect())
        .collect();
    let product = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum() };
    let covariance: Vec<f64> = (0..leads * leads)
        .map(|n| product(&scaled[n / leads], &scaled[n % leads]))
        .collect();
    // Power iteration from the lead with the most energy; twenty rounds separate what matters.
    let Some(strongest) =
        (0..leads).max_by(|&a, &b| covariance[a * (leads + 1)].total_cmp(&covariance[b * (leads + 1)]))
    else {
        return Vec::new();
    };
    let mut vector: Vec<f64> = (0..leads)
        .map(|lead| covariance[strongest * leads + lead])
        .collect();
    for _ in 0..20 {
        let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length <= 0.0 || !length.is_finite() {
            return vec![0.0; leads];
        }
        let unit: Vec<f64> = vector.iter().map(|x| x / length).collect();
        vector = covariance
            .chunks(leads)
            .map(|row| row.iter().zip(&unit).map(|(c, x)| c * x).sum())
            .collect();
    }
    let length = vector
        .iter()
        .map(|x| x * x)
        .sum::<f64>()
        .sqrt()
        .max(f64::MIN_POSITIVE);
    vector.iter().map(|x| (x / length) as f32).collect()
}

/// The combination itself.
pub(crate) fn combine(details: &[&[f32]], noise: &[f32], weights: &[f32]) -> Vec<f32> {
    let length = details.first().map_or(0, |detail| detail.len());
    let mut sum = vec![0f32; length];
    for ((detail, noise), weight) in details.iter().zip(noise).zip(weights) {
        let scale = weight / noise;
        for (total, x) in sum.iter_mut().zip(*detail) {
            *total += scale * x;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_that_share_a_wave_carry_the_weight() {
        let wave: Vec<f32> = (0..100)
            .map(|n| (-0.02 * (n as f32 - 50.0).powi(2)).exp())
            .collect();
        let inverted: Vec<f32> = wave.iter().map(|x| -2.0 * x).collect();
        let flat = vec![0f32; 100];
        let details = [&wave[..], &inverted, &flat];
        let found = weights(&details, &[1.0, 1.0, 1.0], 20, 80);
        assert!(
            (found[1] / found[0] + 2.0).abs() < 1e-4 && found[2].abs() < 1e-6,
            "{found:?}"
        );
        assert!((found.iter().map(|w| w * w).sum::<f32>() - 1.0).abs() < 1e-5);
        let combined = combine(&details, &[1.0, 1.0, 1.0], &found);
        assert!((combined[50].abs() - 5f32.sqrt()).abs() < 1e-4);
        assert_eq!(weights(&[&flat], &[1.0], 0, 100), [0.0]);
    }
}
