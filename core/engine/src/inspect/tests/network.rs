//! Builds lists of layers by hand.

use ecg_audit_plugin::{Layer, Role, Window};

use crate::inspect::Analysis;

/// Builds a list of layers; each call names what it reads.
#[derive(Default)]
pub(super) struct Network(pub Vec<Layer>);

impl Network {
    pub fn add(&mut self, name: &str, operator: &str, role: Role, inputs: &[&str]) -> &mut Layer {
        self.0.push(Layer {
            name: name.into(),
            operator: operator.into(),
            role,
            shape: None,
            inputs: inputs.iter().map(ToString::to_string).collect(),
            window: None,
        });
        self.0.last_mut().unwrap()
    }

    pub fn conv(&mut self, name: &str, input: &[&str], kernel: usize, stride: usize) {
        self.windowed(name, "Conv", Role::Convolution, input, (kernel, stride, 1));
    }

    pub fn pool(&mut self, name: &str, input: &str, kernel: usize, stride: usize) {
        self.windowed(name, "MaxPool", Role::Pooling, &[input], (kernel, stride, 1));
    }

    pub fn windowed(
        &mut self,
        name: &str,
        operator: &str,
        role: Role,
        inputs: &[&str],
        (kernel, stride, dilation): (usize, usize, usize),
    ) {
        self.add(name, operator, role, inputs).window = Some(Window {
            kernel,
            stride,
            dilation,
        });
    }

    pub fn bn(&mut self, name: &str, input: &str) {
        self.add(name, "BatchNormalization", Role::Normalization, &[input]);
    }

    pub fn relu(&mut self, name: &str, input: &str) {
        self.add(name, "Relu", Role::Activation, &[input]);
    }

    pub fn sum(&mut self, name: &str, inputs: &[&str]) {
        self.add(name, "Add", Role::Sum, inputs);
    }

    pub fn concat(&mut self, name: &str, inputs: &[&str]) {
        self.add(name, "Concat", Role::Concatenation, inputs);
    }

    /// `conv → bn → relu`, named after the first.
    pub fn cbr(&mut self, name: &str, input: &[&str], kernel: usize, stride: usize) -> String {
        self.conv(name, input, kernel, stride);
        self.bn(&format!("{name}.bn"), name);
        self.relu(&format!("{name}.relu"), &format!("{name}.bn"));
        format!("{name}.relu")
    }

    pub fn head(&mut self, input: &str) {
        self.add("pool", "GlobalAveragePool", Role::GlobalPooling, &[input]);
        self.add("flat", "Flatten", Role::Other, &["pool"]);
        self.add("logits", "Gemm", Role::Linear, &["flat"]);
    }

    pub fn analysis(&self) -> Analysis {
        Analysis::of(&self.0, None)
    }

    pub fn step(&self, analysis: &Analysis, name: &str) -> (Option<f64>, Option<usize>) {
        let at = self.0.iter().position(|layer| layer.name == name).unwrap();
        (analysis.reach[at].time_step, analysis.reach[at].receptive_field)
    }
}
