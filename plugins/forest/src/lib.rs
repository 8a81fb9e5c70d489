//! Random forests (Breiman 2001) as a surrogate: class probabilities or values from cluster proportions.
//!
//! The kernel is our own because this is where an audit spends its time: features are binned once per fit and
//! shared by all trees, a node is split by histograms that are walked only where it has rows, and growing
//! allocates nothing per node. Every tree draws from its own random stream, so that a seed gives the same forest
//! for any number of threads.

mod bins;
mod codec;
mod criterion;
mod forest;
mod grow;
mod model;
mod oob;
mod params;
mod split;
mod training;
mod tree;

pub use forest::Forest;
pub use model::ForestModel;
pub use params::{MaxFeatures, Params, Rule};

ecg_audit_plugin::export_plugin! {
    name: "forest",
    surrogates: [Forest],
}
