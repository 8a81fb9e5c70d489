//! The host's side of the boundary: a library's components as the safe traits.
//!
//! Everything that comes back is checked before it is used: null pointers, table sizes, element types, shapes, UTF-8,
//! JSON. A plugin that answers nonsense gives [`Error::Failed`](crate::Error) under its name. What cannot be checked is believed: that
//! its pointers lead where it says, and that it may be called from several threads at once.

mod clusterer;
mod delineator;
mod encoder;
mod host;
mod library;
mod owned;
mod remote;
mod surrogate;
mod uncertainty;

pub use library::{Entry, Library, Refusal};
