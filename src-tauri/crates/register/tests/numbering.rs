//! The numbers against a model: whatever the order of reserving, preparing, signing, sealing, voiding and restarting,
//! every integer from 1 on is one act, one void, or under way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod common;
use common::*;
use mocban_register::*;
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
enum Action {
    Reserve(u128),
    Prepare(u128),
    Sign(u128),
    Seal(u128),
    Void(u128),
    Reopen,
}

fn action() -> impl Strategy<Value = Action> {
    let copy = 1u128..8;
    prop_oneof![
        3 => copy.clone().prop_map(Action::Reserve),
        3 => copy.clone().prop_map(Action::Prepare),
        3 => copy.clone().prop_map(Action::Sign),
        3 => copy.clone().prop_map(Action::Seal),
        1 => copy.prop_map(Action::Void),
        1 => Just(Action::Reopen),
    ]
}

/// What the model knows of a copy, by its index + 1 = number.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    Reserved,
    Prepared,
    Signed,
    Sealed,
    Void,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn every_number_is_one_act_one_void_or_under_way(actions in proptest::collection::vec(action(), 1..40)) {
        let (office, mut store) = Office::new();
        let mut model: Vec<(u128, Stage)> = Vec::new();
        for action in actions {
            let find = |n: u128| model.iter().position(|(copy, _)| *copy == n);
            match action {
                Action::Reserve(n) => {
                    let result = store.reserve(&office.book, copy(n), "desk", at(0));
                    match find(n) {
                        Some(i) if model[i].1 == Stage::Void => {
                            prop_assert_eq!(result, Err(RegisterError::NumberVoid { number: i as u32 + 1 }));
                        }
                        Some(i) => prop_assert_eq!(result, Ok(i as u32 + 1)),
                        None => {
                            model.push((n, Stage::Reserved));
                            prop_assert_eq!(result, Ok(model.len() as u32));
                        }
                    }
                }
                Action::Prepare(n) => {
                    let result = store.record_prepared(copy(n), &prepared(n), &unsigned(n), at(1));
                    let stage = find(n).map(|i| model[i].1);
                    let allowed = matches!(stage, Some(Stage::Reserved | Stage::Prepared | Stage::Signed));
                    prop_assert_eq!(result.is_ok(), allowed, "{:?} from {:?}", result, stage);
                    if stage == Some(Stage::Reserved) {
                        let i = find(n).unwrap();
                        model[i].1 = Stage::Prepared;
                    }
                }
                Action::Sign(n) => {
                    let result = store.record_signed(copy(n), &performer(n), at(2));
                    let stage = find(n).map(|i| model[i].1);
                    prop_assert_eq!(result.is_ok(), matches!(stage, Some(Stage::Prepared | Stage::Signed)));
                    if stage == Some(Stage::Prepared) {
                        let i = find(n).unwrap();
                        model[i].1 = Stage::Signed;
                    }
                }
                Action::Seal(n) => {
                    let result = store.commit_sealed(copy(n), &agency(n), &job(n), at(3));
                    let stage = find(n).map(|i| model[i].1);
                    prop_assert_eq!(result.is_ok(), matches!(stage, Some(Stage::Signed | Stage::Sealed)));
                    if let Ok(entry) = result {
                        let i = find(n).unwrap();
                        prop_assert_eq!(entry.number, i as u32 + 1);
                        model[i].1 = Stage::Sealed;
                    }
                }
                Action::Void(n) => {
                    if let Some(i) = find(n) {
                        let result = store.void(&office.book, i as u32 + 1, "Hủy", "officer", at(4));
                        prop_assert_eq!(result.is_ok(), model[i].1 != Stage::Sealed);
                        if result.is_ok() {
                            model[i].1 = Stage::Void;
                        }
                    }
                }
                Action::Reopen => {
                    drop(store);
                    store = office.open(Purpose::Work).unwrap();
                }
            }
        }
        prop_assert_eq!(store.next_number(&office.book).unwrap() as usize, model.len() + 1);
        let open: Vec<u32> = store.unfinished().unwrap().iter().map(|u| u.number).collect();
        for (i, (n, stage)) in model.iter().enumerate() {
            let number = i as u32 + 1;
            let kind = store.entry_of_number(&office.book, number).unwrap().map(|e| (e.kind, e.copy_id));
            match stage {
                Stage::Sealed => prop_assert_eq!(kind, Some((EntryKind::Act, copy(*n)))),
                Stage::Void => prop_assert_eq!(kind, Some((EntryKind::Void, copy(*n)))),
                _ => prop_assert_eq!((kind, open.contains(&number)), (None, true)),
            }
        }
        let sealed = model.iter().filter(|(_, stage)| *stage == Stage::Sealed).count();
        prop_assert_eq!(store.queue().unwrap().len(), sealed);
        prop_assert_eq!(store.verify(VerifyDepth::Everything).unwrap().alarms, vec![]);
    }
}
