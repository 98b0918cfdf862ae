//! Decodes the streams that carry structure (cross-reference and object streams): FlateDecode with PNG predictors,
//! or no filter. Page content is never decoded. Output is bounded, so a small file cannot fill the memory.

use super::object::{Dict, Object};
use super::{ReadError, ReadResult};

/// The most one structural stream may unpack to.
pub(crate) const MAX_DECODED: usize = 64 << 20;

/// Decodes `data`, whose stream dictionary is `dict`; all entries must be direct.
pub(crate) fn decode(dict: &Dict, data: &[u8]) -> ReadResult<Vec<u8>> {
    if dict.contains_key(&b"F"[..]) {
        return Err(ReadError::Structure("a structural stream lies in another file"));
    }
    let Some(filter) = single(dict.get(&b"Filter"[..])) else { return Ok(data.to_vec()) };
    if filter.as_name() != Some(b"FlateDecode") {
        return Err(ReadError::Structure("a structural stream uses an unknown filter"));
    }
    let decoded = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(data, MAX_DECODED)
        .map_err(|_| ReadError::Structure("a structural stream cannot be unpacked"))?;
    match single(dict.get(&b"DecodeParms"[..])) {
        Some(Object::Dictionary(parameters)) => unpredict(parameters, decoded),
        Some(_) => Err(ReadError::Structure("malformed filter parameters")),
        None => Ok(decoded),
    }
}

/// The value itself, or the only element of an array; none for an absent value, null or an empty array.
fn single(value: Option<&Object>) -> Option<&Object> {
    match value {
        Some(Object::Array(items)) if items.len() <= 1 => single(items.first()),
        None | Some(Object::Null) => None,
        other => other,
    }
}

fn parameter(parameters: &Dict, key: &[u8], default: i64) -> i64 {
    parameters.get(key).and_then(Object::as_integer).unwrap_or(default)
}

/// Undoes the PNG predictors (ISO 32000-1 §7.4.4.4) of rows of whole bytes.
fn unpredict(parameters: &Dict, data: Vec<u8>) -> ReadResult<Vec<u8>> {
    let predictor = parameter(parameters, b"Predictor", 1);
    if predictor == 1 {
        return Ok(data);
    }
    let columns = usize::try_from(parameter(parameters, b"Columns", 1)).unwrap_or(0);
    let plain =
        parameter(parameters, b"Colors", 1) == 1 && parameter(parameters, b"BitsPerComponent", 8) == 8;
    if !(10..=15).contains(&predictor) || !plain || !(1..=4096).contains(&columns) {
        return Err(ReadError::Structure("an unknown predictor"));
    }
    let mut decoded = Vec::with_capacity(data.len());
    let mut above = vec![0_u8; columns];
    for coded in data.chunks(columns + 1) {
        if coded.len() != columns + 1 {
            return Err(ReadError::Structure("a structural stream ends inside a row"));
        }
        let mut row = coded[1..].to_vec();
        for index in 0..columns {
            let (left, corner) = if index == 0 { (0, 0) } else { (row[index - 1], above[index - 1]) };
            let prediction = match coded[0] {
                0 => 0,
                1 => left,
                2 => above[index],
                3 => ((u16::from(left) + u16::from(above[index])) / 2) as u8,
                4 => paeth(left, above[index], corner),
                _ => return Err(ReadError::Structure("an unknown predictor")),
            };
            row[index] = row[index].wrapping_add(prediction);
        }
        decoded.extend_from_slice(&row);
        above = row;
    }
    Ok(decoded)
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(above) - i16::from(corner);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    if distance(left) <= distance(above) && distance(left) <= distance(corner) {
        left
    } else if distance(above) <= distance(corner) {
        above
    } else {
        corner
    }
}
