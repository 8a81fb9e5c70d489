//! The dwt plugin of ecg-audit: beats and their waves by the wavelet transform.

mod agree;
mod average;
mod beat;
mod delineator;
mod detect;
mod follow;
mod group;
mod lead;
mod params;
mod passage;
mod principal;
mod qrs;
mod rate;
mod resample;
mod search;
mod walk;
mod wave;
mod wavelet;

pub use delineator::Dwt;
pub use params::Params;

ecg_audit_plugin::export_plugin! {
    name: "dwt",
    delineators: [Dwt],
}
