//! Command lines of device programs: a table of commands, read by one copy of the code.
//!
//! argh makes code for every command: for cellctl's ten that was 15 of 64 KiB on mipsel, and it names std. What a program
//! takes is a [`Program`], a constant; help is written from it, and the manual page is tested against it.
//!
//! Rules as getopt_long(3) has them: `-T -H`, `-TH`, `-n web`, `-nweb`, `--name web`, `--name=web`; options and operands in
//! any order until `--`, but the first word of a [`Count::Rest`] and all that follow are that operand's.

use alloc::{string::String, vec::Vec};

use crate::number::split;
use crate::platform::utf8;

/// A program of commands.
#[derive(Debug)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// What it can do.
    pub commands: &'static [Command],
    /// What else help says.
    pub notes: &'static str,
}

/// A command with its options and operands.
#[derive(Debug)]
pub struct Command {
    /// Its name, of one word or more.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    /// In the order of the help.
    pub options: &'static [Choice],
    /// In the order of the command line.
    pub operands: &'static [Operand],
}

/// An option.
#[derive(Debug)]
pub struct Choice {
    /// Its letter, by which the program asks for it; unique in its command. From [`LONG`] on it has its long name only.
    pub letter: u8,
    /// Its long name.
    pub long: &'static str,
    /// What its value is called; empty for a switch.
    pub value: &'static str,
    /// One line.
    pub about: &'static str,
}

impl Choice {
    /// An option.
    #[must_use]
    pub const fn new(
        letter: u8,
        long: &'static str,
        value: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            letter,
            long,
            value,
            about,
        }
    }
}

/// The first letter of an option that is none on the command line.
pub const LONG: u8 = 0x80;

/// An operand.
#[derive(Debug)]
pub struct Operand {
    /// What it is called.
    pub name: &'static str,
    /// How many words it is.
    pub count: Count,
    /// One line.
    pub about: &'static str,
}

/// How many words an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// One.
    One,
    /// All that are left, or none; from the first on, options are words.
    Rest,
    /// Any number, options among them.
    Many,
}

/// A command line that was understood.
#[derive(Debug)]
pub struct Parsed<'a> {
    /// Index of its command.
    pub command: usize,
    options: Vec<(u8, &'a str)>,
    operands: Vec<&'a str>,
}

/// What a command line came to.
#[derive(Debug)]
pub enum Reading<'a> {
    /// Something to do.
    Parsed(Parsed<'a>),
    /// Help was asked for: this.
    Help(String),
    /// It was not understood.
    Wrong(Wrong<'a>),
}

/// What was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong<'a> {
    /// Of which command.
    pub command: &'a str,
    /// Which word, or what is missing.
    pub word: &'a str,
    /// Why.
    pub why: &'static str,
}

/// The word that is wrong, and why.
type Mistake<'a> = (&'a str, &'static str);

/// None: help was asked for.
const HELP: Mistake<'static> = ("", "");

impl<'a> Parsed<'a> {
    /// Whether a switch was given.
    #[must_use]
    pub fn has(&self, letter: u8) -> bool {
        self.value(letter).is_some()
    }

    /// The value of an option, the last if it was given more than once.
    #[must_use]
    pub fn value(&self, letter: u8) -> Option<&'a str> {
        self.values(letter).last()
    }

    /// All values of an option, in order.
    pub fn values(&self, letter: u8) -> impl Iterator<Item = &'a str> {
        self.options
            .iter()
            .filter(move |(given, _)| *given == letter)
            .map(|(_, value)| *value)
    }

    /// An operand of [`Count::One`], by index: it is there.
    #[must_use]
    pub fn operand(&self, index: usize) -> &'a str {
        self.operands.get(index).copied().unwrap_or_default()
    }

    /// The words of the operand at `index`, a [`Count::Rest`] or [`Count::Many`].
    #[must_use]
    pub fn rest(&self, index: usize) -> &[&'a str] {
        self.operands.get(index..).unwrap_or_default()
    }

    /// Reads a command's words; otherwise the word that is wrong, and why.
    fn read(&mut self, command: &Command, words: &[&'a str]) -> Result<(), Mistake<'a>> {
        let mut words = words.iter().copied();
        let mut verbatim = false;
        while let Some(word) = words.next() {
            match word.strip_prefix('-') {
                Some("-") if !verbatim => verbatim = true,
                Some("-help") if !verbatim => return Err(HELP),
                Some(letters) if !verbatim && !letters.is_empty() => {
                    self.options_of(command, word, letters, &mut words)?;
                }
                Some(_) | None => {
                    let operands = command.operands;
                    let last = operands.last().filter(|last| last.count != Count::One);
                    let operand = operands.get(self.operands.len()).or(last);
                    verbatim |= operand.ok_or((word, "one word too many"))?.count == Count::Rest;
                    self.operands.push(word);
                }
            }
        }
        match command.operands.get(self.operands.len()) {
            Some(operand) if operand.count == Count::One => Err((operand.name, "missing")),
            Some(_) | None => Ok(()),
        }
    }

    /// Reads a word of options: `letters` is what follows its dash.
    fn options_of(
        &mut self,
        command: &Command,
        word: &'a str,
        mut letters: &'a str,
        words: &mut dyn Iterator<Item = &'a str>,
    ) -> Result<(), Mistake<'a>> {
        let (long, equals) = match letters.strip_prefix('-') {
            None => ("", None),
            Some(name) => match name.bytes().position(|byte| byte == b'=') {
                None => (name, None),
                Some(at) => (name.get(..at).unwrap_or_default(), name.get(at + 1..)),
            },
        };
        loop {
            let letter = letters.bytes().next().unwrap_or_default();
            let is_meant = |option: &&Choice| match long {
                "" => option.letter == letter && letter < LONG,
                long => option.long == long,
            };
            let Some(option) = command.options.iter().find(is_meant) else {
                return Err((word, "no such option"));
            };
            letters = letters.get(1..).unwrap_or_default();
            let attached = match long {
                "" => Some(letters).filter(|rest| !rest.is_empty()),
                _ => equals,
            };
            if option.value.is_empty() {
                self.options.push((option.letter, ""));
                if equals.is_some() {
                    return Err((word, "takes no value"));
                }
                if !long.is_empty() || letters.is_empty() {
                    return Ok(());
                }
            } else {
                let value = attached.or_else(|| words.next());
                let value = value.ok_or((word, "needs a value"))?;
                self.options.push((option.letter, value));
                return Ok(());
            }
        }
    }
}

/// The words after those of a name, if they begin with them.
fn after<'w, 'a>(words: &'w [&'a str], name: &str) -> Option<&'w [&'a str]> {
    let mut rest = words;
    let mut name = Some(name);
    while let Some(words) = name {
        let (word, more) = split(words, b' ');
        let (first, others) = rest.split_first()?;
        if *first != word {
            return None;
        }
        (rest, name) = (others, more);
    }
    Some(rest)
}

impl Program {
    /// Reads a command line, without the program's name.
    #[must_use]
    pub fn read<'a>(&self, words: &[&'a str]) -> Reading<'a> {
        let (wants_help, words) = match words {
            ["help" | "--help", rest @ ..] => (true, rest),
            all => (false, all),
        };
        let Some(name) = words.first() else {
            if wants_help {
                return Reading::Help(self.help());
            }
            return Reading::Wrong(Wrong {
                command: "arguments",
                word: "command",
                why: "missing; help lists them",
            });
        };
        let mut commands = self.commands.iter().enumerate();
        let found = commands.find_map(|(index, command)| {
            let rest = after(words, command.name)?;
            Some((index, command, rest))
        });
        let Some((index, command, rest)) = found else {
            return Reading::Wrong(Wrong {
                command: name,
                word: "command",
                why: "there is none of that name; help lists them",
            });
        };
        let mut parsed = Parsed {
            command: index,
            options: Vec::new(),
            operands: Vec::new(),
        };
        let wrong = if wants_help {
            Some(HELP)
        } else {
            parsed.read(command, rest).err()
        };
        match wrong {
            None => Reading::Parsed(parsed),
            Some((_, "")) => Reading::Help(command.help(self.name, command.name)),
            Some((word, why)) => Reading::Wrong(Wrong {
                command: command.name,
                word,
                why,
            }),
        }
    }

    fn help(&self) -> String {
        let mut text = String::new();
        let about = "\n\nCommands:\n";
        push(
            &mut text,
            &[
                "Usage: ",
                self.name,
                " command [options]\n\n",
                self.about,
                about,
            ],
        );
        for command in self.commands {
            line(&mut text, &[command.name], command.about);
        }
        text.push_str(self.notes);
        text
    }
}

impl Command {
    /// Reads the command line of a program that is this command alone, without its name.
    #[must_use]
    pub fn read<'a>(&self, words: &[&'a str], notes: &str) -> Reading<'a> {
        let mut parsed = Parsed {
            command: 0,
            options: Vec::new(),
            operands: Vec::new(),
        };
        match parsed.read(self, words) {
            Ok(()) => Reading::Parsed(parsed),
            Err((_, "")) => {
                let mut text = self.help(self.name, "");
                text.push_str(notes);
                Reading::Help(text)
            }
            Err((word, why)) => Reading::Wrong(Wrong {
                command: "arguments",
                word,
                why,
            }),
        }
    }

    /// `program name`, or the program alone.
    fn help(&self, program: &str, name: &str) -> String {
        let mut text = String::new();
        let options = if self.options.is_empty() {
            ""
        } else {
            " [options]"
        };
        let blank = if name.is_empty() { "" } else { " " };
        push(&mut text, &["Usage: ", program, blank, name, options]);
        for operand in self.operands {
            let (before, after) = match operand.count {
                Count::One => (" ", ""),
                Count::Rest | Count::Many => (" [", " ...]"),
            };
            push(&mut text, &[before, operand.name, after]);
        }
        push(&mut text, &["\n\n", self.about, "\n\n"]);
        for operand in self.operands {
            line(&mut text, &[operand.name], operand.about);
        }
        for option in self.options {
            let letter = [option.letter];
            let (dash, letter, comma) = match utf8(&letter) {
                Some(letter) if option.letter < LONG => ("-", letter, ", --"),
                Some(_) | None => ("", "", "--"),
            };
            line(
                &mut text,
                &[dash, letter, comma, option.long, " ", option.value],
                option.about,
            );
        }
        text
    }
}

/// Adds these, one after the other. `concat` of core is three times the code.
pub fn push(text: &mut String, parts: &[&str]) {
    for part in parts {
        text.push_str(part);
    }
}

/// Column of the explanations.
const INDENT: usize = 28;

fn line(text: &mut String, parts: &[&str], about: &str) {
    let end = text.len() + INDENT;
    text.push_str("  ");
    push(text, parts);
    while text.len() < end {
        push(text, &[" "]);
    }
    push(text, &[about, "\n"]);
}

#[cfg(test)]
mod tests;
