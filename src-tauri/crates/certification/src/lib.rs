//! The law as pure code: papers, the statement, numbers, fees, time limits, refusals, roles. No I/O, no clock.
