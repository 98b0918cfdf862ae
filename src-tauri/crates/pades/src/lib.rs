//! Signs, and verifies, PDF signatures (PAdES). Knows a Signer, never a token.
