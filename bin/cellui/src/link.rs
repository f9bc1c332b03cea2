//! What is asked of cellmgr, and when.

use alloc::vec::Vec;

use libcell::ipc::{Ask, Kind};
use libcell::number::split;
use libcell::platform::utf8;
use libcell::table::Line;

use crate::app::{App, Page, Prompt, Wire};
use crate::deed::{Deed, Subject};
use crate::detail;
use crate::sheet::{Row, Sheet, Source};

/// Between two looks, in milliseconds; longer where the answer takes long.
pub const LOOK_MS: u32 = 4000;

/// What is older is stale.
const STALE_MS: u32 = 3 * LOOK_MS;

/// An answer of which nothing came for so long will not come.
const PATIENCE_MS: u32 = 8000;

/// What was asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Job {
    Cells,
    Cell,
    Volumes,
    Backups,
    System,
    /// What apply would do.
    Preview,
    /// A command.
    Command(&'static Deed),
}

/// What is under way.
#[derive(Debug)]
pub(crate) struct Asked {
    pub job: Job,
    pub id: u16,
    pub since: u32,
    /// When something last came.
    pub heard: u32,
    pub damaged: u32,
}

/// The conversation.
#[derive(Debug)]
pub(crate) struct Link {
    /// It was said hello to.
    pub is_up: bool,
    pub board: Line,
    /// Commands are taken.
    pub write: bool,
    pub asked: Option<Asked>,
    pub rows: Vec<Row>,
    /// When to look again.
    pub due: u32,
    /// When the page that is looked at was last told, and which it is.
    pub fresh: Option<(Page, u32)>,
    /// A command that is to be asked, and about what.
    wants: Option<(&'static Deed, Subject)>,
    /// What the last command was about.
    pub about: Line,
    pub wants_preview: bool,
    pub events: Option<u16>,
    pub log: Option<u16>,
    /// Answers that did not come, one after the other.
    pub missed: u8,
}

impl Link {
    pub const fn new() -> Self {
        Self {
            is_up: false,
            board: Line::new(),
            write: false,
            asked: None,
            rows: Vec::new(),
            due: 0,
            fresh: None,
            wants: None,
            about: Line::new(),
            wants_preview: false,
            events: None,
            log: None,
            missed: 0,
        }
    }

    /// The command that is under way or waits, and since when.
    pub fn busy(&self) -> Option<(&'static Deed, u32)> {
        match (&self.asked, &self.wants) {
            (
                Some(Asked {
                    job: Job::Command(deed),
                    since,
                    ..
                }),
                _,
            ) => Some((deed, *since)),
            (asked, Some((deed, _))) => Some((deed, asked.as_ref().map_or(0, |asked| asked.since))),
            (_, None) => None,
        }
    }
}

impl App {
    /// The line is there and hello was said; who answers is that board.
    pub fn connected(&mut self, board: &str, write: bool) {
        self.link.is_up = true;
        self.link.board = Line::from(board.as_bytes());
        self.link.write = write;
        self.link.missed = 0;
        self.link.due = 0;
        self.message.clear();
    }

    /// The line is gone, for this reason.
    pub fn disconnected(&mut self, why: &[u8]) {
        let was_asked = self.link.asked.take();
        let fresh = self.link.fresh;
        let board = core::mem::take(&mut self.link.board);
        self.link = Link {
            fresh,
            board,
            ..Link::new()
        };
        match was_asked {
            Some(Asked {
                job: Job::Command(deed),
                ..
            }) => self.say(&[deed.label.as_bytes(), b": nobody knows whether: ", why]),
            Some(_) | None => self.say(&[why]),
        }
        self.applies = None;
        self.prompt = Prompt::None;
    }

    /// Whether the other side answers nothing any more.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.link.missed >= 3
    }

    /// Seconds since what is seen was told, if that is long ago.
    #[must_use]
    pub fn stale(&self, now: u32) -> Option<u32> {
        let (page, at) = self.link.fresh?;
        let passed = now.wrapping_sub(at);
        (page == self.page && passed > STALE_MS).then_some(passed / 1000)
    }

    /// Another page is looked at.
    pub(crate) fn turn(&mut self, page: Page, wire: &mut dyn Wire) {
        if self.page == page {
            return;
        }
        let has_log = |page| matches!(page, Page::Cell | Page::Log);
        if has_log(self.page)
            && !has_log(page)
            && let Some(id) = self.link.log.take()
        {
            let _ = wire.ask(&Ask::Cancel(id));
        }
        self.page = page;
        self.top = None;
        self.left = 0;
        self.link.fresh = None;
        self.link.due = 0;
        self.link.wants_preview |= page == Page::Drift;
    }

    /// Asks again at once.
    pub(crate) const fn look(&mut self) {
        self.link.due = 0;
        self.link.wants_preview = true;
    }

    /// Has a command run.
    pub(crate) fn run(&mut self, deed: &'static Deed, subject: Subject) {
        if self.link.busy().is_some() {
            return self.say(&[b"wait: a command is under way"]);
        }
        self.message.clear();
        self.link.wants = Some((deed, subject));
    }

    /// Does not wait for what is under way any more.
    pub(crate) fn give_up(&mut self) -> bool {
        if let Some(Asked {
            job: Job::Command(deed),
            ..
        }) = self.link.asked
        {
            self.link.asked = None;
            self.say(&[
                deed.label.as_bytes(),
                b": goes on; its result will not be told",
            ]);
            return true;
        }
        false
    }

    /// Time passes: asks what is due.
    pub fn tick(&mut self, now: u32, wire: &mut dyn Wire) {
        if !self.link.is_up {
            return;
        }
        if let Some(asked) = &self.link.asked {
            let is_command = matches!(asked.job, Job::Command(_));
            if is_command || now.wrapping_sub(asked.heard) < PATIENCE_MS {
                return;
            }
            self.link.asked = None;
            self.link.missed += 1;
        }
        self.follow(wire);
        if let Some((deed, subject)) = self.link.wants.take() {
            self.output.clear();
            let mut words: Vec<&str> = Vec::new();
            let mut rest = Some(deed.words);
            while let Some(all) = rest {
                let (word, after) = split(all, b' ');
                words.push(match word {
                    "%" => utf8(&subject.name).unwrap_or_default(),
                    "@" => utf8(&subject.archive).unwrap_or_default(),
                    _ => word,
                });
                rest = after;
            }
            let id = wire.ask(&Ask::Run(words));
            self.link.about = subject.name;
            return self.asked(Job::Command(deed), id, now, wire);
        }
        let is_due = self.link.due == 0 || now.wrapping_sub(self.link.due) < 1 << 31;
        if !is_due {
            return;
        }
        let (job, id) = match self.page {
            Page::Volumes => (Job::Volumes, wire.ask(&rows(&self.volumes))),
            Page::Backups => (Job::Backups, wire.ask(&rows(&self.backups))),
            Page::Cell => {
                let names = Vec::from([utf8(&self.cell).unwrap_or_default()]);
                let ask = Ask::Rows {
                    of: Kind::Cells,
                    view: "",
                    fields: detail::FIELDS,
                    names,
                };
                (Job::Cell, wire.ask(&ask))
            }
            Page::System => (Job::System, wire.ask(&Ask::System)),
            Page::Drift if self.link.wants_preview => {
                self.link.wants_preview = false;
                self.drift.clear();
                let words = Vec::from(["apply", "--all", "--dry-run"]);
                (Job::Preview, wire.ask(&Ask::Run(words)))
            }
            // what is seen there comes by itself; somebody on a line has to be heard now and then
            Page::Cells | Page::Drift | Page::Events | Page::Output | Page::Log | Page::Help => {
                (Job::Cells, wire.ask(&rows(&self.cells)))
            }
        };
        self.asked(job, id, now, wire);
    }

    /// Has told what is to be told without being asked again.
    fn follow(&mut self, wire: &mut dyn Wire) {
        if self.page == Page::Events && self.link.events.is_none() {
            self.events.clear();
            self.link.events = wire.ask(&Ask::Subscribe);
        }
        if self.page == Page::Cell && self.link.log.is_none() {
            self.log.clear();
            let cell = utf8(&self.cell).unwrap_or_default();
            self.link.log = wire.ask(&Ask::Log { cell, follow: true });
        }
    }

    fn asked(&mut self, job: Job, id: Option<u16>, now: u32, wire: &dyn Wire) {
        self.link.rows.clear();
        self.link.due = now.wrapping_add(LOOK_MS).max(1);
        self.link.asked = id.map(|id| Asked {
            job,
            id,
            since: now,
            heard: now,
            damaged: wire.damaged(),
        });
    }

    /// Milliseconds until there is something to do though nothing comes.
    #[must_use]
    pub fn patience(&self, now: u32) -> u32 {
        let (at, after) = match &self.link.asked {
            Some(asked) => (asked.heard, PATIENCE_MS),
            None => (self.link.due, 0),
        };
        let left = after.wrapping_sub(now.wrapping_sub(at));
        // it was due before
        if left > 1 << 31 { 0 } else { left }.clamp(20, LOOK_MS)
    }
}

/// The ask for a table.
fn rows(sheet: &Sheet) -> Ask<'static> {
    match sheet.form.source {
        Source::Fields(of, fields) => Ask::Rows {
            of,
            view: "",
            fields,
            names: Vec::new(),
        },
        Source::Backups => Ask::Backups(Vec::new()),
    }
}
