//! The frame around one component's checks.

use std::sync::Arc;

use ndarray::{Array, ArrayBase, Data, Dimension};
use serde_json::{Value, json};

use super::report::{Report, Verdict};
use crate::client::Library;
use crate::{ComponentMetadata, Context, Error, Host, Level};

/// Why a check did not pass.
pub enum Trouble {
    /// It failed.
    Fail(String),
    /// It does not apply.
    Skip(String),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Fail(error.to_string())
    }
}

/// What a check answers.
pub type Outcome = Result<(), Trouble>;

/// One component under test.
pub struct Bench<'a> {
    /// Its library.
    pub library: &'a Library,
    /// What the library says of it.
    pub component: &'a ComponentMetadata,
    /// The parameters it is tried with.
    pub params: &'a Value,
    report: &'a mut Report,
}

impl<'a> Bench<'a> {
    /// Starts on a component.
    pub fn new(
        library: &'a Library,
        component: &'a ComponentMetadata,
        params: &'a Value,
        report: &'a mut Report,
    ) -> Self {
        Self {
            library,
            component,
            params,
            report,
        }
    }

    /// Makes a check and notes how it ended.
    pub fn check(&mut self, name: &'static str, check: impl FnOnce(&Self) -> Outcome) {
        let verdict = match check(self) {
            Ok(()) => Verdict::Passed,
            Err(Trouble::Skip(reason)) => Verdict::Skipped(reason),
            Err(Trouble::Fail(reason)) => Verdict::Failed(reason),
        };
        self.report.add(&self.component.name, name, verdict);
    }

    /// Parameters that no component takes: an unknown name, something that is not an object.
    pub fn wrong_params(
        &self,
        make: fn(&Library, &ComponentMetadata, &Value) -> Result<(), Error>,
    ) -> Outcome {
        let mut unknown = self.params.clone();
        if let Some(params) = unknown.as_object_mut() {
            params.insert("no_such_parameter".to_owned(), json!(1));
        }
        for wrong in [unknown, json!("text"), json!([1])] {
            match make(self.library, self.component, &wrong) {
                Err(Error::Params(message)) if !message.is_empty() => {}
                Err(other) => return fail(format!("{wrong}: expected invalid parameters, found: {other}")),
                Ok(()) => return fail(format!("{wrong} was taken")),
            }
        }
        Ok(())
    }
}

/// A failure.
pub fn fail<T>(reason: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble::Fail(reason.into()))
}

/// Fails unless the condition holds.
pub fn expect(condition: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if condition { Ok(()) } else { fail(otherwise()) }
}

/// A result or an honest error will do; a panic or a broken ABI will not.
pub fn survives<T>(what: &str, result: Result<T, Error>) -> Result<Option<T>, Trouble> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error @ Error::Panicked(_)) => fail(format!("{what}: {error}")),
        Err(error) if error.to_string().contains("breaks the plugin ABI") => fail(format!("{what}: {error}")),
        Err(_) => Ok(None),
    }
}

/// Only an error will do, and an honest one.
pub fn refuses<T>(what: &str, result: Result<T, Error>) -> Outcome {
    match survives(what, result)? {
        None => Ok(()),
        Some(_) => fail(format!("{what} was taken")),
    }
}

/// A call under a host that wants to stop: cancelled, or done before it noticed.
pub fn stops<T>(result: Result<T, Error>) -> Outcome {
    match result {
        Ok(_) | Err(Error::Cancelled) => Ok(()),
        Err(other) => fail(format!("expected a result or `cancelled`, found: {other}")),
    }
}

/// Numbers that can be compared bit by bit.
pub trait Bits: Copy {
    /// The bits.
    fn bits(self) -> u64;
}

impl Bits for f32 {
    fn bits(self) -> u64 {
        u64::from(self.to_bits())
    }
}

impl Bits for f64 {
    fn bits(self) -> u64 {
        self.to_bits()
    }
}

/// Fails unless two arrays are the same, bit by bit.
pub fn same<T: Bits, D: Dimension>(what: &str, a: &Array<T, D>, b: &Array<T, D>) -> Outcome {
    expect(a.shape() == b.shape(), || {
        format!("{what}: shapes {:?} and {:?}", a.shape(), b.shape())
    })?;
    let differing = a.iter().zip(b).filter(|(a, b)| a.bits() != b.bits()).count();
    expect(differing == 0, || {
        format!("{what}: {differing} of {} values differ", a.len())
    })
}

/// Fails unless two arrays are the same to 1e-4, relative to the larger of 1 and the value.
pub fn close<S: Data<Elem = f32>, D: Dimension>(
    what: &str,
    a: &ArrayBase<S, D>,
    b: &ArrayBase<S, D>,
) -> Outcome {
    expect(a.shape() == b.shape(), || {
        format!("{what}: shapes {:?} and {:?}", a.shape(), b.shape())
    })?;
    for (a, b) in a.iter().zip(b) {
        expect((a - b).abs() <= 1e-4 * a.abs().max(1.0), || {
            format!("{what}: {a} and {b}")
        })?;
    }
    Ok(())
}

/// Calls from four threads at once must all give what one call gives.
pub fn concurrently<T: PartialEq + Send>(what: &str, call: impl Fn() -> Result<T, Error> + Sync) -> Outcome {
    let alone = call()?;
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(&call)).collect();
        threads.into_iter().map(|thread| thread.join()).collect()
    });
    for answer in answers {
        let Ok(answer) = answer else {
            return fail(format!("{what}: a call from another thread panicked in the host"));
        };
        expect(answer? == alone, || {
            format!("{what}: calls at the same time differ from one alone")
        })?;
    }
    Ok(())
}

/// A host that wants to stop from the start.
pub fn cancelled() -> Context {
    struct Cancelled;
    impl Host for Cancelled {
        fn log(&self, _: Level, _: &str) {}
        fn progress(&self, _: u64, _: u64) {}
        fn cancelled(&self) -> bool {
            true
        }
        fn threads(&self) -> usize {
            2
        }
    }
    Context::new(Arc::new(Cancelled))
}
