//! Noise on the line.

use cell_terminal::Line;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::server::{SOON, Server};

/// Bytes as random as a broken line's, the same each time.
pub fn noise(count: usize) -> Vec<u8> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut rng = runner.new_rng();
    (0..count).map(|_| rng.next_u32() as u8).collect()
}

/// Nothing but what needs no confirmation.
pub fn is_harmless(command: &str) -> bool {
    command.starts_with("cell start ") && !command.contains("--all")
        || command.starts_with("volume backup verify ")
        || command.ends_with(" --dry-run")
}

#[test]
fn of_100_000_random_bytes_no_action_that_asks_is_done() {
    let server = Server::new(4);
    let mut console = server.console(&[], Line::Local);
    console.pty.shows("cells: 4", SOON);
    // what ends it is in the test of the state alone
    let quits = |byte: &u8| matches!(byte, b'q' | 3);
    let bytes: Vec<u8> = noise(101_000)
        .into_iter()
        .filter(|byte| !quits(byte))
        .collect();
    assert!(bytes.len() >= 100_000);
    for piece in bytes.chunks(500) {
        console.pty.keys(piece);
    }
    // it is alive, has taken all of it, and does what it is asked; what comes soon after Escape belongs to it
    for _ in 0..20 {
        if console.child.try_wait().unwrap().is_some() {
            break;
        }
        console.press(b"\x1b");
        console.press(b"q");
    }
    assert_eq!(console.ended(), 0);
    let model = server.model();
    let commands = &model.commands;
    assert!(commands.len() > 20, "{}", commands.len());
    let bad: Vec<&String> = commands
        .iter()
        .filter(|command| !is_harmless(command))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
    println!(
        "100000 bytes of noise: {} commands that need no confirmation, none that does",
        commands.len()
    );
}
