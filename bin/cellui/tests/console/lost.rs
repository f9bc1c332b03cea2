//! What is seen when nobody answers, when somebody does again, and on terminals of other sizes.

use std::time::Duration;

use cell_terminal::Line;

use super::server::{OVER, SOON, Server};

#[test]
fn a_lost_line_is_said_what_is_seen_is_stale_and_it_is_made_again() {
    let server = Server::new(4);
    let console = server.console(&[], Line::Local);
    console.pty.shows("cells: 4", SOON);
    server.close();
    console.pty.shows("NO CONNECTION", SOON);
    console.pty.shows("has ended; trying again", SOON);
    // what was told before stays
    console.pty.shows("web-1", Duration::ZERO);
    console.press(b"x");
    console.pty.shows("stop: no connection", SOON);
    console
        .pty
        .shows("stale since 10 s", Duration::from_secs(20));
    server.model().cells[3].name = "new-cell".into();
    server.listen();
    console.pty.shows("new-cell", Duration::from_secs(15));
    console.pty.until("the end of it", SOON, |screen| {
        !screen.has("NO CONNECTION") && !screen.has("stale")
    });
}

#[test]
fn who_may_only_look_sees_that_and_is_told_so() {
    let server = Server::new(4);
    // of those who could do more, and of those who cannot
    looks_only(&server, &["--read-only"]);
    server.model().write = false;
    looks_only(&server, &[]);
    assert!(server.model().commands.is_empty());
}

fn looks_only(server: &Server, options: &[&str]) {
    let console = server.console(options, Line::Local);
    console.pty.shows("read-only", SOON);
    console.pty.shows("cells: 4", SOON);
    for (key, label) in [
        (b"s", "start"),
        (b"x", "stop"),
        (b"z", "stop all"),
        (b"A", "apply"),
    ] {
        console.press(key);
        console.pty.shows(&format!("{label}: read-only"), SOON);
    }
}

#[test]
fn a_small_terminal_has_a_list_and_a_large_one_more_columns() {
    let server = Server::new(4);
    let small = server.sized(&[], Line::Local, (30, 10));
    small.pty.shows("cells: 4", SOON);
    let _ = small.pty.quiet(OVER);
    let rows = small.pty.look(cell_terminal::Screen::rows);
    assert_eq!(rows[1], "> logger-0          ready", "{rows:#?}");
    assert!(!rows.iter().any(|row| row.contains("SERVICE")));
    small.press(b"x");
    small.pty.shows("Stop logger-0", SOON);
    small.press(b"n");
    small.pty.shows("stop: not done", SOON);
    small.pty.resize(132, 50);
    small.pty.shows("DENIED", SOON);
    small.pty.shows("PORTS", SOON);
    small.pty.shows("Enter look", SOON);
    small.pty.resize(80, 24);
    small.pty.until("fewer columns", SOON, |screen| {
        screen.has("RESTART") && !screen.has("PORTS")
    });
}
