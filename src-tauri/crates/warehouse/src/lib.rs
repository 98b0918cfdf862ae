//! Our reference warehouse: a small HTTP service that verifies before it accepts and answers a signed receipt.
