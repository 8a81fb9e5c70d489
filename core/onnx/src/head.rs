//! The linear head: how the outputs follow from a tap where nothing but linear operators stand between.

use ecg_audit_plugin::{Encoded, Error};
use ndarray::{Array1, Array2, Array3, ArrayView2, Axis};
use tract_onnx::pb::NodeProto;

use crate::constants::Constants;
use crate::flow::Flow;
use crate::layers;
use crate::nodes;

/// Outputs as a linear function of a tap A `[C, L]`: y = W·mean over t of A\[·, t\] + b, or y = W·flatten(A) + b.
///
/// Its gradient is the same at every input, so that Grad-CAM (Selvaraju et al. 2017) follows without differentiation;
/// for a mean it is the class activation map of Zhou et al. (2016), divided by L.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// `[outputs, features]`.
    weights: Array2<f32>,
    /// Features are means over time; otherwise every timestamp of every channel.
    pooled: bool,
}

impl Head {
    /// Finds the head between `tap` and `output`.
    ///
    /// # Errors
    /// [`Error::Unsupported`], naming the operator that stands between; [`Error::Resource`] for weights that cannot
    /// be read.
    pub(crate) fn find(
        flow: &Flow<'_>,
        constants: &Constants<'_>,
        tap: &str,
        output: &str,
    ) -> Result<Self, Error> {
        let depends = flow.downstream_of(tap);
        let (mut weights, mut pooled, mut reshaped, mut current) = (None, false, false, output);
        while current != tap {
            let Some(node) = flow.producer(current) else {
                return Err(unrelated(tap, output));
            };
            let mut on_tap = flow.read_by(node);
            on_tap.retain(|name| depends.contains(name));
            let [input] = on_tap.as_slice() else {
                return Err(if on_tap.is_empty() {
                    unrelated(tap, output)
                } else {
                    between(tap, current, node)
                });
            };
            match nodes::operator(node) {
                Some("Identity" | "Dropout") => {}
                Some("Flatten" | "Reshape" | "Squeeze" | "Unsqueeze") if weights.is_none() => reshaped = true,
                Some("Flatten" | "Reshape") if !pooled => {}
                Some("Squeeze" | "Unsqueeze") => {}
                Some("Add") if weights.is_none() && node.input.len() == 2 => {}
                Some("Gemm" | "MatMul") if weights.is_none() => {
                    weights =
                        Some(matrix(node, input, constants)?.ok_or_else(|| between(tap, current, node))?);
                }
                Some("GlobalAveragePool") if weights.is_some() && !pooled => pooled = true,
                Some("ReduceMean") if weights.is_some() && !pooled && layers::over_time(node, constants) => {
                    pooled = true
                }
                _ => return Err(between(tap, current, node)),
            }
            current = input;
        }
        let weights = weights.ok_or_else(|| {
            Error::Unsupported(format!(
                "no linear layer stands between the tap '{tap}' and the output '{output}'"
            ))
        })?;
        if reshaped && weights.nrows() > 1 {
            return Err(Error::Unsupported(format!(
                "the outputs '{output}' are reshaped after the linear layer"
            )));
        }
        Ok(Self { weights, pooled })
    }

    /// Grad-CAM's α_c for one class: the mean over t of ∂y/∂A\[c, t\].
    ///
    /// # Errors
    /// [`Error::Input`] for an unknown class; [`Error::Unsupported`] where the weights do not fit the tap's shape.
    fn alphas(&self, class: usize, channels: usize, length: usize) -> Result<Array1<f64>, Error> {
        let (outputs, features) = self.weights.dim();
        if class >= outputs {
            return Err(Error::Input(format!(
                "class {class}: the model has {outputs} outputs, numbered from 0"
            )));
        }
        let row = self.weights.row(class);
        let steps = if self.pooled { 1 } else { length };
        if channels.checked_mul(steps) != Some(features) || length == 0 {
            return Err(Error::Unsupported(format!(
                "no gradients at this tap: [{channels}, {length}] activations do not fit the {features} inputs of the \
                 linear layer after it"
            )));
        }
        let sum = |channel: usize| {
            let weights = row.iter().skip(channel * steps).take(steps);
            weights.map(|&weight| f64::from(weight)).sum::<f64>()
        };
        Ok(Array1::from_shape_fn(channels, |channel| {
            sum(channel) / length as f64
        }))
    }

    /// The Grad-CAM map of `class` at a tap, `[B, L]`. `heads`: what stands between each tap and the output, or why there is
    /// no closed form; `encode` gives the activations of all taps.
    ///
    /// # Errors
    /// [`Error::Input`] for an unknown tap, [`Error::Unsupported`] where the tap has no closed form, and as
    /// [`Head::grad_cam`] and `encode`.
    pub fn grad_cam_at(
        heads: &[Result<Self, Error>],
        tap: usize,
        class: usize,
        encode: impl FnOnce() -> Result<Encoded, Error>,
    ) -> Result<Array2<f32>, Error> {
        let head = heads.get(tap).ok_or_else(|| {
            Error::Input(format!(
                "tap {tap}: there are {} taps, numbered from 0",
                heads.len()
            ))
        })?;
        let head = head.as_ref().map_err(Clone::clone)?;
        let encoded = encode()?;
        let activations = encoded
            .taps
            .get(tap)
            .ok_or_else(|| Error::Failed(format!("tap {tap} was not computed")))?;
        head.grad_cam(activations, class)
    }

    /// The Grad-CAM map of `class` for activations `[B, C, L]`: `[B, L]`, max(0, Σ_c α_c A\[c, t\]).
    ///
    /// # Errors
    /// As for an unknown class ([`Error::Input`]), or weights that do not fit the tap ([`Error::Unsupported`]).
    pub fn grad_cam(&self, activations: &Array3<f32>, class: usize) -> Result<Array2<f32>, Error> {
        let (rows, channels, length) = activations.dim();
        let alphas = self.alphas(class, channels, length)?;
        let mut map = Array2::zeros((rows, length));
        for (row, mut map) in activations.axis_iter(Axis(0)).zip(map.rows_mut()) {
            map.assign(&weighted(row, &alphas).mapv(|value| value.max(0.0) as f32));
        }
        Ok(map)
    }
}

/// Σ_c α_c A\[c, t\], channel after channel.
fn weighted(activations: ArrayView2<'_, f32>, alphas: &Array1<f64>) -> Array1<f64> {
    let mut sums = Array1::zeros(activations.ncols());
    for (channel, &alpha) in activations.rows().into_iter().zip(alphas) {
        sums.zip_mut_with(&channel, |sum, &value| *sum += alpha * f64::from(value));
    }
    sums
}

/// The weights `[outputs, features]` of a `Gemm` or `MatMul` that reads `input`; `None` where they are none.
fn matrix(node: &NodeProto, input: &str, constants: &Constants<'_>) -> Result<Option<Array2<f32>>, Error> {
    let [first, second, ..] = node.input.as_slice() else {
        return Ok(None);
    };
    let gemm = nodes::operator(node) == Some("Gemm");
    let flag = |name| gemm && nodes::int(node, name).unwrap_or(0) != 0;
    if first != input || flag("transA") {
        return Ok(None);
    }
    let Some(mut matrix) = constants.matrix(second)? else {
        return Ok(None);
    };
    if gemm && let Some(alpha) = nodes::float(node, "alpha") {
        matrix.mapv_inplace(|value| value * alpha);
    }
    Ok(Some(if flag("transB") {
        matrix
    } else {
        matrix.reversed_axes()
    }))
}

fn unrelated(tap: &str, output: &str) -> Error {
    Error::Unsupported(format!(
        "the output '{output}' does not depend on the tap '{tap}'"
    ))
}

fn between(tap: &str, name: &str, node: &NodeProto) -> Error {
    Error::Unsupported(format!(
        "Grad-CAM at the tap '{tap}' needs gradients: {} ('{name}') stands between it and the output, and without \
         gradients only a mean over time or a flattening and one linear layer may. The torch plugin has Grad-CAM at \
         any tap",
        node.op_type
    ))
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use tract_onnx::pb::GraphProto;

    use super::*;
    use crate::sketch::{graph, ints, node, weight, with};

    fn head(graph: &GraphProto) -> Result<Head, Error> {
        Head::find(&Flow::new(graph), &Constants::new(graph, None), "tap", "y")
    }

    #[track_caller]
    fn refused(graph: &GraphProto) -> String {
        let error = head(graph).unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)), "{error}");
        error.to_string()
    }

    /// Two channels, three timestamps.
    fn activations() -> Array3<f32> {
        array![[[1.0, 0.0, -1.0], [2.0, 4.0, 8.0]]]
    }

    #[test]
    fn a_mean_over_time_and_a_linear_layer() {
        let gemm = with(node("Gemm", &["flat", "w", "b"], "y"), "transB", &[1]);
        let nodes = vec![
            node("Conv", &["x", "k"], "tap"),
            node("GlobalAveragePool", &["tap"], "mean"),
            node("Flatten", &["mean"], "flat"),
            gemm,
        ];
        let weights = vec![
            weight("w", &[2, 2], &[3.0, 6.0, -3.0, -6.0]),
            weight("b", &[2], &[9.0, 9.0]),
        ];
        let head = head(&graph(nodes, weights)).unwrap();
        // α = (3, 6) / 3: the map is 1·A_0 + 2·A_1.
        assert_eq!(
            head.grad_cam(&activations(), 0).unwrap(),
            array![[5.0, 8.0, 15.0]]
        );
        assert_eq!(head.grad_cam(&activations(), 1).unwrap(), array![[0.0, 0.0, 0.0]]);
        assert!(matches!(head.grad_cam(&activations(), 2), Err(Error::Input(_))));
        let other = Array3::zeros((1, 5, 3));
        assert!(matches!(head.grad_cam(&other, 0), Err(Error::Unsupported(_))));
    }

    #[test]
    fn a_flattening_takes_the_mean_of_the_gradient_over_time() {
        let nodes = vec![
            node("Relu", &["x"], "tap"),
            node("Reshape", &["tap", "shape"], "flat"),
            node("MatMul", &["flat", "w"], "product"),
            node("Add", &["product", "b"], "y"),
        ];
        // [features, outputs] for one output: channel 0 has 1, 2, 3 and channel 1 has 0, 0, -3.
        let weights = vec![
            ints("shape", &[-1, 6]),
            weight("w", &[6, 1], &[1.0, 2.0, 3.0, 0.0, 0.0, -3.0]),
            weight("b", &[1], &[1.0]),
        ];
        let map = head(&graph(nodes, weights))
            .unwrap()
            .grad_cam(&activations(), 0)
            .unwrap();
        // α = (2, -1).
        assert_eq!(map, array![[0.0, 0.0, 0.0]]);
        let negative = activations().mapv(|value| -value);
        let nodes = vec![
            node("Flatten", &["tap"], "flat"),
            node("Gemm", &["flat", "w"], "y"),
        ];
        let mut nodes_with_tap = vec![node("Relu", &["x"], "tap")];
        nodes_with_tap.extend(nodes);
        let weights = vec![weight("w", &[6, 1], &[1.0, 2.0, 3.0, 0.0, 0.0, -3.0])];
        let map = head(&graph(nodes_with_tap, weights))
            .unwrap()
            .grad_cam(&negative, 0)
            .unwrap();
        assert_eq!(map, array![[0.0, 4.0, 10.0]]);
    }

    #[test]
    fn what_exporters_put_in_between_does_not_matter() {
        let nodes = vec![
            node("Relu", &["x"], "tap"),
            node("Unsqueeze", &["tap", "beside"], "wide"),
            with(node("ReduceMean", &["wide", "axes"], "mean"), "keepdims", &[1]),
            node("Squeeze", &["mean", "beside"], "pooled"),
            node("Reshape", &["pooled", "shape"], "flat"),
            node("Dropout", &["flat"], "dropped"),
            with(node("Transpose", &["w"], "turned"), "perm", &[1, 0]),
            node("MatMul", &["dropped", "turned"], "product"),
            node("Add", &["product", "b"], "sum"),
            node("Identity", &["sum"], "y"),
        ];
        let weights = vec![
            ints("beside", &[-2]),
            ints("axes", &[-1, -2]),
            ints("shape", &[1, 2]),
            weight("w", &[1, 2], &[3.0, 6.0]),
            weight("b", &[1], &[0.0]),
        ];
        let map = head(&graph(nodes, weights))
            .unwrap()
            .grad_cam(&activations(), 0)
            .unwrap();
        assert_eq!(map, array![[5.0, 8.0, 15.0]]);
    }

    #[test]
    fn what_is_not_linear_is_named() {
        let linear = || {
            vec![
                node("Flatten", &["mean"], "flat"),
                node("Gemm", &["flat", "w"], "y"),
            ]
        };
        let weights = || vec![weight("w", &[2, 1], &[1.0, 1.0])];
        let with_nodes = |first: Vec<NodeProto>| {
            let mut nodes = vec![node("Relu", &["x"], "tap")];
            nodes.extend(first);
            nodes.extend(linear());
            refused(&graph(nodes, weights()))
        };
        let relu = with_nodes(vec![
            node("Relu", &["tap"], "r"),
            node("GlobalAveragePool", &["r"], "mean"),
        ]);
        assert!(
            relu.contains("Relu ('r') stands between") && relu.contains("torch"),
            "{relu}"
        );
        let maximum = with_nodes(vec![node("GlobalMaxPool", &["tap"], "mean")]);
        assert!(maximum.contains("GlobalMaxPool"), "{maximum}");
        let both = with_nodes(vec![
            node("GlobalAveragePool", &["tap"], "a"),
            node("GlobalMaxPool", &["tap"], "m"),
            node("Concat", &["a", "m"], "mean"),
        ]);
        assert!(both.contains("Concat ('mean') stands between"), "{both}");
        let beside = with_nodes(vec![node("GlobalAveragePool", &["x"], "mean")]);
        assert!(beside.contains("does not depend on the tap"), "{beside}");
        let ends = refused(&graph(
            vec![node("Relu", &["x"], "tap"), node("Sigmoid", &["tap"], "y")],
            vec![],
        ));
        assert!(ends.contains("Sigmoid"), "{ends}");
        let none = refused(&graph(
            vec![node("Relu", &["x"], "tap"), node("Identity", &["tap"], "y")],
            vec![],
        ));
        assert!(none.contains("no linear layer"), "{none}");
    }
}
