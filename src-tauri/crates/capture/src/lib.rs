//! From a photograph or a scan to a page at true size, with every transform recorded.
