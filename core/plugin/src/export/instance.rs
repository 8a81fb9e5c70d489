//! An instance behind a handle: its poison, its drop, and the guard around every call.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Error;
use crate::abi::{Failure, HandOut, Handle, Header, Status};

/// A component or a model, with what is needed to answer for it.
pub struct Instance<T> {
    /// The component or model.
    pub value: T,
    /// `library/component`, for messages.
    pub name: String,
    /// The library's count.
    pub out: &'static HandOut,
    poisoned: AtomicBool,
}

impl<T: Send + Sync> Instance<T> {
    /// Boxes `value` and gives it to the host.
    pub fn hand_over<V>(value: T, name: &str, out: &'static HandOut, table: &'static V) -> Handle {
        let instance = Box::new(Self {
            value,
            name: name.to_owned(),
            out,
            poisoned: AtomicBool::new(false),
        });
        out.add();
        Handle {
            instance: Box::into_raw(instance).cast(),
            table: std::ptr::from_ref(table).cast::<Header>(),
        }
    }
}

/// Runs `work`; a panic becomes [`Error::Panicked`] under `name`.
pub fn caught<R>(name: &str, work: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    // Unwind safety: what a panic leaves half-done is behind an instance that is poisoned for it.
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|payload| Err(Error::Panicked(format!("{name}: {}", message(payload)))))
}

/// What the panic said. A payload of unknown type is forgotten rather than dropped: its drop might panic again.
fn message(payload: Box<dyn Any + Send>) -> String {
    let payload = match payload.downcast::<&'static str>() {
        Ok(text) => return (*text).to_owned(),
        Err(payload) => payload,
    };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => {
            std::mem::forget(payload);
            "a panic without a message".to_owned()
        }
    }
}

/// Status and message of a result. `error` may be null, then the message is lost.
///
/// # Safety
/// `error` is null or writable.
pub unsafe fn answer(result: Result<(), Error>, error: *mut Failure, out: &'static HandOut) -> Status {
    let Err(problem) = result else {
        return Status::OK;
    };
    let (status, message) = Status::of(&problem);
    // SAFETY: the caller vouches for `error`.
    unsafe { tell(message, error, out) };
    status
}

/// Writes a message where the other side wants one.
///
/// # Safety
/// `error` is null or writable.
pub unsafe fn tell(message: &str, error: *mut Failure, out: &'static HandOut) {
    if !error.is_null() {
        let message = out.buffer(message.as_bytes().to_vec());
        // SAFETY: not null, and the caller vouches that it is writable.
        unsafe { error.write(Failure { message }) };
    }
}

/// Runs `work` on the instance behind a handle: every function of every table goes through here.
///
/// # Safety
/// `instance` is null or came from [`Instance::<T>::hand_over`] and was not dropped; `error` is null or writable.
pub unsafe fn call<T>(
    instance: *mut c_void,
    error: *mut Failure,
    work: impl FnOnce(&Instance<T>) -> Result<(), Error>,
) -> Status {
    // SAFETY: the caller vouches for the instance.
    let Some(instance) = (unsafe { instance.cast::<Instance<T>>().as_ref() }) else {
        return Status::INPUT; // no instance, so no library to take the message from
    };
    let result = if instance.poisoned.load(Ordering::Acquire) {
        Err(Error::Panicked(format!(
            "{}: not usable after an earlier panic",
            instance.name
        )))
    } else {
        caught(&instance.name, || work(instance))
    };
    if matches!(result, Err(Error::Panicked(_))) {
        instance.poisoned.store(true, Ordering::Release);
    }
    // SAFETY: the caller vouches for `error`.
    unsafe { answer(result, error, instance.out) }
}

/// Frees an instance, poisoned or not.
///
/// # Safety
/// `instance` is null or came from [`Instance::<T>::hand_over`]; this is the last call on it.
pub unsafe extern "C" fn drop_instance<T>(instance: *mut c_void) {
    if instance.is_null() {
        return;
    }
    // SAFETY: the caller vouches for the instance.
    let instance = unsafe { Box::from_raw(instance.cast::<Instance<T>>()) };
    let (name, out) = (instance.name.clone(), instance.out);
    // There is nobody to tell of a panic in a destructor but the panic hook, which has spoken.
    let _ = caught(&name, || {
        drop(instance);
        Ok(())
    });
    out.remove();
}
