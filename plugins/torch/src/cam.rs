//! Grad-CAM by automatic differentiation.

use ecg_audit_plugin::Error;
use tch::{Kind, TchError, Tensor};

use crate::network::Network;
use crate::tensors::{copied, outputs_of, tap_of};

/// The raw maps `[B, L]` of one output at one tap. The outputs of all rows are summed before they are differentiated: rows
/// do not influence each other.
pub(crate) fn maps(
    network: &dyn Network,
    signal: &Tensor,
    class: usize,
    tap: usize,
) -> Result<Tensor, Error> {
    // A copy, since a leaf of the gradients' graph may not be written to, and the network may do that.
    let signal = signal
        .f_set_requires_grad(true)
        .and_then(|leaf| copied(&leaf))
        .map_err(failed)?;
    let run = network.forward(&signal)?;
    let outputs = outputs_of(&run.outputs)?;
    let count = outputs.size().last().copied().unwrap_or(0);
    let class = i64::try_from(class)
        .ok()
        .filter(|&it| it < count)
        .ok_or_else(|| Error::Input(format!("class {class}: the network has {count} outputs")))?;
    let activations = run
        .taps
        .get(tap)
        .ok_or_else(|| Error::Input(format!("tap {tap}: there are {} taps", run.taps.len())))?;
    tap_of(tap, activations)?;
    let unconnected = || {
        Error::Unsupported(format!(
            "the output does not follow from tap {tap} in one run of the network, so that it has no gradient there; name \
             output and taps within one method, as submodules for instance"
        ))
    };
    if !(outputs.requires_grad() && activations.requires_grad()) {
        return Err(unconnected());
    }
    let raw = outputs.f_select(1, class).and_then(|raw| raw.f_sum(Kind::Float));
    let gradients =
        Tensor::f_run_backward(&[raw.map_err(failed)?], &[activations], false, false).map_err(failed)?;
    match gradients.first() {
        Some(gradient) if gradient.defined() => weighted(gradient, activations).map_err(failed),
        _ => Err(unconnected()),
    }
}

/// map(t) = max(0, Σ_c α_c A\[c, t\]) with α_c = the gradient's mean over time.
fn weighted(gradient: &Tensor, activations: &Tensor) -> Result<Tensor, TchError> {
    let _guard = tch::no_grad_guard();
    let weights = gradient.f_mean_dim(-1i64, true, Kind::Float)?;
    let sum = (weights.f_mul(activations)?).f_sum_dim_intlist(1i64, false, Kind::Float)?;
    sum.f_relu()
}

fn failed(error: TchError) -> Error {
    Error::Failed(format!("Grad-CAM: {}", crate::module::brief(&error.to_string())))
}
