//! Everything there is to know and to show, without I/O: what comes from cellmgr and from the keys goes in, asks and
//! what is to be seen come out.

use alloc::vec::Vec;

use libcell::ipc::Ask;
use libcell::platform::Exit;
use libcell::table::{Line, digits};

use crate::deed::{Deed, Subject};
use crate::link::Link;
use crate::sheet::{BACKUPS, CELLS, Sheet, VOLUME, VOLUMES};
use crate::text::Text;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Cells,
    Volumes,
    Backups,
    Events,
    Drift,
    System,
    Output,
    Cell,
    Log,
    Help,
}

impl Page {
    /// Those that have a number, in the order of it.
    pub const NUMBERED: [Self; 7] = [
        Self::Cells,
        Self::Volumes,
        Self::Backups,
        Self::Events,
        Self::Drift,
        Self::System,
        Self::Output,
    ];

    /// As it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cells => "Cells",
            Self::Volumes => "Volumes",
            Self::Backups => "Backups",
            Self::Events => "Events",
            Self::Drift => "Drift",
            Self::System => "System",
            Self::Output => "Output",
            Self::Cell => "Cell ",
            Self::Log => "Log of ",
            Self::Help => "Help",
        }
    }
}

/// What is typed into the last row.
#[derive(Debug)]
pub(crate) enum Prompt {
    /// Nothing.
    None,
    /// Part of a name.
    Search,
    /// Whether to do it to that.
    Confirm(&'static Deed, Subject),
}

/// What is asked for that the program around has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// The end.
    Quit,
    /// Everything is to be painted anew.
    Repaint,
    /// The terminal is a shell's, in the cell that is chosen.
    Shell,
}

/// What is sent to cellmgr.
pub trait Wire {
    /// Asks; the number that the answers carry, or nothing if it cannot be sent.
    fn ask(&mut self, ask: &Ask<'_>) -> Option<u16>;
    /// How many frames came that were damaged, so far.
    fn damaged(&self) -> u32;
}

/// The state of the console.
#[derive(Debug)]
pub struct App {
    pub(crate) link: Link,
    /// Shells can be run: cellmgr is on this machine.
    pub(crate) is_local: bool,
    pub(crate) page: Page,
    /// Where Escape leads.
    pub(crate) before: Page,
    pub(crate) cells: Sheet,
    pub(crate) volumes: Sheet,
    pub(crate) backups: Sheet,
    /// The cell that is looked at, and its fields.
    pub(crate) cell: Line,
    pub(crate) details: Vec<Line>,
    pub(crate) log: Text,
    pub(crate) events: Text,
    pub(crate) drift: Text,
    pub(crate) system: Text,
    pub(crate) output: Text,
    pub(crate) help: Text,
    /// The first line that is seen of a text, unless it is the last ones that are.
    pub(crate) top: Option<u32>,
    /// Columns that are out of sight on the left.
    pub(crate) left: usize,
    pub(crate) prompt: Prompt,
    pub(crate) typed: Line,
    /// The last result.
    pub(crate) message: Line,
    /// What is to be asked for when the preview is there.
    pub(crate) applies: Option<&'static Deed>,
    /// What was drawn of a text: page, first line, first row, last row.
    pub(crate) drawn: Option<(Page, u32, u8, u8)>,
    /// Rows of the page, of the last drawing.
    pub(crate) room: u8,
    /// Row of the chosen one, of the last drawing.
    pub(crate) chosen_row: u8,
}

/// Whether cellmgr runs on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On this one.
    Here,
    /// At the end of a line.
    Elsewhere,
}

impl App {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(place: Place) -> Self {
        Self {
            link: Link::new(),
            is_local: place == Place::Here,
            page: Page::Cells,
            before: Page::Cells,
            cells: Sheet::new(&CELLS),
            volumes: Sheet::new(&VOLUMES),
            backups: Sheet::new(&BACKUPS),
            cell: Line::new(),
            details: Vec::new(),
            log: Text::default(),
            events: Text::default(),
            drift: Text::default(),
            system: Text::default(),
            output: Text::default(),
            help: crate::help::text(),
            top: None,
            left: 0,
            prompt: Prompt::None,
            typed: Line::new(),
            message: Line::new(),
            applies: None,
            drawn: None,
            room: 1,
            chosen_row: 0,
        }
    }

    /// The name of the cell that is chosen.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        match self.page {
            Page::Cell | Page::Log => &self.cell,
            _ => self.cells.name(0),
        }
    }

    /// What an action is about.
    pub(crate) fn subject(&self) -> Subject {
        let (name, archive) = match self.page {
            Page::Volumes => (self.volumes.name(0), &[][..]),
            Page::Backups => (self.backups.name(VOLUME), self.backups.name(0)),
            _ => (self.name(), &[][..]),
        };
        let (name, archive) = (name.into(), archive.into());
        Subject { name, archive }
    }

    /// The table that is looked at.
    pub(crate) fn sheet(&mut self) -> Option<&mut Sheet> {
        match self.page {
            Page::Cells => Some(&mut self.cells),
            Page::Volumes => Some(&mut self.volumes),
            Page::Backups => Some(&mut self.backups),
            _ => None,
        }
    }

    /// The text that is looked at, and whether its end is seen first.
    pub(crate) fn text(&self) -> Option<(&Text, bool)> {
        match self.page {
            Page::Events => Some((&self.events, true)),
            Page::Log => Some((&self.log, true)),
            Page::Drift => Some((&self.drift, false)),
            Page::System => Some((&self.system, false)),
            Page::Output => Some((&self.output, true)),
            Page::Help => Some((&self.help, false)),
            Page::Cells | Page::Volumes | Page::Backups | Page::Cell => None,
        }
    }

    /// A shell has ended.
    pub fn shell_ended(&mut self, exit: Exit) {
        self.message.clear();
        match exit {
            Exit::Code(0) => {}
            Exit::Code(code) => {
                self.say(&[b"shell: status "]);
                digits(&mut self.message, code.into());
            }
            Exit::Signal(_) => self.say(&[b"shell: killed"]),
        }
    }

    /// Says something in the line of the last result.
    pub fn say(&mut self, parts: &[&[u8]]) {
        self.message.clear();
        for part in parts {
            self.message.extend_from_slice(part);
        }
    }
}
