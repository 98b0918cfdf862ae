//! A small made-up original and a request for its copy.

use mocban_copy::{
    ConversionMarker, CopyRequest, PageImage, Provenance, StatementBlock, StatementPlacement,
    VerificationData, Wording,
};

pub(crate) const PAPER: &str = "Giấy khai sinh số 57/2014 & <bản chính>";

/// A baseline colour JPEG.
pub(crate) fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixels: Vec<u8> =
        (0..usize::from(width) * usize::from(height) * 3).map(|index| (index / 97) as u8).collect();
    jpeg_encoder::Encoder::new(&mut bytes, 40)
        .encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    bytes
}

/// A picture of an identity card (86 × 54 mm) at 200 dpi: small, so that tests stay fast.
pub(crate) fn card() -> PageImage {
    PageImage {
        jpeg: jpeg(678, 426).into(),
        width_px: 678,
        height_px: 426,
        width_mm: 86.0,
        height_mm: 54.0,
        quarter_turns: 0,
        original_sha256: [0xAB; 32],
        transforms_json: r#"[{"op":"crop","by":"<officer> & \"co\""}]"#.into(),
        texts: Vec::new(),
    }
}

pub(crate) fn request(pages: Vec<PageImage>) -> CopyRequest {
    CopyRequest {
        pages,
        statement: StatementBlock {
            agency: vec!["ỦY BAN NHÂN DÂN XÃ YÊN MÔ".into()],
            title: "Chứng thực bản sao đúng với bản chính".into(),
            number_line: "Số chứng thực 07/ĐT quyển số 02/2026-SCTĐT/BS".into(),
            date_line: "Ngày 02 tháng 3 năm 2026".into(),
            capacity: vec!["CHỦ TỊCH".into()],
            signer: "Đặng Quỳnh Phượng".into(),
        },
        placement: StatementPlacement::OwnPage,
        marker: ConversionMarker {
            sign: "GIẤY → ĐIỆN TỬ".into(),
            sentence: "Được chuyển đổi từ bản giấy.".into(),
        },
        verification: VerificationData {
            dossier_code: "000.12.20.H42-260302-0007".into(),
            procedure_code: "2.000815".into(),
            office_id: "H42.20.12".into(),
            paper_name: PAPER.into(),
            copy_id: "0195-copy".into(),
        },
        provenance: Provenance {
            certification_number: "07/ĐT".into(),
            book: "02/2026-SCTĐT/BS".into(),
            software: "Mộc Bản 0.1.0".into(),
        },
        wording: Wording::default(),
        training: false,
        created: "2026-03-02T02:05:09Z".parse().unwrap(),
        document_id: [7; 16],
    }
}
