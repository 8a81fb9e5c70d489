//! The dimensions of a network, checked.

use crate::Error;
use crate::config::Network;

/// Dimensions that fit together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub(crate) leads: usize,
    pub(crate) samples: usize,
    pub(crate) kernel: usize,
    pub(crate) stem_stride: usize,
    pub(crate) blocks: Vec<Block>,
    pub(crate) outputs: usize,
    pub(crate) dropout: f64,
}

/// One residual block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) channels_in: usize,
    pub(crate) channels: usize,
    pub(crate) stride: usize,
    /// Samples of its output.
    pub(crate) length: usize,
}

impl Plan {
    /// The plan of `network` for an input `[leads, samples]`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for lengths that do not divide each other.
    pub(crate) fn new(
        network: &Network,
        leads: usize,
        samples: usize,
        outputs: usize,
    ) -> Result<Self, Error> {
        let (channels, lengths) = (&network.channels, &network.lengths);
        let wrong = |message: String| Err(Error::Invalid(message));
        let (Some(&first), Some(&wide)) = (lengths.first(), channels.first()) else {
            return wrong("`network.channels` and `network.lengths` name no block".into());
        };
        if channels.len() != lengths.len() || channels.contains(&0) || lengths.contains(&0) {
            return wrong(format!(
                "`network.channels` is {channels:?} and `network.lengths` {lengths:?}; expected as many numbers above 0 in both"
            ));
        }
        let mut before = samples;
        for length in lengths {
            if !before.is_multiple_of(*length) {
                return wrong(format!(
                    "`network.lengths` is {lengths:?}, and the preprocessed records have {samples} samples; expected that \
                     {length} divides the {before} before it (a `length` step brings records to a length)"
                ));
            }
            if before / length > network.kernel + 1 {
                return wrong(format!(
                    "`network.lengths` goes from {before} to {length}, a factor beyond the kernel of {}",
                    network.kernel
                ));
            }
            before = *length;
        }
        let (mut channels_in, mut before) = (wide, first);
        let blocks = channels.iter().zip(lengths).map(|(&channels, &length)| {
            let block = Block {
                channels_in,
                channels,
                stride: before / length,
                length,
            };
            (channels_in, before) = (channels, length);
            block
        });
        Ok(Self {
            leads,
            samples,
            kernel: network.kernel,
            stem_stride: samples / first,
            blocks: blocks.collect(),
            outputs,
            dropout: network.dropout,
        })
    }

    /// Channels of the first convolution.
    pub(crate) fn stem(&self) -> usize {
        self.blocks.first().map_or(0, |block| block.channels_in)
    }

    /// Values that the last block hands to `lin`.
    pub(crate) fn features(&self) -> usize {
        self.blocks
            .last()
            .map_or(0, |block| block.channels * block.length)
    }

    /// Zeros on either side of a convolution's input: as many as let a stride shorten it by just that factor.
    pub(crate) fn padding(&self, stride: usize) -> usize {
        (self.kernel + 1).saturating_sub(stride) / 2
    }
}

impl Block {
    pub(crate) fn projects(&self) -> bool {
        self.channels_in != self.channels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_network() {
        let plan = Plan::new(&Network::default(), 12, 4096, 6).unwrap();
        assert_eq!(plan.stem_stride, 1);
        let strides: Vec<usize> = plan.blocks.iter().map(|block| block.stride).collect();
        assert_eq!(strides, [1, 4, 4, 4, 4]);
        assert_eq!(plan.features(), 320 * 16);
        assert_eq!((plan.padding(1), plan.padding(4)), (8, 7));
        assert!(!plan.blocks[0].projects() && plan.blocks[1].projects());
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let message =
            |network: Network, samples| Plan::new(&network, 12, samples, 6).unwrap_err().to_string();
        assert!(message(Network::default(), 5000).contains("4096 divides the 5000"));
        let uneven = Network {
            lengths: vec![10],
            ..Network::default()
        };
        assert!(message(uneven, 100).contains("as many numbers"));
        let steep = Network {
            channels: vec![4],
            lengths: vec![4],
            kernel: 5,
            ..Network::default()
        };
        assert!(message(steep, 400).contains("beyond the kernel"));
    }
}
