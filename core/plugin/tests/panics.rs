//! A panic becomes an error that names the plugin, and poisons its instance alone.

use ecg_audit_fixture::PLUGIN;
use ecg_audit_plugin::client::Library;
use ecg_audit_plugin::{Clusterer, Context, Error};
use ndarray::Array2;
use serde_json::json;

fn make(component: &str, when: Option<&str>) -> Result<Box<dyn Clusterer>, Error> {
    let params = when.map_or(json!({}), |when| json!({"when": when}));
    Library::open(PLUGIN, "fixture")?.create_clusterer(component, &params, &Context::quiet(1))
}

fn message<T>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Panicked(message)) => message,
        Err(other) => panic!("expected a caught panic, found {other}"),
        Ok(_) => panic!("expected a caught panic, found a result"),
    }
}

#[test]
fn a_panic_poisons_its_instance_alone() {
    let rows = Array2::<f32>::zeros((5, 2));
    let (bad, good) = (
        make("panicking", Some("fit")).unwrap(),
        make("nearest", None).unwrap(),
    );
    assert_eq!(
        message(bad.fit(rows.view(), 8)),
        "fixture/panicking: fit to panic, seed 8"
    );
    assert_eq!(
        message(bad.fit(rows.view(), 9)),
        "fixture/panicking: not usable after an earlier panic"
    );
    assert!(message(bad.load(&[])).contains("not usable"));
    assert!(good.fit(rows.view(), 0).is_ok());
    assert!(
        make("panicking", Some("load"))
            .unwrap()
            .fit(rows.view(), 0)
            .is_ok()
    );
}

#[test]
fn a_panic_while_it_is_made_or_dropped_is_caught() {
    assert_eq!(
        message(make("panicking", Some("create"))),
        "fixture/panicking: made to panic"
    );
    drop(make("panicking", Some("drop")).unwrap());
}

#[test]
fn a_payload_that_panics_when_dropped_is_never_dropped() {
    let bad = make("panicking", Some("load")).unwrap();
    assert_eq!(
        message(bad.load(&[])),
        "fixture/panicking: a panic without a message"
    );
}
