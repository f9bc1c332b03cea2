//! What is asked and told.

use alloc::string::String;
use alloc::vec::Vec;

use crate::table::Owned;
use crate::wire::{Pour, Reader};

/// Version of the protocol.
pub const VERSION: u16 = 1;

/// Longest message in bytes.
pub const MESSAGE_MAX: usize = 32_768;

/// Of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Cells.
    Cells,
    /// Volumes.
    Volumes,
}

/// What is asked. New ones are appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask<'a> {
    /// First of all: the version that is spoken.
    Hello(u16),
    /// Some fields of some cells or volumes.
    Rows {
        /// Of what.
        of: Kind,
        /// The view, or nothing for the usual one.
        view: &'a str,
        /// Fields instead of those of the view, separated by commas, or nothing.
        fields: &'a str,
        /// Which; all if none is named.
        names: Vec<&'a str>,
    },
    /// What the fields are.
    Fields {
        /// Of what.
        of: Kind,
    },
    /// What `system status` shows.
    System,
    /// A command.
    Run(Vec<&'a str>),
    /// What happens from now on, and what is remembered.
    Subscribe,
    /// The log of a cell.
    Log {
        /// Which.
        cell: &'a str,
        /// And what comes.
        follow: bool,
    },
    /// No more answers to what was asked by that number.
    Cancel(u16),
    /// The end.
    Bye,
    /// The archives of these volumes, or all that are on the device.
    Backups(Vec<&'a str>),
}

/// What is told. New ones are appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tell<'a> {
    /// To `Hello`.
    Hello {
        /// The version that is spoken.
        version: u16,
        /// The board.
        board: &'a str,
        /// Commands that change something are taken.
        write: bool,
    },
    /// Names of the columns of the rows that follow.
    Columns(Vec<&'a str>),
    /// A row.
    Row(Vec<Owned>),
    /// What a command writes, or lines of a log.
    Output(&'a [u8]),
    /// Something happened: a line as `cellmgr events` has it.
    Event(&'a str),
    /// It was done, with this exit status.
    Done(u8),
    /// It was not.
    Failed {
        /// Exit status.
        status: u8,
        /// Why; nothing if it was in the output.
        why: &'a str,
    },
}

impl Pour<'_> {
    fn words(&mut self, words: &[&str]) {
        self.number(words.len() as u32);
        for word in words {
            self.text(word);
        }
    }

    fn owned(&mut self, value: &Owned) {
        match value {
            Owned::Absent => self.byte(0),
            Owned::Unlimited => self.byte(1),
            Owned::Flag(flag) => {
                self.byte(2);
                self.flag(*flag);
            }
            Owned::Text(text) => {
                self.byte(3);
                self.text(text);
            }
            Owned::Number(number) => self.tagged(4, *number),
            Owned::Bytes(bytes) => self.tagged(5, *bytes),
            Owned::Seconds(seconds) => self.tagged(6, *seconds),
            Owned::Micros(micros) => self.tagged(7, *micros),
        }
    }

    fn tagged(&mut self, tag: u8, number: u64) {
        self.byte(tag);
        self.long(number);
    }
}

const fn kind(kind: Kind) -> u8 {
    match kind {
        Kind::Cells => 0,
        Kind::Volumes => 1,
    }
}

impl Ask<'_> {
    /// The message that asks this by that number.
    #[must_use]
    pub fn write(&self, id: u16) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut put = |more: &[u8]| bytes.extend_from_slice(more);
        let mut pour = Pour(&mut put);
        pour.number(id.into());
        match self {
            Self::Hello(version) => {
                pour.byte(0);
                pour.number((*version).into());
            }
            Self::Rows {
                of,
                view,
                fields,
                names,
            } => {
                pour.byte(1);
                pour.byte(kind(*of));
                pour.text(view);
                pour.text(fields);
                pour.words(names);
            }
            Self::Fields { of } => {
                pour.byte(2);
                pour.byte(kind(*of));
            }
            Self::System => pour.byte(3),
            Self::Run(words) => {
                pour.byte(4);
                pour.words(words);
            }
            Self::Subscribe => pour.byte(5),
            Self::Log { cell, follow } => {
                pour.byte(6);
                pour.text(cell);
                pour.flag(*follow);
            }
            Self::Cancel(number) => {
                pour.byte(7);
                pour.number((*number).into());
            }
            Self::Bye => pour.byte(8),
            Self::Backups(names) => {
                pour.byte(9);
                pour.words(names);
            }
        }
        bytes
    }
}

impl<'a> Ask<'a> {
    /// What a message asks, and by which number; nothing if it is none.
    #[must_use]
    pub fn read(message: &'a [u8]) -> Option<(u16, Self)> {
        let mut reader = Reader::new(message);
        let id = reader.short();
        let ask = match reader.byte() {
            0 => Self::Hello(reader.short()),
            1 => Self::Rows {
                of: reader.kind(),
                view: reader.text(),
                fields: reader.text(),
                names: reader.texts(),
            },
            2 => Self::Fields { of: reader.kind() },
            3 => Self::System,
            4 => Self::Run(reader.texts()),
            5 => Self::Subscribe,
            6 => Self::Log {
                cell: reader.text(),
                follow: reader.flag(),
            },
            7 => Self::Cancel(reader.short()),
            8 => Self::Bye,
            9 => Self::Backups(reader.texts()),
            _ => return None,
        };
        reader.end((id, ask))
    }
}

impl Tell<'_> {
    /// The message that tells this to whoever asked by that number.
    #[must_use]
    pub fn write(&self, id: u16) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut put = |more: &[u8]| bytes.extend_from_slice(more);
        let mut pour = Pour(&mut put);
        pour.number(id.into());
        match self {
            Self::Hello {
                version,
                board,
                write,
            } => {
                pour.byte(0);
                pour.number((*version).into());
                pour.text(board);
                pour.flag(*write);
            }
            Self::Columns(names) => {
                pour.byte(1);
                pour.words(names);
            }
            Self::Row(values) => {
                pour.byte(2);
                pour.number(values.len() as u32);
                for value in values {
                    pour.owned(value);
                }
            }
            Self::Output(output) => {
                pour.byte(3);
                pour.bytes(output);
            }
            Self::Event(line) => {
                pour.byte(4);
                pour.text(line);
            }
            Self::Done(status) => {
                pour.byte(5);
                pour.byte(*status);
            }
            Self::Failed { status, why } => {
                pour.byte(6);
                pour.byte(*status);
                pour.text(why);
            }
        }
        bytes
    }
}

impl<'a> Tell<'a> {
    /// What a message tells, and to whom; nothing if it is none.
    #[must_use]
    pub fn read(message: &'a [u8]) -> Option<(u16, Self)> {
        let mut reader = Reader::new(message);
        let id = reader.short();
        let tell = match reader.byte() {
            0 => Self::Hello {
                version: reader.short(),
                board: reader.text(),
                write: reader.flag(),
            },
            1 => Self::Columns(reader.texts()),
            2 => Self::Row(reader.owned()),
            3 => Self::Output(reader.bytes()),
            4 => Self::Event(reader.text()),
            5 => Self::Done(reader.byte()),
            6 => Self::Failed {
                status: reader.byte(),
                why: reader.text(),
            },
            _ => return None,
        };
        reader.end((id, tell))
    }
}

impl Reader<'_> {
    fn kind(&mut self) -> Kind {
        self.one_of(&[Kind::Cells, Kind::Volumes], Kind::Cells)
    }

    fn owned(&mut self) -> Vec<Owned> {
        self.list(|reader| match reader.byte() {
            0 => Owned::Absent,
            1 => Owned::Unlimited,
            2 => Owned::Flag(reader.flag()),
            3 => Owned::Text(String::from(reader.text())),
            4 => Owned::Number(reader.wide()),
            5 => Owned::Bytes(reader.wide()),
            6 => Owned::Seconds(reader.wide()),
            7 => Owned::Micros(reader.wide()),
            _ => {
                reader.fail();
                Owned::Absent
            }
        })
    }

    fn wide(&mut self) -> u64 {
        let [low, high] = self.long();
        u64::from(high) << 32 | u64::from(low)
    }
}
