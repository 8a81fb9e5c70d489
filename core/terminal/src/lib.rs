//! What the programs of ecg-audit have in common on a terminal: how errors are printed, and what Ctrl-C does.

mod failure;
mod interrupt;

pub use failure::Failure;
pub use interrupt::interrupt_flag;
