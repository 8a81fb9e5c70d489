//! A trained network as a TorchScript file.
//!
//! The file holds the network in evaluation form: no dropout, running statistics. Its submodules are named as in
//! `ecg-age-prediction`, so that `resblock1d_i` names the activations x' that leave block i. The sum y' is formed in the
//! network's own `forward`: a submodule that returned both would leave an audit the choice between two tensors.

use std::path::Path;

use tch::{CModule, Device, Tensor};

use crate::Error;
use crate::ffi::{self, RawScript, answer, c_text};
use crate::network::{EPSILON, Network};
use crate::plan::{Block, Plan};

/// A target's mean and standard deviation over the training records.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Scale {
    pub(crate) mean: f64,
    pub(crate) sd: f64,
}

impl Scale {
    /// Changes nothing.
    pub(crate) const NONE: Self = Self { mean: 0.0, sd: 1.0 };
}

/// Writes the network's file. Its outputs are times `scale.sd` plus `scale.mean`, which go into the weights of `lin`.
pub(crate) fn save(network: &Network, scale: Scale, path: &Path) -> Result<(), Error> {
    let tensors = network
        .weights
        .iter()
        .map(|weight| {
            let tensor = weight.copy()?;
            let tensor = match weight.name.as_str() {
                "lin.weight" => tensor.f_mul_scalar(scale.sd)?,
                "lin.bias" => tensor.f_mul_scalar(scale.sd)?.f_add_scalar(scale.mean)?,
                _ => tensor,
            };
            Ok((weight.name.as_str(), tensor, weight.learnt))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let mut root = Script::new("EcgResNet")?;
    let maker = Maker {
        tensors: &tensors,
        plan: &network.plan,
    };
    maker.network(&mut root)?;
    let text = path
        .to_str()
        .ok_or_else(|| Error::Invalid(format!("the path {} is not UTF-8", path.display())))?;
    root.save(text)
}

/// Opens a file as [`save`] writes it.
pub(crate) fn load(path: &Path, device: Device) -> Result<CModule, Error> {
    Ok(CModule::load_on_device(path, device)?)
}

struct Maker<'a> {
    /// Name, tensor, and whether it is learnt.
    tensors: &'a [(&'a str, Tensor, bool)],
    plan: &'a Plan,
}

impl Maker<'_> {
    fn network(&self, root: &mut Script) -> Result<(), Error> {
        self.conv(root, "", "conv1", self.plan.kernel, self.plan.stem_stride)?;
        self.norm(root, "", "bn1")?;
        for (i, block) in self.plan.blocks.iter().enumerate() {
            self.block(root, &format!("resblock1d_{i}"), block)?;
        }
        let linear =
            "def forward(self, x: Tensor) -> Tensor:\n    return torch.linear(x, self.weight, self.bias)\n";
        self.leaf(root, "", "lin", linear)?;
        root.define(&forward(self.plan))
    }

    fn block(&self, root: &mut Script, name: &str, block: &Block) -> Result<(), Error> {
        let mut module = root.child(name, name)?;
        let kernel = self.plan.kernel;
        self.conv(&mut module, name, "conv1", kernel, 1)?;
        self.norm(&mut module, name, "bn1")?;
        self.conv(&mut module, name, "conv2", kernel, block.stride)?;
        self.norm(&mut module, name, "bn2")?;
        if block.stride > 1 || block.projects() {
            let path = format!("{name}.skip_connection");
            let mut skip = module.child("skip_connection", &path)?;
            let mut steps = Vec::new();
            if block.stride > 1 {
                let source = format!(
                    "def forward(self, x: Tensor) -> Tensor:\n    return torch.max_pool1d(x, [{0}], [{0}])\n",
                    block.stride
                );
                self.leaf(&mut skip, &path, "0", &source)?;
                steps.push("0");
            }
            if block.projects() {
                let position = if block.stride > 1 { "1" } else { "0" };
                self.conv(&mut skip, &path, position, 1, 1)?;
                steps.push(position);
            }
            let calls: String = steps
                .iter()
                .map(|step| format!("    x = getattr(self, \"{step}\").forward(x)\n"))
                .collect();
            skip.define(&format!(
                "def forward(self, x: Tensor) -> Tensor:\n{calls}    return x\n"
            ))?;
        }
        module.define("def forward(self, y: Tensor) -> Tensor:\n    return torch.relu(self.bn2.forward(y))\n")
    }

    fn conv(
        &self,
        parent: &mut Script,
        prefix: &str,
        name: &str,
        kernel: usize,
        stride: usize,
    ) -> Result<(), Error> {
        let padding = if kernel == 1 { 0 } else { self.plan.padding(stride) };
        let source = format!(
            "def forward(self, x: Tensor) -> Tensor:\n    return torch.conv1d(x, self.weight, None, [{stride}], [{padding}])\n"
        );
        self.leaf(parent, prefix, name, &source)
    }

    fn norm(&self, parent: &mut Script, prefix: &str, name: &str) -> Result<(), Error> {
        let source = format!(
            "def forward(self, x: Tensor) -> Tensor:\n    return torch.batch_norm(x, self.weight, self.bias, \
             self.running_mean, self.running_var, False, 0.1, {EPSILON:e}, True)\n"
        );
        self.leaf(parent, prefix, name, &source)
    }

    /// A module with all tensors of its path.
    fn leaf(&self, parent: &mut Script, prefix: &str, name: &str, source: &str) -> Result<(), Error> {
        let path = if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}.{name}")
        };
        let mut module = parent.child(name, &path)?;
        for (full, tensor, learnt) in self.tensors {
            if let Some((of, own)) = full.rsplit_once('.')
                && of == path
            {
                module.tensor(own, tensor, *learnt)?;
            }
        }
        module.define(source)
    }
}

/// The network's own code.
fn forward(plan: &Plan) -> String {
    let mut lines = vec![
        "def forward(self, x: Tensor) -> Tensor:".to_owned(),
        "    y = self.bn1.forward(self.conv1.forward(x))".to_owned(),
        "    x = y".to_owned(),
    ];
    for (i, block) in plan.blocks.iter().enumerate() {
        let at = format!("self.resblock1d_{i}");
        let skip = if block.stride > 1 || block.projects() {
            format!("{at}.skip_connection.forward(y)")
        } else {
            "y".into()
        };
        lines.push(format!(
            "    y = {at}.conv2.forward(torch.relu({at}.bn1.forward({at}.conv1.forward(x)))) + {skip}"
        ));
        lines.push(format!("    x = {at}.forward(y)"));
    }
    lines.push("    return self.lin.forward(torch.flatten(x, 1))\n".into());
    lines.join("\n")
}

/// A module in the making.
struct Script(*mut RawScript);

impl Script {
    fn new(kind: &str) -> Result<Self, Error> {
        let kind = c_text(kind)?;
        let mut raw = std::ptr::null_mut();
        // SAFETY: the text ends with zero, `raw` is a live local.
        answer(unsafe { ffi::train_script_new(kind.as_ptr(), &raw mut raw) })?;
        Ok(Self(raw))
    }

    /// A module within this one; `path` makes its type's name.
    fn child(&mut self, name: &str, path: &str) -> Result<Self, Error> {
        let kind = c_text(&format!("EcgResNet_{}", path.replace('.', "_")))?;
        let name = c_text(name)?;
        let mut raw = std::ptr::null_mut();
        // SAFETY: the module lives, the texts end with zero, `raw` is a live local.
        answer(unsafe { ffi::train_script_child(self.0, name.as_ptr(), kind.as_ptr(), &raw mut raw) })?;
        Ok(Self(raw))
    }

    fn tensor(&mut self, name: &str, tensor: &Tensor, learnt: bool) -> Result<(), Error> {
        let name = c_text(name)?;
        // SAFETY: module and tensor live, the text ends with zero.
        answer(unsafe {
            ffi::train_script_tensor(self.0, name.as_ptr(), tensor.as_ptr().cast(), i32::from(learnt))
        })
    }

    fn define(&mut self, source: &str) -> Result<(), Error> {
        let source = c_text(source)?;
        // SAFETY: the module lives, the text ends with zero.
        answer(unsafe { ffi::train_script_define(self.0, source.as_ptr()) })
    }

    fn save(&mut self, path: &str) -> Result<(), Error> {
        let path = c_text(path)?;
        // SAFETY: the module lives, the text ends with zero.
        answer(unsafe { ffi::train_script_save(self.0, path.as_ptr()) })
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // SAFETY: freed once.
        unsafe { ffi::train_script_free(self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::network::Mode;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use tch::Kind;

    fn network() -> Network {
        let keys = config::Network {
            channels: vec![4, 6, 6],
            lengths: vec![32, 8, 8],
            kernel: 5,
            ..config::Network::default()
        };
        let plan = Plan::new(&keys, 3, 64, 2).unwrap();
        Network::new(plan, Device::Cpu, &mut ChaCha8Rng::seed_from_u64(3)).unwrap()
    }

    #[test]
    fn the_file_answers_as_the_network_does_on_the_target_s_scale() {
        let network = network();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.pt");
        let scale = Scale { mean: 50.0, sd: 15.0 };
        save(&network, scale, &path).unwrap();
        let x = Tensor::rand([5, 3, 64], (Kind::Float, Device::Cpu));
        let _guard = tch::no_grad_guard();
        let own = network.forward(&x, &mut Mode::Eval).unwrap() * 15.0 + 50.0;
        let file = load(&path, Device::Cpu).unwrap().forward_ts(&[&x]).unwrap();
        let gap = (own - file).abs().max().double_value(&[]);
        assert!(gap < 1e-4, "{gap}");
    }

    #[test]
    fn the_same_network_gives_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = |name: &str| {
            let path = folder.path().join(name).join("net.pt");
            std::fs::create_dir(path.parent().unwrap()).unwrap();
            save(&network(), Scale::NONE, &path).unwrap();
            std::fs::read(path).unwrap()
        };
        assert_eq!(bytes("a"), bytes("b"));
    }
}
