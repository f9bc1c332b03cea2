//! `size`: what a board or an image takes of RAM and flash.

use libcell::image::Image;
use libcell::table::{self, Align, Field, Value};

use super::{Buffer, Said, open_image, read_file, source, style};
use crate::arguments::Size;
use crate::board;
use crate::failure::Failure;
use crate::size::{self, Demand, Parts, total};

/// A line of the table; bytes, absent where it does not apply.
struct Row {
    what: &'static str,
    name: String,
    ram: Amount,
    flash: Amount,
}

/// How much.
#[derive(Clone, Copy)]
enum Amount {
    None,
    Unbounded,
    Kib(u64),
    Bytes(u64),
}

impl Amount {
    /// A budget; 0 is none.
    fn budget(kib: u32) -> Self {
        if kib == 0 {
            Self::None
        } else {
            Self::Kib(kib.into())
        }
    }

    const fn value(self) -> Value<'static> {
        match self {
            Self::None => Value::Absent,
            Self::Unbounded => Value::Unlimited,
            Self::Kib(kib) => Value::Bytes(kib * 1024),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

const FIELDS: &[Field<Row>] = &[
    Field {
        name: "what",
        align: Align::Left,
        value: |row| Value::Text(row.what),
    },
    Field {
        name: "name",
        align: Align::Left,
        value: |row| Value::Text(&row.name),
    },
    Field {
        name: "ram",
        align: Align::Right,
        value: |row| row.ram.value(),
    },
    Field {
        name: "flash",
        align: Align::Right,
        value: |row| row.flash.value(),
    },
];

pub(super) fn size(arguments: &Size) -> Result<Said, Failure> {
    let style = style(arguments.tsv, arguments.no_headings, arguments.json)?;
    let what = &arguments.what;
    let mut notes = Vec::new();
    let bytes = if what.is_dir() {
        let board = board::load(what, &source(&arguments.source))
            .map_err(|why| Failure::load(what, why))?;
        notes.extend(
            board
                .notes
                .iter()
                .map(|note| format!("{}: {note}", what.display())),
        );
        board.image
    } else {
        read_file(what)?
    };
    let image = open_image(what, &bytes)?.image;
    let parts = Parts::of(&image, bytes.len() as u64);
    let excesses = parts.excesses(&image);
    notes.extend(excesses.iter().map(|excess| {
        format!(
            "{}: {}: {} of {}: the largest: {}",
            what.display(),
            excess.resource.name(),
            size::kib(excess.taken),
            size::kib(excess.bound),
            excess.largest
        )
    }));
    let rows = rows(&image, &parts, bytes.len() as u64);
    let view: Vec<_> = FIELDS.iter().collect();
    let mut buffer = Buffer::default();
    // memory takes everything
    let _ = table::write(&mut buffer, style, &view, &rows);
    Ok(Said {
        out: buffer.0,
        notes,
        status: u8::from(!excesses.is_empty()),
        ..Said::default()
    })
}

fn rows(image: &Image<'_>, parts: &Parts<'_>, bytes: u64) -> Vec<Row> {
    let row = |what, name: &str, ram, flash| Row {
        what,
        name: name.to_owned(),
        ram,
        flash,
    };
    let ram_of = |demand: &Demand| demand.ram_kib.map_or(Amount::Unbounded, Amount::Kib);
    let demands: Vec<_> = image
        .cells
        .iter()
        .map(|cell| (cell.name.as_str(), Demand::of(cell)))
        .collect();
    let bounded = demands.iter().all(|(_, demand)| demand.ram_kib.is_some());
    let ram = if bounded {
        Amount::Kib(total(&parts.ram))
    } else {
        Amount::Unbounded
    };
    let cells = demands
        .iter()
        .map(|(name, demand)| row("cell", name, ram_of(demand), Amount::Kib(demand.root_kib)));
    let volumes = parts
        .volumes
        .iter()
        .map(|(name, kib)| row("volume", name, Amount::None, Amount::Kib(*kib)));
    let board = &image.board;
    let budget = board.budget;
    let name = board.name;
    let flash = Amount::Kib(parts.flash_together());
    let system = u64::from(board.system_ram_kib);
    let system = (system > 0).then(|| row("system", "tmpfs", Amount::Kib(system), Amount::None));
    let together = total(&parts.roots) != parts.roots_together;
    let together = together.then(|| {
        let together = Amount::Kib(parts.roots_together);
        row("roots", "together", Amount::None, together)
    });
    let last = [
        row("image", name, Amount::None, Amount::Bytes(bytes)),
        row("total", name, ram, flash),
        row(
            "budget",
            "ram",
            Amount::budget(budget.ram_kib),
            Amount::None,
        ),
        row(
            "budget",
            "image",
            Amount::None,
            Amount::budget(budget.image_kib),
        ),
        row(
            "budget",
            "roots",
            Amount::None,
            Amount::budget(budget.roots_kib),
        ),
        row(
            "budget",
            "volumes",
            Amount::None,
            Amount::budget(budget.volumes_kib),
        ),
        row(
            "board",
            name,
            Amount::budget(board.ram_kib),
            Amount::budget(board.flash_kib),
        ),
    ];
    cells
        .chain(together)
        .chain(volumes)
        .chain(system)
        .chain(last)
        .collect()
}
