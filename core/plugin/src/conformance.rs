//! The conformance kit: what every plugin keeps to, checked by calling it.
//!
//! A plugin's own test needs one line per library:
//!
//! ```text
//! use ecg_audit_plugin::conformance::{Case, check};
//! use serde_json::json;
//!
//! #[test]
//! fn conforms() {
//!     check(PLUGIN, &[Case::clusterer("gmm", json!({ "k": 3 }))]).assert_passed();
//! }
//! ```
//!
//! A component without a case is tried with the first of its schema's `examples`, or else with no parameters at all;
//! when it cannot be made like that, it is skipped, visibly. The same kit runs on a loaded library
//! (`ecg-audit plugin test`), whatever language it is written in.

mod bench;
mod clusterer;
mod data;
mod delineator;
mod encoder;
mod library;
mod report;
mod surrogate;
mod uncertainty;

use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::client::{Entry, Library};
use crate::{ComponentMetadata, Kind};
use bench::Bench;

pub use report::{Check, Report, Verdict};

/// A component with parameters to try it with.
#[derive(Debug, Clone)]
pub struct Case {
    /// Kind.
    pub kind: Kind,
    /// Name within the library.
    pub component: String,
    /// Parameters.
    pub params: Value,
}

impl Case {
    /// A case of any kind.
    pub fn new(kind: Kind, component: &str, params: Value) -> Self {
        Self {
            kind,
            component: component.to_owned(),
            params,
        }
    }

    /// An encoder.
    pub fn encoder(component: &str, params: Value) -> Self {
        Self::new(Kind::Encoder, component, params)
    }

    /// A clusterer.
    pub fn clusterer(component: &str, params: Value) -> Self {
        Self::new(Kind::Clusterer, component, params)
    }

    /// An uncertainty measure.
    pub fn uncertainty(component: &str, params: Value) -> Self {
        Self::new(Kind::Uncertainty, component, params)
    }

    /// A surrogate.
    pub fn surrogate(component: &str, params: Value) -> Self {
        Self::new(Kind::Surrogate, component, params)
    }

    /// A delineator.
    pub fn delineator(component: &str, params: Value) -> Self {
        Self::new(Kind::Delineator, component, params)
    }
}

/// Checks a whole library: the boundary itself, and every component with the given cases.
pub fn check(entry: Entry, cases: &[Case]) -> Report {
    // One at a time: the leak count is the library's, and tests run beside each other.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);

    let mut report = Report::default();
    let Some(library) = library::check(entry, &mut report) else {
        return report;
    };
    for case in cases {
        let known = library
            .metadata()
            .components
            .iter()
            .any(|it| it.kind == case.kind && it.name == case.component);
        if !known {
            let reason = format!("the library has no such {}", case.kind.name());
            report.add(&case.component, "exists", Verdict::Failed(reason));
        }
    }
    for component in &library.metadata().components {
        let given: Vec<&Value> = cases
            .iter()
            .filter(|case| case.kind == component.kind && case.component == component.name)
            .map(|case| &case.params)
            .collect();
        if given.is_empty() {
            let params = example(component);
            if let Err(error) = make(&library, component, &params) {
                let reason = format!("cannot be made with {params} ({error}); give a case");
                report.add(&component.name, "created", Verdict::Skipped(reason));
                continue;
            }
            check_component(&library, component, &params, &mut report);
        }
        for params in given {
            check_component(&library, component, params, &mut report);
        }
    }
    report
}

/// The parameters that a component's schema offers as an example.
fn example(component: &ComponentMetadata) -> Value {
    component
        .params_schema
        .get("examples")
        .and_then(|examples| examples.get(0))
        .cloned()
        .unwrap_or_else(|| Value::Object(serde_json::Map::new()))
}

/// Makes the component and lets go of it.
fn make(library: &Library, component: &ComponentMetadata, params: &Value) -> Result<(), crate::Error> {
    let context = crate::Context::quiet(2);
    let name = &component.name;
    match component.kind {
        Kind::Encoder => library.create_encoder(name, params, &context).map(drop),
        Kind::Clusterer => library.create_clusterer(name, params, &context).map(drop),
        Kind::Uncertainty => library.create_uncertainty(name, params, &context).map(drop),
        Kind::Surrogate => library.create_surrogate(name, params, &context).map(drop),
        Kind::Delineator => library.create_delineator(name, params, &context).map(drop),
    }
}

/// All checks of one component with one set of parameters.
fn check_component(library: &Library, component: &ComponentMetadata, params: &Value, report: &mut Report) {
    let (held, live) = (library.held_count(), library.live_count());
    let mut bench = Bench::new(library, component, params, report);
    bench.check("created", |_| Ok(make(library, component, params)?));
    bench.check("wrong parameters are refused", |it| it.wrong_params(make));
    match component.kind {
        Kind::Encoder => encoder::check(&mut bench),
        Kind::Clusterer => clusterer::check(&mut bench),
        Kind::Uncertainty => uncertainty::check(&mut bench),
        Kind::Surrogate => surrogate::check(&mut bench),
        Kind::Delineator => delineator::check(&mut bench),
    }
    bench.check("nothing leaks", |_| {
        bench::expect(library.held_count() == held, || {
            format!("the host holds {} things too many", library.held_count() - held)
        })?;
        match (live, library.live_count()) {
            (Some(before), Some(after)) => bench::expect(before == after, || {
                format!("the library believes {} things to be out", after - before)
            }),
            _ => Ok(()),
        }
    });
}
