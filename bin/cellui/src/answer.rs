//! What is done with what cellmgr tells.

use libcell::ipc::Tell;
use libcell::table::{Line, Owned};

use crate::app::{App, Page, Prompt};
use crate::deed::{Deed, Subject};
use crate::link::{Job, LOOK_MS};
use crate::sheet::Row;

/// Most rows of a table.
const MOST_ROWS: usize = 128;

impl App {
    /// Something was told; so many frames were damaged so far.
    pub fn told(&mut self, id: u16, tell: Tell<'_>, now: u32, damaged: u32) {
        if self.link.events == Some(id) {
            match tell {
                Tell::Event(line) => self.events.line(&[&dated(line.as_bytes())]),
                Tell::Failed { why, .. } => {
                    self.events.line(&[why.as_bytes()]);
                    self.say(&[why.as_bytes()]);
                }
                _ => {}
            }
            return;
        }
        if self.link.log == Some(id) {
            match tell {
                Tell::Output(bytes) => self.log.add(bytes),
                Tell::Failed { why, .. } => self.log.line(&[why.as_bytes()]),
                _ => {}
            }
            return;
        }
        let Some(asked) = self.link.asked.as_mut().filter(|asked| asked.id == id) else {
            return;
        };
        asked.heard = now;
        let job = asked.job;
        match tell {
            Tell::Row(mut row) if self.link.rows.len() < MOST_ROWS => {
                if let (Job::Backups, [created, .., archive]) = (job, row.as_mut_slice()) {
                    core::mem::swap(created, archive);
                }
                self.link.rows.push(row);
            }
            Tell::Output(bytes) => match job {
                Job::Preview => self.drift.add(bytes),
                _ => self.output.add(bytes),
            },
            Tell::Done(status) => self.finish(status, "", now, damaged),
            Tell::Failed { status, why } => self.finish(status, why, now, damaged),
            Tell::Row(_) | Tell::Columns(_) | Tell::Event(_) | Tell::Hello { .. } => {}
        }
    }

    fn finish(&mut self, status: u8, why: &str, now: u32, damaged: u32) {
        let Some(asked) = self.link.asked.take() else {
            return;
        };
        self.link.missed = 0;
        let rows = core::mem::take(&mut self.link.rows);
        // the next look waits as long as this one took, four times
        let took = now.wrapping_sub(asked.since);
        let wait = took.saturating_mul(4).clamp(LOOK_MS, 60_000);
        self.link.due = now.wrapping_add(wait).max(1);
        let is_whole = asked.damaged == damaged;
        let page = match asked.job {
            Job::Command(deed) => {
                self.commanded(deed, status, why);
                self.link.due = 0;
                self.link.wants_preview = true;
                return;
            }
            Job::Preview => return self.previewed(status, why, now),
            _ if !why.is_empty() => return self.say(&[why.as_bytes()]),
            _ if !is_whole => {
                // a row may be among what was damaged
                self.link.due = now.wrapping_add(500).max(1);
                return;
            }
            Job::Cells => {
                self.cells.replace(rows, now);
                Page::Cells
            }
            Job::Volumes => {
                self.volumes.replace(rows, now);
                Page::Volumes
            }
            Job::Backups => {
                self.backups.replace(rows, now);
                Page::Backups
            }
            Job::System => {
                self.facts(&rows);
                Page::System
            }
            Job::Cell => {
                self.details.clear();
                for value in rows.first().into_iter().flatten() {
                    let mut line = Line::new();
                    value.value().human(&mut line);
                    self.details.push(line);
                }
                Page::Cell
            }
        };
        if page == self.page {
            self.link.fresh = Some((page, now));
        }
    }

    fn facts(&mut self, rows: &[Row]) {
        self.system.clear();
        for row in rows {
            if let [Owned::Text(name), Owned::Text(value)] = row.as_slice() {
                let blanks = b"          ".get(name.len()..).unwrap_or_default();
                self.system
                    .line(&[name.as_bytes(), blanks, value.as_bytes()]);
            }
        }
    }

    fn commanded(&mut self, deed: &Deed, status: u8, why: &str) {
        let mut message = Line::from(deed.label.as_bytes());
        let last = self.output.last_with(&self.link.about);
        let said: &[u8] = match (why, status) {
            ("", 0) if last.is_empty() => b"done",
            ("", _) => last,
            (why, _) => why.as_bytes(),
        };
        message.extend_from_slice(if status == 0 { b": " } else { b" FAILED: " });
        message.extend_from_slice(said);
        if status == 2 && why.is_empty() {
            message = Line::from(last);
        }
        if !why.is_empty() {
            self.output.line(&[why.as_bytes()]);
        }
        self.message = message;
    }

    fn previewed(&mut self, status: u8, why: &str, now: u32) {
        if !why.is_empty() {
            self.drift.line(&[why.as_bytes()]);
        }
        if self.page == Page::Drift {
            self.link.fresh = Some((Page::Drift, now));
        }
        match (self.applies.take(), status) {
            (Some(deed), 2) if self.page == Page::Drift => {
                self.typed.clear();
                self.prompt = Prompt::Confirm(deed, Subject::default());
            }
            (Some(_), 0) => self.say(&[b"everything is as desired: nothing to apply"]),
            (Some(_), _) => self.say(&[b"apply: ", why.as_bytes()]),
            (None, _) => {}
        }
    }
}

/// A line of events with its time in seconds; those of the kernel have none.
fn dated(line: &[u8]) -> Line {
    /// Columns of the time.
    const WIDTH: usize = 10;
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (ms, rest) = line.split_at_checked(digits).unwrap_or((&[], line));
    let mut text = Line::new();
    if !ms.is_empty() {
        let whole = ms.len().saturating_sub(3);
        let (seconds, ms) = ms.split_at_checked(whole).unwrap_or((&[], ms));
        text.resize((WIDTH - 4).saturating_sub(seconds.len().max(1)), b' ');
        text.extend_from_slice(if seconds.is_empty() { b"0" } else { seconds });
        text.extend_from_slice(b".000".get(..4 - ms.len()).unwrap_or_default());
        text.extend_from_slice(ms);
    } else {
        text.resize(WIDTH + 1, b' ');
    }
    text.extend_from_slice(rest);
    text
}
