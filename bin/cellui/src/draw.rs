//! What is to be seen.

use libcell::screen::{Glyph, Grid, Painter, Style};
use libcell::table::{Align, Line, digits};

use crate::app::{App, Page, Prompt};
use crate::detail;
use crate::sheet::{self, Column, Filter, Sheet};

/// From so many columns and rows on there are tables; below, a list of one column.
const WIDE: u8 = 80;
const HIGH: u8 = 24;

/// Columns of the marks before a name.
const MARKS: u8 = 2;

/// The keys that matter, in the last row.
const fn keys(page: Page) -> &'static str {
    match page {
        Page::Cells => {
            " Enter look  s start  x stop  t restart  ! shell  A apply  f filter  ? keys"
        }
        Page::Volumes => " Enter archives  b backup  R restore  v verify  / find  o sort  ? keys",
        Page::Backups => " R restore  v verify  d delete  / find  o sort  Esc back  ? keys",
        Page::Cell => " Enter log  s start  x stop  t restart  ! shell  Esc back  ? keys",
        Page::Drift => " A apply  P apply, restart for policy too  r again  Esc back  ? keys",
        Page::Events | Page::Log | Page::Output => {
            " Up Down PgUp PgDn  < > sideways  G end  Esc back"
        }
        Page::System => " L seal  r again  Esc back  ? keys  q quit",
        Page::Help => " Up Down PgUp PgDn  Esc back",
    }
}

impl App {
    /// Draws everything, and tells the painter what only moved.
    pub fn draw(&mut self, grid: &mut Grid, painter: &mut Painter, now: u32) {
        let is_full = grid.columns() >= WIDE && grid.rows() >= HIGH;
        let was_chosen = self.chosen_row;
        grid.clear();
        self.title(grid, now);
        let rows = grid.rows();
        // a rule, the last result, keys; or the last result alone
        let end = rows.saturating_sub(if is_full { 3 } else { 1 });
        let is_asking = !matches!(self.prompt, Prompt::None);
        let end = if is_asking && !is_full {
            end.saturating_sub(1)
        } else {
            end
        };
        self.room = end.saturating_sub(1).max(1);
        grid.point(rows - 1, 0);
        match self.page {
            Page::Cells | Page::Volumes | Page::Backups => {
                self.drawn = None;
                self.table(grid, 1, end, is_full);
            }
            Page::Cell => {
                self.drawn = None;
                let row = detail::draw(self, grid, 1, end);
                if row + 1 < end {
                    if is_full {
                        grid.rule(row);
                    }
                    self.tail(grid, row + 1, end);
                }
            }
            Page::Events | Page::Drift | Page::System | Page::Output | Page::Log | Page::Help => {
                self.lines(grid, painter, 1, end);
            }
        }
        self.foot(grid, end, is_full, now);
        grid.urge([self.chosen_row, was_chosen, rows - 1]);
    }

    fn title(&self, grid: &mut Grid, now: u32) {
        let style = Style::REVERSE;
        let letter = b' ';
        grid.fill(0, 0, Glyph { letter, style });
        let mut at = grid.put(0, 1, style, &self.link.board);
        at = grid.put(
            0,
            at + 2,
            style.and(Style::BOLD),
            self.page.name().as_bytes(),
        );
        if matches!(self.page, Page::Cell | Page::Log) {
            at = grid.put(0, at, style.and(Style::BOLD), &self.cell);
        }
        let mut state = Line::new();
        if let Some(seconds) = self.stale(now) {
            state.extend_from_slice(b"stale since ");
            // fewer bytes on the line
            digits(&mut state, (seconds / 10 * 10).into());
            state.extend_from_slice(b" s ");
        }
        if !self.link.is_up {
            state.extend_from_slice(b"NO CONNECTION ");
        } else if !self.link.write {
            state.extend_from_slice(b"read-only ");
        }
        let from = grid.columns().saturating_sub(state.len() as u8);
        if from > at {
            grid.put(0, from, style.and(Style::BOLD), &state);
        }
    }

    /// A table, or a list.
    fn table(&mut self, grid: &mut Grid, from: u8, end: u8, is_full: bool) {
        let page = self.page;
        let Some(sheet) = self.sheet() else {
            return;
        };
        let (name, count) = widths(sheet, grid.columns(), is_full);
        let form = sheet.form;
        let shown = |index: usize| is_full || index == 0 || index == form.listed;
        let columns = form.columns.iter().enumerate().take(count);
        let columns = columns.filter(|(index, _)| shown(*index));
        let width = |index: usize, column: &Column| if index == 0 { name } else { column.width };
        let mut row = from;
        if is_full {
            let mut at = MARKS;
            for (index, column) in columns.clone() {
                let width = width(index, column);
                let heading = column.heading.as_bytes();
                cell(grid, row, at, (width, column.align), Style::BOLD, heading);
                at += width + 1;
            }
            row += 1;
        }
        let room = usize::from(end.saturating_sub(row)).max(1);
        // what is chosen is seen
        sheet.top = sheet.top.min(sheet.chosen);
        if sheet.chosen >= sheet.top + room {
            sheet.top = sheet.chosen + 1 - room;
        }
        let mut chosen_row = row;
        let mut place = sheet.top;
        while row < end && place < sheet.order.len() {
            if place == sheet.chosen {
                chosen_row = row;
                grid.put(row, 0, Style::BOLD, b">");
                grid.point(row, 0);
            }
            let is_bad = page == Page::Cells
                && sheet
                    .order
                    .get(place)
                    .and_then(|index| sheet.rows.get(*index))
                    .is_some_and(sheet::is_in_trouble);
            if is_bad {
                grid.put(row, 1, Style::BOLD.and(Style::RED), b"!");
            }
            let mut at = MARKS;
            let mut text = Line::new();
            for (index, column) in columns.clone() {
                text.clear();
                sheet.value(place, column, &mut text);
                let style = match sheet::severity(&text) {
                    _ if index == 0 => Style::PLAIN,
                    0 => Style::PLAIN,
                    1 => Style::GREEN,
                    2 => Style::BOLD.and(Style::YELLOW),
                    _ => Style::BOLD.and(Style::RED),
                };
                let width = width(index, column);
                cell(grid, row, at, (width, column.align), style, &text);
                at += width + 1;
            }
            row += 1;
            place += 1;
        }
        self.chosen_row = chosen_row;
    }

    /// The last lines of the log.
    fn tail(&self, grid: &mut Grid, from: u8, end: u8) {
        let room = u32::from(end - from);
        let first = self.log.end().saturating_sub(room).max(self.log.first());
        for row in from..end {
            let line = self.log.at(first + u32::from(row - from));
            grid.put(row, 0, Style::PLAIN, line);
        }
    }

    fn lines(&mut self, grid: &mut Grid, painter: &mut Painter, from: u8, end: u8) {
        let Some((text, ends)) = self.text() else {
            return;
        };
        let room = u32::from(end.saturating_sub(from));
        let last = text.end().saturating_sub(room).max(text.first());
        let usual = if ends { last } else { text.first() };
        let top = self.top.unwrap_or(usual).max(text.first());
        for row in from..end {
            let number = top + u32::from(row - from);
            let line = text.at(number).get(self.left..).unwrap_or_default();
            grid.put(row, 0, Style::PLAIN, line);
        }
        let drawn = (self.page, top, from, end.saturating_sub(1));
        if let Some((page, before, a, b)) = self.drawn
            && (page, a, b) == (drawn.0, drawn.2, drawn.3)
        {
            let moved = top.wrapping_sub(before) as i32;
            painter.scrolled(from, drawn.3, i8::try_from(moved).unwrap_or(0));
        }
        self.drawn = Some(drawn);
        self.chosen_row = from;
    }

    /// The last result or what is asked, and keys or what is typed.
    fn foot(&self, grid: &mut Grid, end: u8, is_full: bool, now: u32) {
        let last = grid.rows() - 1;
        if is_full {
            grid.rule(end);
        }
        let row = if is_full { end + 1 } else { last };
        match &self.prompt {
            Prompt::None => {
                let mut line = Line::new();
                self.status(&mut line, now);
                grid.put(row, 0, Style::PLAIN, b" ");
                grid.put(row, 1, Style::PLAIN, &line);
                if is_full {
                    grid.put(last, 0, Style::PLAIN, keys(self.page).as_bytes());
                }
            }
            Prompt::Search => self.ask(grid, b"Part of a name: "),
            Prompt::Confirm(deed, subject) => {
                let row = last.saturating_sub(1);
                grid.fill(
                    row,
                    0,
                    Glyph {
                        letter: b' ',
                        style: Style::PLAIN,
                    },
                );
                grid.put(row, 1, Style::BOLD, &deed.asked(subject));
                self.ask(grid, b"Type yes and Enter to do it: ");
            }
        }
    }

    fn ask(&self, grid: &mut Grid, what: &[u8]) {
        let row = grid.rows() - 1;
        let at = grid.put(row, 1, Style::PLAIN, what);
        let at = grid.put(row, at, Style::BOLD, &self.typed);
        grid.point(row, at);
    }

    fn status(&self, line: &mut Line, now: u32) {
        if let Some((deed, since)) = self.link.busy() {
            line.extend_from_slice(deed.label.as_bytes());
            line.extend_from_slice(b": under way, ");
            digits(line, (now.wrapping_sub(since) / 5000 * 5).into());
            line.extend_from_slice(b" s  ");
            return line.extend_from_slice(self.output.last());
        }
        if !self.message.is_empty() {
            return line.extend_from_slice(&self.message);
        }
        if self.applies.is_some() {
            return line.extend_from_slice(b"looking what apply would do");
        }
        let (sheet, counted) = match self.page {
            Page::Volumes => (&self.volumes, "volumes: "),
            Page::Backups => (&self.backups, "archives: "),
            _ => (&self.cells, "cells: "),
        };
        let count = |line: &mut Line, what: &str, number: usize| {
            line.extend_from_slice(what.as_bytes());
            digits(line, number as u64);
        };
        count(line, counted, sheet.rows.len());
        if !matches!(self.page, Page::Volumes | Page::Backups) {
            let rows = sheet.rows.iter();
            let running = rows.clone().filter(|row| sheet::is_running(row)).count();
            let troubled = rows.filter(|row| sheet::is_in_trouble(row)).count();
            count(line, ", running: ", running);
            count(line, ", in trouble: ", troubled);
        }
        if sheet.filter != Filter::All || !sheet.search.is_empty() {
            line.extend_from_slice(b"; shown: ");
            line.extend_from_slice(sheet.filter.name().as_bytes());
            if !sheet.search.is_empty() {
                line.extend_from_slice(b", with ");
                line.extend_from_slice(&sheet.search);
            }
        }
        if sheet.sort > 0
            && let Some((word, _)) = sheet.form.sorts.get(sheet.sort)
        {
            line.extend_from_slice(b"; by ");
            line.extend_from_slice(word.as_bytes());
        }
    }
}

/// How wide columns are on a screen: the first so wide, and so many more that have room.
fn widths(sheet: &Sheet, columns: u8, is_full: bool) -> (u8, usize) {
    let mut left = columns.saturating_sub(MARKS);
    let mut count = 0;
    for (index, column) in sheet.form.columns.iter().enumerate() {
        let needs = column.width + u8::from(index > 0);
        if !is_full && index > 0 && index != sheet.form.listed {
            continue;
        }
        if needs > left && index > 0 {
            break;
        }
        left = left.saturating_sub(needs);
        count = index + 1;
    }
    let name = sheet.form.columns.first().map_or(0, |column| column.width);
    ((name + left).min(sheet.form.longest).min(columns), count)
}

/// What stands in a column, cut where it is too long.
fn cell(grid: &mut Grid, row: u8, at: u8, (width, align): (u8, Align), style: Style, text: &[u8]) {
    let wide = usize::from(width);
    if text.len() > wide {
        let kept = text.get(..wide.saturating_sub(1)).unwrap_or_default();
        let end = grid.put(row, at, style, kept);
        grid.put(row, end, style, b"+");
        return;
    }
    let indent = match align {
        Align::Left => 0,
        Align::Right => width - text.len() as u8,
    };
    grid.put(row, at + indent, style, text);
}
