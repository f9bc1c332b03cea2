//! A layer between a program and its system: it counts the calls that change something, and at one of them lets an error
//! happen, or the end of the program: from there on nothing has an effect any more, as after `kill -9` in that call.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod platform;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use libcell::platform::{Errno, Platform};

/// What happens at the call that is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It fails with this, without effect.
    Error(Errno),
    /// The program ends before it.
    Killed,
    /// The program ends within it: of what was to be written half is, of anything else nothing.
    Torn,
}

/// The layer.
pub struct Layer<'p, P: Platform> {
    below: &'p P,
    /// Which call, counted from 0, and what happens at it.
    fate: Option<(usize, Fate)>,
    calls: Cell<usize>,
    dead: Cell<bool>,
    /// What was done, by name and object.
    log: RefCell<Vec<String>>,
    /// What was written to standard output and error.
    said: RefCell<[Vec<u8>; 2]>,
    answers: Option<&'p Answers>,
}

/// What the kernel answered to each request, to be had again without asking it: what is left of the time of a program is
/// its own.
pub type Answers = RefCell<BTreeMap<Vec<u8>, Vec<u8>>>;

/// An open file, or one of the standard streams.
#[derive(Debug)]
pub enum Fd<F> {
    /// Of the system below.
    Below(F, String),
    /// Standard output (0) or error (1), kept here.
    Kept(usize),
}

impl<'p, P: Platform> Layer<'p, P> {
    /// Over a system, with something that is to happen.
    pub fn new(below: &'p P, fate: Option<(usize, Fate)>) -> Self {
        Self {
            below,
            fate,
            calls: Cell::new(0),
            dead: Cell::new(false),
            log: RefCell::default(),
            said: RefCell::default(),
            answers: None,
        }
    }

    /// With the kernel's answers: those that are there are not asked for, the others are put there.
    pub fn with_answers(mut self, answers: &'p Answers) -> Self {
        self.answers = Some(answers);
        self
    }

    /// Calls that change something, so far.
    pub fn calls(&self) -> usize {
        self.calls.get()
    }

    /// What they were.
    pub fn log(&self) -> Vec<String> {
        self.log.borrow().clone()
    }

    /// Whether the program was killed.
    pub fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// What the program said: standard output, standard error.
    pub fn said(&self) -> [String; 2] {
        let said = self.said.borrow();
        [0, 1].map(|which| String::from_utf8_lossy(&said[which]).into_owned())
    }

    /// A call that changes something is about to be made.
    fn change(&self, what: impl FnOnce() -> String) -> Result<Effect, Errno> {
        if self.dead.get() {
            return Err(Errno::EINTR);
        }
        let number = self.calls.replace(self.calls.get() + 1);
        self.log.borrow_mut().push(what());
        match self.fate {
            Some((at, fate)) if at == number => match fate {
                Fate::Error(errno) => Err(errno),
                Fate::Killed => {
                    self.dead.set(true);
                    Err(Errno::EINTR)
                }
                Fate::Torn => {
                    self.dead.set(true);
                    Ok(Effect::Half)
                }
            },
            Some(_) | None => Ok(Effect::Whole),
        }
    }

    /// The same, of a call that has an effect or none.
    fn whole(&self, what: impl FnOnce() -> String) -> Result<(), Errno> {
        match self.change(what)? {
            Effect::Whole => Ok(()),
            Effect::Half => Err(Errno::EINTR),
        }
    }

    /// A call that changes nothing: the dead make none either.
    fn look(&self) -> Result<(), Errno> {
        if self.dead.get() {
            Err(Errno::EINTR)
        } else {
            Ok(())
        }
    }
}

enum Effect {
    Whole,
    Half,
}
