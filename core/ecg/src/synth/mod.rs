//! Synthetic ECGs with a known truth.
