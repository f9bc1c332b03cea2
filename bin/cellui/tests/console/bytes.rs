//! What it costs on the line.

use std::thread;

use cell_terminal::Line;

use super::server::{OVER, SOON, Server};

#[test]
fn first_paint_idle_refresh_and_a_cells_change_take_few_bytes() {
    // a screen of 80 x 24 full of cells
    thread::scope(|scope| {
        for count in [4, 8, 18] {
            scope.spawn(move || measure(count));
        }
    });
}

fn measure(count: usize) {
    let server = Server::new(count);
    let console = server.console(&[], Line::Local);
    console.pty.shows(&format!("cells: {count}"), SOON);
    let first = console.pty.quiet(OVER);
    // the first look has no load to show; the second has
    console.press(b"r");
    let idle = |busy: usize| {
        for cell in server.model().cells.iter_mut().take(busy) {
            cell.micros += 9_000;
        }
        console.press(b"r")
    };
    let (still, idle) = (
        idle(0),
        [idle(3), idle(3), idle(3)].into_iter().max().unwrap(),
    );
    {
        let mut model = server.model();
        model.cells[2].service = "crash-loop";
        model.cells[2].restarts += 3;
    }
    let change = console.press(b"r");
    console.pty.shows("crash-loop", SOON);
    console.pty.shows("in trouble: 1", SOON);
    println!(
        "{count} cells: first paint {first} bytes, refresh {still} with nothing new, {idle} with three busy, \
             a cell's change {change}"
    );
    assert!(first <= 2048, "{count} cells: first paint {first}");
    assert!(
        still <= 96 && idle <= 200,
        "{count} cells: refresh {still}, {idle}"
    );
    assert!(
        (1..=120).contains(&change),
        "{count} cells: change {change}"
    );
}
