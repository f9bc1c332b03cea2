//! Every field of a cell and of a volume, declared once: tables, TSV, JSON, `fields`, drift and the manual page come from
//! here.

pub(crate) mod cell;
mod definition;
pub(crate) mod volume;
mod words;

use alloc::string::String;
use alloc::vec::Vec;

use libcell::table::{Align, Owned};

pub(crate) use words::FACILITIES;
pub(crate) use words::LEVELS;

/// Of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Cell,
    Volume,
}

impl Kind {
    /// As in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cell => "cell",
            Self::Volume => "volume",
        }
    }
}

/// Views, one bit each.
pub(crate) const COMPACT: u8 = 1;
pub(crate) const DESIRED: u8 = 2;
pub(crate) const RUNTIME: u8 = 4;
pub(crate) const MERGED: u8 = 8;

/// The views by name.
pub(crate) const VIEWS: [(&str, u8); 4] = [
    ("compact", COMPACT),
    ("desired", DESIRED),
    ("runtime", RUNTIME),
    ("merged", MERGED),
];

/// What kind of value a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Flag,
    Number,
    Bytes,
    Seconds,
    Micros,
    /// A number, or none.
    Limit,
    /// Bytes, or none.
    ByteLimit,
}

impl Type {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Flag => "flag",
            Self::Number => "number",
            Self::Bytes => "bytes",
            Self::Seconds => "seconds",
            Self::Micros => "cpu seconds",
            Self::Limit => "number or unlimited",
            Self::ByteLimit => "bytes or unlimited",
        }
    }

    pub const fn align(self) -> Align {
        match self {
            Self::Text | Self::Flag => Align::Left,
            Self::Number
            | Self::Bytes
            | Self::Seconds
            | Self::Micros
            | Self::Limit
            | Self::ByteLimit => Align::Right,
        }
    }
}

/// What has to be read for a field, more of it further down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Needs {
    /// The definitions.
    Definition,
    /// What cellinit says.
    Unit,
    /// The kernel's list.
    List,
    /// What is enforced on each cell.
    Policy,
    /// What each uses.
    Stats,
}

/// What a cell that runs is to do with a change of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// It is no part of a definition, or holds at once.
    None,
    /// The kernel enforces it: restarting is a decision.
    Policy,
    /// Its service runs by it: it is restarted.
    Service,
    /// Its plan: it is restarted, and the plan is run before.
    Plan,
}

/// A field without what computes it.
#[derive(Debug)]
pub(crate) struct Meta {
    pub name: &'static str,
    pub of: Type,
    pub views: u8,
    pub needs: Needs,
    pub class: Class,
    pub about: &'static str,
}

/// Something that has fields.
pub(crate) trait Fields {
    /// The field of that place, in the order of columns.
    fn meta(index: usize) -> Option<&'static Meta>;
    /// And its value.
    fn value(&self, index: usize) -> Owned;
}

/// A field of a kind.
pub(crate) fn meta(kind: Kind, index: usize) -> Option<&'static Meta> {
    match kind {
        Kind::Cell => cell::Subject::meta(index),
        Kind::Volume => volume::Subject::meta(index),
    }
}

/// All fields of a kind.
pub(crate) fn all(kind: Kind) -> impl Iterator<Item = (usize, &'static Meta)> {
    (0..).map_while(move |index| Some((index, meta(kind, index)?)))
}

/// A selection of fields.
pub(crate) type Selection = Vec<usize>;

/// The fields of a view, in their order.
pub(crate) fn of_view(kind: Kind, view: u8) -> Selection {
    let mut selection = Selection::new();
    for (index, meta) in all(kind) {
        if meta.views & view != 0 {
            selection.push(index);
        }
    }
    selection
}

/// The fields of these names, in that order; otherwise the name that is none.
pub(crate) fn named(kind: Kind, names: &str) -> Result<Selection, &str> {
    let mut selection = Selection::new();
    let mut rest = Some(names);
    while let Some(list) = rest {
        let (name, after) = libcell::number::split(list, b',');
        let found = all(kind).find(|(_, meta)| meta.name == name);
        selection.push(found.ok_or(name)?.0);
        rest = after;
    }
    Ok(selection)
}

/// The values of a selection.
pub(crate) fn row<S: Fields>(selection: &[usize], of: &S) -> Vec<Owned> {
    selection.iter().map(|index| of.value(*index)).collect()
}

/// Name, type, views and meaning of the fields of a view; 0 is of all.
pub(crate) fn described(kind: Kind, view: u8) -> Vec<[String; 4]> {
    let mut lines = Vec::new();
    for (_, meta) in all(kind) {
        if meta.views & view == 0 && view != 0 {
            continue;
        }
        let mut views = String::new();
        for (name, bit) in VIEWS {
            if meta.views & bit != 0 {
                if !views.is_empty() {
                    views.push(' ');
                }
                views.push_str(name);
            }
        }
        lines.push([
            meta.name.into(),
            meta.of.name().into(),
            views,
            meta.about.into(),
        ]);
    }
    lines
}

/// A cell's user, as `--run-as` takes it.
pub(crate) fn user(cell: &libcell::image::Cell<'_>) -> String {
    match definition::user(cell) {
        Owned::Text(user) => user,
        _ => String::new(),
    }
}

/// For the test of the manual page.
pub(crate) fn listed(of: &str) -> Vec<[String; 4]> {
    match of {
        "cell" => described(Kind::Cell, 0),
        _ => described(Kind::Volume, 0),
    }
}
