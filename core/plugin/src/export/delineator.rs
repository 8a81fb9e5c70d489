//! Delineators, from the trait to the table.

use std::ffi::c_void;
use std::marker::PhantomData;

use super::instance::{Instance, call, drop_instance};
use super::library::{Component, Exported};
use super::params::parse;
use super::slots::{Slot, input};
use crate::abi::{DelineatorTable, DlManagedTensor, DlTensor, Failure, Header, Status};
use crate::traits::beats::to_rows;
use crate::{Delineator, Error, FromParams, Kind};

/// The component of a delineator.
pub const fn delineators<L: Exported, T: Delineator + FromParams + 'static>() -> Component {
    Component::new::<T>(Kind::Delineator, |params, context| {
        let delineator = T::from_params(parse(params)?, context)?;
        let name = format!("{}/{}", L::NAME, T::NAME);
        Ok(Instance::hand_over(
            delineator,
            &name,
            &L::state().out,
            Shim::<T>::TABLE,
        ))
    })
}

struct Shim<T>(PhantomData<T>);

impl<T: Delineator + 'static> Shim<T> {
    const TABLE: &'static DelineatorTable = &DelineatorTable {
        header: Header::of::<DelineatorTable>(),
        drop: Some(drop_instance::<T>),
        delineate: Some(delineate::<T>),
    };
}

unsafe extern "C" fn delineate<T: Delineator>(
    this: *mut c_void,
    signal: *const DlTensor,
    sampling_rate: f64,
    fused: *mut *mut DlManagedTensor,
    per_lead: *mut *mut DlManagedTensor,
    leads: usize,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `DelineatorTable`; `per_lead` has `leads` places.
    unsafe {
        call::<T>(this, error, |it| {
            let fused = Slot::new(fused, "fused")?;
            let places = (0..leads)
                .map(|lead| Slot::new(per_lead.wrapping_add(lead), "per_lead"))
                .collect::<Result<Vec<_>, _>>()?;
            let found = it
                .value
                .delineate(input(signal, "signal")?.view(), sampling_rate)?;
            if !found.per_lead.is_empty() && found.per_lead.len() != leads {
                return Err(Error::Failed(format!(
                    "beats of {} leads, expected {leads}",
                    found.per_lead.len()
                )));
            }
            fused.put_array(it.out, to_rows(&found.fused));
            for (place, beats) in places.into_iter().zip(&found.per_lead) {
                place.put_array(it.out, to_rows(beats));
            }
            Ok(())
        })
    }
}
