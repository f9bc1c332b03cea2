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
    let mut took: Vec<Duration> = vec![];
    for (key, row) in [
        (b"j", 3),
        (b"j", 4),
        (b"k", 3),
        (b"j", 4),
        (b"k", 3),
        (b"j", 4),
    ] {
        // everything anew: 1.5 seconds
        console.pty.keys(b"\x0c");
        console
            .pty
            .until("the repaint", SOON, |screen| !screen.has("Enter look"));
        thread::sleep(Duration::from_millis(100));
        console.pty.keys(key);
        let time = console.pty.until("the choice", SOON, |screen| {
            screen.rows()[row].starts_with('>')
        });
        // a machine that has other things to do may stall for a moment
        if console.pty.look(|screen| !screen.has("Enter look")) {
            took.push(time);
        }
        let _ = console.pty.quiet(PAUSE);
    }
    took.sort();
    println!("9600 baud: first paint {first:?}, keys' answers during a repaint {took:?}");
    assert!(first < Duration::from_millis(2500), "{first:?}");
    assert!(took.len() >= 4, "repaints were over before the key");
    let usual = took[took.len() / 2];
    assert!(usual < Duration::from_millis(150), "{usual:?}");
}
