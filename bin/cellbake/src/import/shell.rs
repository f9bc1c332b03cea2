//! Assignments of the shell, read without one: `NAME=value` with quotes, escapes and earlier variables.

use std::collections::BTreeMap;

/// An assignment, or a line that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Name and value.
    Set(String, String),
    /// An assignment whose value only a shell can know.
    NeedsShell(String, String),
    /// Something else, by its first line.
    Other(String),
}

/// Everything a fragment says, in order.
pub(super) fn read(text: &str) -> Vec<Line> {
    let mut reader = Reader {
        rest: text,
        known: BTreeMap::new(),
    };
    let mut lines = Vec::new();
    while let Some(line) = reader.line() {
        if let Line::Set(name, value) = &line {
            reader.known.insert(name.clone(), value.clone());
        }
        lines.push(line);
    }
    lines
}

struct Reader<'t> {
    rest: &'t str,
    known: BTreeMap<String, String>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = self.rest.get(letter.len_utf8()..).unwrap_or_default();
        Some(letter)
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip_line(&mut self) -> String {
        let line = self.rest.lines().next().unwrap_or_default().to_owned();
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        line
    }

    fn line(&mut self) -> Option<Line> {
        self.rest = self
            .rest
            .trim_start_matches(|letter: char| letter.is_whitespace() || letter == ';');
        if self.rest.is_empty() {
            return None;
        }
        if self.rest.starts_with('#') {
            self.skip_line();
            return self.line();
        }
        let begin = self.rest;
        let assignment = begin.strip_prefix("export ").map_or(begin, str::trim_start);
        let name_end = assignment
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
            .unwrap_or(assignment.len());
        let name = assignment.get(..name_end).unwrap_or_default();
        let value = assignment.get(name_end..).unwrap_or_default();
        let Some(value) = value.strip_prefix('=').filter(|_| !name.is_empty()) else {
            return Some(Line::Other(self.skip_line().trim().to_owned()));
        };
        self.rest = value;
        let parsed = self.value();
        // what follows on the line is not the value's
        let after = self
            .rest
            .lines()
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        let ends = after.is_empty() || after.starts_with('#') || after.starts_with(';');
        if !ends {
            self.skip_line();
            let whole = begin.lines().next().unwrap_or_default().trim();
            return Some(Line::Other(whole.to_owned()));
        }
        if after.starts_with('#') {
            self.skip_line();
        }
        Some(match parsed {
            Some(value) => Line::Set(name.to_owned(), value),
            None => {
                let used = begin.len() - self.rest.len();
                let whole = begin.get(..used).unwrap_or_default().trim();
                Line::NeedsShell(name.to_owned(), whole.to_owned())
            }
        })
    }

    /// The value up to the end of its word; `None` if only a shell can know it.
    fn value(&mut self) -> Option<String> {
        let mut value = String::new();
        let mut plain = true;
        while let Some(letter) = self.peek() {
            if letter.is_whitespace() || letter == ';' {
                break;
            }
            self.next();
            match letter {
                '\'' => {
                    for letter in self.until('\'') {
                        value.push(letter);
                    }
                }
                '"' => plain &= self.double_quoted(&mut value),
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some(letter) => value.push(letter),
                },
                '$' => plain &= self.variable(&mut value),
                '`' => {
                    self.until('`');
                    plain = false;
                }
                '(' | ')' | '<' | '>' | '|' | '&' => plain = false,
                letter => value.push(letter),
            }
        }
        plain.then_some(value)
    }

    fn until(&mut self, end: char) -> Vec<char> {
        let mut letters = Vec::new();
        while let Some(letter) = self.next() {
            if letter == end {
                break;
            }
            letters.push(letter);
        }
        letters
    }

    /// Whether it could be read.
    fn double_quoted(&mut self, value: &mut String) -> bool {
        let mut plain = true;
        while let Some(letter) = self.next() {
            match letter {
                '"' => return plain,
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some(letter @ ('"' | '\\' | '$' | '`')) => value.push(letter),
                    Some(letter) => {
                        value.push('\\');
                        value.push(letter);
                    }
                },
                '$' => plain &= self.variable(value),
                '`' => {
                    self.until('`');
                    plain = false;
                }
                letter => value.push(letter),
            }
        }
        false
    }

    /// After a `$`. Whether it could be read.
    fn variable(&mut self, value: &mut String) -> bool {
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let name = match self.peek() {
            Some('{') => {
                self.next();
                self.until('}').into_iter().collect::<String>()
            }
            Some('(') => {
                self.skip_parentheses();
                return false;
            }
            Some(letter) if is_name(letter) => {
                let end = self
                    .rest
                    .find(|letter| !is_name(letter))
                    .unwrap_or(self.rest.len());
                let (name, rest) = self.rest.split_at_checked(end).unwrap_or_default();
                let name = name.to_owned();
                self.rest = rest;
                name
            }
            Some(_) | None => {
                value.push('$');
                return true;
            }
        };
        match self.known.get(&name) {
            Some(known) => {
                value.push_str(known);
                true
            }
            None => false,
        }
    }

    fn skip_parentheses(&mut self) {
        let mut depth = 0;
        while let Some(letter) = self.next() {
            match letter {
                '(' => depth += 1,
                ')' => {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}

/// The words of a command that needs no shell: blanks separate, quotes hold together. `None` if it needs one.
pub(super) fn words(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '\'' => break,
                        letter => word.push(letter),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '"' => break,
                        '$' | '`' | '\\' => return None,
                        letter => word.push(letter),
                    }
                }
            }
            '$' | '`' | '\\' | '|' | '&' | ';' | '<' | '>' | '(' | ')' | '*' | '?' | '[' | '{'
            | '~' | '#' | '\n' => return None,
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Some(words)
}
