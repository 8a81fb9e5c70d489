//! Metrics, intervals and association tests over ndarray.
