//! A tensor of the other side as an array view.

use std::mem::size_of;

use ndarray::{Array, ArrayView, Axis, CowArray, Dimension, ShapeBuilder};

use super::{DlTensor, Element, KDL_CPU};

/// Checks a tensor and views it as an array: strided and reversed views without a copy, misaligned data as a copy.
///
/// # Errors
/// What is wrong with it, in words, beginning with `name`.
///
/// # Safety
/// `tensor` is null or readable; where its fields are plausible, `shape` and `strides` have `ndim` entries and the data
/// they span is readable, for `'a`.
pub unsafe fn import<'a, T: Element, D: Dimension>(
    tensor: *const DlTensor,
    name: &str,
) -> Result<CowArray<'a, T, D>, String> {
    if tensor.is_null() || !tensor.is_aligned() {
        return Err(format!("{name}: a null or misaligned tensor"));
    }
    // SAFETY: not null and aligned; the caller vouches that it is readable.
    let tensor = unsafe { tensor.read() };
    check_type::<T, D>(&tensor, name)?;
    let ndim = D::NDIM.unwrap_or_default();
    if tensor.shape.is_null() || !tensor.shape.is_aligned() {
        return Err(format!("{name}: a null or misaligned shape"));
    }
    // SAFETY: not null, aligned, `ndim` entries by the caller's word.
    let extents = unsafe { std::slice::from_raw_parts(tensor.shape, ndim) };
    let shape = extents_of::<T, D>(extents, name)?;
    if shape.slice().contains(&0) {
        return Ok(CowArray::from(Array::default(shape)));
    }
    let strides: D = if tensor.strides.is_null() {
        shape.default_strides()
    } else if tensor.strides.is_aligned() {
        // SAFETY: not null, aligned, `ndim` entries by the caller's word.
        let strides = unsafe { std::slice::from_raw_parts(tensor.strides, ndim) };
        let mut both = shape.clone();
        for (stride, given) in both.slice_mut().iter_mut().zip(strides) {
            // Kept as two's complement, as ndarray does, until `Layout` takes the sign away.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            {
                *stride = *given as isize as usize;
            }
        }
        both
    } else {
        return Err(format!("{name}: misaligned strides"));
    };
    let layout = Layout::new::<T>(&shape, &strides)
        .ok_or_else(|| format!("{name}: strides that reach beyond the address space"))?;
    let offset = isize::try_from(tensor.byte_offset)
        .map_err(|_| format!("{name}: a byte offset of {}", tensor.byte_offset))?;
    if tensor.data.is_null() {
        return Err(format!("{name}: null data for {} elements", shape.size()));
    }
    let first = tensor.data.cast::<u8>().wrapping_offset(offset).cast::<T>();
    // SAFETY: the caller vouches for the data that shape and strides span.
    Ok(unsafe { view(first, shape, layout) })
}

/// Device, element type and number of dimensions.
fn check_type<T: Element, D: Dimension>(tensor: &DlTensor, name: &str) -> Result<(), String> {
    if tensor.device.device_type != KDL_CPU {
        return Err(format!(
            "{name}: a tensor on device type {}, expected the CPU ({KDL_CPU})",
            tensor.device.device_type
        ));
    }
    if tensor.dtype != T::DTYPE {
        let found = tensor.dtype;
        return Err(format!(
            "{name}: elements of type code {}, {} bits, {} lanes, expected {}",
            found.code,
            found.bits,
            found.lanes,
            T::NAME
        ));
    }
    let ndim = D::NDIM.unwrap_or_default();
    if usize::try_from(tensor.ndim) != Ok(ndim) {
        return Err(format!("{name}: {} dimensions, expected {ndim}", tensor.ndim));
    }
    Ok(())
}

/// The extents as ndarray wants them: their product, in bytes, below `isize::MAX` even with zeros left out.
fn extents_of<T, D: Dimension>(extents: &[i64], name: &str) -> Result<D, String> {
    let mut shape = D::zeros(extents.len());
    let mut bytes = size_of::<T>();
    for (extent, given) in shape.slice_mut().iter_mut().zip(extents) {
        *extent = usize::try_from(*given).map_err(|_| format!("{name}: a negative extent in {extents:?}"))?;
        bytes = bytes
            .checked_mul((*extent).max(1))
            .filter(|&bytes| isize::try_from(bytes).is_ok())
            .ok_or_else(|| format!("{name}: an impossible shape {extents:?}"))?;
    }
    Ok(shape)
}

/// Strides without their signs, and how far the lowest address is from the first element.
struct Layout<D> {
    strides: D,
    reversed: Vec<usize>,
    lowest: isize,
}

impl<D: Dimension> Layout<D> {
    /// `None` when the elements span more than the address space.
    fn new<T>(shape: &D, signed: &D) -> Option<Self> {
        let mut strides = D::zeros(shape.ndim());
        let (mut reversed, mut lowest, mut span) = (Vec::new(), 0_isize, 0_usize);
        for (axis, stride) in strides.slice_mut().iter_mut().enumerate() {
            let steps = shape.slice().get(axis)?.checked_sub(1)?;
            if steps == 0 {
                continue; // never stepped along, whatever its stride says
            }
            #[allow(clippy::cast_possible_wrap)]
            let signed = *signed.slice().get(axis)? as isize;
            *stride = signed.unsigned_abs();
            let reach = stride.checked_mul(steps)?;
            span = span.checked_add(reach)?;
            if signed < 0 {
                reversed.push(axis);
                lowest = lowest.checked_sub(isize::try_from(reach).ok()?)?;
            }
        }
        let bytes = span.checked_add(1)?.checked_mul(size_of::<T>())?;
        isize::try_from(bytes).ok()?;
        Some(Self {
            strides,
            reversed,
            lowest,
        })
    }
}

/// The elements as a view, or as a copy when they are misaligned.
///
/// # Safety
/// All elements that `shape` and `layout` span are readable for `'a`.
unsafe fn view<'a, T: Element, D: Dimension>(
    first: *const T,
    shape: D,
    layout: Layout<D>,
) -> CowArray<'a, T, D> {
    let lowest = first.wrapping_offset(layout.lowest);
    if lowest.is_aligned() {
        // SAFETY: aligned, not null as it points into an object, within it by the caller's word; strides are not
        // negative and the product of the extents was checked.
        let mut view = unsafe { ArrayView::from_shape_ptr(shape.strides(layout.strides), lowest) };
        for axis in layout.reversed {
            view.invert_axis(Axis(axis));
        }
        return CowArray::from(view);
    }
    let mut copy = Array::default(shape);
    let steps = layout.strides.slice();
    let extents = copy.raw_dim();
    for (index, value) in copy.iter_mut().enumerate() {
        let (mut rest, mut at) = (index, 0);
        for (&extent, &step) in extents.slice().iter().zip(steps).rev() {
            at += rest % extent * step;
            rest /= extent;
        }
        // SAFETY: within the span by construction; read without regard to alignment.
        *value = unsafe { lowest.wrapping_add(at).read_unaligned() };
    }
    for axis in layout.reversed {
        copy.invert_axis(Axis(axis));
    }
    CowArray::from(copy)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, Ix3, Slice};
    use proptest::prelude::*;

    use super::*;
    use crate::abi::{Borrowed, DlDevice};

    /// An extent, how the axis is stepped along, and its place in the order of axes.
    fn axis() -> impl Strategy<Value = (usize, isize)> {
        (0..6_usize, prop::sample::select(vec![-3, -2, -1, 1, 2, 3]))
    }

    proptest! {
        #[test]
        fn any_view_crosses_as_it_is(
            axes in [axis(), axis(), axis()],
            order in Just(vec![0, 1, 2]).prop_shuffle(),
        ) {
            let array = Array3::from_shape_fn((axes[0].0, axes[1].0, axes[2].0), |(i, j, k)| {
                (i * 100 + j * 10 + k) as f32
            });
            let mut view = array.view().permuted_axes([order[0], order[1], order[2]]);
            for (axis, (_, step)) in axes.iter().enumerate() {
                view.slice_axis_inplace(Axis(axis), Slice::new(0, None, *step));
            }
            let borrowed = Borrowed::new(&view);
            // SAFETY: a tensor of a live view.
            let crossed = unsafe { import::<f32, Ix3>(borrowed.as_ptr(), "view") }.unwrap();
            prop_assert_eq!(crossed.view(), view);
            prop_assert!(view.is_empty() || crossed.is_view(), "an aligned view is not copied");
        }

        #[test]
        fn misaligned_data_is_read_all_the_same(
            values in prop::collection::vec(any::<f64>(), 1..20),
            offset in 0..16_usize,
            reversed: bool,
        ) {
            let mut bytes = vec![0_u8; offset];
            bytes.extend(values.iter().flat_map(|value| value.to_ne_bytes()));
            let length = i64::try_from(values.len()).unwrap();
            let (mut shape, mut strides) = ([length], [if reversed { -1 } else { 1 }]);
            let first = offset + if reversed { (values.len() - 1) * 8 } else { 0 };
            let tensor = DlTensor {
                data: bytes.as_mut_ptr().cast(),
                device: DlDevice { device_type: KDL_CPU, device_id: 0 },
                ndim: 1,
                dtype: f64::DTYPE,
                shape: shape.as_mut_ptr(),
                strides: strides.as_mut_ptr(),
                byte_offset: first as u64,
            };
            // SAFETY: shape, strides and offset stay within `bytes`.
            let read = unsafe { import::<f64, ndarray::Ix1>(&tensor, "bytes") }.unwrap();
            let mut bits: Vec<u64> = read.iter().map(|value| value.to_bits()).collect();
            if reversed {
                bits.reverse();
            }
            prop_assert_eq!(bits, values.iter().map(|value| value.to_bits()).collect::<Vec<_>>());
        }
    }
}
