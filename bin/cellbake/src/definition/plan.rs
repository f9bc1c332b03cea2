//! `plans/<cell>.apply`: what a cell's files are made to be, one directive a line.

use crate::files::{FileId, Located, Span};
use crate::quantity;
use crate::report::{Mistake, Report};
use crate::suggest;

use super::patch::{self, HunkDef};

const DIRECTIVES: &[&str] = &[
    "COPY",
    "DIR",
    "EXEC",
    "FILE_BEGIN",
    "LINE",
    "PATCH_BEGIN",
    "PKG",
    "SYMLINK",
    "TEMPLATE",
];

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
#[derive(Clone, Debug)]
pub enum Step {
    /// `DIR path [mode= owner= group=]`
    Directory(Located<String>, Owner),
    /// `FILE_BEGIN path [mode= owner= group=]`, lines, `FILE_END`
    File(Located<String>, Owner, Vec<u8>),
    /// `LINE path | text`
    Line(Located<String>, String),
    /// `SYMLINK target path`
    Link(Located<String>, String),
    /// `EXEC command`
    Execute(String),
    /// `COPY from path [mode= owner= group=]`, `from` in the cell's root if it is absolute, in the board's files otherwise
    Copy(Located<String>, Located<String>, Owner),
    /// `TEMPLATE from path [mode= owner= group=] [name=value ...]`, `from` in the board's files
    Template(Located<String>, Located<String>, Owner, Vec<Token>),
    /// `PATCH_BEGIN path [strip=n]`, a unified diff, `PATCH_END`
    Patch(Located<String>, Vec<HunkDef>),
    /// `PKG name ...`
    Package(Vec<String>),
}

/// A name and what stands for it.
pub type Token = (Located<String>, String);

/// `mode= owner= group=`
#[derive(Clone, Debug, Default)]
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
            patch: None,
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
        if let Some((span, ..)) = parser.patch {
            report.add(Mistake::at(&span, "a patch without an end").help("end it by PATCH_END"));
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
    patch: Option<(Span, Located<String>, patch::Reader)>,
    steps: Vec<StepDef>,
}

/// What `COPY` and `TEMPLATE` have in common.
struct TwoPaths {
    from: Located<String>,
    to: Located<String>,
    owner: Owner,
    tokens: Vec<Token>,
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
                    step: Step::File(block.path, block.owner, block.content.into_bytes()),
                });
            } else {
                block.content.push_str(line);
                block.content.push('\n');
                self.block = Some(block);
            }
            return;
        }
        let trimmed = line.trim();
        if let Some((span, path, mut reader)) = self.patch.take() {
            let result = if trimmed == "PATCH_END" {
                reader.end(&span).map(|hunks| {
                    if !hunks.is_empty() {
                        let step = Step::Patch(path, hunks);
                        self.steps.push(StepDef { span, step });
                    }
                })
            } else {
                let at = self.span(start, line);
                let result = reader.line(line, at);
                self.patch = Some((span, path, reader));
                result
            };
            if let Err((span, why)) = result {
                self.report.add(Mistake::at(&span, why));
            }
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
            "COPY" => {
                let of = self.two_paths(words, span)?;
                self.no_tokens(&of.tokens);
                Some(Step::Copy(of.from, of.to, of.owner))
            }
            "TEMPLATE" => {
                let of = self.two_paths(words, span)?;
                Some(Step::Template(of.from, of.to, of.owner, of.tokens))
            }
            "PATCH_BEGIN" => {
                let mut words = words.into_iter();
                let Some(path) = words.next() else {
                    return self.refuse(span, "PATCH_BEGIN path [strip=n]");
                };
                // the path is here, so what is in the patch is not looked at, nor how much of it to take away
                if words.any(|word| !word.value.starts_with("strip=")) {
                    return self.refuse(span, "PATCH_BEGIN path [strip=n]");
                }
                self.patch = Some((span.clone(), path, patch::Reader::default()));
                None
            }
            "PKG" => self.packages(words, span),
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

    /// Names as pkg_add(1) takes them.
    fn packages(&self, words: Vec<Located<String>>, span: &Span) -> Option<Step> {
        if words.is_empty() {
            return self.refuse(span, "PKG name ...");
        }
        let is_name = |name: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
            !name.starts_with('-') && name.bytes().all(plain)
        };
        let wrong = words.iter().find(|word| !is_name(&word.value));
        if let Some(word) = wrong {
            self.report.add(Mistake::at(
                &word.span,
                format!("`{}` is not the name of a package", word.value),
            ));
            return None;
        }
        let names = words.into_iter().map(|word| word.value);
        Some(Step::Package(names.collect()))
    }

    /// `from path [mode= owner= group=] [name=value ...]`
    fn two_paths(&self, mut words: Vec<Located<String>>, span: &Span) -> Option<TwoPaths> {
        if words.len() < 2 {
            self.refuse(span, "from path [mode=0644] [owner=user] [group=group]");
            return None;
        }
        let from = words.remove(0);
        let is_own = |word: &Located<String>| {
            let own = ["mode=", "owner=", "group="];
            !word.value.contains('=') || own.iter().any(|name| word.value.starts_with(name))
        };
        let (own, tokens): (Vec<_>, Vec<_>) = words.into_iter().partition(is_own);
        let (to, owner) = self.path_and_owner(own, span)?;
        let tokens = tokens.into_iter().filter_map(|word| {
            let (name, value) = word.value.split_once('=')?;
            let value = value.to_owned();
            let name = name.to_owned();
            Some((word.map(|_| name), value))
        });
        Some(TwoPaths {
            from,
            to,
            owner,
            tokens: tokens.collect(),
        })
    }

    fn no_tokens(&self, tokens: &[Token]) {
        for (name, _) in tokens {
            self.report.add(
                Mistake::at(&name.span, format!("`{}=` is no option", name.value))
                    .help("one of: mode=, owner=, group="),
            );
        }
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
