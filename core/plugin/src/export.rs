//! The plugin's side of the boundary: what `export_plugin!` expands to.
//!
//! Public for the macro alone; write `export_plugin!`, not this.

mod clusterer;
mod delineator;
mod encoder;
mod host;
mod instance;
mod library;
mod params;
mod slots;
mod surrogate;
mod uncertainty;

pub use library::{Component, Exported, State, entry, init};

/// How `export_plugin!` reaches the kinds: each list of the macro is a function here.
pub mod lists {
    pub use super::clusterer::clusterers;
    pub use super::delineator::delineators;
    pub use super::encoder::encoders;
    pub use super::surrogate::surrogates;
    pub use super::uncertainty::uncertainties;
}

/// Makes the crate a plugin: exports the one symbol that the host looks for.
///
/// Every list may be left out; every type in it implements [`FromParams`](crate::FromParams) and its kind's trait.
/// Version and licence are those of the crate's `Cargo.toml`. Beside the symbol there is `PLUGIN`, the entry that the
/// crate's own test hands to [`conformance::check`](crate::conformance::check).
///
/// ```text
/// ecg_audit_plugin::export_plugin! {
///     name: "linfa",
///     clusterers: [Gmm],
///     surrogates: [Tree, Logistic],
/// }
/// ```
///
/// A library that needs a runtime which is not installed with it says after its name how to get it: `install_help: "…",`.
/// The host repeats that where the system cannot load the library.
///
/// A program can link the Rust library of one plugin crate at most, since each defines the same symbol; the host loads
/// them as dynamic libraries, where that is no matter.
#[macro_export]
macro_rules! export_plugin {
    (name: $name:literal, install_help: $help:literal $($rest:tt)*) => {
        $crate::export_plugin! { @export $name, $help, $($rest)* }
    };
    (name: $name:literal $($rest:tt)*) => {
        $crate::export_plugin! { @export $name, "", $($rest)* }
    };
    (@export $name:literal, $help:literal, $(, $list:ident: [$($component:ty),* $(,)?])* $(,)?) => {
        $crate::plugin_entry! {
            pub PLUGIN: EcgAuditLibrary, name: $name, help: $help $(, $list: [$($component),*])*
        }

        /// The symbol that the host looks for.
        ///
        /// # Safety
        /// As [`ecg_audit_plugin::abi::InitFn`]($crate::abi::InitFn).
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn ecg_audit_plugin_init(
            host: *const $crate::abi::HostTable,
            host_major: u16,
            host_minor: u16,
            library: *mut *const $crate::abi::LibraryTable,
            error: *mut $crate::abi::Failure,
        ) -> $crate::abi::Status {
            // SAFETY: the caller's promise is passed on.
            unsafe { $crate::export::init::<EcgAuditLibrary>(host, host_major, host_minor, library, error) }
        }
    };
}

/// An entry without the exported symbol, for tests that need several libraries in one program.
#[doc(hidden)]
#[macro_export]
macro_rules! plugin_entry {
    ($visibility:vis $entry:ident: $library:ident, name: $name:literal, help: $help:literal
     $(, $list:ident: [$($component:ty),* $(,)?])* $(,)?) => {
        #[doc(hidden)]
        $visibility enum $library {}

        impl $crate::export::Exported for $library {
            const NAME: &'static str = $name;
            const VERSION: &'static str = env!("CARGO_PKG_VERSION");
            const LICENCE: &'static str = env!("CARGO_PKG_LICENSE");
            const INSTALL_HELP: &'static str = $help;

            fn components() -> &'static [$crate::export::Component] {
                const COMPONENTS: &[$crate::export::Component] =
                    &[$($($crate::export::lists::$list::<$library, $component>(),)*)*];
                COMPONENTS
            }

            fn state() -> &'static $crate::export::State {
                static STATE: $crate::export::State = $crate::export::State::new();
                &STATE
            }
        }

        /// The plugin's entry, for tests that stay within this process.
        $visibility const $entry: $crate::client::Entry = $crate::export::entry::<$library>();
    };
}
