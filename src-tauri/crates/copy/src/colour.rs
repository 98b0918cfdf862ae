//! The sRGB colour profile every copy carries as its output intent (ISO 19005-2, 6.2.3).
//!
//! Built here, byte for byte the same each time, as an ICC 4.2 display profile (ISO 15076-1:2005): the primaries
//! and the curve of IEC 61966-2-1, adapted to D50.

/// Fixed-point number with 16 fractional bits.
fn fixed(value: f64) -> [u8; 4] {
    ((value * 65536.0).round() as i32).to_be_bytes()
}

fn tag_body(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut body = [kind.as_slice(), &[0; 4], content].concat();
    body.resize(body.len().next_multiple_of(4), 0);
    body
}

fn numbers(kind: &[u8; 4], values: &[f64]) -> Vec<u8> {
    tag_body(kind, &values.iter().flat_map(|value| fixed(*value)).collect::<Vec<_>>())
}

/// A multi-localised text with one English entry.
fn text(text: &str) -> Vec<u8> {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut content = Vec::new();
    for number in [1_u32, 12] {
        content.extend(number.to_be_bytes());
    }
    content.extend(b"enUS");
    for number in [utf16.len() as u32, 28] {
        content.extend(number.to_be_bytes());
    }
    content.extend(utf16);
    tag_body(b"mluc", &content)
}

/// The profile's bytes.
pub(crate) fn srgb_profile() -> Vec<u8> {
    const D50: [f64; 3] = [0.9642, 1.0, 0.8249];
    // Parametric curve type 3: Y = ((X + 0.055) / 1.055)^2.4, linear below 0.04045.
    let mut curve = vec![0, 3, 0, 0];
    let parameters = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045];
    curve.extend(parameters.iter().flat_map(|value| fixed(*value)));
    let curve = tag_body(b"para", &curve);
    let bradford_d65_to_d50 = [
        1.047_882, 0.022_918, -0.050_217, 0.029_587, 0.990_479, -0.017_059, -0.009_232, 0.015_076, 0.751_678,
    ];
    let tags: [(&[u8; 4], Vec<u8>); 10] = [
        (b"desc", text("sRGB IEC61966-2.1")),
        (b"cprt", text("No copyright, use freely")),
        (b"wtpt", numbers(b"XYZ ", &D50)),
        (b"chad", numbers(b"sf32", &bradford_d65_to_d50)),
        (b"rXYZ", numbers(b"XYZ ", &[0.436_066, 0.222_488, 0.013_916])),
        (b"gXYZ", numbers(b"XYZ ", &[0.385_147, 0.716_873, 0.097_076])),
        (b"bXYZ", numbers(b"XYZ ", &[0.143_066, 0.060_608, 0.714_096])),
        (b"rTRC", curve.clone()),
        (b"gTRC", curve.clone()),
        (b"bTRC", curve),
    ];

    let mut table = (tags.len() as u32).to_be_bytes().to_vec();
    let mut bodies = Vec::new();
    let bodies_at = 128 + 4 + 12 * tags.len();
    for (signature, body) in tags {
        table.extend(signature);
        table.extend(((bodies_at + bodies.len()) as u32).to_be_bytes());
        table.extend((body.len() as u32).to_be_bytes());
        bodies.extend(body);
    }

    let mut header = [0_u8; 128];
    let size = (bodies_at + bodies.len()) as u32;
    header[0..4].copy_from_slice(&size.to_be_bytes());
    header[8..12].copy_from_slice(&[4, 0x20, 0, 0]); // version 4.2
    header[12..24].copy_from_slice(b"mntrRGB XYZ ");
    // A fixed date: 2026-01-01 00:00:00, as six 16-bit numbers.
    header[24..36].copy_from_slice(&[0x07, 0xEA, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    header[36..40].copy_from_slice(b"acsp");
    for (index, value) in D50.iter().enumerate() {
        header[68 + 4 * index..72 + 4 * index].copy_from_slice(&fixed(*value));
    }
    [header.as_slice(), &table, &bodies].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colorants_add_up_to_the_d50_white() {
        let profile = srgb_profile();
        assert_eq!(u32::from_be_bytes(profile[0..4].try_into().unwrap()) as usize, profile.len());
        let xyz = |signature: &[u8; 4]| {
            let entry = profile[132..].chunks_exact(12).find(|entry| &entry[..4] == signature).unwrap();
            let at = u32::from_be_bytes(entry[4..8].try_into().unwrap()) as usize + 8;
            [0, 4, 8].map(|k| i32::from_be_bytes(profile[at + k..at + k + 4].try_into().unwrap()))
        };
        let (red, green, blue, white) = (xyz(b"rXYZ"), xyz(b"gXYZ"), xyz(b"bXYZ"), xyz(b"wtpt"));
        for axis in 0..3 {
            assert!((red[axis] + green[axis] + blue[axis] - white[axis]).abs() <= 24, "axis {axis}");
        }
    }
}
