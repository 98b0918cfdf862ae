//! Copies made with the rooms themselves, one call after another: from a picture to a file signed twice.

use crate::tokens::{Key, Office, Token};
use anyhow::{Context, Result};
use jiff::Timestamp;
use mocban_capture::{Original, Rectified, Transform, decode, detect, encode, rectify};
use mocban_copy::{
    self as copy, AppearanceRequest, AppearanceSigner, AppearanceWording, ConversionMarker, CopyRequest,
    FieldPlace, PageImage, Provenance, StatementBlock, StatementPlacement, UnsignedCopy, VerificationData,
    Wording,
};
use mocban_pades::{self as pades, Appearance, DocMdp, FieldTarget, SignOptions};
use mocban_pkcs11::TokenHost;
use std::{path::Path, sync::Arc};
use uuid::Uuid;

/// Dots per inch at which a picture that is not corrected is laid on its page.
const DPI: f64 = 300.0;
const MM_PER_INCH: f64 = 25.4;

/// Makes and signs copies.
pub(crate) struct Press {
    host: Arc<TokenHost>,
    performer: Arc<Token>,
    agency: Arc<Token>,
}

/// Who signs.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum By {
    Performer,
    Agency,
}

impl Press {
    /// With both tokens open.
    pub(crate) fn new(office: &Office) -> Result<Self> {
        let host = Arc::new(office.host()?);
        let token = |token: &Token| {
            let Token { label, certificate, file } = token;
            Arc::new(Token { label, certificate: certificate.clone(), file: file.clone() })
        };
        Ok(Self { host, performer: token(&office.performer), agency: token(&office.agency) })
    }

    /// The key of one of them.
    pub(crate) fn key(&self, by: By) -> Key<'_> {
        let token = if by == By::Performer { &self.performer } else { &self.agency };
        Key { host: &self.host, token }
    }

    /// One signature with its appearance into its prepared field, as the desk makes it; gives what is to be appended.
    pub(crate) fn sign(&self, file: &[u8], copy: &UnsignedCopy, by: By) -> Result<Vec<u8>> {
        let place: &FieldPlace = if by == By::Performer { &copy.performer_field } else { &copy.agency_field };
        let signer = match by {
            By::Performer => AppearanceSigner::Performer {
                name: "Lê Văn Đức Thắng",
                signature_png: None,
                name_below: false,
            },
            By::Agency => {
                AppearanceSigner::Agency { name: "Ủy ban nhân dân xã Đo Lường", seal_png: None }
            }
        };
        let now = Timestamp::now();
        let form = copy::appearance(&AppearanceRequest {
            width_mm: place.width_mm,
            height_mm: place.height_mm,
            signed_at: now,
            wording: AppearanceWording::default(),
            signer,
        })?;
        let mut options = SignOptions::new(FieldTarget::Existing(place.name.into()), now);
        options.certify = (by == By::Performer).then_some(DocMdp::FormFilling);
        options.appearance = Some(Appearance { objects: form.objects, root: form.root.0 as usize });
        Ok(pades::sign(file, &options, &self.key(by))?.increment)
    }

    /// A whole copy of these pages, signed by performer and agency.
    pub(crate) fn sealed(&self, pages: Vec<PageImage>, number: u32) -> Result<Vec<u8>> {
        let unsigned = copy::build(&request(pages, number, Uuid::now_v7()))?;
        let mut file = unsigned.bytes.clone();
        for by in [By::Performer, By::Agency] {
            let increment = self.sign(&file, &unsigned, by)?;
            file.extend(increment);
        }
        Ok(file)
    }
}

/// The corrected page of a photograph.
pub(crate) fn corrected(photo: &Path) -> Result<PageImage> {
    let original = Original::read(std::fs::read(photo)?, "photo.jpg")?;
    let picture = decode(&original)?;
    let quad = detect(&picture).quad.context("no page in the photograph")?;
    let transforms = [Transform::perspective(&picture, quad, None)?];
    let made = rectify(&picture, &transforms)?;
    let jpeg = encode::jpeg(&made.picture, made.dpi, encode::QUALITY)?;
    page(&original, &made, jpeg, &transforms)
}

/// A corrected page as it goes into a copy.
pub(crate) fn page(
    original: &Original,
    made: &Rectified,
    jpeg: Vec<u8>,
    transforms: &[Transform],
) -> Result<PageImage> {
    Ok(PageImage {
        jpeg: jpeg.into(),
        width_px: made.picture.width as u32,
        height_px: made.picture.height as u32,
        width_mm: made.width_mm,
        height_mm: made.height_mm,
        quarter_turns: 0,
        original_sha256: *original.sha256(),
        transforms_json: serde_json::to_string(transforms)?,
        texts: Vec::new(),
    })
}

/// A baseline JPEG as it is, at [`DPI`].
pub(crate) fn untouched(jpeg: Vec<u8>) -> Result<PageImage> {
    let original = Original::read(jpeg.clone(), "page.jpg")?;
    let picture = decode(&original)?;
    let mm = |pixels: usize| pixels as f64 / DPI * MM_PER_INCH;
    let (width_mm, height_mm) = (mm(picture.width), mm(picture.height));
    let made = Rectified { picture, dpi: DPI, width_mm, height_mm, source_dpi: DPI };
    page(&original, &made, jpeg, &[])
}

/// A copy with a statement page, as the desk asks for it.
pub(crate) fn request(pages: Vec<PageImage>, number: u32, copy_id: Uuid) -> CopyRequest {
    CopyRequest {
        pages,
        statement: StatementBlock {
            agency: vec!["ỦY BAN NHÂN DÂN XÃ ĐO LƯỜNG".into()],
            title: "Chứng thực bản sao đúng với bản chính".into(),
            number_line: format!("Số chứng thực {number}/ĐT quyển số 01/2026-SCTĐT/BS"),
            date_line: "Ngày 21 tháng 11 năm 2026".into(),
            capacity: vec!["TUQ. CHỦ TỊCH".into(), "CÔNG CHỨC TƯ PHÁP – HỘ TỊCH".into()],
            signer: "Lê Văn Đức Thắng".into(),
        },
        placement: StatementPlacement::OwnPage,
        marker: ConversionMarker {
            sign: "GIẤY → ĐIỆN TỬ".into(),
            sentence: "Bản sao điện tử này được chuyển đổi từ bản chính dạng văn bản giấy sang thông điệp dữ liệu tại Ủy ban \
                       nhân dân xã Đo Lường; người thực hiện: Lê Văn Đức Thắng, ngày 21/11/2026."
                .into(),
        },
        verification: VerificationData {
            dossier_code: format!("H99.01.01-261121-{number:04}"),
            procedure_code: "2.000815".into(),
            office_id: "H99.01.01".into(),
            paper_name: "Trích lục khai sinh".into(),
            copy_id: copy_id.to_string(),
        },
        provenance: Provenance {
            certification_number: format!("{number}/ĐT"),
            book: "01/2026-SCTĐT/BS".into(),
            software: "Mộc Bản".into(),
        },
        wording: Wording::default(),
        training: false,
        created: Timestamp::now(),
        document_id: *copy_id.as_bytes(),
    }
}
