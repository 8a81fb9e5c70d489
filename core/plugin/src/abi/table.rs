//! The header every table starts with, and the one way a table of the other side is read.

use std::mem::{MaybeUninit, size_of};

use super::{ABI_MAJOR, ABI_MINOR};

/// What every table and argument structure starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Header {
    /// Size of the whole structure in bytes, as its writer knows it.
    pub struct_size: u32,
    /// Major version its writer was built for.
    pub abi_major: u16,
    /// Minor version its writer was built for.
    pub abi_minor: u16,
}

impl Header {
    /// The header of a `T` written by this version.
    pub const fn of<T>() -> Self {
        // No structure here comes near 4 GiB.
        #[allow(clippy::cast_possible_truncation)]
        let struct_size = size_of::<T>() as u32;
        Self {
            struct_size,
            abi_major: ABI_MAJOR,
            abi_minor: ABI_MINOR,
        }
    }
}

/// A structure that starts with a [`Header`] and may have grown on either side.
///
/// # Safety
/// `#[repr(C)]`, a [`Header`] as the first field, and valid when all other bytes are zero: nullable function pointers,
/// raw pointers and integers only.
pub unsafe trait Table: Copy {
    /// Name in messages.
    const NAME: &'static str;
}

/// Larger than any table will be; a header that claims more is garbage.
const LARGEST: usize = 1 << 16;

/// Copies a table of the other side, whichever minor version wrote it: fields the writer did not know are zero, fields
/// this version does not know are left out.
///
/// # Errors
/// What is wrong with the header, in words.
///
/// # Safety
/// `table` is null, or points at a structure whose [`Header`] is readable and, where its major version is ours and
/// its size plausible, whose `struct_size` bytes are readable.
pub unsafe fn read_table<T: Table>(table: *const T) -> Result<T, String> {
    if table.is_null() || !table.is_aligned() {
        return Err(format!("{} is a null or misaligned pointer", T::NAME));
    }
    // SAFETY: not null, aligned, and the caller vouches for the header.
    let header = unsafe { table.cast::<Header>().read() };
    if header.abi_major != ABI_MAJOR {
        return Err(format!(
            "{} is of ABI {}.{}, expected {ABI_MAJOR}.x",
            T::NAME,
            header.abi_major,
            header.abi_minor
        ));
    }
    let written = header.struct_size as usize;
    if !(size_of::<Header>()..=LARGEST).contains(&written) {
        return Err(format!("{} claims a size of {written} bytes", T::NAME));
    }
    let mut copy = MaybeUninit::<T>::zeroed();
    // SAFETY: the source has `written` readable bytes by the caller's word, the target `size_of::<T>()`; they are
    // different objects. All-zero plus a copied prefix is a valid `T` by the contract of `Table`.
    unsafe {
        std::ptr::copy_nonoverlapping(
            table.cast::<u8>(),
            copy.as_mut_ptr().cast::<u8>(),
            written.min(size_of::<T>()),
        );
        Ok(copy.assume_init())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy)]
    #[repr(C)]
    struct Grown {
        header: Header,
        first: u64,
        appended: u64,
    }
    // SAFETY: repr(C), the header first, integers only.
    unsafe impl Table for Grown {
        const NAME: &'static str = "the grown table";
    }

    fn grown(struct_size: u32, abi_major: u16) -> Grown {
        let header = Header {
            struct_size,
            abi_major,
            abi_minor: 7,
        };
        Grown {
            header,
            first: 1,
            appended: 2,
        }
    }

    #[test]
    fn a_field_beyond_the_written_size_reads_as_zero() {
        // SAFETY: a live local that is at least as large as its header says.
        let read = unsafe { read_table(&grown(16, ABI_MAJOR)) }.unwrap();
        assert_eq!((read.first, read.appended), (1, 0));
        // SAFETY: as above.
        let read = unsafe { read_table(&grown(24, ABI_MAJOR)) }.unwrap();
        assert_eq!((read.first, read.appended), (1, 2));
    }

    #[test]
    fn wrong_majors_and_sizes_are_named() {
        // SAFETY: a live local whose header alone is read.
        let wrong = unsafe { read_table(&grown(24, 9)) }.unwrap_err();
        assert_eq!(wrong, "the grown table is of ABI 9.7, expected 1.x");
        for size in [0, 7, u32::MAX] {
            // SAFETY: as above.
            let wrong = unsafe { read_table(&grown(size, ABI_MAJOR)) }.unwrap_err();
            assert!(wrong.contains(&size.to_string()), "{wrong}");
        }
        // SAFETY: null is allowed.
        assert!(unsafe { read_table::<Grown>(std::ptr::null()) }.is_err());
    }
}
