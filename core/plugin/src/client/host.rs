//! A [`Context`] as the table that a plugin calls.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

use crate::abi::{Header, HostTable, Str};
use crate::{Context, Level};

/// The table and the context behind it, counted together.
pub struct HostBridge {
    table: HostTable,
    context: Context,
}

impl HostBridge {
    /// A table for one component.
    pub fn new(context: &Context) -> Arc<Self> {
        Arc::new_cyclic(|weak: &Weak<Self>| Self {
            table: HostTable {
                header: Header::of::<HostTable>(),
                ctx: weak.as_ptr().cast_mut().cast(),
                retain: Some(retain),
                release: Some(release),
                log: Some(log),
                progress: Some(progress),
                cancelled: Some(cancelled),
                threads: Some(threads),
            },
            context: context.clone(),
        })
    }

    /// The table, valid while the bridge is held by anyone.
    pub fn table(&self) -> *const HostTable {
        &raw const self.table
    }

    /// The context.
    pub fn context(&self) -> &Context {
        &self.context
    }
}

/// Runs a service of the host. A panic in it must not unwind into the plugin; the panic hook has told of it.
unsafe fn serve<R>(ctx: *mut c_void, otherwise: R, work: impl FnOnce(&Context) -> R) -> R {
    // SAFETY: `ctx` is the bridge, which lives while the plugin may call.
    let Some(bridge) = (unsafe { ctx.cast::<HostBridge>().as_ref() }) else {
        return otherwise;
    };
    catch_unwind(AssertUnwindSafe(|| work(&bridge.context))).unwrap_or(otherwise)
}

unsafe extern "C" fn retain(ctx: *mut c_void) {
    if !ctx.is_null() {
        // SAFETY: `ctx` is the content of an `Arc` that is alive, as the caller may use the table.
        unsafe { Arc::increment_strong_count(ctx.cast_const().cast::<HostBridge>()) };
    }
}

unsafe extern "C" fn release(ctx: *mut c_void) {
    if !ctx.is_null() {
        // SAFETY: takes back the count of one `retain`.
        unsafe { Arc::decrement_strong_count(ctx.cast_const().cast::<HostBridge>()) };
    }
}

unsafe extern "C" fn log(ctx: *mut c_void, level: u32, message: Str) {
    // SAFETY: the plugin passes back our `ctx` and a text that is valid for the call.
    unsafe {
        serve(ctx, (), |context| {
            let level = match level {
                0 | 1 => Level::Warn,
                2 => Level::Info,
                _ => Level::Debug,
            };
            match message.read() {
                Ok(text) => context.log(level, text),
                Err(problem) => {
                    context.log(Level::Warn, &format!("a log line that cannot be read: {problem}"))
                }
            }
        });
    }
}

unsafe extern "C" fn progress(ctx: *mut c_void, done: u64, total: u64) {
    // SAFETY: the plugin passes back our `ctx`.
    unsafe { serve(ctx, (), |context| context.progress(done, total)) }
}

unsafe extern "C" fn cancelled(ctx: *mut c_void) -> i32 {
    // SAFETY: the plugin passes back our `ctx`.
    unsafe { serve(ctx, 0, |context| i32::from(context.cancelled())) }
}

unsafe extern "C" fn threads(ctx: *mut c_void) -> u32 {
    // SAFETY: the plugin passes back our `ctx`.
    unsafe {
        serve(ctx, 1, |context| {
            u32::try_from(context.threads()).unwrap_or(u32::MAX)
        })
    }
}
