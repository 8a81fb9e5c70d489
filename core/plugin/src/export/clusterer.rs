//! Clusterers and their models, from the traits to the tables.

use std::ffi::c_void;
use std::marker::PhantomData;

use super::instance::{Instance, call, drop_instance};
use super::library::{Component, Exported};
use super::params::parse;
use super::slots::{Slot, input};
use crate::abi::{
    Buffer, Bytes, ClusterModelTable, ClustererTable, DlManagedTensor, DlTensor, Failure, Handle, Header,
    Status,
};
use crate::{ClusterModel, Clusterer, Error, FromParams, Kind};

/// The component of a clusterer.
pub const fn clusterers<L: Exported, T: Clusterer + FromParams + 'static>() -> Component {
    Component::new::<T>(Kind::Clusterer, |params, context| {
        let clusterer = T::from_params(parse(params)?, context)?;
        let name = format!("{}/{}", L::NAME, T::NAME);
        Ok(Instance::hand_over(
            clusterer,
            &name,
            &L::state().out,
            Shim::<T>::TABLE,
        ))
    })
}

struct Shim<T>(PhantomData<T>);

impl<T: Clusterer + 'static> Shim<T> {
    const TABLE: &'static ClustererTable = &ClustererTable {
        header: Header::of::<ClustererTable>(),
        drop: Some(drop_instance::<T>),
        fit: Some(fit::<T>),
        load: Some(load::<T>),
    };
}

type Model = Box<dyn ClusterModel>;

static MODEL: ClusterModelTable = ClusterModelTable {
    header: Header::of::<ClusterModelTable>(),
    drop: Some(drop_instance::<Model>),
    summary: Some(summary),
    assign: Some(assign),
    save: Some(save),
    centroids: Some(centroids),
};

/// Gives a model to the host. Its summary crosses as JSON, which has no infinities.
fn hand_over<T>(model: Model, parent: &Instance<T>) -> Result<Handle, Error> {
    let distance = model.summary().mean_squared_distance;
    if !distance.is_finite() {
        return Err(Error::Failed(format!(
            "the mean squared distance came out as {distance}: are the features of reasonable size?"
        )));
    }
    Ok(Instance::hand_over(model, &parent.name, parent.out, &MODEL))
}

unsafe extern "C" fn fit<T: Clusterer>(
    this: *mut c_void,
    features: *const DlTensor,
    seed: u64,
    model: *mut Handle,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `ClustererTable`.
    unsafe {
        call::<T>(this, error, |it| {
            let slot = Slot::new(model, "model")?;
            let fitted = it.value.fit(input(features, "features")?.view(), seed)?;
            slot.put(hand_over(fitted, it)?);
            Ok(())
        })
    }
}

unsafe extern "C" fn load<T: Clusterer>(
    this: *mut c_void,
    bytes: Bytes,
    model: *mut Handle,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `ClustererTable`.
    unsafe {
        call::<T>(this, error, |it| {
            let slot = Slot::new(model, "model")?;
            let loaded = it.value.load(bytes.read().map_err(Error::Input)?)?;
            slot.put(hand_over(loaded, it)?);
            Ok(())
        })
    }
}

unsafe extern "C" fn summary(this: *mut c_void, out: *mut Buffer, error: *mut Failure) -> Status {
    // SAFETY: the caller keeps the rules of `ClusterModelTable`.
    unsafe {
        call::<Model>(this, error, |it| {
            Slot::new(out, "summary")?.put_json(it.out, &it.value.summary())
        })
    }
}

unsafe extern "C" fn assign(
    this: *mut c_void,
    features: *const DlTensor,
    memberships: *mut *mut DlManagedTensor,
    distances: *mut *mut DlManagedTensor,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `ClusterModelTable`.
    unsafe {
        call::<Model>(this, error, |it| {
            let memberships = Slot::new(memberships, "memberships")?;
            let distances = Slot::new(distances, "distances")?;
            let assignment = it.value.assign(input(features, "features")?.view())?;
            memberships.put_array(it.out, assignment.memberships);
            distances.put_array(it.out, assignment.distances);
            Ok(())
        })
    }
}

unsafe extern "C" fn save(this: *mut c_void, out: *mut Buffer, error: *mut Failure) -> Status {
    // SAFETY: the caller keeps the rules of `ClusterModelTable`.
    unsafe {
        call::<Model>(this, error, |it| {
            let slot = Slot::new(out, "save")?;
            slot.put(it.out.buffer(it.value.save()?));
            Ok(())
        })
    }
}

unsafe extern "C" fn centroids(
    this: *mut c_void,
    out: *mut *mut DlManagedTensor,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `ClusterModelTable`.
    unsafe {
        call::<Model>(this, error, |it| {
            let slot = Slot::new(out, "centroids")?;
            if let Some(centroids) = it.value.centroids() {
                slot.put_array(it.out, centroids);
            }
            Ok(())
        })
    }
}
