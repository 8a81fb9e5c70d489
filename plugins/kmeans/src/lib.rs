//! The kmeans plugin of ecg-audit: k-means++ and Lloyd's algorithm on rows of 32-bit floats, with soft
//! memberships.

mod clusterer;
mod codebook;
mod data;
mod drift;
mod fit;
mod lloyd;
mod model;
mod nearest;
mod params;
mod persistence;
mod seeding;
mod softmax;
mod sums;
mod vector;
mod workers;

pub use clusterer::KMeans;
pub use fit::{Fitted, fit_from, initial_centroids};
pub use params::{ClusterRange, Clusters, MAX_CLUSTERS, Params, Rule};
pub use workers::Workers;

ecg_audit_plugin::export_plugin! {
    name: "kmeans",
    clusterers: [KMeans],
}
