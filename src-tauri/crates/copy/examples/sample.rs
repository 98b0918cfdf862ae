//! Builds a sample copy from JPEG pictures of A4 pages: `cargo run -p mocban-copy --example sample -- OUT.pdf IMG.jpg…`.
//!
//! For looking at the layout and for PDF readers other than ours; `--training`, `--last-page` and `--appearance`
//! (writes the two signature appearances into the fields, unsigned) before the output's name.

use std::error::Error;
use std::{env, fs};

use lopdf::{Document, Object, dictionary};
use mocban_copy::{
    AppearanceRequest, AppearanceSigner, AppearanceWording, ConversionMarker, CopyRequest, FieldPlace,
    MmRect, PageImage, Provenance, StatementBlock, StatementPlacement, VerificationData, Wording, appearance,
    build,
};

fn main() -> Result<(), Box<dyn Error>> {
    let (options, files): (Vec<String>, Vec<String>) =
        env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let has = |option: &str| options.iter().any(|given| given == option);
    let [out, pictures @ ..] = files.as_slice() else { return Err("OUT.pdf IMG.jpg…".into()) };
    let pages = pictures.iter().map(|path| page(fs::read(path)?)).collect::<Result<Vec<_>, _>>()?;
    let place = MmRect { left: 25.0, top: 180.0, width: 165.0, height: 110.0 };
    let request = CopyRequest {
        pages,
        statement: StatementBlock {
            agency: vec!["ỦY BAN NHÂN DÂN TỈNH LÂM ĐỒNG".into(), "ỦY BAN NHÂN DÂN PHƯỜNG XUÂN HƯƠNG – ĐÀ LẠT".into()],
            title: "Chứng thực bản sao đúng với bản chính".into(),
            number_line: "Số chứng thực 123/ĐT quyển số 01/2026-SCTĐT/BS".into(),
            date_line: "Ngày 21 tháng 11 năm 2026".into(),
            capacity: vec!["TUQ. CHỦ TỊCH".into(), "CÔNG CHỨC TƯ PHÁP – HỘ TỊCH".into()],
            signer: "Nguyễn Thị Phương Thảo".into(),
        },
        placement: if has("--last-page") {
            StatementPlacement::LastPage { rect: place }
        } else {
            StatementPlacement::OwnPage
        },
        marker: ConversionMarker {
            sign: "GIẤY → ĐIỆN TỬ".into(),
            sentence: "Bản sao điện tử này được chuyển đổi từ bản chính dạng văn bản giấy sang thông điệp dữ liệu tại Ủy \
                       ban nhân dân phường Xuân Hương – Đà Lạt; người thực hiện: Nguyễn Thị Phương Thảo, ngày 21/11/2026."
                .into(),
        },
        verification: VerificationData {
            dossier_code: "000.00.01.H36-261121-0001".into(),
            procedure_code: "2.000815".into(),
            office_id: "H36.117".into(),
            paper_name: "Bằng tốt nghiệp đại học số QH-2009-0417, ngành Luật học".into(),
            copy_id: "019aa5d2-7c31-7b1e-9d0c-52f7c1a4e8b3".into(),
        },
        provenance: Provenance {
            certification_number: "123/ĐT".into(),
            book: "01/2026-SCTĐT/BS".into(),
            software: "Mộc Bản 0.1.0".into(),
        },
        wording: Wording::default(),
        training: has("--training"),
        created: "2026-11-21T02:14:31Z".parse()?,
        document_id: *b"mocban sample id",
    };
    let copy = build(&request)?;
    let mut bytes = copy.bytes;
    if has("--appearance") {
        let marks = "assets/training/marks";
        let signature = fs::read(format!("{marks}/practice-signature.png"))?;
        let seal = fs::read(format!("{marks}/practice-seal.png"))?;
        let performer = AppearanceSigner::Performer {
            name: &request.statement.signer,
            signature_png: Some(&signature),
            name_below: false,
        };
        let agency = AppearanceSigner::Agency {
            name: "Ủy ban nhân dân phường Xuân Hương – Đà Lạt",
            seal_png: Some(&seal),
        };
        bytes = with_appearance(&bytes, &copy.performer_field, performer, &request)?;
        bytes = with_appearance(&bytes, &copy.agency_field, agency, &request)?;
    }
    fs::write(out, bytes)?;
    Ok(())
}

/// A picture as an A4 page.
fn page(jpeg: Vec<u8>) -> Result<PageImage, Box<dyn Error>> {
    let frame = jpeg.windows(4).position(|w| w == [0xFF, 0xC0, 0, 17] || w == [0xFF, 0xC0, 0, 11]);
    let at = frame.ok_or("not a baseline JPEG")? + 5;
    let side = |at: usize| u32::from(u16::from_be_bytes([jpeg[at], jpeg[at + 1]]));
    let (height_px, width_px) = (side(at), side(at + 2));
    Ok(PageImage {
        width_px,
        height_px,
        width_mm: 210.0,
        height_mm: 297.0,
        quarter_turns: 0,
        original_sha256: std::array::from_fn(|index| (index * 37 + jpeg.len()) as u8),
        transforms_json: r#"[{"op":"perspective","corners":[[12,9],[2467,14],[2471,3499],[8,3502]]}]"#.into(),
        texts: Vec::new(),
        jpeg: jpeg.into(),
    })
}

/// Puts an appearance into a field, as signing does, but by rewriting the file.
fn with_appearance(
    bytes: &[u8],
    field: &FieldPlace,
    signer: AppearanceSigner<'_>,
    request: &CopyRequest,
) -> Result<Vec<u8>, Box<dyn Error>> {
    let form = appearance(&AppearanceRequest {
        width_mm: field.width_mm,
        height_mm: field.height_mm,
        signed_at: request.created,
        wording: AppearanceWording::default(),
        signer,
    })?;
    let mut document = Document::load_mem(bytes)?;
    let first = document.max_id;
    for (index, mut object) in form.objects.into_iter().enumerate() {
        renumber(&mut object, first);
        document.objects.insert((first + index as u32 + 1, 0), object);
        document.max_id += 1;
    }
    let root = Object::Reference((first + form.root.0, 0));
    document.get_object_mut((field.object, 0))?.as_dict_mut()?.set("AP", dictionary! { "N" => root });
    let mut out = Vec::new();
    document.save_to(&mut out)?;
    Ok(out)
}

fn renumber(object: &mut Object, by: u32) {
    match object {
        Object::Reference(id) => id.0 += by,
        Object::Array(list) => list.iter_mut().for_each(|item| renumber(item, by)),
        Object::Dictionary(dict) => dict.iter_mut().for_each(|(_, item)| renumber(item, by)),
        Object::Stream(stream) => stream.dict.iter_mut().for_each(|(_, item)| renumber(item, by)),
        _ => {}
    }
}
