//! The statement as the law words it, for every capacity in which somebody signs.

#![allow(clippy::unwrap_used)] // a test may fail

use jiff::civil::{Date, date};
use mocban_certification::{
    ActKind, AuthorityDocument, AuthorityFields, BookId, BookKind, Capacity, CertificationNumber,
    ConversionMarker, Error, Law, LineRole, Office, PracticeOffice, SigningAuthority, Statement,
    StatementFacts, StatementTemplate, StatementTemplates, law,
};
use proptest::prelude::*;

fn office() -> Office {
    PracticeOffice::from_json(law::PRACTICE_OFFICE).unwrap().office
}

fn signer(capacity: Capacity, title: &str) -> SigningAuthority {
    let stead = capacity != Capacity::OwnOffice;
    let fields = AuthorityFields {
        name: "Lê Văn Đức".to_owned(),
        title: title.to_owned(),
        capacity,
        superior_title: stead.then(|| "Chủ tịch".to_owned()),
        document: Some(AuthorityDocument { number: "05/GUQ-UBND".to_owned(), date: date(2026, 1, 2) }),
        valid_from: date(2026, 1, 1),
        valid_to: Some(date(2026, 12, 31)),
        certificate: None,
    };
    fields.try_into().unwrap()
}

fn number(kind: BookKind, sequence: u32) -> CertificationNumber {
    let book = BookId { office: office().id().clone(), kind, year: 2026 };
    CertificationNumber::new(book, sequence, 1).unwrap()
}

fn render(act: ActKind, sequence: u32, day: Date, signer: &SigningAuthority) -> Result<Statement, Error> {
    let law = Law::shipped()?;
    let number = number(act.book(), sequence);
    let style = law.books.of(act.book())?;
    let facts = StatementFacts { number: &number, style, date: day, office: &office(), signer };
    law.statements.on(act, day)?.render(&facts)
}

#[test]
fn the_copy_statement_reads_as_in_the_decree() {
    for (capacity, title, block) in [
        (Capacity::OwnOffice, "Chủ tịch", "CHỦ TỊCH"),
        (Capacity::Kt, "Phó Chủ tịch", "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH"),
        (Capacity::Tl, "Chánh Văn phòng", "TL. CHỦ TỊCH\nCHÁNH VĂN PHÒNG"),
        (Capacity::Tuq, "Công chức Tư pháp - Hộ tịch", "TUQ. CHỦ TỊCH\nCÔNG CHỨC TƯ PHÁP - HỘ TỊCH"),
    ] {
        let signer = signer(capacity, title);
        let statement = render(ActKind::CopyFromOriginal, 7, date(2026, 3, 5), &signer).unwrap();
        let expected = format!(
            "Chứng thực bản sao đúng với bản chính\n\
             Số chứng thực 07 quyển số 01/2026-SCTĐT/BS\n\
             Ngày 05 tháng 3 năm 2026\n\
             Người thực hiện chứng thực ký, ghi rõ họ, tên và đóng dấu\n\
             {block}\n\
             Lê Văn Đức"
        );
        assert_eq!(statement.text(), expected);
        assert_eq!(statement.line(LineRole::SignerCapacity).is_some(), capacity != Capacity::OwnOffice);
        assert_eq!(statement.version, "loi-chung-ban-sao/1");
    }
}

#[test]
fn a_copy_from_the_register_names_the_agency_alone() {
    let signer = signer(Capacity::OwnOffice, "Chủ tịch");
    let statement = render(ActKind::CopyFromRegister, 12, date(2026, 11, 20), &signer).unwrap();
    assert_eq!(statement.line(LineRole::Agency), Some("ỦY BAN NHÂN DÂN XÃ TẬP HUẤN"));
    assert_eq!(statement.line(LineRole::SignerName), None);
    assert_eq!(statement.line(LineRole::Number), Some("Số 12 quyển số 01/2026-CBS/SG"));
}

#[test]
fn nobody_signs_outside_their_time_or_in_the_wrong_book() {
    let signer = signer(Capacity::Tuq, "Công chức Tư pháp - Hộ tịch");
    let late = date(2027, 1, 1);
    assert_eq!(
        render(ActKind::CopyFromOriginal, 1, late, &signer),
        Err(Error::AuthorityMissing { date: late })
    );

    let law = Law::shipped().unwrap();
    let number = number(BookKind::PaperCopies, 1);
    let style = law.books.of(BookKind::ElectronicCopies).unwrap();
    let day = date(2026, 3, 5);
    let facts = StatementFacts { number: &number, style, date: day, office: &office(), signer: &signer };
    let template = law.statements.on(ActKind::CopyFromOriginal, day).unwrap();
    assert_eq!(template.render(&facts), Err(Error::BookStyleMissing { kind: BookKind::PaperCopies }));
}

#[test]
fn the_template_of_the_day_is_used() {
    let shipped = law::STATEMENTS[0];
    let newer =
        shipped.replace("2015-04-10", "2026-07-01").replace("loi-chung-ban-sao/1", "loi-chung-ban-sao/2");
    let templates = [newer.as_str(), shipped].map(|json| StatementTemplate::from_json(json).unwrap());
    let templates = StatementTemplates::new(templates.into());
    let version = |d| templates.on(ActKind::CopyFromOriginal, d).map(|t| t.version().to_owned());
    assert_eq!(version(date(2026, 6, 30)).unwrap(), "loi-chung-ban-sao/1");
    assert_eq!(version(date(2026, 7, 1)).unwrap(), "loi-chung-ban-sao/2");
    assert!(matches!(version(date(2015, 1, 1)), Err(Error::StatementMissing { .. })));
    assert!(templates.on(ActKind::CopyFromRegister, date(2026, 7, 1)).is_err());
}

#[test]
fn a_template_without_number_or_date_or_with_a_stranger_is_refused() {
    for (word, instead) in [
        ("{number}", ""),
        ("{volume}", ""),
        ("{day}", ""),
        ("{year}", "2026"),
        ("{name}", "{pin}"),
        ("{title}", "{title"),
    ] {
        let spoiled = law::STATEMENTS[0].replace(word, instead);
        assert_ne!(spoiled, law::STATEMENTS[0]);
        assert!(StatementTemplate::from_json(&spoiled).is_err(), "{word}");
    }
    assert!(StatementTemplate::from_json("{}").is_err());
}

#[test]
fn a_template_survives_storage() {
    for json in law::STATEMENTS {
        let template = StatementTemplate::from_json(json).unwrap();
        let stored = serde_json::to_string(&template).unwrap();
        assert_eq!(StatementTemplate::from_json(&stored), Ok(template));
    }
}

#[test]
fn the_conversion_marker_names_agency_person_and_time() {
    let marker = Law::shipped().unwrap().marker;
    let text = marker.render(&office(), "Lê Văn Đức", date(2026, 3, 5).at(9, 7, 30, 0)).unwrap();
    assert_eq!(
        text,
        "Đã được chuyển đổi từ văn bản giấy sang thông điệp dữ liệu. Cơ quan thực hiện chuyển đổi: \
         ỦY BAN NHÂN DÂN XÃ TẬP HUẤN. Người thực hiện chuyển đổi: Lê Văn Đức. Thời điểm chuyển đổi: 05/03/2026 09:07."
    );
    assert!(marker.render(&office(), " ", date(2026, 3, 5).at(9, 7, 30, 0)).is_err());
    let nameless = law::CONVERSION_MARKER.replace("{person}", "");
    assert!(ConversionMarker::from_json(&nameless).is_err());
}

proptest! {
    #[test]
    fn number_and_date_stand_in_every_statement(sequence in 1u32.., day in 0i64..365) {
        let day = date(2026, 1, 1).saturating_add(jiff::Span::new().days(day));
        let statement = render(ActKind::CopyFromOriginal, sequence, day, &signer(Capacity::Kt, "Phó Chủ tịch")).unwrap();
        let line = statement.line(LineRole::Number).unwrap();
        let prefix = format!("Số chứng thực {sequence:02} quyển số ");
        prop_assert!(line.starts_with(&prefix));
        prop_assert_eq!(statement.line(LineRole::Date).unwrap(), mocban_certification::vietnam::date_line(day));
        let filled = statement.lines.iter().all(|l| !l.text.is_empty() && !l.text.contains("{"));
        prop_assert!(filled, "{}", statement.text());
    }

    #[test]
    fn hostile_templates_are_refused_without_a_panic(text in "[{}a-z ]{0,60}") {
        let json = law::STATEMENTS[0].replace("{name}", &text);
        let _ = StatementTemplate::from_json(&json);
    }

    #[test]
    fn hostile_data_is_refused_without_a_panic(json in "\\PC{0,80}") {
        prop_assert!(StatementTemplate::from_json(&json).is_err());
        prop_assert!(mocban_certification::WorkingCalendar::from_json(&json).is_err());
        prop_assert!(mocban_certification::RefusalTexts::from_json(&json).is_err());
    }
}
