//! Status codes, and how they match [`Error`].

use crate::Error;

/// What a function of the ABI answers. A plain integer in C, so that no value is undefined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Status(pub i32);

impl Status {
    /// It worked; outputs are written.
    pub const OK: Self = Self(0);
    /// [`Error::Params`].
    pub const PARAMS: Self = Self(1);
    /// [`Error::Input`].
    pub const INPUT: Self = Self(2);
    /// [`Error::Unsupported`].
    pub const UNSUPPORTED: Self = Self(3);
    /// [`Error::Resource`].
    pub const RESOURCE: Self = Self(4);
    /// [`Error::Cancelled`].
    pub const CANCELLED: Self = Self(5);
    /// [`Error::Failed`].
    pub const FAILED: Self = Self(6);
    /// [`Error::Panicked`].
    pub const PANICKED: Self = Self(7);
    /// From the init function alone: host and plugin speak different major versions.
    pub const ABI: Self = Self(8);

    /// The code and the message of an error.
    pub fn of(error: &Error) -> (Self, &str) {
        match error {
            Error::Params(message) => (Self::PARAMS, message),
            Error::Input(message) => (Self::INPUT, message),
            Error::Unsupported(message) => (Self::UNSUPPORTED, message),
            Error::Resource(message) => (Self::RESOURCE, message),
            Error::Cancelled => (Self::CANCELLED, ""),
            Error::Failed(message) => (Self::FAILED, message),
            Error::Panicked(message) => (Self::PANICKED, message),
        }
    }

    /// The error of a code other than [`Status::OK`]; `None` for a code that this version does not know.
    pub fn into_error(self, message: String) -> Option<Error> {
        Some(match self {
            Self::PARAMS => Error::Params(message),
            Self::INPUT => Error::Input(message),
            Self::UNSUPPORTED => Error::Unsupported(message),
            Self::RESOURCE => Error::Resource(message),
            Self::CANCELLED => Error::Cancelled,
            Self::FAILED | Self::ABI => Error::Failed(message),
            Self::PANICKED => Error::Panicked(message),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_survives_the_crossing() {
        for error in [
            Error::Params("a".into()),
            Error::Input("b".into()),
            Error::Unsupported("c".into()),
            Error::Resource("d".into()),
            Error::Cancelled,
            Error::Failed("e".into()),
            Error::Panicked("f".into()),
        ] {
            let (status, message) = Status::of(&error);
            assert_eq!(status.into_error(message.to_owned()), Some(error.clone()));
        }
        assert_eq!(Status(99).into_error(String::new()), None);
    }
}
