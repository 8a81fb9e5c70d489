//! From a signal to the windows a network reads.
