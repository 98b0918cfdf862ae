use super::*;
use crate::api::PageWarning;
use mocban_capture::encode;

fn sheet(width: usize, height: usize) -> Original {
    let picture = Picture::new(width, height, vec![240; 3 * width * height]).unwrap();
    Original::read(encode::jpeg(&picture, 96.0, 80).unwrap(), "scan").unwrap()
}

#[test]
fn a_scanned_page_is_as_large_as_it_was_scanned() {
    // A5 through a feeder at 200 dpi: its shape alone would make it A4.
    let page = Page::scanned(&sheet(1165, 1654), Some(200)).unwrap();
    assert!((page.finished.width_mm - 148.0).abs() < 0.5 && (page.finished.height_mm - 210.0).abs() < 0.5);
    assert_eq!(page.dpi(), 200);
    assert!(!page.below_legal_floor());
    let turned = page.with_layout(Layout { quarter_turns: 1, ..page.layout.clone() }).unwrap();
    assert!((turned.view(None).width_mm - 210.0).abs() < 0.5);
    assert_eq!(page.reset().unwrap().layout.scan_dpi, Some(200));
}

/// A light paper with print on a dark desk, `width` × `height` pixels; `paint` has the last word.
pub(crate) fn photograph(
    width: usize,
    height: usize,
    paint: impl Fn(usize, usize) -> Option<[u8; 3]>,
) -> Original {
    let margin = 120;
    let (across, down) = (width + 2 * margin, height + 2 * margin);
    let mut rgb8 = Vec::with_capacity(3 * across * down);
    for y in 0..down {
        for x in 0..across {
            let on = (margin..margin + width).contains(&x) && (margin..margin + height).contains(&y);
            let inside = (margin + 60..margin + width - 60).contains(&x)
                && (margin + 60..margin + height - 60).contains(&y);
            let print = inside && y % 30 < 10 && (x / 23 + y / 30) % 3 != 0;
            let grey = if print {
                60
            } else if on {
                225
            } else {
                50
            };
            rgb8.extend(paint(x, y).unwrap_or([grey; 3]));
        }
    }
    let picture = Picture::new(across, down, rgb8).unwrap();
    Original::read(encode::jpeg(&picture, 96.0, 92).unwrap(), "ảnh").unwrap()
}

pub(crate) fn plain(_: usize, _: usize) -> Option<[u8; 3]> {
    None
}

fn warns(page: &Page, warning: PageWarning) -> bool {
    page.view(None).warnings.contains(&warning)
}

#[test]
fn a_recognised_paper_under_200_dpi_is_refused_whoever_confirms_it_until_a_smaller_paper_is_named() {
    // A4 at 86 dpi, or a page of a passport at 205: the picture cannot tell, the officer can.
    let page = Page::new(photograph(710, 1008, plain), 0, None).unwrap();
    assert_eq!(page.paper, Some(PaperSize::A4));
    assert!((84..=86).contains(&page.dpi()), "{}", page.dpi());
    assert!(page.below_legal_floor() && page.confirmed().below_legal_floor());
    assert!(warns(&page, PageWarning::BelowLegalFloor) && !warns(&page, PageWarning::UnknownScale));
    let named = page.with_paper(Some(PaperSize::PassportPage)).unwrap();
    assert!(!named.below_legal_floor() && !named.objection_open(), "{:?}", named.view(None).warnings);
    assert_eq!(named.paper, Some(PaperSize::PassportPage));
    assert!((203..=205).contains(&named.dpi()), "{}", named.dpi());
    assert!(named.reset().unwrap().layout.told.is_some());
    assert!(named.with_paper(None).unwrap().below_legal_floor());
}

#[test]
fn a_paper_of_unknown_size_under_200_dpi_asks_for_an_eye_and_does_not_stop_honest_work() {
    // An A5 that a machine scanned into a folder at 200 dpi: its file does not say so.
    let page = Page::new(sheet(1165, 1654), 0, None).unwrap();
    assert!(page.dpi() < 200 && !page.below_legal_floor());
    assert!(page.objection_open() && warns(&page, PageWarning::UnknownScale));
    let seen = page.confirmed();
    assert!(!seen.objection_open() && !seen.outline_open() && !seen.view(None).needs_confirmation);
    let named = page.with_paper(Some(PaperSize::A5)).unwrap();
    assert!(!named.objection_open() && named.dpi() >= 199, "{}", named.dpi());
}

#[test]
fn glare_waits_for_an_eye_and_what_was_taken_is_not_asked_again() {
    let spot = |x: usize, y: usize| ((x as f64 - 600.0).hypot(y as f64 - 400.0) < 60.0).then_some([255; 3]);
    // A card at 300 dpi.
    let page = Page::new(photograph(1011, 638, spot), 0, None).unwrap();
    assert!(!page.outline_open() && page.objection_open() && warns(&page, PageWarning::Glare));
    let seen = page.confirmed();
    assert!(!seen.objection_open() && warns(&seen, PageWarning::Glare), "told still, asked no more");
    let turned = seen.with_layout(Layout { quarter_turns: 1, ..seen.layout.clone() }).unwrap();
    assert!(!turned.objection_open());
    // Corners that reach out of the picture are another objection.
    let mut corners = seen.view(None).corners.unwrap();
    corners[0].x = -100.0;
    let cut = seen.with_corners(Some(corners)).unwrap();
    assert!(cut.objection_open() && warns(&cut, PageWarning::CutByFrame));
}

#[test]
fn the_training_originals_want_no_eye_and_none_looks_like_another() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../assets/training/originals");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "jpg"));
    let pages: Vec<Page> = paths
        .iter()
        .map(|path| Page::new(Original::read(std::fs::read(path).unwrap(), "").unwrap(), 0, None).unwrap())
        .collect();
    assert!(pages.len() >= 6);
    for (at, (page, path)) in pages.iter().zip(&paths).enumerate() {
        assert!(!page.view(None).needs_confirmation && !page.below_legal_floor(), "{path:?}");
        assert!(page.looks_like(page), "{path:?}");
        assert!(pages[..at].iter().all(|other| !page.looks_like(other)), "{path:?}");
    }
}

/// A dark mat with a light paper of `across` × `down` millimetres on it, 2 pixels a millimetre.
fn on_mat(across: usize, down: usize) -> Original {
    let (w, h) = (900, 700);
    let grey = |i: usize| {
        let (x, y) = (i % w, i / w);
        let on = (120..120 + 2 * across).contains(&x) && (130..130 + 2 * down).contains(&y);
        if on { 230 } else { 48 }
    };
    let picture = Picture::new(w, h, (0..w * h).flat_map(|i| [grey(i); 3]).collect()).unwrap();
    Original::read(encode::jpeg(&picture, 96.0, 92).unwrap(), "máy chụp").unwrap()
}

#[test]
fn a_paper_on_a_measured_stand_has_its_own_size_until_the_camera_is_moved() {
    let mat = capture::stand::Mat::of(&decode(&on_mat(0, 0), 0).unwrap());
    let stand = Stand::measured(mat, &decode(&on_mat(297, 210), 0).unwrap()).unwrap();
    let guessed = Page::shot(on_mat(210, 148), None).unwrap();
    assert_eq!((guessed.paper, guessed.dpi()), (Some(PaperSize::A4), 35));
    let page = Page::shot(on_mat(210, 148), Some(&stand)).unwrap();
    assert_eq!(page.paper, Some(PaperSize::A5));
    assert_eq!((page.finished.width_mm, page.finished.height_mm), (210.0, 148.0));
    assert!((49..=51).contains(&page.dpi()) && page.below_legal_floor(), "{}", page.dpi());
    // It stays measured when its outline is found anew, and comes back to the outline that the mat helped to find.
    let corners = |dx: f32| page.view(None).corners.unwrap().map(|p| api::Point { x: p.x + dx, y: p.y });
    let altered = page.with_corners(Some(corners(9.0))).unwrap();
    let saved = serde_json::to_string(&altered.layout).unwrap();
    let restored = altered.with_layout(serde_json::from_str(&saved).unwrap()).unwrap().reset().unwrap();
    assert_eq!((restored.paper, &restored.layout), (Some(PaperSize::A5), &page.layout));
    // Another table in a picture of the same shape: nothing is measured by the stand.
    let elsewhere = |x: usize, y: usize| (x < 60 || y > 440).then_some([200, 180, 90]);
    let moved = Page::shot(photograph(449, 296, elsewhere), Some(&stand)).unwrap();
    assert!(stand.plane().fits(moved.width, moved.height) && moved.layout.table.is_none());
}

#[test]
fn what_lies_on_the_mat_beside_the_outline_leaves_it_to_a_person_and_says_why() {
    let mat = capture::stand::Mat::of(&decode(&on_mat(0, 0), 0).unwrap());
    let stand = Stand::measured(mat, &decode(&on_mat(297, 210), 0).unwrap()).unwrap();
    // A round thing as large as half the paper.
    let mut picture = decode(&on_mat(148, 210), 0).unwrap();
    for (i, rgb) in picture.rgb8.chunks_exact_mut(3).enumerate() {
        let (x, y) = ((i % picture.width) as f64, (i / picture.width) as f64);
        if (x - 640.0).hypot(y - 340.0) < 130.0 {
            rgb.copy_from_slice(&[150, 60, 40]);
        }
    }
    let original = Original::read(encode::jpeg(&picture, 96.0, 92).unwrap(), "máy chụp").unwrap();
    let page = Page::shot(original, Some(&stand)).unwrap();
    assert!(page.outline_open() && warns(&page, PageWarning::MatDisagrees), "{:?}", page.layout);
    assert_eq!(page.paper, Some(PaperSize::A5), "it is measured all the same");
    let seen = page.confirmed();
    assert!(!seen.outline_open() && !warns(&seen, PageWarning::MatDisagrees));
}

#[test]
fn measured_light_is_evened_out_on_a_word_recorded_and_taken_away_again() {
    let mat = capture::stand::Mat::of(&decode(&on_mat(0, 0), 0).unwrap());
    let stand = Stand::measured(mat, &decode(&on_mat(297, 210), 0).unwrap()).unwrap();
    let white = (0..900 * 700).flat_map(|i| [(235 - i % 900 / 15) as u8; 3]).collect();
    let stand = stand.with_white(&Picture::new(900, 700, white).unwrap()).unwrap();
    let page = Page::shot(on_mat(210, 148), Some(&stand)).unwrap();
    assert_eq!(page.view(None).even_light, Some(false), "nothing is done unasked");
    let is_light = |one: &Transform| matches!(one, Transform::FlatField { .. });
    assert!(!page.finished.transforms.iter().any(is_light));
    let even = page.with_even_light(true).unwrap();
    assert!(is_light(&even.finished.transforms[0]), "{:?}", even.finished.transforms);
    assert!(even.record().unwrap().contains("flat_field"));
    assert_eq!(even.original.sha256(), page.original.sha256());
    let right = |page: &Page| {
        let original = Original::read(page.full_size().unwrap(), "").unwrap();
        let picture = decode(&original, 0).unwrap();
        picture.at(picture.width as isize - 40, 200)[1]
    };
    assert!(right(&even) > right(&page) + 8, "{} and {}", right(&even), right(&page));
    // It outlives a crash, and goes with a word or with a reset.
    let saved: Layout = serde_json::from_str(&serde_json::to_string(&even.layout).unwrap()).unwrap();
    assert!(saved.even_light && saved.light.is_some());
    for back in [even.with_even_light(false).unwrap(), even.reset().unwrap()] {
        assert_eq!(
            (back.finished.jpeg.bytes().unwrap(), &back.layout),
            (page.finished.jpeg.bytes().unwrap(), &page.layout)
        );
    }
    assert!(Page::shot(on_mat(210, 148), None).unwrap().with_even_light(true).is_err(), "not measured");
}

#[test]
fn several_papers_in_a_picture_are_offered_and_made_pages_in_reading_order() {
    // Two papers side by side: a wide dark gap in the middle of one, with blank margins beside it.
    let original = photograph(1200, 800, |x, y| {
        let down = (120..920).contains(&y);
        match x {
            600..=900 => Some([50; 3]),
            540..=960 if down => Some([225; 3]),
            _ => None,
        }
    });
    let page = Page::all_of(&original).unwrap().remove(0);
    let view = page.view(None);
    assert_eq!((view.papers, view.needs_confirmation), (2, true));
    assert!(warns(&page, PageWarning::SeveralPapers));

    let papers = page.separated().unwrap();
    let left = |page: &Page| page.view(None).corners.unwrap()[0].x;
    assert_eq!(papers.len(), 2);
    assert!(left(&papers[0]) < 200.0 && left(&papers[1]) > 850.0);
    for paper in &papers {
        assert_eq!(paper.original.sha256(), page.original.sha256());
        assert!(paper.outline_open(), "a person looks at each");
        assert_eq!(paper.view(None).papers, 1);
    }

    // Whoever confirms the one outline has decided.
    assert_eq!(page.confirmed().view(None).papers, 1);
    // The offer outlives a crash.
    let saved = serde_json::to_string(&page.layout).unwrap();
    assert_eq!(serde_json::from_str::<Layout>(&saved).unwrap().papers.len(), 2);
}

#[test]
fn the_page_in_all_its_pixels_is_turned_as_it_is_read() {
    let page = Page::scanned(&sheet(1165, 1654), Some(200)).unwrap();
    let turned = page.with_layout(Layout { quarter_turns: 1, ..page.layout.clone() }).unwrap();
    assert_eq!(turned.finished.quarter_turns, 1, "the PDF's page makes the turn");
    let size = |page: &Page| {
        let original = Original::read(page.full_size().unwrap(), "full").unwrap();
        let picture = decode(&original, 0).unwrap();
        (picture.width, picture.height)
    };
    assert_eq!((size(&page), size(&turned)), ((1165, 1654), (1654, 1165)));
}
