//! Reading tables of TOML key by key, each value with its place, each mistake into the report.

use std::ops::RangeInclusive;

use toml::de::{DeTable, DeValue};

use crate::files::{FileId, Located, Span};
use crate::keys::Table;
use crate::report::{Mistake, Report};
use crate::suggest;

/// A table being read.
#[derive(Debug)]
pub struct Reader<'t> {
    report: &'t Report<'t>,
    table: &'t DeTable<'t>,
    kind: &'static Table,
    span: Span,
    /// The file could not be parsed whole: what is missing may stand in the part that was not understood.
    torn: bool,
}

impl<'t> Reader<'t> {
    /// Parses `file` and gives the reader of its top to `read`.
    pub fn document<T>(
        report: &Report<'_>,
        file: FileId,
        kind: &'static Table,
        read: impl FnOnce(&Reader<'_>) -> T,
    ) -> T {
        let source = report.files().get(file);
        let text = source.text.as_str();
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut last_line = None;
        for error in &errors {
            let range = error.span().unwrap_or(0..0);
            let line = text
                .get(..range.start)
                .map(|text| text.matches('\n').count());
            // one slip makes the parser stumble several times
            if last_line != Some(line) {
                report.add(Mistake::at(&Span { file, range }, "not TOML").label(error.message()));
            }
            last_line = Some(line);
        }
        let top = Reader {
            report,
            table: table.get_ref(),
            kind,
            span: Span { file, range: 0..0 },
            torn: !errors.is_empty(),
        };
        top.refuse_unknown();
        read(&top)
    }

    /// Where the table begins.
    #[must_use]
    pub const fn span(&self) -> &Span {
        &self.span
    }

    /// The report mistakes go to.
    #[must_use]
    pub const fn report(&self) -> &'t Report<'t> {
        self.report
    }

    fn at(&self, range: std::ops::Range<usize>) -> Span {
        Span {
            file: self.span.file,
            range,
        }
    }

    fn refuse_unknown(&self) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if !self.kind.keys.contains(&name) {
                self.report.add(
                    Mistake::at(
                        &self.at(key.span()),
                        format!("`{name}` is not a key of {}", self.kind.name),
                    )
                    .help(suggest::hint(name, self.kind.keys.iter().copied())),
                );
            }
        }
    }

    fn value(&self, key: &str) -> Option<(&'t DeValue<'t>, Span)> {
        debug_assert!(self.kind.keys.contains(&key), "{key} is not in keys.rs");
        let value = self.table.get(key)?;
        Some((value.get_ref(), self.at(value.span())))
    }

    fn wrong_kind(&self, span: &Span, key: &str, expected: &str, found: &DeValue<'_>) {
        self.report.add(
            Mistake::at(span, format!("`{key}` must be {expected}"))
                .label(format!("this is {}", name_of(found))),
        );
    }

    /// Whether the key is there, and where its value is.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<Span> {
        self.value(key).map(|(_, span)| span)
    }

    /// Reports that `key` is missing, with an example of it.
    pub fn missing(&self, key: &str, example: &str) {
        let unseen = self.torn || self.table.contains_key(key);
        if !unseen {
            self.report.add(
                Mistake::at(&self.span, format!("{} needs `{key}`", self.kind.name))
                    .help(format!("for example: {key} = {example}")),
            );
        }
    }

    /// A text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<Located<String>> {
        let (value, span) = self.value(key)?;
        self.text_of(value, span, key)
    }

    fn text_of(&self, value: &DeValue<'_>, span: Span, key: &str) -> Option<Located<String>> {
        let DeValue::String(text) = value else {
            self.wrong_kind(&span, key, "a text", value);
            return None;
        };
        if text.contains('\0') {
            self.report
                .add(Mistake::at(&span, format!("`{key}` has a NUL in it")));
            return None;
        }
        Some(Located {
            value: text.to_string(),
            span,
        })
    }

    /// `true` or `false`.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<bool> {
        let (value, span) = self.value(key)?;
        if let DeValue::Boolean(flag) = value {
            return Some(*flag);
        }
        self.wrong_kind(&span, key, "true or false", value);
        None
    }

    /// A whole number within `range`.
    #[must_use]
    pub fn number(&self, key: &str, range: RangeInclusive<u32>) -> Option<Located<u32>> {
        let (value, span) = self.value(key)?;
        self.number_of(value, span, key, range)
    }

    fn number_of(
        &self,
        value: &DeValue<'_>,
        span: Span,
        key: &str,
        range: RangeInclusive<u32>,
    ) -> Option<Located<u32>> {
        let Some(number) = integer(value) else {
            self.wrong_kind(&span, key, "a whole number", value);
            return None;
        };
        match u32::try_from(number) {
            Ok(number) if range.contains(&number) => Some(Located {
                value: number,
                span,
            }),
            Ok(_) | Err(_) => {
                let (least, most) = (range.start(), range.end());
                self.report.add(Mistake::at(
                    &span,
                    format!("`{key}` must be from {least} to {most}"),
                ));
                None
            }
        }
    }

    /// A text that `parse` makes sense of; what it says is wrong is reported with `help`.
    #[must_use]
    pub fn parsed<T>(
        &self,
        key: &str,
        help: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Located<T>> {
        let text = self.text(key)?;
        match parse(&text.value) {
            Ok(value) => Some(Located {
                value,
                span: text.span,
            }),
            Err(why) => {
                self.report
                    .add(Mistake::at(&text.span, format!("`{key}`: {why}")).help(help));
                None
            }
        }
    }

    /// A text or a number, as text.
    #[must_use]
    pub fn word(&self, key: &str) -> Option<Located<String>> {
        let (value, span) = self.value(key)?;
        self.word_of(value, span, key)
    }

    fn word_of(&self, value: &DeValue<'_>, span: Span, key: &str) -> Option<Located<String>> {
        match integer(value) {
            Some(number) => Some(Located {
                value: number.to_string(),
                span,
            }),
            None => self.text_of(value, span, key),
        }
    }

    /// The items of a list, each with its place; `example` is how it is written.
    fn list(&self, key: &str, example: &str) -> Vec<(&'t DeValue<'t>, Span)> {
        let Some((value, span)) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(list) = value else {
            self.wrong_kind(&span, key, &format!("a list, {example}"), value);
            return Vec::new();
        };
        list.iter()
            .map(|item| (item.get_ref(), self.at(item.span())))
            .collect()
    }

    /// The names and values of a table whose keys are free, sorted.
    fn entries(&self, key: &str) -> Vec<(Located<String>, &'t DeValue<'t>, Span)> {
        let Some((value, span)) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Table(table) = value else {
            self.wrong_kind(&span, key, "a table", value);
            return Vec::new();
        };
        table
            .iter()
            .map(|(name, value)| {
                let name = Located {
                    value: name.get_ref().to_string(),
                    span: self.at(name.span()),
                };
                (name, value.get_ref(), self.at(value.span()))
            })
            .collect()
    }

    /// A list of texts, or of texts and numbers as text.
    #[must_use]
    pub fn words(&self, key: &str) -> Vec<Located<String>> {
        self.list(key, "[\"like\", \"this\"]")
            .into_iter()
            .filter_map(|(value, span)| self.word_of(value, span, key))
            .collect()
    }

    /// A list of whole numbers within `range`.
    #[must_use]
    pub fn numbers(&self, key: &str, range: &RangeInclusive<u32>) -> Vec<Located<u32>> {
        self.list(key, "[1, 2]")
            .into_iter()
            .filter_map(|(value, span)| self.number_of(value, span, key, range.clone()))
            .collect()
    }

    /// A table whose keys are free: texts by name, sorted.
    #[must_use]
    pub fn pairs(&self, key: &str) -> Vec<(Located<String>, Located<String>)> {
        self.entries(key)
            .into_iter()
            .filter_map(|(name, value, span)| {
                let text = self.text_of(value, span, &name.value)?;
                Some((name, text))
            })
            .collect()
    }

    /// A table.
    #[must_use]
    pub fn table(&self, key: &str, kind: &'static Table) -> Option<Reader<'t>> {
        let (value, span) = self.value(key)?;
        self.table_of(value, span, key, kind)
    }

    fn table_of(
        &self,
        value: &'t DeValue<'t>,
        span: Span,
        key: &str,
        kind: &'static Table,
    ) -> Option<Reader<'t>> {
        let DeValue::Table(table) = value else {
            self.wrong_kind(&span, key, "a table", value);
            return None;
        };
        let reader = Reader {
            report: self.report,
            table,
            kind,
            span,
            torn: self.torn,
        };
        reader.refuse_unknown();
        Some(reader)
    }

    /// A list of tables.
    #[must_use]
    pub fn tables(&self, key: &str, kind: &'static Table) -> Vec<Reader<'t>> {
        self.list(key, "of tables")
            .into_iter()
            .filter_map(|(value, span)| self.table_of(value, span, key, kind))
            .collect()
    }

    /// Tables by names that are free, sorted.
    #[must_use]
    pub fn named_tables(
        &self,
        key: &str,
        kind: &'static Table,
    ) -> Vec<(Located<String>, Reader<'t>)> {
        self.entries(key)
            .into_iter()
            .filter_map(|(name, value, span)| {
                let reader = self.table_of(value, span, &name.value, kind)?;
                Some((name, reader))
            })
            .collect()
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    match value {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
        DeValue::String(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => None,
    }
}

const fn name_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
