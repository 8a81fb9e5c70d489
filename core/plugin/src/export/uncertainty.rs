//! Uncertainty measures, from the trait to the table.

use std::ffi::c_void;
use std::marker::PhantomData;

use super::instance::{Instance, call, drop_instance};
use super::library::{Component, Exported};
use super::params::parse;
use super::slots::{Slot, input};
use crate::abi::{DlManagedTensor, DlTensor, Failure, Header, Status, UncertaintyTable};
use crate::{FromParams, Kind, Uncertainty};

/// The component of an uncertainty measure.
pub const fn uncertainties<L: Exported, T: Uncertainty + FromParams + 'static>() -> Component {
    Component::new::<T>(Kind::Uncertainty, |params, context| {
        let uncertainty = T::from_params(parse(params)?, context)?;
        let name = format!("{}/{}", L::NAME, T::NAME);
        Ok(Instance::hand_over(
            uncertainty,
            &name,
            &L::state().out,
            Shim::<T>::TABLE,
        ))
    })
}

struct Shim<T>(PhantomData<T>);

impl<T: Uncertainty + 'static> Shim<T> {
    const TABLE: &'static UncertaintyTable = &UncertaintyTable {
        header: Header::of::<UncertaintyTable>(),
        drop: Some(drop_instance::<T>),
        score: Some(score::<T>),
    };
}

unsafe extern "C" fn score<T: Uncertainty>(
    this: *mut c_void,
    memberships: *const DlTensor,
    distances: *const DlTensor,
    out: *mut *mut DlManagedTensor,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `UncertaintyTable`.
    unsafe {
        call::<T>(this, error, |it| {
            let slot = Slot::new(out, "score")?;
            let memberships = input(memberships, "memberships")?;
            let distances = input(distances, "distances")?;
            let scores = it.value.score(memberships.view(), distances.view())?;
            slot.put_array(it.out, scores);
            Ok(())
        })
    }
}
