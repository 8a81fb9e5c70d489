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
