//! Tests of the automata and, over a made-up system, of the shell.

mod cells;
mod define;
mod invariants;
mod lines;
mod service;
mod watchdog;
