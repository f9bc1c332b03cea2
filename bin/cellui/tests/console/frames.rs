//! What a terminal shows at the end of a pty is the grid, after every frame.

use std::fs::File;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use cell_terminal::{Line, Pty, Screen, line_letter};
use libcell::keys::Decoder;
use libcell::platform::Errno;
use libcell::screen::{Colour, Drawing, Glyph, Grid, Painter, Progress, Style};
use proptest::prelude::*;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::app::Bench;

struct Side(File, usize);

impl embedded_io::ErrorType for Side {
    type Error = Errno;
}

impl embedded_io::Write for Side {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        let count = self.0.write(bytes).map_err(|_| Errno::EIO)?;
        self.1 += count;
        Ok(count)
    }

    fn flush(&mut self) -> Result<(), Errno> {
        Ok(())
    }
}

fn has(glyph: Glyph, style: Style) -> bool {
    glyph.style.and(style) == glyph.style
}

fn compare(grid: &Grid, screen: &Screen) -> Result<(), TestCaseError> {
    for row in 0..grid.rows() {
        for column in 0..grid.columns() {
            let glyph = grid.glyph(row, column);
            let letter = char::from(glyph.letter).to_string();
            let text = match has(glyph, Style::LINES) {
                true => line_letter(glyph.letter).to_owned(),
                false => letter,
            };
            let seen = screen.shows(row.into(), column.into());
            prop_assert_eq!(&seen.text, &text, "row {}, column {}", row, column);
            prop_assert_eq!(seen.reverse, has(glyph, Style::REVERSE));
            prop_assert_eq!(seen.bold, has(glyph, Style::BOLD) && text != " ");
        }
    }
    Ok(())
}

/// What happens.
#[derive(Clone, Debug)]
enum Step {
    Keys(Vec<u8>),
    Pass(u32, usize),
    Event(u8),
    Change(usize),
    Lost,
    Back,
}

fn any_step() -> impl Strategy<Value = Step> {
    let keys = prop::sample::select(&b"jkjk1234567?\r\x7f\x0c/fosxtAPG<> r\t\x1b[yesno"[..]);
    prop_oneof![
        6 => prop::collection::vec(keys, 1..6).prop_map(Step::Keys),
        4 => (1..5000_u32, 0..40_usize).prop_map(|(time, answers)| Step::Pass(time, answers)),
        3 => (0..6_u8).prop_map(Step::Event),
        2 => (0..9_usize).prop_map(Step::Change),
        1 => Just(Step::Lost),
        1 => Just(Step::Back),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_screen_at_the_end_of_a_pty_is_the_grid_after_every_frame(
        steps in prop::collection::vec(any_step(), 1..40),
        (columns, rows) in prop_oneof![3 => Just((80, 24)), 1 => Just((132, 50)), 1 => Just((40, 10))],
        budget in 32..640_usize,
    ) {
        let pty = Pty::new(columns, rows, Line::Local);
        let file = File::options().write(true).open(pty.path()).unwrap();
        let mut modes = tcgetattr(&file).unwrap();
        modes.make_raw();
        tcsetattr(&file, OptionalActions::Now, &modes).unwrap();
        let mut side = Side(file, 0);
        let mut bench = Bench::new(9);
        let mut grid = Grid::new(columns, rows);
        let mut painter = Painter::new(Drawing::Special, Colour::Mono);
        let mut decoder = Decoder::new();
        for step in steps {
            match step {
                Step::Keys(bytes) => for byte in bytes {
                    if let Some(key) = decoder.feed(byte) {
                        bench.app.key(key, &mut bench.wire);
                    }
                },
                Step::Pass(time, answers) => bench.pass(time, answers),
                Step::Event(count) => for at in 0..count {
                    bench.event(&format!("{at}234 web: it happened {at} times"));
                },
                Step::Change(index) => {
                    let mut model = bench.model.borrow_mut();
                    model.cells[index].service = "crash-loop";
                    model.cells[index].micros += 1_234_567;
                }
                Step::Lost => bench.app.disconnected(b"socket: has ended"),
                Step::Back => bench.app.connected("desk", true),
            }
            bench.app.draw(&mut grid, &mut painter, bench.now);
            while let Progress::More(_) = painter.paint(&grid, &mut side, budget).unwrap() {}
            let began = Instant::now();
            while pty.look(Screen::bytes) < side.1 {
                prop_assert!(began.elapsed() < Duration::from_secs(10));
                thread::sleep(Duration::from_micros(100));
            }
            pty.look(|screen| compare(&grid, screen))?;
        }
    }
}
