//! What is sent, put into a terminal's parser, is what is to be seen, however it is cut.

use alloc::vec::Vec;
use std::string::String;
use std::vec;

use cell_terminal::{Screen, Shown, line_letter};
use proptest::prelude::*;

use super::{
    Colour, Drawing, Glyph, Grid, PIECE_MAX, PIECE_MIN, Painter, Progress, Style, goodbye,
};
use crate::platform::Errno;

/// A writer that takes so many bytes at a time, or now and then none.
struct Line {
    bytes: Vec<u8>,
    takes: usize,
    calls: usize,
}

impl Line {
    fn new(takes: usize) -> Self {
        Self {
            bytes: vec![],
            takes,
            calls: 0,
        }
    }
}

impl embedded_io::ErrorType for Line {
    type Error = Errno;
}

impl embedded_io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        self.calls += 1;
        if self.calls.is_multiple_of(5) {
            return Err(Errno::EAGAIN);
        }
        let count = bytes.len().min(self.takes);
        self.bytes.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> Result<(), Errno> {
        Ok(())
    }
}

fn looks(glyph: Glyph, colour: Colour, drawing: Drawing) -> Shown {
    let Style(style) = glyph.style;
    let lines = style & Style::LINES.0 != 0;
    let text: String = match (lines, drawing, glyph.letter) {
        (true, _, letter) if letter < b'_' => char::from(letter).into(),
        (false, _, letter) => char::from(letter).into(),
        (true, Drawing::Special, letter) => line_letter(letter).into(),
        (true, Drawing::Ascii, b'q') => "-".into(),
        (true, Drawing::Ascii, b'x') => "|".into(),
        (true, Drawing::Ascii, _) => "+".into(),
    };
    let is_seen = text != " ";
    let has_colour = colour == Colour::Eight && style >> 4 != 0 && is_seen;
    Shown {
        text,
        bold: style & Style::BOLD.0 != 0 && is_seen,
        reverse: style & Style::REVERSE.0 != 0,
        colour: has_colour.then_some(style >> 4),
    }
}

fn compare(grid: &Grid, terminal: &Screen, colour: Colour, drawing: Drawing) {
    for row in 0..grid.rows() {
        for column in 0..grid.columns() {
            let want = looks(grid.glyph(row, column), colour, drawing);
            assert_eq!(
                terminal.shows(row.into(), column.into()),
                want,
                "row {row}, column {column}"
            );
        }
    }
    let cursor = (grid.cursor.0.into(), grid.cursor.1.into());
    assert_eq!(terminal.cursor(), cursor);
}

/// Paints until everything is seen; the bytes it took.
fn paint(
    painter: &mut Painter,
    grid: &Grid,
    terminal: &mut Screen,
    takes: usize,
    budget: usize,
) -> usize {
    let mut line = Line::new(takes);
    for _ in 0..60_000 {
        let before = line.bytes.len();
        let progress = painter.paint(grid, &mut line, budget).unwrap();
        let sent = &line.bytes[before..];
        assert!(sent.len() <= budget.clamp(PIECE_MIN, PIECE_MAX));
        terminal.take(sent);
        if let Progress::Done(_) = progress {
            return line.bytes.len();
        }
    }
    panic!("it never ends");
}

/// Something to draw.
#[derive(Clone, Debug)]
enum Draw {
    Put(u8, u8, u8, Vec<u8>),
    Rule(u8),
    Clear,
    Scroll(u8, u8, i8),
    Point(u8, u8),
    Forget,
    Urge(u8),
}

fn any_draw() -> impl Strategy<Value = Draw> {
    prop_oneof![
        8 => (0..26_u8, 0..90_u8, any::<u8>(), prop::collection::vec(32..127_u8, 0..90))
            .prop_map(|(row, column, style, text)| Draw::Put(row, column, style & 0x77, text)),
        1 => (0..26_u8).prop_map(Draw::Rule),
        1 => Just(Draw::Clear),
        2 => (0..24_u8, 0..24_u8, -5..6_i8).prop_map(|(top, bottom, up)| Draw::Scroll(top, bottom, up)),
        2 => (0..30_u8, 0..90_u8).prop_map(|(row, column)| Draw::Point(row, column)),
        1 => Just(Draw::Forget),
        1 => (0..30_u8).prop_map(Draw::Urge),
    ]
}

fn draw(grid: &mut Grid, painter: &mut Painter, what: &Draw) {
    match what {
        Draw::Put(row, column, style, text) => {
            grid.put(*row, *column, Style(*style), text);
        }
        Draw::Rule(row) => grid.rule(*row),
        Draw::Clear => grid.clear(),
        Draw::Scroll(top, bottom, up) => {
            // as who says so has drawn it; and the same is seen if not
            painter.scrolled(*top, *bottom, *up);
        }
        Draw::Point(row, column) => grid.point(*row, *column),
        Draw::Forget => painter.forget(),
        Draw::Urge(row) => grid.urge([*row, row.wrapping_add(1), 255]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_terminal_shows_the_grid_after_every_frame_and_what_the_painter_knows_after_every_piece(
        frames in prop::collection::vec(prop::collection::vec(any_draw(), 0..8), 1..6),
        (columns, rows) in prop_oneof![Just((80, 24)), Just((132, 50)), (1..40_u16, 1..12_u16)],
        takes in 1..700_usize,
        budget in 0..700_usize,
        eight in any::<bool>(),
        special in any::<bool>(),
    ) {
        let colour = if eight { Colour::Eight } else { Colour::Mono };
        let drawing = if special { Drawing::Special } else { Drawing::Ascii };
        let mut grid = Grid::new(columns, rows);
        let mut painter = Painter::new(drawing, colour);
        let mut terminal = Screen::new(grid.columns().into(), grid.rows().into());
        for frame in &frames {
            for (at, what) in frame.iter().enumerate() {
                draw(&mut grid, &mut painter, what);
                // a piece in between: what is drawn after it is in the next
                if at % 2 == 1 {
                    let mut line = Line::new(10_000);
                    painter.paint(&grid, &mut line, budget).unwrap();
                    terminal.take(&line.bytes);
                }
            }
            paint(&mut painter, &grid, &mut terminal, takes, budget);
            compare(&grid, &terminal, colour, drawing);
            let again = paint(&mut painter, &grid, &mut terminal, takes, budget);
            prop_assert_eq!(again, 0, "what is seen is not sent again");
        }
    }

    #[test]
    fn one_letter_takes_a_move_and_a_letter(row in 0..24_u8, column in 0..80_u8, letter in 33..127_u8) {
        let mut grid = Grid::new(80, 24);
        let mut painter = Painter::new(Drawing::Special, Colour::Mono);
        let mut terminal = Screen::new(80, 24);
        paint(&mut painter, &grid, &mut terminal, 999, 999);
        grid.set(row, column, Glyph { letter, style: Style::PLAIN });
        let bytes = paint(&mut painter, &grid, &mut terminal, 999, 999);
        // there, the letter, and back
        prop_assert!(bytes <= 8 + 1 + 8, "{} bytes", bytes);
    }
}

#[test]
fn a_scrolled_region_takes_the_new_row_and_little_more() {
    let mut grid = Grid::new(80, 24);
    let mut painter = Painter::new(Drawing::Special, Colour::Mono);
    let mut terminal = Screen::new(80, 24);
    let lines: Vec<String> = (0..40)
        .map(|at| std::format!("line {at} of a log, of some length"))
        .collect();
    let fill = |grid: &mut Grid, from: usize| {
        for row in 2..22_u8 {
            grid.fill(row, 0, super::grid::BLANK);
            grid.put(
                row,
                0,
                Style::PLAIN,
                lines[from + usize::from(row)].as_bytes(),
            );
        }
    };
    fill(&mut grid, 0);
    paint(&mut painter, &grid, &mut terminal, 999, 640);
    for from in 1..10 {
        fill(&mut grid, from);
        painter.scrolled(2, 21, 1);
        let bytes = paint(&mut painter, &grid, &mut terminal, 999, 640);
        compare(&grid, &terminal, Colour::Mono, Drawing::Special);
        assert!(bytes <= 70, "{bytes}");
    }
    fill(&mut grid, 8);
    painter.scrolled(2, 21, -1);
    let bytes = paint(&mut painter, &grid, &mut terminal, 999, 640);
    compare(&grid, &terminal, Colour::Mono, Drawing::Special);
    assert!(bytes <= 70, "{bytes}");
}

#[test]
fn urgent_rows_come_first() {
    let mut grid = Grid::new(80, 24);
    let mut painter = Painter::new(Drawing::Special, Colour::Mono);
    let mut terminal = Screen::new(80, 24);
    paint(&mut painter, &grid, &mut terminal, 999, 640);
    for row in 0..24 {
        grid.put(row, 0, Style::PLAIN, &[b'a'; 79]);
    }
    let mut line = Line::new(999);
    painter.paint(&grid, &mut line, 32).unwrap();
    grid.put(20, 4, Style::PLAIN, b"here");
    grid.urge([20, 255, 255]);
    painter.paint(&grid, &mut line, 32).unwrap();
    terminal.take(&line.bytes);
    assert_eq!(terminal.shows(20, 4).text, "h");
}

#[test]
fn text_is_cut_at_the_edge_and_what_is_not_ascii_is_a_question_mark() {
    let mut grid = Grid::new(10, 2);
    assert_eq!(grid.put(0, 7, Style::PLAIN, b"abcdef"), 10);
    assert_eq!(grid.put(1, 0, Style::PLAIN, "ä\x1bx€".as_bytes()), 4);
    let row = |row| -> String {
        (0..10)
            .map(|column| char::from(grid.glyph(row, column).letter))
            .collect()
    };
    assert_eq!(row(0), "       abc");
    assert_eq!(row(1), "??x?      ");
    let large = Grid::new(1000, 1000);
    assert_eq!((large.columns(), large.rows()), (132, 50));
}

#[test]
fn what_is_said_at_the_end_undoes_everything() {
    assert_eq!(goodbye(24), b"\x0f\x1b[m\x1b[r\x1b[?7h\x1b[24H\x1b[K");
}
