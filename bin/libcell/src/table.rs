//! Tables: what a program shows, declared once and written for people, for scripts and for programs.
//!
//! A registry is a list of [`Field`]s of one kind of row. A view is a list of names in it ([`select`]), the program's own
//! or the operator's (`-o`). The field's name is the JSON key and, in capitals, the heading.
//!
//! | format | text | absent | unlimited | age, CPU | bytes |
//! |---|---|---|---|---|---|
//! | [`Format::Human`] | controls as `?` | `-` | `-` | `7m12s`, `1.25s` | `12K` |
//! | [`Format::Tsv`] | controls as space | `-` | `unlimited` | seconds | number |
//! | [`Format::Json`] | escaped | `null` | `null` | seconds | number |

use alloc::{string::String, vec::Vec};

use embedded_io::Write;

use crate::platform::Errno;

mod value;

pub use value::{Value, age, clean, digits, size};

/// Where a column's values stand in the human table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// One field of a row of kind `T`.
#[derive(Debug)]
pub struct Field<T> {
    /// Its name: lower case, stable, the JSON key.
    pub name: &'static str,
    /// Where it stands.
    pub align: Align,
    /// What a row has there.
    pub value: for<'a> fn(&'a T) -> Value<'a>,
}

/// Fields to show, in this order.
pub type View<T> = Vec<&'static Field<T>>;

/// The view of these comma-separated names.
///
/// # Errors
/// The first name that is in no field.
pub fn select<'n, T>(registry: &'static [Field<T>], names: &'n str) -> Result<View<T>, &'n str> {
    names
        .split(',')
        .map(|name| registry.iter().find(|field| field.name == name).ok_or(name))
        .collect()
}

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns.
    Human,
    /// Tab-separated values, raw.
    Tsv,
    /// An array of objects.
    Json,
}

/// Whether headings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headings {
    /// A first line of them.
    Shown,
    /// None. JSON has its keys anyway.
    Hidden,
}

/// How to write a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// For whom.
    pub format: Format,
    /// With headings or without.
    pub headings: Headings,
}

/// Where tables go; [`Output`](crate::output::Output) is one.
pub type Sink<'o> = &'o mut dyn Write<Error = Errno>;

/// A row's value in a column, both by number: the table without its types, so that its code exists once.
type Cells<'v> = &'v dyn Fn(usize, usize) -> Value<'v>;

/// A column without its type.
type Column = (&'static str, Align);

/// Writes a whole table.
///
/// # Errors
/// Those of the sink.
pub fn write<T>(sink: Sink<'_>, style: Style, view: &[&Field<T>], rows: &[T]) -> Result<(), Errno> {
    let cells = |row: usize, column: usize| cell(view, rows, row, column);
    let columns: Vec<Column> = columns(view);
    let lines = match style.format {
        Format::Human => Lines {
            columns: &columns,
            widths: widths(&columns, style.headings, rows.len(), &cells),
            between: "  ",
            render: |value, text| value.human(text),
        },
        Format::Tsv => Lines::tsv(&columns),
        Format::Json => return json(sink, &columns, rows.len(), &cells),
    };
    lines.write(sink, style.headings, rows.len(), &cells)
}

/// Writes one row of a table that comes bit by bit: TSV without headings, or a JSON object on a line of its own.
///
/// # Errors
/// Those of the sink.
pub fn write_row<T>(
    sink: Sink<'_>,
    format: Format,
    view: &[&Field<T>],
    row: &T,
) -> Result<(), Errno> {
    let cells = |row_: usize, column: usize| cell(view, core::slice::from_ref(row), row_, column);
    let columns = columns(view);
    match format {
        Format::Human | Format::Tsv => {
            Lines::tsv(&columns).write(sink, Headings::Hidden, 1, &cells)
        }
        Format::Json => {
            let mut line = String::new();
            json_object(&mut line, &columns, 0, &cells);
            line.push('\n');
            sink.write_all(line.as_bytes())
        }
    }
}

fn columns<T>(view: &[&Field<T>]) -> Vec<Column> {
    view.iter().map(|field| (field.name, field.align)).collect()
}

fn cell<'v, T>(view: &[&Field<T>], rows: &'v [T], row: usize, column: usize) -> Value<'v> {
    match (view.get(column), rows.get(row)) {
        (Some(field), Some(row)) => (field.value)(row),
        (None, _) | (_, None) => Value::Absent,
    }
}

/// Lines of columns, headings first. `widths` are empty where nothing is aligned.
struct Lines<'l> {
    columns: &'l [Column],
    widths: Vec<usize>,
    between: &'static str,
    render: for<'v> fn(Value<'v>, &mut String),
}

/// How wide each column must be.
fn widths(columns: &[Column], headings: Headings, rows: usize, cells: Cells<'_>) -> Vec<usize> {
    let mut text = String::new();
    let mut widths = Vec::new();
    for (column, (name, _)) in columns.iter().enumerate() {
        let mut width = match headings {
            Headings::Shown => name.len(),
            Headings::Hidden => 0,
        };
        for row in 0..rows {
            text.clear();
            cells(row, column).human(&mut text);
            width = width.max(text.chars().count());
        }
        widths.push(width);
    }
    widths
}

impl<'l> Lines<'l> {
    fn tsv(columns: &'l [Column]) -> Self {
        Self {
            columns,
            widths: Vec::new(),
            between: "\t",
            render: |value, text| value.raw(text),
        }
    }

    fn write(
        &self,
        sink: Sink<'_>,
        headings: Headings,
        rows: usize,
        cells: Cells<'_>,
    ) -> Result<(), Errno> {
        let mut line = String::new();
        let mut text = String::new();
        let first = match headings {
            Headings::Shown => 0,
            Headings::Hidden => 1,
        };
        for number in first..=rows {
            line.clear();
            let mut owed = 0;
            for (column, (name, align)) in self.columns.iter().enumerate() {
                text.clear();
                match number.checked_sub(1) {
                    None => text.extend(name.chars().map(|letter| letter.to_ascii_uppercase())),
                    Some(row) => (self.render)(cells(row, column), &mut text),
                }
                spaces(&mut line, owed);
                if column > 0 {
                    line.push_str(self.between);
                }
                let width = self.widths.get(column).copied().unwrap_or(0);
                let pad = width.saturating_sub(text.chars().count());
                // a left column's padding is written only if something follows it
                owed = match align {
                    Align::Left => pad,
                    Align::Right => {
                        spaces(&mut line, pad);
                        0
                    }
                };
                line.push_str(&text);
            }
            line.push('\n');
            sink.write_all(line.as_bytes())?;
        }
        Ok(())
    }
}

fn spaces(line: &mut String, count: usize) {
    line.extend(core::iter::repeat_n(' ', count));
}

fn json(sink: Sink<'_>, columns: &[Column], rows: usize, cells: Cells<'_>) -> Result<(), Errno> {
    let mut line = String::from("[");
    for row in 0..rows {
        line.push_str(if row == 0 { "\n" } else { ",\n" });
        json_object(&mut line, columns, row, cells);
        sink.write_all(line.as_bytes())?;
        line.clear();
    }
    line.push_str(if rows == 0 { "]\n" } else { "\n]\n" });
    sink.write_all(line.as_bytes())
}

fn json_object(line: &mut String, columns: &[Column], row: usize, cells: Cells<'_>) {
    for (column, (name, _)) in columns.iter().enumerate() {
        line.push_str(if column == 0 { "{" } else { "," });
        Value::Text(name).json(line);
        line.push(':');
        cells(row, column).json(line);
    }
    line.push('}');
}

#[cfg(test)]
mod tests;
