//! Invariant 1, attacked: whatever desks, crashes and lost answers do, the book counts without hole or double.

#![allow(clippy::unwrap_used)] // a test may fail

mod common;

use std::collections::HashMap;

use common::{Broken, Fault, MemoryBook, book};
use mocban_sequencer::{
    BookStore, Error, LocalSequencer, Outcome, Purpose, Recovered, Reservation, Reserved, Sequencer,
    VoidReason, unbroken,
};
use proptest::prelude::*;

fn reason() -> VoidReason {
    VoidReason::new("máy tắt khi đang lập bản sao").unwrap()
}

fn purpose(copy: usize, desk: usize) -> Purpose {
    Purpose::new(&format!("copy-{copy}"), &format!("desk-{desk}")).unwrap()
}

/// A sequencer over a store the test can look into.
fn sequencer(store: &MemoryBook) -> LocalSequencer<MemoryBook> {
    LocalSequencer::new(store.clone())
}

fn sequences(store: &MemoryBook) -> Vec<u32> {
    store.with(|inner| inner.rows.iter().map(|r| r.number.sequence.get()).collect())
}

#[test]
fn numbers_follow_one_another_from_one() {
    let store = MemoryBook::new();
    let desk = sequencer(&store);
    for n in 1..=3 {
        let reservation = desk.reserve(&book(), &purpose(n, 1)).unwrap();
        assert_eq!(reservation.number().sequence.get() as usize, n);
        let _ = desk.confirm_used(reservation).unwrap();
    }
    assert!(desk.open_numbers(&book()).unwrap().is_empty());
}

#[test]
fn a_book_begun_on_paper_is_continued() {
    let store = MemoryBook::starting_after(417);
    let reservation = sequencer(&store).reserve(&book(), &purpose(1, 1)).unwrap();
    assert_eq!(reservation.number().sequence.get(), 418);
}

#[test]
fn a_new_volume_continues_the_count() {
    let store = MemoryBook::new();
    let desk = sequencer(&store);
    let first = desk.reserve(&book(), &purpose(1, 1)).unwrap();
    store.with(|inner| inner.volume = 2);
    let second = desk.reserve(&book(), &purpose(2, 1)).unwrap();
    let shown = |r: &Reservation<Reserved>| (r.number().sequence.get(), r.number().volume.get());
    assert_eq!((shown(&first), shown(&second)), ((1, 1), (2, 2)));
}

#[test]
fn asking_again_after_a_lost_answer_gives_the_same_number() {
    let store = MemoryBook::new();
    let desk = sequencer(&store);
    store.with(|inner| inner.faults.push_back(Fault::AfterWrite));
    let lost = desk.reserve(&book(), &purpose(1, 1)).unwrap_err();
    assert!(matches!(&lost, Error::Store(why) if why.downcast_ref::<Broken>().is_some()), "{lost}");
    assert_eq!(desk.reserve(&book(), &purpose(1, 1)).unwrap().number().sequence.get(), 1);
    assert_eq!(sequences(&store), [1]);
}

#[test]
fn a_voided_number_keeps_its_place_and_its_copy_gets_the_next() {
    let store = MemoryBook::new();
    let desk = sequencer(&store);
    let first = desk.reserve(&book(), &purpose(1, 1)).unwrap();
    let voided = desk.void(first, &reason()).unwrap();
    assert_eq!(voided.number().sequence.get(), 1);
    assert_eq!(desk.reserve(&book(), &purpose(1, 1)).unwrap().number().sequence.get(), 2);
    assert!(store.with(|inner| inner.rows[0].outcome == Outcome::Voided(reason())));
}

#[test]
fn what_is_used_cannot_be_voided_and_what_is_voided_cannot_be_used() {
    let store = MemoryBook::new();
    let desk = sequencer(&store);
    let [held, again] = [(); 2].map(|()| desk.reserve(&book(), &purpose(1, 1)).unwrap());
    let _ = desk.confirm_used(held).unwrap();
    assert!(matches!(desk.void(again, &reason()), Err(Error::NumberSettled { .. })));

    let [held, again] = [(); 2].map(|()| desk.reserve(&book(), &purpose(2, 1)).unwrap());
    let _ = desk.void(held, &reason()).unwrap();
    assert!(matches!(desk.confirm_used(again), Err(Error::NumberSettled { .. })));
}

#[test]
fn a_use_the_register_wrote_itself_is_confirmed() {
    let store = MemoryBook::new();
    let desk = sequencer(&store);
    let reservation = desk.reserve(&book(), &purpose(1, 1)).unwrap();
    let _ = store.mark_used(reservation.number(), reservation.purpose()).unwrap();
    let used = desk.confirm_used(reservation).unwrap();
    assert_eq!(used.number().sequence.get(), 1);
    assert!(matches!(desk.reserve(&book(), &purpose(1, 1)), Err(Error::CopyNumbered { .. })));
}

#[test]
fn a_copy_in_one_desks_hands_gets_no_number_at_another() {
    let store = MemoryBook::new();
    let desk = sequencer(&store);
    let _held = desk.reserve(&book(), &purpose(1, 1)).unwrap();
    assert!(matches!(desk.reserve(&book(), &purpose(1, 2)), Err(Error::CopyNumbered { .. })));
}

#[test]
fn no_number_from_a_book_that_is_elsewhere_closed_or_full() {
    let store = MemoryBook::new();
    let desk = sequencer(&store);
    let mut elsewhere = book();
    elsewhere.year = 2027;
    assert!(matches!(desk.reserve(&elsewhere, &purpose(1, 1)), Err(Error::BookNotHere { .. })));
    assert!(matches!(desk.open_numbers(&elsewhere), Err(Error::BookNotHere { .. })));
    store.with(|inner| inner.closed = true);
    assert!(matches!(desk.reserve(&book(), &purpose(1, 1)), Err(Error::BookClosed { .. })));
    let full = MemoryBook::starting_after(u32::MAX);
    assert!(matches!(sequencer(&full).reserve(&book(), &purpose(1, 1)), Err(Error::BookFull { .. })));
}

#[test]
fn after_a_crash_a_recorded_file_goes_on_and_the_rest_is_voided() {
    let store = MemoryBook::new();
    let desk = sequencer(&store);
    for copy in 1..=2 {
        let _lost_in_the_crash = desk.reserve(&book(), &purpose(copy, 1)).unwrap();
    }
    let other_desk = desk.reserve(&book(), &purpose(3, 2)).unwrap();
    store.record_unsigned("copy-2", [7; 32]);

    let recovered = desk.recover(&book(), "desk-1", &reason()).unwrap();
    assert!(matches!(&recovered[0], Recovered::Voided(r) if r.purpose().copy() == "copy-1"));
    assert!(
        matches!(&recovered[1], Recovered::Resumed { reservation, unsigned_sha256: [7, ..] } if reservation.number().sequence.get() == 2)
    );
    assert_eq!(recovered.len(), 2, "the other desk's work is left alone");
    let _ = desk.confirm_used(other_desk).unwrap();
}

/// Asks again when the other process was faster: two in lockstep can take turns at losing for long.
fn patiently(desk: &impl Sequencer, purpose: &Purpose) -> Reservation<Reserved> {
    let attempts = (0..1000).map(|_| desk.reserve(&book(), purpose));
    attempts.filter(|r| !matches!(r, Err(Error::Contended { .. }))).map(Result::unwrap).next().unwrap()
}

#[test]
fn threads_of_one_process_queue_and_none_is_sent_away() {
    let store = MemoryBook::new();
    let desk = sequencer(&store);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let desk = &desk;
            scope.spawn(move || {
                for i in 0..50 {
                    let reservation = desk.reserve(&book(), &purpose(thread * 1000 + i, thread)).unwrap();
                    let _ = desk.confirm_used(reservation).unwrap();
                }
            });
        }
    });
    assert_eq!(unbroken(0, sequences(&store)).unwrap(), 400);
}

#[test]
fn desks_racing_for_numbers_get_each_one_once() {
    let store = MemoryBook::new();
    // Two processes on one store, four threads in each.
    let processes = [sequencer(&store), sequencer(&store)];
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let desk = &processes[thread % 2];
            scope.spawn(move || {
                for i in 0..100 {
                    let reservation = patiently(desk, &purpose(thread * 1000 + i, thread));
                    if i % 7 == 0 {
                        let _ = desk.void(reservation, &reason()).unwrap();
                    } else {
                        let _ = desk.confirm_used(reservation).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(unbroken(0, sequences(&store)).unwrap(), 800);
}

/// What may happen at the desks of an office. Copies and desks are small numbers, so that they meet.
#[derive(Debug, Clone)]
enum Event {
    Reserve { copy: usize, desk: usize, fault: Fault },
    RecordUnsigned { copy: usize },
    Use { copy: usize, fault: Fault },
    Void { copy: usize, fault: Fault },
    Crash { desk: usize, fault: Fault },
    NewVolume,
}

const COPIES: usize = 6;
const DESKS: usize = 3;

fn event() -> impl Strategy<Value = Event> {
    let fault =
        || prop_oneof![4 => Just(Fault::None), 1 => Just(Fault::BeforeWrite), 1 => Just(Fault::AfterWrite)];
    let copy = || 0..COPIES;
    prop_oneof![
        6 => (copy(), 0..DESKS, fault()).prop_map(|(copy, desk, fault)| Event::Reserve { copy, desk, fault }),
        2 => copy().prop_map(|copy| Event::RecordUnsigned { copy }),
        3 => (copy(), fault()).prop_map(|(copy, fault)| Event::Use { copy, fault }),
        2 => (copy(), fault()).prop_map(|(copy, fault)| Event::Void { copy, fault }),
        1 => (0..DESKS, fault()).prop_map(|(desk, fault)| Event::Crash { desk, fault }),
        1 => Just(Event::NewVolume),
    ]
}

/// The office: a store, and what each desk holds in memory. A crash of a desk loses the latter.
struct World {
    store: MemoryBook,
    in_hand: Vec<Reservation<Reserved>>,
    /// Numbers whose use or void was confirmed to somebody: they must stay so.
    confirmed: HashMap<u32, (usize, bool)>,
}

impl World {
    fn new() -> Self {
        Self { store: MemoryBook::new(), in_hand: Vec::new(), confirmed: HashMap::new() }
    }

    fn arm(&self, fault: Fault) {
        self.store.with(|inner| inner.faults = [fault].into());
    }

    fn take(&mut self, copy: usize) -> Option<Reservation<Reserved>> {
        let name = format!("copy-{copy}");
        let at = self.in_hand.iter().position(|r| r.purpose().copy() == name)?;
        Some(self.in_hand.swap_remove(at))
    }

    fn happen(&mut self, event: Event) {
        let Self { store, .. } = self;
        match event {
            Event::Reserve { copy, desk, fault } => {
                self.arm(fault);
                if let Ok(r) = sequencer(&self.store).reserve(&book(), &purpose(copy, desk)) {
                    self.in_hand.push(r);
                }
            }
            Event::RecordUnsigned { copy } => store.record_unsigned(&format!("copy-{copy}"), [1; 32]),
            Event::Use { copy, fault } => {
                self.arm(fault);
                if let Some(r) = self.take(copy)
                    && let Ok(used) = sequencer(&self.store).confirm_used(r)
                {
                    self.confirmed.insert(used.number().sequence.get(), (copy, true));
                }
            }
            Event::Void { copy, fault } => {
                self.arm(fault);
                if let Some(r) = self.take(copy)
                    && let Ok(voided) = sequencer(&self.store).void(r, &reason())
                {
                    self.confirmed.insert(voided.number().sequence.get(), (copy, false));
                }
            }
            Event::Crash { desk, fault } => {
                let name = format!("desk-{desk}");
                self.in_hand.retain(|r| r.purpose().desk() != name);
                self.arm(fault);
                // Recovery itself may fail half way; the next start repeats it.
                if let Ok(recovered) = sequencer(&self.store).recover(&book(), &name, &reason()) {
                    self.in_hand.extend(recovered.into_iter().filter_map(|r| match r {
                        Recovered::Resumed { reservation, .. } => Some(reservation),
                        Recovered::Voided(_) => None,
                    }));
                }
            }
            Event::NewVolume => store.with(|inner| inner.volume = inner.volume.saturating_add(1)),
        }
        self.store.with(|inner| inner.faults.clear());
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let rows = self.store.with(|inner| inner.rows.clone());
        unbroken(0, rows.iter().map(|r| r.number.sequence.get()))
            .map_err(|e| TestCaseError::fail(e.to_string()))?;
        for copy in (0..COPIES).map(|c| format!("copy-{c}")) {
            let live =
                rows.iter().filter(|r| r.purpose.copy() == copy && !matches!(r.outcome, Outcome::Voided(_)));
            prop_assert!(live.count() <= 1, "{copy} has two numbers");
        }
        for (sequence, (copy, used)) in &self.confirmed {
            let row = rows.iter().find(|r| r.number.sequence.get() == *sequence);
            let row = row.ok_or_else(|| TestCaseError::fail(format!("{sequence} was lost")))?;
            prop_assert_eq!(row.purpose.copy(), format!("copy-{copy}"));
            let stands = match &row.outcome {
                Outcome::Used => *used,
                Outcome::Voided(r) => !used && *r == reason(),
                Outcome::Reserved { .. } => false,
            };
            prop_assert!(stands, "{} is {:?}", sequence, row.outcome);
        }
        prop_assert!(rows.is_sorted_by_key(|r| r.number.volume), "volumes run backwards");
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_interleaving_leaves_a_hole_or_a_double(events in prop::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        for event in events {
            world.happen(event);
            world.check()?;
        }
        // Evening: every desk restarts, finishes what can go on, and the book can be closed.
        for desk in 0..DESKS {
            let desks = sequencer(&world.store);
            for left in desks.recover(&book(), &format!("desk-{desk}"), &reason()).unwrap() {
                if let Recovered::Resumed { reservation, .. } = left {
                    let _ = desks.confirm_used(reservation).unwrap();
                }
            }
        }
        world.check()?;
        prop_assert!(sequencer(&world.store).open_numbers(&book()).unwrap().is_empty());
    }
}
