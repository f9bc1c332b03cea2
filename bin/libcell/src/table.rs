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
//!
//! Rows and fields are generic, the writing is not: its code exists once in a program.

use alloc::vec::Vec;

use embedded_io::Write;

use crate::platform::Errno;

mod value;

pub use value::{Line, Owned, Value, age, clean, digits, size};

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

/// Where lines go. Anything that embedded-io writes to is one; as a trait object this is smaller, without `core::fmt`.
pub trait Lines {
    /// Writes all of it.
    ///
    /// # Errors
    /// What writing failed with.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Errno>;

    /// Has what was written be seen now.
    ///
    /// # Errors
    /// What writing failed with.
    fn show(&mut self) -> Result<(), Errno> {
        Ok(())
    }
}

impl<W: Write<Error = Errno>> Lines for W {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        self.write_all(bytes)
    }

    fn show(&mut self) -> Result<(), Errno> {
        self.flush()
    }
}

/// Where tables go; [`Output`](crate::output::Output) is one.
pub type Sink<'o> = &'o mut dyn Lines;

/// A table without its types.
trait Cells {
    /// Columns.
    fn width(&self) -> usize;
    /// Rows.
    fn height(&self) -> usize;
    /// Name of a column, and where it stands.
    fn column(&self, column: usize) -> (&'static str, Align);
    /// What stands in a row and a column.
    fn value(&self, row: usize, column: usize) -> Value<'_>;
}

/// A view of rows.
struct Typed<'t, T> {
    view: &'t [&'t Field<T>],
    rows: &'t [T],
}

impl<T> Cells for Typed<'_, T> {
    fn width(&self) -> usize {
        self.view.len()
    }

    fn height(&self) -> usize {
        self.rows.len()
    }

    fn column(&self, column: usize) -> (&'static str, Align) {
        match self.view.get(column) {
            Some(field) => (field.name, field.align),
            None => ("", Align::Left),
        }
    }

    fn value(&self, row: usize, column: usize) -> Value<'_> {
        match (self.view.get(column), self.rows.get(row)) {
            (Some(field), Some(row)) => (field.value)(row),
            (None, _) | (_, None) => Value::Absent,
        }
    }
}

/// Writes a whole table.
///
/// # Errors
/// Those of the sink.
pub fn write<T>(sink: Sink<'_>, style: Style, view: &[&Field<T>], rows: &[T]) -> Result<(), Errno> {
    draw(sink, style, &Typed { view, rows })
}

/// A column of a table whose rows are values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name: lower case, stable, the JSON key.
    pub name: &'static str,
    /// Where it stands.
    pub align: Align,
}

/// Rows that are values.
struct Listed<'t> {
    columns: &'t [Column],
    rows: &'t [Vec<Owned>],
}

impl Cells for Listed<'_> {
    fn width(&self) -> usize {
        self.columns.len()
    }

    fn height(&self) -> usize {
        self.rows.len()
    }

    fn column(&self, column: usize) -> (&'static str, Align) {
        match self.columns.get(column) {
            Some(column) => (column.name, column.align),
            None => ("", Align::Left),
        }
    }

    fn value(&self, row: usize, column: usize) -> Value<'_> {
        match self.rows.get(row).and_then(|row| row.get(column)) {
            Some(value) => value.value(),
            None => Value::Absent,
        }
    }
}

/// Writes a whole table of values.
///
/// # Errors
/// Those of the sink.
pub fn write_values(
    sink: Sink<'_>,
    style: Style,
    columns: &[Column],
    rows: &[Vec<Owned>],
) -> Result<(), Errno> {
    draw(sink, style, &Listed { columns, rows })
}

/// Writes rows of a table that comes bit by bit: TSV without headings, or JSON objects on lines of their own.
///
/// # Errors
/// Those of the sink.
pub fn write_rows<T>(
    sink: Sink<'_>,
    format: Format,
    view: &[&Field<T>],
    rows: &[T],
) -> Result<(), Errno> {
    let cells = Typed { view, rows };
    for row in 0..rows.len() {
        let mut line = Line::new();
        match format {
            Format::Human | Format::Tsv => fields(&mut line, &cells, Some(row), Format::Tsv, &[]),
            Format::Json => object(&mut line, &cells, row),
        }
        line.push(b'\n');
        sink.put(&line)?;
    }
    Ok(())
}

fn draw(sink: Sink<'_>, style: Style, cells: &dyn Cells) -> Result<(), Errno> {
    let mut widths = Vec::new();
    let mut line = Line::new();
    let shown = style.headings == Headings::Shown;
    match style.format {
        Format::Json => return array(sink, cells),
        Format::Human => {
            for column in 0..cells.width() {
                let mut width = if shown {
                    cells.column(column).0.len()
                } else {
                    0
                };
                for row in 0..cells.height() {
                    line.clear();
                    cells.value(row, column).human(&mut line);
                    width = width.max(letters(&line));
                }
                widths.push(width);
            }
        }
        Format::Tsv => {}
    }
    // 0 is the headings
    for number in usize::from(!shown)..=cells.height() {
        line.clear();
        fields(
            &mut line,
            cells,
            number.checked_sub(1),
            style.format,
            &widths,
        );
        line.push(b'\n');
        sink.put(&line)?;
    }
    Ok(())
}

/// A row, or the headings. `widths` are empty where nothing is aligned.
fn fields(
    line: &mut Line,
    cells: &dyn Cells,
    row: Option<usize>,
    format: Format,
    widths: &[usize],
) {
    let mut text = Line::new();
    let mut owed = 0;
    for column in 0..cells.width() {
        text.clear();
        let (name, align) = cells.column(column);
        match (row, format) {
            (None, _) => text.extend(name.bytes().map(|letter| letter.to_ascii_uppercase())),
            (Some(row), Format::Human) => cells.value(row, column).human(&mut text),
            (Some(row), Format::Tsv | Format::Json) => cells.value(row, column).raw(&mut text),
        }
        if column > 0 {
            // the padding of a left column is written only if something follows it
            spaces(line, owed);
            match format {
                Format::Human => spaces(line, 2),
                Format::Tsv | Format::Json => line.push(b'\t'),
            }
        }
        let width = widths.get(column).copied().unwrap_or(0);
        owed = width.saturating_sub(letters(&text));
        if align == Align::Right {
            spaces(line, owed);
            owed = 0;
        }
        line.extend_from_slice(&text);
    }
}

fn spaces(line: &mut Line, count: usize) {
    line.resize(line.len() + count, b' ');
}

/// Characters of UTF-8.
fn letters(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

fn array(sink: Sink<'_>, cells: &dyn Cells) -> Result<(), Errno> {
    sink.put(b"[")?;
    for row in 0..cells.height() {
        let mut line = Line::new();
        line.extend_from_slice(if row == 0 { b"\n" } else { b",\n" });
        object(&mut line, cells, row);
        sink.put(&line)?;
    }
    sink.put(if cells.height() == 0 {
        b"]\n"
    } else {
        b"\n]\n"
    })
}

fn object(line: &mut Line, cells: &dyn Cells, row: usize) {
    for column in 0..cells.width() {
        line.push(if column == 0 { b'{' } else { b',' });
        Value::Text(cells.column(column).0).json(line);
        line.push(b':');
        cells.value(row, column).json(line);
    }
    line.push(b'}');
}

#[cfg(test)]
mod tests;
