//! What a component can answer instead of a result.

/// Why a component could not do what it was asked.
///
/// Over the C ABI each variant is a status code and a message; `Panicked` is made by the boundary
/// itself, never by a component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The parameters do not fit the component's schema, or contradict each other.
    #[error("invalid parameters: {0}")]
    Params(String),
    /// The data handed in cannot be used: wrong shape, not finite, too few rows, …
    #[error("invalid input: {0}")]
    Input(String),
    /// The component does not have this optional capability.
    #[error("not available: {0}")]
    Unsupported(String),
    /// A file or another outside resource failed.
    #[error("{0}")]
    Resource(String),
    /// The host asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The computation failed.
    #[error("{0}")]
    Failed(String),
    /// The component panicked; this instance must not be used again.
    #[error("the plugin panicked: {0}")]
    Panicked(String),
}
