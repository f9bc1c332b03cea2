//! `inspect`: what an image says.

use libcell::image::{Cell, Image, Opened};
use libcell::table::{self, Align, Field, Format, Style, Value};
use miniserde::json;

use super::{Buffer, Said, open_image, read_file, style};
use crate::arguments::Inspect;
use crate::facts::{self, Fact};
use crate::failure::Failure;
use crate::size::{self, Demand};
use crate::suggest;

/// A cell in the table.
struct Row {
    name: String,
    profile: &'static str,
    uid: u32,
    autostart: &'static str,
    ready: String,
    depends: String,
    ports: String,
    ram: Option<u64>,
    root: u64,
    command: String,
}

const FIELDS: &[Field<Row>] = &[
    field("name", Align::Left, |row| Value::Text(&row.name)),
    field("profile", Align::Left, |row| Value::Text(row.profile)),
    field("uid", Align::Right, |row| Value::Number(row.uid.into())),
    field("auto", Align::Left, |row| Value::Text(row.autostart)),
    field("ready", Align::Left, |row| Value::Text(&row.ready)),
    field("depends", Align::Left, |row| some(&row.depends)),
    field("ports", Align::Left, |row| some(&row.ports)),
    field("ram", Align::Right, |row| {
        row.ram
            .map_or(Value::Unlimited, |kib| Value::Bytes(kib * 1024))
    }),
    field("root", Align::Right, |row| Value::Bytes(row.root * 1024)),
    field("command", Align::Left, |row| Value::Text(&row.command)),
];

const fn field(
    name: &'static str,
    align: Align,
    value: for<'r> fn(&'r Row) -> Value<'r>,
) -> Field<Row> {
    Field { name, align, value }
}

fn some(text: &str) -> Value<'_> {
    if text.is_empty() {
        Value::Absent
    } else {
        Value::Text(text)
    }
}

pub(super) fn inspect(arguments: &Inspect) -> Result<Said, Failure> {
    let style = style(arguments.tsv, arguments.no_headings, arguments.json)?;
    let bytes = read_file(&arguments.image)?;
    let opened = open_image(&arguments.image, &bytes)?;
    let image = &opened.image;
    for name in &arguments.cells {
        if image.cells.iter().all(|cell| cell.name.as_str() != name) {
            let names = image.cells.iter().map(|cell| cell.name.as_str());
            return Err(Failure::at(
                &arguments.image,
                &format!("no cell `{name}`"),
                &suggest::hint(name, names),
            ));
        }
    }
    let shown: Vec<&Cell<'_>> = image
        .cells
        .iter()
        .filter(|cell| {
            arguments.cells.is_empty()
                || arguments
                    .cells
                    .iter()
                    .any(|name| name == cell.name.as_str())
        })
        .collect();
    let out = match style.format {
        Format::Json => document(&opened, &shown),
        Format::Tsv => tabular(style, &shown, image),
        Format::Human if arguments.cells.is_empty() => {
            let mut out = summary(&opened, bytes.len()).into_bytes();
            out.extend(tabular(style, &shown, image));
            out.extend(volumes(image).into_bytes());
            out
        }
        Format::Human => shown
            .iter()
            .map(|cell| in_full(cell, image))
            .collect::<Vec<_>>()
            .join("\n")
            .into_bytes(),
    };
    Ok(Said {
        out,
        ..Said::default()
    })
}

fn tabular(style: Style, cells: &[&Cell<'_>], image: &Image<'_>) -> Vec<u8> {
    let rows: Vec<Row> = cells.iter().map(|cell| row(cell, image)).collect();
    let view: Vec<_> = FIELDS.iter().collect();
    let mut buffer = Buffer::default();
    // memory takes everything
    let _ = table::write(&mut buffer, style, &view, &rows);
    buffer.0
}

fn row(cell: &Cell<'_>, image: &Image<'_>) -> Row {
    let facts = facts::cell(cell, image);
    let text = |name: &str| {
        let fact = facts.iter().find(|(known, _)| *known == name);
        match fact {
            Some((_, Fact::List(texts))) => texts.join(if name == "command" { " " } else { "," }),
            Some((_, Fact::Text(text))) => text.clone(),
            Some((_, Fact::Absent | Fact::Number(_) | Fact::Flag(_))) | None => String::new(),
        }
    };
    let demand = Demand::of(cell);
    Row {
        name: text("name"),
        profile: cell.profile.name(),
        uid: cell.uid,
        autostart: if cell.autostart { "yes" } else { "no" },
        ready: text("ready"),
        depends: text("depends"),
        ports: text("ports"),
        ram: demand.ram_kib,
        root: demand.root_kib,
        command: text("command"),
    }
}

fn summary(opened: &Opened<'_>, bytes: usize) -> String {
    let image = &opened.image;
    let board = &image.board;
    let sealed = if board.sealed { ", sealed" } else { "" };
    let signed = match opened.signature {
        Some(_) => "with a signature, which is not verified here",
        None => "not signed",
    };
    let watchdog = board
        .watchdog
        .as_ref()
        .map_or_else(String::new, |watchdog| {
            format!(
                ", watchdog {} every {} s",
                watchdog.device, watchdog.period_s
            )
        });
    format!(
        "{}: {}, {} of RAM, {} of flash{sealed}{watchdog}\n\
         image of {bytes} bytes, sha256 {}, {signed}\n\n",
        board.name,
        board.arch,
        size::kib(board.ram_kib.into()),
        size::kib(board.flash_kib.into()),
        facts::hex(&opened.digest),
    )
}

fn volumes(image: &Image<'_>) -> String {
    let mut text = String::new();
    for volume in &image.volumes {
        text.push_str(&format!(
            "\nvolume {}: {}, mode {:04o}, owner {}:{}, up to {}",
            volume.name,
            volume.path,
            volume.mode,
            volume.uid,
            volume.gid,
            size::kib(volume.budget_kib.into())
        ));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn in_full(cell: &Cell<'_>, image: &Image<'_>) -> String {
    facts::cell(cell, image)
        .iter()
        .map(|(name, fact)| format!("{name:<24}{}\n", fact.human()))
        .collect()
}

fn document(opened: &Opened<'_>, cells: &[&Cell<'_>]) -> Vec<u8> {
    let image = &opened.image;
    let objects = |list: Vec<Vec<facts::Named>>| {
        let list = list
            .iter()
            .map(|facts| json::Value::Object(facts::object(facts)));
        json::Value::Array(list.collect())
    };
    let mut document = json::Object::new();
    document.insert(
        "digest".to_owned(),
        json::Value::String(facts::hex(&opened.digest)),
    );
    document.insert(
        "signed".to_owned(),
        json::Value::Bool(opened.signature.is_some()),
    );
    document.insert(
        "board".to_owned(),
        json::Value::Object(facts::object(&facts::board(&image.board, image))),
    );
    document.insert(
        "volumes".to_owned(),
        objects(image.volumes.iter().map(facts::volume).collect()),
    );
    document.insert(
        "cells".to_owned(),
        objects(cells.iter().map(|cell| facts::cell(cell, image)).collect()),
    );
    let mut text = json::to_string(&json::Value::Object(document));
    text.push('\n');
    text.into_bytes()
}
