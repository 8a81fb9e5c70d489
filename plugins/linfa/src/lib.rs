//! Components on top of linfa 0.8: a Gaussian mixture, a decision tree, logistic regression and the elastic net.
//!
//! linfa's arrays are those of ndarray 0.16; conversions stay at the edges. Where linfa's own answer would
//! not be the same twice, or not finite, the component does that step itself and says why: the expectation
//! maximisation of [`Gmm`], the leaves of [`Tree`].

mod checks;
mod elastic_net;
mod gmm;
mod logistic;
mod saved;
mod standard;
mod tree;

pub use elastic_net::{ElasticNet, ElasticNetParams};
pub use gmm::{Gmm, GmmParams};
pub use logistic::{Logistic, LogisticParams};
pub use tree::{Rule, Tree, TreeParams};

ecg_audit_plugin::export_plugin! {
    name: "linfa",
    clusterers: [Gmm],
    surrogates: [Tree, Logistic, ElasticNet],
}
