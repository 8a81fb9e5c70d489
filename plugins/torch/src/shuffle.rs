//! A network that has learnt nothing: its weights, permuted (Adebayo et al., *Sanity checks for saliency maps*, 2018).

use ecg_audit_plugin::Error;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use tch::Tensor;

/// Replaces each of `weights` in place by a permutation of its own values.
pub(crate) fn shuffle(weights: &[Tensor], seed: u64) -> Result<(), Error> {
    if weights.is_empty() {
        return Err(Error::Params(
            "`randomize_weights`: the model's weights are constants of its code (a frozen model?), which cannot be \
             replaced"
                .into(),
        ));
    }
    let _guard = tch::no_grad_guard();
    for (number, weight) in (0u64..).zip(weights) {
        // A stream of its own each: a weight's permutation depends on its place and size alone.
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(number);
        permute(weight, &mut random).map_err(|error| Error::Failed(format!("permuting weights: {error}")))?;
    }
    Ok(())
}

fn permute(weight: &Tensor, random: &mut ChaCha8Rng) -> Result<(), tch::TchError> {
    let size = weight.size();
    let mut order: Vec<i64> = (0..size.iter().product()).collect();
    order.shuffle(random);
    let order = Tensor::f_from_slice(&order)?.f_to_device(weight.device())?;
    let permuted = weight
        .f_reshape([-1])?
        .f_index_select(0, &order)?
        .f_view(size.as_slice())?;
    weight.shallow_clone().f_copy_(&permuted)
}
