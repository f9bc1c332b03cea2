//! `plans/<cell>.apply`: what a cell's files are made to be, one directive a line.

use crate::files::{FileId, Located, Span};
use crate::quantity;
use crate::report::{Mistake, Report};
use crate::suggest;

const DIRECTIVES: &[&str] = &["DIR", "EXEC", "FILE_BEGIN", "LINE", "SYMLINK"];

/// The plan of a cell.
#[derive(Debug)]
pub struct PlanDef {
    /// The name of its file, which is the cell's.
    pub cell: Located<String>,
    /// What to do, in order.
    pub steps: Vec<StepDef>,
}

/// A directive.
#[derive(Debug)]
pub struct StepDef {
    /// Its line.
    pub span: Span,
    /// What it says.
    pub step: Step,
}

/// What a directive says.
#[derive(Debug)]
pub enum Step {
    /// `DIR path [mode= owner= group=]`
    Directory(Located<String>, Owner),
    /// `FILE_BEGIN path [mode= owner= group=]`, lines, `FILE_END`
    File(Located<String>, Owner, String),
    /// `LINE path | text`
    Line(Located<String>, String),
    /// `SYMLINK target path`
    Link(Located<String>, String),
    /// `EXEC command`
    Execute(String),
}

/// `mode= owner= group=`
#[derive(Debug, Default)]
pub struct Owner {
    /// Permission bits.
    pub mode: Option<u32>,
    /// User by name or number.
    pub owner: Option<Located<String>>,
    /// Group, likewise.
    pub group: Option<Located<String>>,
}

impl PlanDef {
    /// Reads the plan in `file`.
    #[must_use]
    pub fn read(report: &Report<'_>, file: FileId) -> Self {
        let text = report.files().get(file);
        let mut parser = Parser {
            report,
            file,
            block: None,
            in_patch: false,
            steps: Vec::new(),
        };
        let mut start = 0;
        for line in text.text.split_inclusive('\n') {
            parser.line(line.trim_end_matches('\n'), start);
            start += line.len();
        }
        if let Some(block) = parser.block {
            report
                .add(Mistake::at(&block.span, "a file without an end").help("end it by FILE_END"));
        }
        Self {
            cell: Located {
                value: text.stem.clone(),
                span: Span { file, range: 0..0 },
            },
            steps: parser.steps,
        }
    }
}

/// A file whose lines are being read.
struct Block {
    span: Span,
    path: Located<String>,
    owner: Owner,
    content: String,
}

struct Parser<'r> {
    report: &'r Report<'r>,
    file: FileId,
    block: Option<Block>,
    /// In a patch that was refused: its lines are no directives.
    in_patch: bool,
    steps: Vec<StepDef>,
}

impl Parser<'_> {
    fn span(&self, start: usize, text: &str) -> Span {
        Span {
            file: self.file,
            range: start..start + text.len(),
        }
    }

    fn line(&mut self, line: &str, start: usize) {
        if let Some(mut block) = self.block.take() {
            if line.trim() == "FILE_END" {
                self.steps.push(StepDef {
                    span: block.span,
                    step: Step::File(block.path, block.owner, block.content),
                });
            } else {
                block.content.push_str(line);
                block.content.push('\n');
                self.block = Some(block);
            }
            return;
        }
        let trimmed = line.trim();
        if self.in_patch {
            self.in_patch = trimmed != "PATCH_END";
            return;
        }
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return;
        }
        let begin = start + line.len() - line.trim_start().len();
        let span = self.span(begin, trimmed);
        let (word, rest) = trimmed
            .split_once(char::is_whitespace)
            .unwrap_or((trimmed, ""));
        let rest_at = begin + trimmed.len() - rest.trim_start().len();
        if let Some(step) = self.directive(word, rest.trim_start(), rest_at, &span) {
            self.steps.push(StepDef { span, step });
        }
    }

    fn directive(&mut self, word: &str, rest: &str, at: usize, span: &Span) -> Option<Step> {
        let words: Vec<Located<String>> = split(rest)
            .map(|(offset, text)| Located {
                value: text.to_owned(),
                span: self.span(at + offset, text),
            })
            .collect();
        match word {
            "DIR" => {
                let (path, owner) = self.path_and_owner(words, span)?;
                Some(Step::Directory(path, owner))
            }
            "FILE_BEGIN" => {
                let (path, owner) = self.path_and_owner(words, span)?;
                self.block = Some(Block {
                    span: span.clone(),
                    path,
                    owner,
                    content: String::new(),
                });
                None
            }
            "LINE" => match rest.split_once('|') {
                Some((path, text)) if !path.trim().is_empty() => Some(Step::Line(
                    Located {
                        value: path.trim().to_owned(),
                        span: self.span(at, path.trim()),
                    },
                    text.strip_prefix(' ').unwrap_or(text).to_owned(),
                )),
                Some(_) | None => self.refuse(span, "LINE path | text"),
            },
            "SYMLINK" => match words.as_slice() {
                [target, path] => Some(Step::Link(path.clone(), target.value.clone())),
                _ => self.refuse(span, "SYMLINK target path"),
            },
            "EXEC" if rest.is_empty() => self.refuse(span, "EXEC command"),
            "EXEC" => Some(Step::Execute(rest.to_owned())),
            "PKG" => self.not_on_a_device(
                span,
                "PKG",
                "list the package's files in the cell's [contents] copy, from a source root that has it installed",
            ),
            "PATCH_BEGIN" => {
                self.in_patch = true;
                self.not_on_a_device(
                    span,
                    "PATCH_BEGIN",
                    "keep the patched file in the board's files and list it in the cell's [[contents.files]]",
                )
            }
            other => {
                self.report.add(
                    Mistake::at(span, format!("`{other}` is no directive"))
                        .help(suggest::hint(other, DIRECTIVES.iter().copied())),
                );
                None
            }
        }
    }

    fn refuse(&self, span: &Span, form: &str) -> Option<Step> {
        self.report
            .add(Mistake::at(span, "not how this directive is written").help(form.to_owned()));
        None
    }

    fn not_on_a_device(&self, span: &Span, word: &str, help: &str) -> Option<Step> {
        self.report.add(
            Mistake::at(
                span,
                format!("{word} is for systems that change while they run"),
            )
            .help(help.to_owned()),
        );
        None
    }

    fn path_and_owner(
        &self,
        words: Vec<Located<String>>,
        span: &Span,
    ) -> Option<(Located<String>, Owner)> {
        let mut words = words.into_iter();
        let Some(path) = words.next() else {
            self.refuse(span, "path [mode=0755] [owner=user] [group=group]");
            return None;
        };
        let mut owner = Owner::default();
        for word in words {
            let value = |value: &str| {
                Some(Located {
                    value: value.to_owned(),
                    span: word.span.clone(),
                })
            };
            match word.value.split_once('=') {
                Some(("mode", mode)) => match plan_mode(mode) {
                    Ok(mode) => owner.mode = Some(mode),
                    Err(why) => self
                        .report
                        .add(Mistake::at(&word.span, why).help(quantity::MODE_HELP)),
                },
                Some(("owner", user)) => owner.owner = value(user),
                Some(("group", group)) => owner.group = value(group),
                Some(_) | None => self.report.add(
                    Mistake::at(&word.span, format!("`{}` is no option", word.value))
                        .help("one of: mode=, owner=, group="),
                ),
            }
        }
        Some((path, owner))
    }
}

/// As [`quantity::mode`], the first digit may be left out as the original's plans do.
fn plan_mode(text: &str) -> Result<u32, String> {
    if text.len() == 3 {
        quantity::mode(&format!("0{text}"))
    } else {
        quantity::mode(text)
    }
}

/// Words between blanks, with their offsets.
fn split(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    text.split(' ').filter_map(move |word| {
        let at = offset;
        offset += word.len() + 1;
        (!word.is_empty()).then_some((at, word))
    })
}
