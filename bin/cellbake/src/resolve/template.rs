//! Files of a board that a plan puts somewhere, as they are or with names in them replaced.

use std::fs;
use std::path::Path;

use crate::definition::Token;
use crate::files::{Located, Span};
use crate::report::{Mistake, Report};

/// The bytes of a file below the board's `files`.
pub(super) fn read(files: &Path, from: &Located<String>, report: &Report<'_>) -> Option<Vec<u8>> {
    let name = from.value.as_str();
    if name.starts_with('/') || name.split('/').any(|part| part == "..") {
        report.add(
            Mistake::at(&from.span, format!("`{name}` leaves the board's files"))
                .help("a path below the board's files directory"),
        );
        return None;
    }
    match fs::read(files.join(name)) {
        Ok(bytes) => Some(bytes),
        Err(why) => {
            report.add(
                Mistake::at(&from.span, format!("`{name}` cannot be read: {why}"))
                    .help("it is looked for in the board's files directory"),
            );
            None
        }
    }
}

/// A text with every `{{name}}` in it replaced. Names are the plan's own, and those that every cell has.
pub(super) fn fill(
    text: &str,
    span: &Span,
    tokens: &[Token],
    own: &[(&str, String)],
    report: &Report<'_>,
) -> String {
    let mut filled = String::new();
    let mut rest = text;
    let mut line = 1;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        line += before.matches('\n').count();
        let Some((name, more)) = after.split_once("}}") else {
            report.add(Mistake::at(
                span,
                format!("line {line} of the template: `{{{{` without `}}}}`"),
            ));
            return filled;
        };
        let given = tokens.iter().find(|(token, _)| token.value == name);
        let value = given.map(|(_, value)| value.as_str()).or_else(|| {
            let found = own.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| value.as_str())
        });
        match value {
            Some(value) => filled.push_str(value),
            None => {
                let names: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
                report.add(
                    Mistake::at(
                        span,
                        format!("line {line} of the template: nothing stands for `{name}`"),
                    )
                    .help(format!(
                        "{name}=value here, or one of: {}",
                        names.join(", ")
                    )),
                );
            }
        }
        rest = more;
    }
    filled.push_str(rest);
    filled
}
