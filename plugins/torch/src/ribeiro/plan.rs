//! The network's dimensions, from the shapes of its weights and the arguments of its training.

use std::collections::BTreeMap;

use super::arguments::Arguments;

/// Names and shapes of the weights.
pub(crate) type Shapes = BTreeMap<String, Vec<usize>>;

/// Between two blocks, the published network shortens its input by this factor. Weights do not tell.
const PUBLISHED_FACTOR: usize = 4;

/// All dimensions of a network, consistent with its weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) leads: usize,
    pub(crate) samples: usize,
    /// Taps of every convolution's kernel but the 1×1 ones.
    pub(crate) kernel: usize,
    pub(crate) stem_stride: usize,
    pub(crate) blocks: Vec<Block>,
    pub(crate) outputs: usize,
    /// Whether `lin` has a bias.
    pub(crate) bias: bool,
}

/// One residual block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// Channels of its output.
    pub(crate) filters: usize,
    /// Length of its output.
    pub(crate) length: usize,
    /// By how much it shortens its input.
    pub(crate) stride: usize,
    /// The position of the 1×1 convolution in the skip connection, where there is one.
    pub(crate) projection: Option<usize>,
}

impl Plan {
    /// The plan, or what contradicts what.
    pub(crate) fn new(shapes: &Shapes, arguments: Option<&Arguments>) -> Result<Self, String> {
        let &[stem, leads, kernel] = dims::<3>(shapes, "conv1.weight")?;
        let mut filters = Vec::new();
        while let Some(shape) = shapes.get(&format!("resblock1d_{}.conv1.weight", filters.len())) {
            filters.push(*shape.first().ok_or("resblock1d_*.conv1.weight is a scalar")?);
        }
        let &[outputs, features] = dims::<2>(shapes, "lin.weight")?;
        let last = filters.last().copied().unwrap_or(0);
        if kernel % 2 == 0 {
            return Err(format!(
                "conv1.weight has an even kernel of {kernel}; the network is defined for odd ones"
            ));
        }
        if last == 0 || stem == 0 || features == 0 || !features.is_multiple_of(last) {
            return Err(format!(
                "lin.weight is [{outputs}, {features}], which is no multiple of the last block's {last} filters"
            ));
        }
        let (samples, lengths) = lengths(shapes, arguments, &filters, features / last)?;
        let plan = Self {
            leads,
            samples,
            kernel,
            stem_stride: factor(
                samples,
                lengths.first().copied().unwrap_or(0),
                "the input and resblock1d_0",
            )?,
            blocks: blocks(shapes, &filters, &lengths)?,
            outputs,
            bias: shapes.contains_key("lin.bias"),
        };
        if let Some(arguments) = arguments {
            plan.agrees_with(arguments)?;
        }
        plan.fits(shapes, stem)?;
        Ok(plan)
    }

    /// The plan in one line, and where it comes from.
    pub(crate) fn summary(&self, arguments: Option<&Arguments>) -> String {
        let blocks: Vec<_> = self
            .blocks
            .iter()
            .map(|b| format!("({}, {})", b.filters, b.length))
            .collect();
        let source = arguments.map_or_else(
            || {
                format!(
                    "no config.json or args.json beside it, so each block but the first is taken to shorten its input \
                     {PUBLISHED_FACTOR}-fold, as published"
                )
            },
            |arguments| format!("dimensions from {}", arguments.file),
        );
        format!(
            "the Ribeiro ResNet, input [{}, {}], blocks {}, {} outputs; {source}",
            self.leads,
            self.samples,
            blocks.join(" "),
            self.outputs
        )
    }

    /// Zeros on either side of a convolution's input: as many as let a stride shorten it by just that factor.
    pub(crate) fn padding(&self, stride: usize) -> usize {
        (self.kernel + 1).saturating_sub(stride) / 2
    }

    fn agrees_with(&self, arguments: &Arguments) -> Result<(), String> {
        let file = &arguments.file;
        let same = |key: &str, said: Option<usize>, found: usize, tensor: &str| match said {
            Some(said) if said != found => Err(format!(
                "{file} says {key} = {said}, but the weights have {found} ({tensor})"
            )),
            _ => Ok(()),
        };
        same("kernel_size", arguments.kernel_size, self.kernel, "conv1.weight")?;
        same("n_leads", arguments.n_leads, self.leads, "conv1.weight")?;
        if let Some(said) = &arguments.net_filter_size {
            let found: Vec<_> = self.blocks.iter().map(|b| b.filters).collect();
            if *said != found {
                return Err(format!(
                    "{file} says net_filter_size = {said:?}, but the weights have {found:?} (resblock1d_*.conv1.weight)"
                ));
            }
        }
        Ok(())
    }

    /// Checks every weight's shape, and that there are no others: they would be layers that this network does not have.
    fn fits(&self, shapes: &Shapes, stem: usize) -> Result<(), String> {
        let mut expected = Shapes::new();
        let norm = |expected: &mut Shapes, name: &str, filters: usize| {
            for part in ["weight", "bias", "running_mean", "running_var"] {
                expected.insert(format!("{name}.{part}"), vec![filters]);
            }
        };
        expected.insert("conv1.weight".into(), vec![stem, self.leads, self.kernel]);
        norm(&mut expected, "bn1", stem);
        let mut before = stem;
        for (i, block) in self.blocks.iter().enumerate() {
            let at = |part: &str| format!("resblock1d_{i}.{part}");
            expected.insert(at("conv1.weight"), vec![block.filters, before, self.kernel]);
            norm(&mut expected, &at("bn1"), block.filters);
            expected.insert(
                at("conv2.weight"),
                vec![block.filters, block.filters, self.kernel],
            );
            norm(&mut expected, &at("bn2"), block.filters);
            if let Some(position) = block.projection {
                expected.insert(
                    at(&format!("skip_connection.{position}.weight")),
                    vec![block.filters, before, 1],
                );
            }
            before = block.filters;
        }
        let features = self
            .blocks
            .last()
            .map_or(0, |block| block.filters.saturating_mul(block.length));
        expected.insert("lin.weight".into(), vec![self.outputs, features]);
        if self.bias {
            expected.insert("lin.bias".into(), vec![self.outputs]);
        }
        compare(shapes, &expected)
    }
}

fn compare(shapes: &Shapes, expected: &Shapes) -> Result<(), String> {
    for (name, wanted) in expected {
        match shapes.get(name) {
            Some(found) if found == wanted => {}
            Some(found) => return Err(format!("{name} is {found:?}, expected {wanted:?}")),
            None => return Err(format!("{name} is missing")),
        }
    }
    // Counts the batches of training; plays no part in evaluation.
    let counter = |name: &str| name.ends_with(".num_batches_tracked");
    let more: Vec<_> = shapes
        .keys()
        .filter(|name| !expected.contains_key(*name) && !counter(name))
        .collect();
    match more.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(format!(
            "{} tensors are not the Ribeiro ResNet's (the first: {first}): export this network by torch.jit.save or as ONNX",
            more.len()
        )),
    }
}

/// Samples of the input, and the length after each block.
fn lengths(
    shapes: &Shapes,
    arguments: Option<&Arguments>,
    filters: &[usize],
    last: usize,
) -> Result<(usize, Vec<usize>), String> {
    let Some((arguments, lengths)) = arguments.and_then(|a| Some((a, a.net_seq_lengh.clone()?))) else {
        return published(shapes, filters.len(), last);
    };
    let file = &arguments.file;
    if lengths.len() != filters.len() {
        return Err(format!(
            "{file} says net_seq_lengh = {lengths:?}, but the weights have {} blocks (resblock1d_*)",
            filters.len()
        ));
    }
    if lengths.last() != Some(&last) {
        return Err(format!(
            "{file} says net_seq_lengh = {lengths:?}, but the weights end in a length of {last} (lin.weight over the last \
             block's filters)"
        ));
    }
    let samples = arguments.seq_length.or(lengths.first().copied());
    Ok((samples.unwrap_or(last), lengths))
}

/// The published lengths: of an input as long as the first block's output, a quarter after each further block.
fn published(shapes: &Shapes, count: usize, last: usize) -> Result<(usize, Vec<usize>), String> {
    let unknown = || {
        "the weights do not tell how far each block shortens its input, and not as the published network does: put the \
         training's args.json (net_seq_lengh, seq_length) beside the model"
            .to_owned()
    };
    for i in 0..count {
        let projects = |position: usize| {
            shapes.contains_key(&format!("resblock1d_{i}.skip_connection.{position}.weight"))
        };
        if i == 0 && projects(1) || i > 0 && projects(0) {
            return Err(unknown());
        }
    }
    let mut lengths = vec![last];
    for _ in 1..count {
        let next = lengths
            .last()
            .and_then(|length| length.checked_mul(PUBLISHED_FACTOR))
            .ok_or_else(unknown)?;
        lengths.push(next);
    }
    lengths.reverse();
    Ok((lengths.first().copied().unwrap_or(last), lengths))
}

fn blocks(shapes: &Shapes, filters: &[usize], lengths: &[usize]) -> Result<Vec<Block>, String> {
    let mut before = lengths.first().copied().unwrap_or(0);
    let mut blocks = Vec::new();
    for (i, (&filters, &length)) in filters.iter().zip(lengths).enumerate() {
        let stride = factor(
            before,
            length,
            &format!("the input and the output of resblock1d_{i}"),
        )?;
        let at = |position: usize| format!("resblock1d_{i}.skip_connection.{position}.weight");
        let projection = (0..2).find(|position| shapes.contains_key(&at(*position)));
        // The projection comes after the pooling, where there is one.
        if let Some(position) = projection.filter(|position| *position != usize::from(stride > 1)) {
            let pools = if position == 1 {
                "pools before its"
            } else {
                "does not pool before its"
            };
            return Err(format!(
                "resblock1d_{i} shortens its input {stride}-fold by net_seq_lengh, but its skip connection {pools} \
                 convolution ({})",
                at(position)
            ));
        }
        blocks.push(Block {
            filters,
            length,
            stride,
            projection,
        });
        before = length;
    }
    Ok(blocks)
}

fn factor(before: usize, after: usize, between: &str) -> Result<usize, String> {
    match before.checked_div(after) {
        Some(factor) if factor > 0 && before.is_multiple_of(after) => Ok(factor),
        _ => Err(format!(
            "the length falls from {before} to {after} between {between}: expected a whole factor"
        )),
    }
}

fn dims<'a, const N: usize>(shapes: &'a Shapes, name: &str) -> Result<&'a [usize; N], String> {
    let shape = shapes.get(name).ok_or_else(|| format!("{name} is missing"))?;
    shape
        .as_slice()
        .try_into()
        .map_err(|_| format!("{name} is {shape:?}, expected {N} dimensions"))
}

#[cfg(test)]
mod tests;
