//! Data sets by their layout on disk.
