//! The nearest and the second nearest centroid of a row, from its products.

/// A lane-wise minimum is kept for this many candidates at once.
const LANES: usize = 16;

/// The nearest centroid and how much nearer it is.
pub(crate) struct Nearest {
    /// The nearest; the lowest index where several are equally near.
    pub(crate) cluster: usize,
    /// Its squared distance less the row's norm.
    pub(crate) first: f32,
    /// The second smallest such value.
    pub(crate) second: f32,
}

/// Finds the nearest centroid. `products` is overwritten with squared distances less the row's norm; both slices
/// have the codebook's padded width.
#[inline(always)]
pub(crate) fn nearest(products: &mut [f32], bias: &[f32]) -> Nearest {
    let mut firsts = [f32::INFINITY; LANES];
    let mut seconds = [f32::INFINITY; LANES];
    let (blocks, rest) = products.as_chunks_mut::<LANES>();
    let (bias_blocks, bias_rest) = bias.as_chunks::<LANES>();
    for (block, bias) in blocks.iter_mut().zip(bias_blocks) {
        for l in 0..LANES {
            let score = bias[l] - 2.0 * block[l];
            block[l] = score;
            let larger = if score > firsts[l] { score } else { firsts[l] };
            seconds[l] = if larger < seconds[l] { larger } else { seconds[l] };
            firsts[l] = if score < firsts[l] { score } else { firsts[l] };
        }
    }
    for (l, (product, bias)) in rest.iter_mut().zip(bias_rest).enumerate() {
        let score = bias - 2.0 * *product;
        *product = score;
        seconds[l] = seconds[l].min(score.max(firsts[l]));
        firsts[l] = firsts[l].min(score);
    }
    let (mut first, mut second) = (f32::INFINITY, f32::INFINITY);
    for l in 0..LANES {
        second = second.min(first.max(firsts[l])).min(seconds[l]);
        first = first.min(firsts[l]);
    }
    let cluster = products.iter().position(|score| *score == first).unwrap_or(0);
    Nearest {
        cluster,
        first,
        second,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_sorting(scores in prop::collection::vec(-3_i8..20, 2..70)) {
            let mut products: Vec<f32> = scores.iter().map(|s| -f32::from(*s) / 2.0).collect();
            let found = nearest(&mut products, &vec![0.0; scores.len()]);
            let mut order: Vec<usize> = (0..scores.len()).collect();
            order.sort_by_key(|i| scores[*i]);
            prop_assert_eq!(found.cluster, order[0]);
            prop_assert_eq!(found.first, f32::from(scores[order[0]]));
            prop_assert_eq!(found.second, f32::from(scores[order[1]]));
        }
    }
}
