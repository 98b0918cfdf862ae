//! What a warehouse must do, the clients for it, and the queue runner.
