//! The ciphers of encrypted PDF files (ISO 32000-2 §7.6): RC4 with keys of 40 to 128 bits, AES-CBC with the initial
//! vector before the data. They hide nothing here (the password is empty); they only keep a file in the form it has.

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit, StreamCipher};
use aes::{Aes128, Aes256};

const BLOCK: usize = 16;

/// The key has a length that the cipher does not take, or the data is not in whole blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unfit;

/// RC4, which is its own inverse.
pub(super) fn rc4(key: &[u8], data: &[u8]) -> Result<Vec<u8>, Unfit> {
    let mut data = data.to_vec();
    rc4::Rc4::new_from_slice(key).map_err(|_| Unfit)?.apply_keystream(&mut data);
    Ok(data)
}

/// AES-128 or AES-256 in CBC mode without padding; the key's length decides.
pub(super) fn cbc_encrypt(key: &[u8], iv: &[u8], mut data: Vec<u8>) -> Result<Vec<u8>, Unfit> {
    let length = data.len();
    match key.len() {
        16 => cbc::Encryptor::<Aes128>::new_from_slices(key, iv)
            .map_err(|_| Unfit)?
            .encrypt_padded::<NoPadding>(&mut data, length)
            .map_err(|_| Unfit)?,
        _ => cbc::Encryptor::<Aes256>::new_from_slices(key, iv)
            .map_err(|_| Unfit)?
            .encrypt_padded::<NoPadding>(&mut data, length)
            .map_err(|_| Unfit)?,
    };
    Ok(data)
}

/// The inverse of [`cbc_encrypt`].
pub(super) fn cbc_decrypt(key: &[u8], iv: &[u8], data: &[u8]) -> Result<Vec<u8>, Unfit> {
    let mut data = data.to_vec();
    match key.len() {
        16 => cbc::Decryptor::<Aes128>::new_from_slices(key, iv)
            .map_err(|_| Unfit)?
            .decrypt_padded::<NoPadding>(&mut data)
            .map_err(|_| Unfit)?,
        _ => cbc::Decryptor::<Aes256>::new_from_slices(key, iv)
            .map_err(|_| Unfit)?
            .decrypt_padded::<NoPadding>(&mut data)
            .map_err(|_| Unfit)?,
    };
    Ok(data)
}

/// Initial vector, then the padded data (ISO 32000-2 §7.6.3.1, padding of RFC 8018 §6.1.1).
pub(super) fn aes_seal(key: &[u8], iv: [u8; BLOCK], data: &[u8]) -> Result<Vec<u8>, Unfit> {
    let pad = BLOCK - data.len() % BLOCK;
    let mut padded = data.to_vec();
    padded.resize(data.len() + pad, pad as u8);
    Ok([&iv[..], &cbc_encrypt(key, &iv, padded)?].concat())
}

/// The inverse of [`aes_seal`].
pub(super) fn aes_open(key: &[u8], data: &[u8]) -> Result<Vec<u8>, Unfit> {
    let (iv, body) = data.split_at_checked(BLOCK).ok_or(Unfit)?;
    let mut plain = cbc_decrypt(key, iv, body)?;
    let pad = usize::from(*plain.last().ok_or(Unfit)?);
    let length = plain.len().checked_sub(pad).filter(|_| (1..=BLOCK).contains(&pad)).ok_or(Unfit)?;
    plain.truncate(length);
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_and_broken_padding_is_not() {
        for key in [&[7; 16][..], &[7; 32]] {
            for length in [0, 1, 15, 16, 17] {
                let data = vec![9; length];
                let sealed = aes_seal(key, [3; 16], &data).unwrap();
                assert_eq!(aes_open(key, &sealed).unwrap(), data);
                assert!(aes_open(key, &sealed[..sealed.len() - 1]).is_err());
            }
        }
        assert!(aes_open(&[7; 16], &[0; 16]).is_err());
        assert_eq!(rc4(b"Key", b"Plaintext").unwrap(), hex::decode("bbf316e8d940af0ad3").unwrap());
    }
}
