//! At 9600 baud.

use std::thread;
use std::time::Duration;

use cell_terminal::Line;

use super::server::{SOON, Server};

const SLOW: Line = Line::Baud(9600);

/// How long nothing comes when a frame is over: a piece takes 40 ms.
const PAUSE: Duration = Duration::from_millis(400);

#[test]
fn at_9600_baud_the_screen_is_painted_soon_and_keys_are_answered_while_it_is() {
    let server = Server::new(18);
    let began = std::time::Instant::now();
    let console = server.console(&[], SLOW);
    console.pty.until("the first paint", SOON, |screen| {
        screen.has("mqtt-bridge-4") && screen.has("database-13") && screen.has("Enter look")
    });
    let first = began.elapsed();
    let _ = console.pty.quiet(PAUSE);
    let mut slowest = Duration::ZERO;
    for (key, row) in [(b"j", 3), (b"j", 4), (b"k", 3), (b"j", 4)] {
        // everything anew: 1.5 seconds
        console.pty.keys(b"\x0c");
        console
            .pty
            .until("the repaint", SOON, |screen| !screen.has("Enter look"));
        thread::sleep(Duration::from_millis(100));
        console.pty.keys(key);
        let took = console.pty.until("the choice", SOON, |screen| {
            screen.rows()[row].starts_with('>')
        });
        let is_whole = console.pty.look(|screen| screen.has("Enter look"));
        assert!(!is_whole, "the repaint was over before the key");
        slowest = slowest.max(took);
        let _ = console.pty.quiet(PAUSE);
    }
    println!(
        "9600 baud: first paint {first:?}, a key's answer during a repaint at most {slowest:?}"
    );
    assert!(first < Duration::from_millis(2500), "{first:?}");
    assert!(slowest < Duration::from_millis(150), "{slowest:?}");
}
