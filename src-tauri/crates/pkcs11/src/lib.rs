//! Tokens: PKCS#11 modules loaded only in a helper process, with a deadline on every call.
