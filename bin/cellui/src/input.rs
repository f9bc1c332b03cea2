//! What keys do.

use libcell::keys::Key;

use crate::app::{App, Effect, Page, Prompt, Wire};
use crate::deed::{APPLY, APPLY_POLICY, Access, Deed, Of};
use crate::sheet::is_made;

/// Longest text that is typed.
const LONGEST: usize = 31;

/// Columns of a step sideways.
const SIDEWAYS: usize = 16;

impl App {
    /// A key was pressed.
    pub fn key(&mut self, key: Key, wire: &mut dyn Wire) -> Effect {
        match self.prompt {
            Prompt::None => self.command(key, wire),
            Prompt::Search => {
                self.search(key);
                Effect::None
            }
            Prompt::Confirm(..) => self.confirm(key),
        }
    }

    /// Types into the last row; whether it was something to type.
    fn type_in(&mut self, key: Key) -> bool {
        match key {
            Key::Letter(letter) if self.typed.len() < LONGEST => self.typed.push(letter),
            Key::Letter(_) => {}
            Key::Erase => {
                self.typed.pop();
            }
            _ => return false,
        }
        true
    }

    fn search(&mut self, key: Key) {
        if self.type_in(key) {
            return;
        }
        self.prompt = Prompt::None;
        if key == Key::Enter {
            let typed = self.typed.clone();
            if let Some(sheet) = self.sheet() {
                sheet.search = typed;
                sheet.arrange();
            }
        }
    }

    /// Nothing but `yes` and Enter is a yes, and the first letter that cannot become one is a no: noise is none.
    fn confirm(&mut self, key: Key) -> Effect {
        if self.type_in(key) && b"yes".starts_with(&self.typed) {
            return Effect::None;
        }
        let prompt = core::mem::replace(&mut self.prompt, Prompt::None);
        let Prompt::Confirm(deed, subject) = prompt else {
            return Effect::None;
        };
        if key != Key::Enter || self.typed != b"yes" {
            self.say(&[deed.label.as_bytes(), b": not done"]);
            return Effect::None;
        }
        if deed.words.is_empty() {
            return Effect::Shell;
        }
        self.run(deed, subject);
        if matches!(deed.key, APPLY | APPLY_POLICY) {
            self.page = Page::Output;
            self.top = None;
        }
        Effect::None
    }

    fn command(&mut self, key: Key, wire: &mut dyn Wire) -> Effect {
        match key {
            Key::Letter(b'q') | Key::Control(b'c') => return Effect::Quit,
            Key::Control(b'l') => return Effect::Repaint,
            Key::Letter(digit @ b'1'..=b'7') => {
                let page = Page::NUMBERED.get(usize::from(digit - b'1'));
                self.turn(page.copied().unwrap_or(Page::Cells), wire);
            }
            Key::Function(number @ 1..=7) => {
                let page = Page::NUMBERED.get(usize::from(number - 1));
                self.turn(page.copied().unwrap_or(Page::Cells), wire);
            }
            Key::Tab => self.next(1, wire),
            Key::BackTab => self.next(Page::NUMBERED.len() - 1, wire),
            Key::Letter(b'?') | Key::Letter(b'h') | Key::Function(15) => {
                if self.page != Page::Help {
                    self.before = self.page;
                    self.turn(Page::Help, wire);
                }
            }
            Key::Enter | Key::Right => self.open(wire),
            Key::Escape | Key::Left | Key::Erase => self.back(wire),
            Key::Up | Key::Letter(b'k') => self.step(-1),
            Key::Down | Key::Letter(b'j') => self.step(1),
            Key::PageUp | Key::Control(b'b') => self.step(-self.screenful()),
            Key::PageDown | Key::Control(b'f') | Key::Letter(b' ') => self.step(self.screenful()),
            Key::Home | Key::Letter(b'g') => self.step(i32::MIN / 2),
            Key::End | Key::Letter(b'G') => self.step(i32::MAX / 2),
            Key::Letter(b'>') => self.left = (self.left + SIDEWAYS).min(240),
            Key::Letter(b'<') => self.left = self.left.saturating_sub(SIDEWAYS),
            Key::Letter(b'r') => self.look(),
            Key::Letter(b'/') | Key::Function(_) if self.sheet().is_some() => {
                self.typed.clear();
                self.prompt = Prompt::Search;
            }
            Key::Letter(b'f') => {
                if self.page == Page::Cells {
                    self.cells.filter = self.cells.filter.next();
                    self.cells.arrange();
                }
            }
            Key::Letter(b'o') => {
                if let Some(sheet) = self.sheet() {
                    sheet.sort = (sheet.sort + 1) % sheet.form.sorts.len().max(1);
                    sheet.arrange();
                }
            }
            Key::Letter(letter) => {
                if let Some(deed) = Deed::by_key(letter, self.page) {
                    self.begin(deed, wire);
                }
            }
            Key::Control(_) | Key::Function(_) | Key::Insert | Key::Delete => {}
        }
        Effect::None
    }

    /// Asks whether to do something, or does what nobody needs to be asked about.
    fn begin(&mut self, deed: &'static Deed, wire: &mut dyn Wire) {
        let label = deed.label.as_bytes();
        if deed.words.is_empty() {
            if !self.is_local {
                return self.say(&[label, b": only on the device itself"]);
            }
        } else if !self.link.is_up {
            return self.say(&[label, b": no connection"]);
        }
        if !self.link.write && deed.access == Access::Changes {
            return self.say(&[label, b": read-only"]);
        }
        let subject = self.subject();
        if deed.of != Of::Device && (!deed.of.is_on(self.page) || subject.name.is_empty()) {
            let what: &[u8] = match deed.of {
                Of::Cell => b": choose a cell first",
                Of::Volume | Of::Archive | Of::Device => b": choose a volume or an archive first",
            };
            return self.say(&[label, what]);
        }
        if matches!(deed.key, APPLY | APPLY_POLICY) {
            self.message.clear();
            self.turn(Page::Drift, wire);
            self.look();
            self.applies = Some(deed);
            return;
        }
        if deed.words.is_empty() && !is_made(&self.cells.rows, &subject.name) {
            return self.say(&[
                label,
                b": there is nothing to enter: the cell is not started",
            ]);
        }
        if deed.question.is_empty() {
            return self.run(deed, subject);
        }
        self.typed.clear();
        self.prompt = Prompt::Confirm(deed, subject);
    }

    fn next(&mut self, by: usize, wire: &mut dyn Wire) {
        let pages = Page::NUMBERED;
        let at = pages.iter().position(|page| *page == self.page);
        let next = at.map_or(0, |at| (at + by) % pages.len());
        self.turn(pages.get(next).copied().unwrap_or(Page::Cells), wire);
    }

    fn open(&mut self, wire: &mut dyn Wire) {
        match self.page {
            Page::Cells if !self.name().is_empty() => {
                self.cell = self.name().into();
                self.details.clear();
                self.turn(Page::Cell, wire);
            }
            Page::Cell => self.turn(Page::Log, wire),
            Page::Volumes => {
                self.backups.search = self.volumes.name(0).into();
                self.backups.arrange();
                self.turn(Page::Backups, wire);
            }
            Page::Cells
            | Page::Backups
            | Page::Events
            | Page::Drift
            | Page::System
            | Page::Output
            | Page::Log
            | Page::Help => {}
        }
    }

    fn back(&mut self, wire: &mut dyn Wire) {
        if self.give_up() {
            return;
        }
        self.applies = None;
        self.message.clear();
        if let Some(sheet) = self.sheet() {
            sheet.search.clear();
            sheet.arrange();
        }
        let to = match self.page {
            Page::Log => Page::Cell,
            Page::Help => self.before,
            Page::Backups => Page::Volumes,
            Page::Cell
            | Page::Cells
            | Page::Volumes
            | Page::Events
            | Page::Drift
            | Page::System
            | Page::Output => Page::Cells,
        };
        self.turn(to, wire);
    }

    fn screenful(&self) -> i32 {
        i32::from(self.room).max(2) - 1
    }

    /// Chooses another row, or scrolls.
    fn step(&mut self, by: i32) {
        let room = u32::from(self.room);
        if let Some(sheet) = self.sheet() {
            let at = (sheet.chosen as i32).saturating_add(by).max(0);
            sheet.choose(at as usize);
            return;
        }
        let Some((text, ends)) = self.text() else {
            return;
        };
        let last = text.end().saturating_sub(room).max(text.first());
        let top = self.top.unwrap_or(if ends { last } else { text.first() });
        let top = (top as i32).saturating_add(by).max(0) as u32;
        let top = top.clamp(text.first(), last);
        // at its end it stays there whatever comes
        self.top = (top < last || !ends).then_some(top);
    }
}
