//! A token host and nothing else: the smallest executable a [`mocban_pkcs11::TokenHost`] can start.

fn main() {
    mocban_pkcs11::host::run_if_requested();
    // Started by hand: there is nothing here for people to run.
    std::process::exit(2);
}
