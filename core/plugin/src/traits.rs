//! The five kinds of components.

pub(crate) mod beats;
pub(crate) mod clusterer;
pub(crate) mod delineator;
pub(crate) mod encoder;
pub(crate) mod surrogate;
pub(crate) mod uncertainty;
