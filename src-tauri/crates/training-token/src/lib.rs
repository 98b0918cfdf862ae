//! A software PKCS#11 module: training mode on every OS, and the token of the tests.
