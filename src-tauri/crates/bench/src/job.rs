//! One photograph to a committed copy: the rooms one after another, and the whole job at the desk.

use crate::{
    Bench,
    copies::{self, By, Press},
    originals,
    peer::number,
    stats::{Times, by_turns, seconds, timed},
    table::{Row, Table, ratio_text},
};
use anyhow::{Context, Result, bail};
use jiff::{Timestamp, civil::date};
use mocban_capture::{Original, Transform, decode, detect, encode, rectify};
use mocban_copy as copy;
use mocban_desk::{Desk, api::*};
use mocban_register::{
    BookKey, DataFolder, Increment, Job, Officer, OpenOptions, PreparedAct, Purpose, Requester, Store,
    StoreKey,
};
use serde_json::json;
use std::{collections::BTreeMap, path::Path, time::Instant};
use uuid::Uuid;

const ROUNDS: usize = 15;
const WARM: usize = 3;
/// Bytes that a seal appends, about: stands in for it where only one signature is measured.
const SEAL_BYTES: usize = 20_000;

pub(crate) fn measure(bench: &mut Bench, table: &mut Table) -> Result<()> {
    let photo = originals()?.remove(0);
    let book = BookKey { office: "00001".into(), symbol: "SCTĐT/BS".into(), year: 2026 };
    let folder = DataFolder::lock(&bench.room.join("job"))?;
    let store = Store::open(
        folder,
        &StoreKey::from_bytes([7; 32]),
        &OpenOptions::new(Purpose::WorkOrCreate, Timestamp::now()),
    )?;
    store.open_book(&book, 1, 1, Timestamp::now())?;
    let mut stages: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    let mut parts: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    let scratch = bench.room.join("floor.bin");
    let [ours, theirs, floor] = by_turns(WARM, ROUNDS, || {
        let bytes = std::fs::read(&photo)?;
        let (took, ours) = timed(|| one_signature(&bench.press, &store, &book, bytes))?;
        for (stage, seconds) in took {
            stages.entry(stage).or_default().push(seconds);
        }
        let theirs = bench.peer.seconds(json!({ "do": "job", "photo": photo, "signatures": 1 }))?;
        let floor = bench.peer.ask(json!({ "do": "floor_job", "photo": photo, "out": scratch }))?;
        for part in ["decode", "encode", "sign", "fsync"] {
            parts.entry(part).or_default().push(number(&floor, part)?);
        }
        Ok([ours, theirs, number(&floor, "seconds")?])
    })?;
    let what = "one 8 MP photograph → detected, rectified A4 at 300 dpi → PDF/A → signed once → committed";
    let named = "OpenCV + img2pdf + pyHanko + SQLite, one warm Python process";
    table.row(Row::at_most(what, &ours, &theirs, named, 0.5, "≤ 1/2, aim at 1/3"));
    let named = "sum of JPEG decode + encode (libjpeg-turbo), C_Sign, one fsync";
    table.row(Row::at_most("the same", &ours, &floor, named, 1.5, "≤ 1.5x"));
    let list = |all: BTreeMap<&'static str, Vec<f64>>| {
        let one = |(name, times)| format!("{name} {}", seconds(Times::new(times).median()));
        all.into_iter().map(one).collect::<Vec<_>>().join(", ")
    };
    table.note(format!(
        "Photograph to register, our stages: {}. The floor's parts: {}.",
        list(stages),
        list(parts)
    ));
    table.note(
        "Photograph to register: ours also sets the statement page with QR and fonts, verifies the token's signature twice \
         before it is used, reaches the token in its own process, and commits four transactions (number, unsigned file, \
         signature, entry with file and job) to an encrypted store; the seal is a stand-in of the usual size, so that both \
         sides sign once. The peer signs through python-pkcs11 with the same key in the same SoftHSM2 module and commits \
         one SQLite transaction (WAL, synchronous=EXTRA). Both encode at quality 85, 4:2:2.",
    );
    whole(bench, table, &photo)
}

/// The main job at the desk as an officer does it, two signatures, against the peer signing twice.
fn whole(bench: &mut Bench, table: &mut Table, photo: &Path) -> Result<()> {
    let bytes = std::fs::read(photo)?;
    let [ours, theirs] = by_turns(WARM, ROUNDS, || {
        let (_, ours) = timed(|| certify(&bench.desk, bytes.clone()))?;
        let theirs = bench.peer.seconds(json!({ "do": "job", "photo": photo, "signatures": 2 }))?;
        Ok([ours, theirs])
    })?;
    table.row(Row {
        what: "the whole job at the desk: picture added, form typed, attested, signed, sealed, committed, queued".into(),
        ours: ours.to_string(),
        peer: format!("the same peer, signing twice: {theirs}"),
        ratio: ratio_text(ours.median() / theirs.median()),
        target: "–".into(),
        reached: None,
    });
    table.note(
        "The whole job at the desk goes through the command list like the window: it also makes three pictures for the \
         screen, saves the case as a draft after every command, and gives each token a look before its use.",
    );
    Ok(())
}

/// Takes one case from picture to queue; gives the copy's id.
pub(crate) fn certify(desk: &Desk, photo: Vec<u8>) -> Result<String> {
    let mut form = desk.ask::<_, CaseView>("case_get", &Empty {})?.form;
    form.requester.name = "Nguyễn Thị Ánh Tuyết".into();
    form.requester.id_number = "001203004567".into();
    form.paper.name = "Trích lục khai sinh".into();
    let _: CaseView = desk.ask("case_update", &form)?;
    let blob = desk.upload(photo)?;
    let _: CaseView = desk.ask("page_add", &PageAdd { blob, name: "photo.jpg".into() })?;
    let case: CaseView = desk.ask("case_attest", &CaseAttest { attested: true })?;
    if !case.missing.is_empty() {
        bail!("the case lacks {:?}", case.missing);
    }
    Ok(desk.ask::<_, SignedCopy>("case_sign", &Empty {})?.id)
}

/// Seconds spent in each stage.
type Stages = BTreeMap<&'static str, f64>;

struct Watch {
    last: Instant,
    stages: Stages,
}

impl Watch {
    fn done(&mut self, stage: &'static str) {
        let now = Instant::now();
        *self.stages.entry(stage).or_default() += (now - self.last).as_secs_f64();
        self.last = now;
    }
}

fn one_signature(press: &Press, store: &Store, book: &BookKey, photo: Vec<u8>) -> Result<Stages> {
    let mut watch = Watch { last: Instant::now(), stages: Stages::new() };
    let original = Original::read(photo, "photo.jpg")?;
    let picture = decode(&original)?;
    watch.done("decode");
    let quad = detect(&picture).certain().context("the page is not certain")?;
    watch.done("detect");
    let transforms = [Transform::perspective(&picture, quad, None)?];
    let made = rectify(&picture, &transforms)?;
    watch.done("rectify");
    let jpeg = encode::jpeg(&made.picture, made.dpi, encode::QUALITY)?;
    watch.done("encode");
    let (copy_id, now) = (Uuid::now_v7(), Timestamp::now());
    let number = store.reserve(book, copy_id, "bench", now)?;
    watch.done("register");
    let page = copies::page(&original, &made, jpeg, &transforms)?;
    let unsigned = copy::build(&copies::request(vec![page], number, copy_id))?;
    watch.done("PDF/A");
    store.record_prepared(copy_id, &act(&unsigned, now), &unsigned.bytes, now)?;
    watch.done("register");
    let bytes = press.sign(&unsigned.bytes, &unsigned, By::Performer)?;
    watch.done("sign");
    store.record_signed(copy_id, &Increment { bytes, certificate: [1; 32] }, now)?;
    let seal = Increment { bytes: vec![0; SEAL_BYTES], certificate: [2; 32] };
    store.commit_sealed(copy_id, &seal, &Job { key: copy_id, payload: "{}".into() }, now)?;
    watch.done("register");
    Ok(watch.stages)
}

fn act(unsigned: &copy::UnsignedCopy, now: Timestamp) -> PreparedAct {
    PreparedAct {
        requester: Requester { name: "Nguyễn Thị Ánh Tuyết".into(), ..Requester::default() },
        paper: "Trích lục khai sinh".into(),
        pages: 1,
        copies: 1,
        fee: 2_000,
        signer: Officer { name: "Lê Văn Đức Thắng".into(), title: String::new() },
        statement_date: date(2026, 11, 21),
        certified_at: now,
        note: String::new(),
        details: String::new(),
        unsigned_sha256: unsigned.sha256,
    }
}
