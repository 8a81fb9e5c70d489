//! The network as a list of operations: what is run, and what `layers` lists.

use ecg_audit_plugin::{Layer, Role, Window};

use super::plan::{Block, Plan};

/// What a step computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Convolution { stride: i64, padding: i64 },
    Normalization,
    Activation,
    Pooling { factor: i64 },
    Sum,
    Linear,
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) op: Op,
    /// Steps whose values it reads; `None` is the network's input.
    pub(crate) inputs: Vec<Option<usize>>,
    pub(crate) layer: Layer,
    /// The submodule whose weights it takes.
    module: String,
    bias: bool,
}

impl Step {
    /// Names of its weights, in the order in which the operation takes them.
    pub(crate) fn weights(&self) -> Vec<String> {
        let parts: &[&str] = match self.op {
            Op::Convolution { .. } => &["weight"],
            Op::Normalization => &["weight", "bias", "running_mean", "running_var"],
            Op::Linear if self.bias => &["weight", "bias"],
            Op::Linear => &["weight"],
            Op::Activation | Op::Pooling { .. } | Op::Sum => &[],
        };
        parts
            .iter()
            .map(|part| format!("{}.{part}", self.module))
            .collect()
    }
}

/// The network's steps in the order in which they are run.
pub(crate) fn of(plan: &Plan) -> Vec<Step> {
    let mut steps = Steps {
        plan,
        list: Vec::new(),
    };
    let length = plan.samples / plan.stem_stride.max(1);
    let filters = plan.blocks.first().map_or(0, |block| block.filters);
    let stem = steps.convolution("conv1", None, plan.kernel, plan.stem_stride, [filters, length]);
    let mut x = steps.plain("bn1", "batch_norm", Op::Normalization, &[stem], [filters, length]);
    let mut y = x;
    for (i, block) in plan.blocks.iter().enumerate() {
        (x, y) = steps.block(i, block, x, y);
    }
    steps.push(
        "lin",
        "linear",
        Op::Linear,
        vec![Some(x)],
        vec![plan.outputs],
        None,
    );
    steps.list
}

struct Steps<'a> {
    plan: &'a Plan,
    list: Vec<Step>,
}

impl Steps<'_> {
    /// A block's steps; the values x' and y'.
    fn block(&mut self, i: usize, block: &Block, x: usize, y: usize) -> (usize, usize) {
        let at = |part: &str| format!("resblock1d_{i}{part}");
        let shape = [block.filters, block.length];
        let long = [block.filters, block.length * block.stride];
        let kernel = self.plan.kernel;
        let conv1 = self.convolution(&at(".conv1"), Some(x), kernel, 1, long);
        let bn1 = self.plain(&at(".bn1"), "batch_norm", Op::Normalization, &[conv1], long);
        let relu = self.plain(&at(".relu#0"), "relu", Op::Activation, &[bn1], long);
        let conv2 = self.convolution(&at(".conv2"), Some(relu), kernel, block.stride, shape);
        let mut skip = y;
        if block.stride > 1 {
            let channels = self.channels(y);
            skip = self.pooling(
                &at(".skip_connection.0"),
                y,
                block.stride,
                [channels, block.length],
            );
        }
        if let Some(position) = block.projection {
            skip = self.convolution(
                &at(&format!(".skip_connection.{position}")),
                Some(skip),
                1,
                1,
                shape,
            );
        }
        let y = self.plain(&at("#add"), "add", Op::Sum, &[conv2, skip], shape);
        let bn2 = self.plain(&at(".bn2"), "batch_norm", Op::Normalization, &[y], shape);
        // Named by the block: its x', the value that the method's paper clusters.
        let x = self.plain(&at(""), "relu", Op::Activation, &[bn2], shape);
        (x, y)
    }

    fn channels(&self, step: usize) -> usize {
        let shape = self.list.get(step).and_then(|step| step.layer.shape.as_ref());
        shape.and_then(|shape| shape.first().copied()).unwrap_or(0)
    }

    fn convolution(
        &mut self,
        name: &str,
        x: Option<usize>,
        kernel: usize,
        stride: usize,
        shape: [usize; 2],
    ) -> usize {
        let padding = if kernel == 1 { 0 } else { self.plan.padding(stride) };
        let op = Op::Convolution {
            stride: stride as i64,
            padding: padding as i64,
        };
        self.push(
            name,
            "conv1d",
            op,
            vec![x],
            shape.to_vec(),
            Some(Window {
                kernel,
                stride,
                dilation: 1,
            }),
        )
    }

    fn pooling(&mut self, name: &str, x: usize, factor: usize, shape: [usize; 2]) -> usize {
        let window = Window {
            kernel: factor,
            stride: factor,
            dilation: 1,
        };
        let op = Op::Pooling {
            factor: factor as i64,
        };
        self.push(
            name,
            "max_pool1d",
            op,
            vec![Some(x)],
            shape.to_vec(),
            Some(window),
        )
    }

    fn plain(&mut self, name: &str, operator: &str, op: Op, inputs: &[usize], shape: [usize; 2]) -> usize {
        self.push(
            name,
            operator,
            op,
            inputs.iter().copied().map(Some).collect(),
            shape.to_vec(),
            None,
        )
    }

    /// Adds a step; its number.
    fn push(
        &mut self,
        name: &str,
        operator: &str,
        op: Op,
        inputs: Vec<Option<usize>>,
        shape: Vec<usize>,
        window: Option<Window>,
    ) -> usize {
        let role = match op {
            Op::Convolution { .. } => Role::Convolution,
            Op::Normalization => Role::Normalization,
            Op::Activation => Role::Activation,
            Op::Pooling { .. } => Role::Pooling,
            Op::Sum => Role::Sum,
            Op::Linear => Role::Linear,
        };
        let read = inputs
            .iter()
            .flatten()
            .filter_map(|input| Some(self.list.get(*input)?.layer.name.clone()));
        let layer = Layer {
            name: name.to_owned(),
            operator: operator.to_owned(),
            role,
            shape: Some(shape),
            inputs: read.collect(),
            window,
        };
        self.list.push(Step {
            op,
            inputs,
            layer,
            module: name.to_owned(),
            bias: self.plan.bias,
        });
        self.list.len() - 1
    }
}
