//! The caller's memory: every pointer that crosses the border is checked, read and written here.
#![allow(unsafe_code)] // Raw pointers of the caller; what it vouches for is said at each function.

use std::slice;

use cryptoki_sys::*;

use crate::dispatch::Outcome;
use crate::script::{Way, has};

/// The most attributes a template may have: far more than any real one.
const MOST_ATTRIBUTES: usize = 64;

/// Text as PKCS#11 keeps it: UTF-8, padded with blanks, no terminator. Longer text is cut.
pub(crate) fn padded<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut field = [b' '; N];
    let len = text.len().min(N);
    field[..len].copy_from_slice(&text[..len]);
    field
}

/// The number of attributes in a template of the caller.
pub(crate) fn template_len(template: *mut CK_ATTRIBUTE, count: CK_ULONG) -> Outcome<usize> {
    let count = usize::try_from(count).map_err(|_| CKR_ARGUMENTS_BAD)?;
    if template.is_null() || count > MOST_ATTRIBUTES { Err(CKR_ARGUMENTS_BAD) } else { Ok(count) }
}

/// The caller's bytes. NULL stands for none.
///
/// # Safety
/// `start` must be NULL or point to `len` readable bytes that outlive the call.
pub(crate) unsafe fn bytes<'a>(start: *const u8, len: CK_ULONG, most: usize) -> Outcome<&'a [u8]> {
    let len = usize::try_from(len).ok().filter(|len| *len <= most).ok_or(CKR_ARGUMENTS_BAD)?;
    match (start.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(CKR_ARGUMENTS_BAD),
        // SAFETY: not NULL, and the caller vouches for `len` bytes.
        (false, len) => Ok(unsafe { slice::from_raw_parts(start, len) }),
    }
}

/// Writes one value to the caller's memory.
///
/// # Safety
/// `place` must be NULL or writable for a `T`.
pub(crate) unsafe fn write<T>(place: *mut T, value: T) -> Outcome {
    if place.is_null() {
        return Err(CKR_ARGUMENTS_BAD);
    }
    // SAFETY: not NULL, and the caller vouches for it; nothing is said of its alignment.
    unsafe { place.write_unaligned(value) };
    Ok(())
}

/// Whether there is room for `needed` items: `Ok(false)` after a query for the length, which it answers
/// (PKCS#11 v2.40, 5.2).
///
/// # Safety
/// `count` must be NULL or readable and writable.
pub(crate) unsafe fn room<T>(list: *mut T, count: *mut CK_ULONG, needed: usize) -> Outcome<bool> {
    if count.is_null() {
        return Err(CKR_ARGUMENTS_BAD);
    }
    // SAFETY: not NULL, and the caller vouches for it.
    let given = unsafe { count.read_unaligned() };
    let told = if list.is_null() && has(Way::SizeQueryZero) { 0 } else { needed };
    // SAFETY: as above.
    unsafe { count.write_unaligned(told as CK_ULONG) };
    if list.is_null() {
        return Ok(false);
    }
    if given < needed as CK_ULONG { Err(CKR_BUFFER_TOO_SMALL) } else { Ok(true) }
}

/// Writes a list as PKCS#11 v2.40, 5.2 wants it: NULL asks for the count, too little room is an error.
///
/// # Safety
/// `list` must be NULL or have room for `*count` items.
pub(crate) unsafe fn write_list<T: Copy>(items: &[T], list: *mut T, count: *mut CK_ULONG) -> Outcome {
    // SAFETY: the caller vouches for both.
    if unsafe { room(list, count, items.len()) }? {
        for (index, item) in items.iter().enumerate() {
            // SAFETY: `room` has checked that the list holds that many.
            unsafe { list.add(index).write_unaligned(*item) };
        }
    }
    Ok(())
}

/// Answers one attribute of C_GetAttributeValue.
///
/// # Safety
/// `attribute.pValue` must be NULL or writable for `attribute.ulValueLen` bytes.
pub(crate) unsafe fn fill(attribute: &mut CK_ATTRIBUTE, value: Outcome<&[u8]>) -> Outcome {
    let given = attribute.ulValueLen;
    attribute.ulValueLen = CK_UNAVAILABLE_INFORMATION;
    let value = value?;
    let needed = value.len() as CK_ULONG;
    let place: *mut u8 = attribute.pValue.cast();
    if !place.is_null() {
        if given < needed {
            return Err(CKR_BUFFER_TOO_SMALL);
        }
        // SAFETY: there is room for `given` bytes, and `needed` is no more.
        unsafe { place.copy_from_nonoverlapping(value.as_ptr(), value.len()) };
    }
    attribute.ulValueLen = if place.is_null() && has(Way::SizeQueryZero) { 0 } else { needed };
    Ok(())
}
