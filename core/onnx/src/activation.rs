//! The activation after the network.

use ecg_audit_plugin::Activation;

/// Applies `activation` to one row of raw, finite outputs.
fn apply(activation: Activation, row: &mut [f32]) {
    match activation {
        Activation::Identity => {}
        Activation::Sigmoid => row.iter_mut().for_each(|value| *value = sigmoid(*value)),
        Activation::Softmax => softmax(row),
    }
}

/// Refuses a row whose raw outputs or activations are not finite, then applies `activation`.
///
/// # Errors
/// A message that says which of them is not.
pub fn finish<'a>(
    activation: Activation,
    output: &mut [f32],
    taps: impl IntoIterator<Item = &'a [f32]>,
) -> Result<(), String> {
    // No early exit: without one the loop is vectorised.
    let finite = |values: &[f32]| values.iter().fold(true, |fine, value| fine & value.is_finite());
    if !finite(output) {
        return Err("the network's outputs are not finite".into());
    }
    if let Some(tap) = taps.into_iter().position(|tap| !finite(tap)) {
        return Err(format!("the network's activations at tap {tap} are not finite"));
    }
    apply(activation, output);
    Ok(())
}

fn sigmoid(value: f32) -> f32 {
    (1.0 / (1.0 + (-f64::from(value)).exp())) as f32
}

fn softmax(row: &mut [f32]) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials = row.iter().map(|&value| f64::from(value - largest).exp());
    let sum: f64 = exponentials.clone().sum();
    let shares: Vec<f32> = exponentials.map(|value| (value / sum) as f32).collect();
    row.copy_from_slice(&shares);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let mut row = [0.0f32, 3f32.ln(), -1000.0];
        apply(Activation::Sigmoid, &mut row);
        assert_eq!(row, [0.5, 0.75, 0.0]);
        let mut row = [1000.0f32, 1000.0 + 3f32.ln()];
        apply(Activation::Softmax, &mut row);
        assert!((row[0] - 0.25).abs() < 1e-5 && (row[0] + row[1] - 1.0).abs() < 1e-6);
        let mut row = [-3.5f32, 8.0];
        apply(Activation::Identity, &mut row);
        assert_eq!(row, [-3.5, 8.0]);
    }
}
