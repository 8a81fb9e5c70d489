//! Addresses: `library`, or `library/component`.

use std::path::PathBuf;
use std::sync::Arc;

use ecg_audit_plugin::{ComponentMetadata, Kind};

use super::discover::{Plugin, Registry};
use super::{Error, params};

/// A component that an address leads to.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Its library.
    pub plugin: Arc<Plugin>,
    /// The component.
    pub component: ComponentMetadata,
    /// Its full address, `library/component`, or the library's name where both are the same.
    pub address: String,
    /// Library files further down the search path that offer the same address.
    pub shadowed: Vec<PathBuf>,
}

/// A line of `plugin list`.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The address for the configuration.
    pub address: String,
    /// The component.
    pub component: ComponentMetadata,
    /// Its library.
    pub plugin: Arc<Plugin>,
    /// The library file that answers to this address instead, being earlier in the search path.
    pub shadowed_by: Option<PathBuf>,
}

/// The address of a component.
fn address(plugin: &Plugin, component: &ComponentMetadata) -> String {
    let library = &plugin.manifest.name;
    if component.name == *library {
        library.clone()
    } else {
        format!("{library}/{}", component.name)
    }
}

/// The component of a library that an address means: the named one; else the library's namesake, or its only one of
/// that kind.
fn component_of<'p>(plugin: &'p Plugin, kind: Kind, named: Option<&str>) -> Option<&'p ComponentMetadata> {
    let of_kind = || {
        plugin
            .manifest
            .components
            .iter()
            .filter(move |it| it.kind == kind)
    };
    if let Some(name) = named {
        return of_kind().find(|it| it.name == name);
    }
    of_kind().find(|it| it.name == plugin.manifest.name).or_else(|| {
        let mut all = of_kind();
        all.next().filter(|_| all.next().is_none())
    })
}

impl Registry {
    /// Finds the component of a kind at an address: `linfa/gmm`, or a library's name alone for the component that bears
    /// it or is its only one of that kind. The first in search order wins.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the whole search and the nearest names.
    pub fn component(&self, kind: Kind, wanted: &str) -> Result<Resolved, Error> {
        let (library, named) = match wanted.split_once('/') {
            Some((library, name)) => (library, Some(name)),
            None => (wanted, None),
        };
        let mut found = self
            .plugins()
            .filter(|plugin| plugin.manifest.name == library)
            .filter_map(|plugin| Some((plugin, component_of(plugin, kind, named)?)));
        let Some((plugin, component)) = found.next() else {
            return Err(self.not_found(kind, wanted));
        };
        Ok(Resolved {
            plugin: Arc::clone(plugin),
            component: component.clone(),
            address: address(plugin, component),
            shadowed: found.map(|(plugin, _)| plugin.library_path.clone()).collect(),
        })
    }

    /// All components of all plugins, in search order.
    pub fn list(&self) -> Vec<Listed> {
        let mut listed: Vec<Listed> = Vec::new();
        for plugin in self.plugins() {
            for component in &plugin.manifest.components {
                let address = address(plugin, component);
                let first = listed
                    .iter()
                    .find(|it| it.address == address && it.component.kind == component.kind)
                    .map(|it| it.plugin.library_path.clone());
                listed.push(Listed {
                    address,
                    component: component.clone(),
                    plugin: Arc::clone(plugin),
                    shadowed_by: first,
                });
            }
        }
        listed
    }

    fn not_found(&self, kind: Kind, wanted: &str) -> Error {
        let listed = self.list();
        let of_kind: Vec<&str> = listed
            .iter()
            .filter(|it| it.component.kind == kind && it.shadowed_by.is_none())
            .map(|it| it.address.as_str())
            .collect();
        let nearest = params::nearest(wanted, of_kind.iter().copied());
        let other = listed.iter().find(|it| it.address == wanted);
        let hint = if let Some(other) = other {
            Some(format!("; `{wanted}` is of kind {}", other.component.kind.name()))
        } else if let [one, ..] = nearest.as_slice() {
            Some(format!("; did you mean `{one}`?"))
        } else {
            None
        };
        let all = if of_kind.is_empty() {
            format!("; there is no {} at all", kind.name())
        } else {
            format!("; there are: {}", of_kind.join(", "))
        };
        Error::NotFound {
            kind,
            address: wanted.to_owned(),
            hint: Some(hint.unwrap_or_default() + &all),
            nearest,
            trace: self.trace(),
        }
    }
}
