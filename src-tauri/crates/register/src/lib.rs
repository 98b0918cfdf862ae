//! The store: one encrypted SQLite file with the certification register, its hash tree and the outbox.
