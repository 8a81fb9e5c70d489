//! What else explains the network, and how far the clusters can be trusted: attribution maps beside the clusters'
//! uncertainty (method step 13), masked clusters, shuffled weights, and codebooks fitted again.

mod attribution;
mod comparison;
mod draw;
mod masking;
mod occlusion;
mod sanity;
mod stability;
mod steps;

pub(crate) use attribution::{Attributor, Maps};
pub(crate) use comparison::{Records, compare};
pub(crate) use draw::{draw, draw_groups};
pub(crate) use masking::{Exemplar, Masking};
pub(crate) use sanity::{Compared, figures};
pub(crate) use stability::stability;
pub(crate) use steps::Steps;
