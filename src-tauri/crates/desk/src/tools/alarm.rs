//! The register's alarms as codes with parameters, for programs.

use mocban_register::{Alarm, FilePart};
use serde_json::{Value, json};

/// Turns an alarm into `{"code": "…", …}`: its name in snake case, and its fields.
pub fn alarm(alarm: &Alarm) -> Value {
    match alarm {
        Alarm::StoreDamaged { detail } => json!({ "code": "store_damaged", "detail": detail }),
        Alarm::SchemaAltered { name } => json!({ "code": "schema_altered", "name": name }),
        Alarm::RolledBack { store, guard } => {
            json!({ "code": "rolled_back", "store": store, "guard": guard })
        }
        Alarm::Truncated { origin, guard_size, store_size } => {
            json!({ "code": "truncated", "origin": origin, "guard_size": guard_size, "store_size": store_size })
        }
        Alarm::GuardMissing => json!({ "code": "guard_missing" }),
        Alarm::LeafMismatch { origin, seq } => {
            json!({ "code": "leaf_mismatch", "origin": origin, "seq": seq })
        }
        Alarm::EntryInserted { origin, seq } => {
            json!({ "code": "entry_inserted", "origin": origin, "seq": seq })
        }
        Alarm::EntryMissing { origin, seq } => {
            json!({ "code": "entry_missing", "origin": origin, "seq": seq })
        }
        Alarm::EntriesSwapped { origin, first, second } => {
            json!({ "code": "entries_swapped", "origin": origin, "first": first, "second": second })
        }
        Alarm::NodeMismatch { origin, level, index } => {
            json!({ "code": "node_mismatch", "origin": origin, "level": level, "index": index })
        }
        Alarm::SealMismatch { origin, day } => {
            json!({ "code": "seal_mismatch", "origin": origin, "day": day.to_string() })
        }
        Alarm::NumberMissing { origin, number } => {
            json!({ "code": "number_missing", "origin": origin, "number": number })
        }
        Alarm::NumberTwice { origin, number } => {
            json!({ "code": "number_twice", "origin": origin, "number": number })
        }
        Alarm::NumberUnaccounted { origin, number } => {
            json!({ "code": "number_unaccounted", "origin": origin, "number": number })
        }
        Alarm::PersonalDataAltered { origin, number } => {
            json!({ "code": "personal_data_altered", "origin": origin, "number": number })
        }
        Alarm::BlobAltered { origin, number, part } => {
            json!({ "code": "blob_altered", "origin": origin, "number": number, "part": part_name(*part) })
        }
        Alarm::BlobMissing { origin, number, part } => {
            json!({ "code": "blob_missing", "origin": origin, "number": number, "part": part_name(*part) })
        }
        Alarm::EntryWithoutJob { origin, number } => {
            json!({ "code": "entry_without_job", "origin": origin, "number": number })
        }
        Alarm::JobMisplaced { origin, number } => {
            json!({ "code": "job_misplaced", "origin": origin, "number": number })
        }
        Alarm::ReceiptMismatch { origin, number } => {
            json!({ "code": "receipt_mismatch", "origin": origin, "number": number })
        }
        // A kind of damage that a newer register knows is still damage.
        other => json!({ "code": "unknown", "detail": format!("{other:?}") }),
    }
}

fn part_name(part: FilePart) -> &'static str {
    match part {
        FilePart::Unsigned => "unsigned",
        FilePart::Performer => "performer",
        FilePart::Agency => "agency",
        FilePart::Augmentation => "augmentation",
    }
}
