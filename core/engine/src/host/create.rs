//! Making components: checks the file, opens the library once, checks the parameters.

use std::path::Path;
use std::sync::PoisonError;

use ecg_audit_plugin::client::Library;
use ecg_audit_plugin::{Clusterer, Context, Delineator, Encoder, Kind, Surrogate, Uncertainty};
use serde_json::Value;

use super::address::Resolved;
use super::discover::{Plugin, Registry};
use super::{Error, digest, open, params};

/// A component that the configuration asks for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Its address.
    pub address: &'a str,
    /// Its parameters, a JSON object.
    pub params: &'a Value,
    /// The folder that relative paths among the parameters are relative to: the configuration's own.
    pub base: &'a Path,
    /// The SHA-256 that the library file must have, where the configuration pins it.
    pub pin: Option<&'a str>,
}

impl Registry {
    /// Makes an encoder.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the search; [`Error::Digest`] when the file is another than the manifest or the pin
    /// says; [`Error::NotALibrary`], [`Error::NotAPlugin`], [`Error::Incompatible`] when it cannot be opened;
    /// [`Error::Params`] for a wrong parameter; [`Error::Component`] when the component refuses.
    pub fn create_encoder(
        &self,
        request: &Request<'_>,
        context: &Context,
    ) -> Result<Box<dyn Encoder>, Error> {
        self.create(Kind::Encoder, request, |library, name, params| {
            library.create_encoder(name, params, context)
        })
    }

    /// Makes a clusterer.
    ///
    /// # Errors
    /// As [`Registry::create_encoder`].
    pub fn create_clusterer(
        &self,
        request: &Request<'_>,
        context: &Context,
    ) -> Result<Box<dyn Clusterer>, Error> {
        self.create(Kind::Clusterer, request, |library, name, params| {
            library.create_clusterer(name, params, context)
        })
    }

    /// Makes an uncertainty measure.
    ///
    /// # Errors
    /// As [`Registry::create_encoder`].
    pub fn create_uncertainty(
        &self,
        request: &Request<'_>,
        context: &Context,
    ) -> Result<Box<dyn Uncertainty>, Error> {
        self.create(Kind::Uncertainty, request, |library, name, params| {
            library.create_uncertainty(name, params, context)
        })
    }

    /// Makes a surrogate.
    ///
    /// # Errors
    /// As [`Registry::create_encoder`].
    pub fn create_surrogate(
        &self,
        request: &Request<'_>,
        context: &Context,
    ) -> Result<Box<dyn Surrogate>, Error> {
        self.create(Kind::Surrogate, request, |library, name, params| {
            library.create_surrogate(name, params, context)
        })
    }

    /// Makes a delineator.
    ///
    /// # Errors
    /// As [`Registry::create_encoder`].
    pub fn create_delineator(
        &self,
        request: &Request<'_>,
        context: &Context,
    ) -> Result<Box<dyn Delineator>, Error> {
        self.create(Kind::Delineator, request, |library, name, params| {
            library.create_delineator(name, params, context)
        })
    }

    /// Finds a component and checks its parameters, without opening its library: what `validate` does.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Params`].
    pub fn prepare(&self, kind: Kind, request: &Request<'_>) -> Result<(Resolved, Value), Error> {
        let resolved = self.component(kind, request.address)?;
        let schema = &resolved.component.params_schema;
        let params = params::prepare(request.address, schema, request.params, request.base)?;
        Ok((resolved, params))
    }

    fn create<T>(
        &self,
        kind: Kind,
        request: &Request<'_>,
        make: impl FnOnce(&Library, &str, &Value) -> Result<T, ecg_audit_plugin::Error>,
    ) -> Result<T, Error> {
        let (resolved, params) = self.prepare(kind, request)?;
        let library = self.open(&resolved.plugin, request.pin)?;
        make(&library, &resolved.component.name, &params).map_err(|source| Error::Component {
            address: request.address.to_owned(),
            source,
        })
    }

    /// Opens a plugin's library at the first call, once its file is known to be the right one.
    pub(super) fn open(&self, plugin: &Plugin, pin: Option<&str>) -> Result<Library, Error> {
        let path = &plugin.library_path;
        let check = |found: &str| {
            digest::verify(path, found, &plugin.manifest.sha256, "its manifest")?;
            pin.map_or(Ok(()), |pin| {
                digest::verify(path, found, pin, "the configuration")
            })
        };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((digest, library)) = opened.get(path) {
            check(digest)?;
            return Ok(library.clone());
        }
        let found = digest::sha256(path)?;
        check(&found)?;
        let library = open::open(path).map_err(|error| error.advise(&plugin.manifest.install_help))?;
        opened.insert(path.clone(), (found, library.clone()));
        Ok(library)
    }
}
