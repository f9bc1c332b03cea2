//! Tests of the automata and, over a made-up system, of the shell.

mod bench;
mod cells;
mod choice;
mod define;
mod fake;
mod health;
mod invariants;
mod lines;
mod service;
mod shell;
mod watchdog;
