//! What system calls are given.

use core::ffi::CStr;
use core::marker::PhantomData;

/// A type that is a row of plain integers in memory.
pub trait Plain {}

impl Plain for u8 {}
impl Plain for u16 {}
impl Plain for u32 {}
impl Plain for i32 {}
impl Plain for u64 {}
impl Plain for usize {}

/// One argument: a number, or the address of something that outlives the call.
#[derive(Clone, Copy)]
pub struct Arg<'a>(usize, PhantomData<&'a mut u8>);

impl Arg<'_> {
    const fn of(value: usize) -> Self {
        Self(value, PhantomData)
    }

    /// As a machine word.
    pub(super) const fn word(self) -> usize {
        self.0
    }
}

/// No address.
pub const NULL: Arg<'static> = Arg::of(0);

impl From<i32> for Arg<'_> {
    fn from(value: i32) -> Self {
        Self::of(value as isize as usize)
    }
}

impl From<u32> for Arg<'_> {
    fn from(value: u32) -> Self {
        Self::of(value as usize)
    }
}

impl From<u64> for Arg<'_> {
    fn from(value: u64) -> Self {
        Self::of(value as usize)
    }
}

impl From<usize> for Arg<'_> {
    fn from(value: usize) -> Self {
        Self::of(value)
    }
}

impl<'a> From<&'a CStr> for Arg<'a> {
    fn from(value: &'a CStr) -> Self {
        Self::of(value.as_ptr() as usize)
    }
}

impl<'a, T: Plain> From<&'a [T]> for Arg<'a> {
    fn from(value: &'a [T]) -> Self {
        Self::of(value.as_ptr() as usize)
    }
}

impl<'a, T: Plain> From<&'a mut [T]> for Arg<'a> {
    fn from(value: &'a mut [T]) -> Self {
        Self::of(value.as_mut_ptr() as usize)
    }
}

impl<'a, T: Plain, const N: usize> From<&'a [T; N]> for Arg<'a> {
    fn from(value: &'a [T; N]) -> Self {
        Self::of(value.as_ptr() as usize)
    }
}

impl<'a, T: Plain, const N: usize> From<&'a mut [T; N]> for Arg<'a> {
    fn from(value: &'a mut [T; N]) -> Self {
        Self::of(value.as_mut_ptr() as usize)
    }
}
