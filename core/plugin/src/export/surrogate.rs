//! Surrogates and their models, from the traits to the tables.

use std::ffi::c_void;
use std::marker::PhantomData;

use ndarray::Ix1;

use super::instance::{Instance, call, drop_instance};
use super::library::{Component, Exported};
use super::params::parse;
use super::slots::{Slot, input};
use crate::abi::{
    Buffer, Bytes, DlManagedTensor, DlTensor, Failure, Handle, Header, Status, SurrogateModelTable,
    SurrogateTable, TARGET_CLASSES, TARGET_VALUES, Target as RawTarget, read_table,
};
use crate::{Error, FromParams, Kind, Surrogate, SurrogateModel, Target};

/// The component of a surrogate.
pub const fn surrogates<L: Exported, T: Surrogate + FromParams + 'static>() -> Component {
    Component::new::<T>(Kind::Surrogate, |params, context| {
        let surrogate = T::from_params(parse(params)?, context)?;
        let name = format!("{}/{}", L::NAME, T::NAME);
        Ok(Instance::hand_over(
            surrogate,
            &name,
            &L::state().out,
            Shim::<T>::TABLE,
        ))
    })
}

struct Shim<T>(PhantomData<T>);

impl<T: Surrogate + 'static> Shim<T> {
    const TABLE: &'static SurrogateTable = &SurrogateTable {
        header: Header::of::<SurrogateTable>(),
        drop: Some(drop_instance::<T>),
        fit: Some(fit::<T>),
        load: Some(load::<T>),
    };
}

type Model = Box<dyn SurrogateModel>;

static MODEL: SurrogateModelTable = SurrogateModelTable {
    header: Header::of::<SurrogateModelTable>(),
    drop: Some(drop_instance::<Model>),
    predict: Some(predict),
    save: Some(save),
    importances: Some(importances),
};

unsafe extern "C" fn fit<T: Surrogate>(
    this: *mut c_void,
    x: *const DlTensor,
    target: *const RawTarget,
    weights: *const DlTensor,
    seed: u64,
    model: *mut Handle,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `SurrogateTable`.
    unsafe {
        call::<T>(this, error, |it| {
            let slot = Slot::new(model, "model")?;
            let x = input(x, "x")?;
            let weights = if weights.is_null() {
                None
            } else {
                Some(input::<f64, Ix1>(weights, "weights")?)
            };
            let weights = weights.as_ref().map(|weights| weights.view());
            let target = read_table(target).map_err(Error::Input)?;
            let fitted = match target.tag {
                TARGET_CLASSES => {
                    let labels = input(target.data, "labels")?;
                    let classes = usize::try_from(target.classes)
                        .map_err(|_| Error::Input(format!("{} classes", target.classes)))?;
                    let labels = labels.view();
                    it.value
                        .fit(x.view(), Target::Classes { labels, classes }, weights, seed)?
                }
                TARGET_VALUES => {
                    let values = input(target.data, "values")?;
                    it.value
                        .fit(x.view(), Target::Values(values.view()), weights, seed)?
                }
                tag => return Err(Error::Input(format!("a target of unknown form {tag}"))),
            };
            slot.put(Instance::hand_over(fitted, &it.name, it.out, &MODEL));
            Ok(())
        })
    }
}

unsafe extern "C" fn load<T: Surrogate>(
    this: *mut c_void,
    bytes: Bytes,
    model: *mut Handle,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `SurrogateTable`.
    unsafe {
        call::<T>(this, error, |it| {
            let slot = Slot::new(model, "model")?;
            let loaded = it.value.load(bytes.read().map_err(Error::Input)?)?;
            slot.put(Instance::hand_over(loaded, &it.name, it.out, &MODEL));
            Ok(())
        })
    }
}

unsafe extern "C" fn predict(
    this: *mut c_void,
    x: *const DlTensor,
    out: *mut *mut DlManagedTensor,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `SurrogateModelTable`.
    unsafe {
        call::<Model>(this, error, |it| {
            let slot = Slot::new(out, "predict")?;
            let predicted = it.value.predict(input(x, "x")?.view())?;
            slot.put_array(it.out, predicted);
            Ok(())
        })
    }
}

unsafe extern "C" fn save(this: *mut c_void, out: *mut Buffer, error: *mut Failure) -> Status {
    // SAFETY: the caller keeps the rules of `SurrogateModelTable`.
    unsafe {
        call::<Model>(this, error, |it| {
            let slot = Slot::new(out, "save")?;
            slot.put(it.out.buffer(it.value.save()?));
            Ok(())
        })
    }
}

unsafe extern "C" fn importances(
    this: *mut c_void,
    out: *mut *mut DlManagedTensor,
    error: *mut Failure,
) -> Status {
    // SAFETY: the caller keeps the rules of `SurrogateModelTable`.
    unsafe {
        call::<Model>(this, error, |it| {
            let slot = Slot::new(out, "importances")?;
            if let Some(importances) = it.value.importances() {
                slot.put_array(it.out, importances);
            }
            Ok(())
        })
    }
}
