//! `firmware`: what is written to a board's flash.

use std::fs;
use std::path::Path;

use libcell::table::{self, Align, Field, Format, Headings, Style, Value};

use super::bake::load;
use super::{Buffer, Said, beside, open_image, read_file, write_file};
use crate::arguments::{Firmware, List};
use crate::board::Board;
use crate::failure::Failure;
use crate::firmware::{self, Built, Inputs, Part, Signing};
use crate::page::{self, Subject};
use crate::signing::Signer;

/// What an earlier image can be told by.
const MARK: &str = "root.mtree";

pub(super) fn firmware(arguments: &Firmware) -> Result<Said, Failure> {
    let signer = match &arguments.key {
        Some(key) => {
            let password = arguments.password_file.as_deref();
            Some(Signer::read(key, password).map_err(|why| Failure::at(key, "key", &why))?)
        }
        None => None,
    };
    let signing = match (&signer, &arguments.cells, &arguments.public_key) {
        (Some(signer), None, None) => Signing::Key(signer),
        (None, Some(cells), Some(key)) => Signing::Made {
            cells,
            rescue: arguments.rescue.as_deref(),
            key,
        },
        (None, None, None) => Signing::None,
        _ => {
            return Err(Failure::Usage(
                "either --key, or --cells and --public-key".to_owned(),
            ));
        }
    };
    let board = load(&arguments.board, &Some(arguments.source.clone()))?;
    let file = board
        .device
        .kernel
        .as_ref()
        .map(|kernel| kernel.file.as_str());
    let kernel = arguments.kernels.join(file.unwrap_or_default());
    let inputs = Inputs {
        source: &arguments.source,
        kernel: &kernel,
        programs: &arguments.programs,
        module: arguments.module.as_deref(),
        signing,
    };
    let built = replacing(&arguments.output, |out| {
        let built = firmware::build(&board, &inputs, out)?;
        let page = report(&board, &built, arguments.against.as_deref())?;
        write_file(&out.join("report.html"), page.as_bytes())?;
        Ok(built)
    })?;
    Ok(Said {
        out: said(&built, &arguments.output),
        notes: super::bake::notes(&board),
        ..Said::default()
    })
}

pub(super) fn list(arguments: &List) -> Result<Said, Failure> {
    let bytes = read_file(&arguments.image)?;
    let lines = firmware::listing(&bytes)
        .ok_or_else(|| Failure::at(&arguments.image, "refused", &"no file system, or damaged"))?;
    Ok(Said {
        out: (lines.join("\n") + "\n").into_bytes(),
        ..Said::default()
    })
}

/// The board's report, with the whole of its flash.
fn report(board: &Board, built: &Built, against: Option<&Path>) -> Result<String, Failure> {
    let opened = open_image(&board.directory, &built.cells)?;
    let earlier = against.map(|path| Ok((path, read_file(path)?)));
    let earlier: Option<(&Path, Vec<u8>)> = earlier.transpose()?;
    let earlier = earlier
        .as_ref()
        .map(|(path, bytes)| open_image(path, bytes));
    let earlier = earlier.transpose()?;
    Ok(page::render(&Subject {
        opened: &opened,
        bytes: built.cells.len() as u64,
        board: Some(board),
        flash: &built.areas,
        earlier: earlier.as_ref(),
    }))
}

/// Makes a directory beside, and puts it in the place of the earlier one when it is complete.
fn replacing<T>(
    output: &Path,
    make: impl FnOnce(&Path) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let unfinished = beside(output, ".unfinished");
    let there = fs::symlink_metadata(output).is_ok();
    let empty = fs::read_dir(output).is_ok_and(|mut entries| entries.next().is_none());
    if there && !empty && !output.join(MARK).exists() {
        return Err(Failure::at(
            output,
            "exists",
            &"it is no earlier image; remove it or name another directory",
        ));
    }
    let write = |path: &Path, why: std::io::Error| Failure::write(path, &why);
    if fs::symlink_metadata(&unfinished).is_ok() {
        fs::remove_dir_all(&unfinished).map_err(|why| write(&unfinished, why))?;
    }
    fs::create_dir_all(&unfinished).map_err(|why| write(&unfinished, why))?;
    let made = make(&unfinished);
    match made {
        Ok(made) => {
            if there {
                fs::remove_dir_all(output).map_err(|why| write(output, why))?;
            }
            fs::rename(&unfinished, output).map_err(|why| write(output, why))?;
            Ok(made)
        }
        Err(failure) => {
            let _ = fs::remove_dir_all(&unfinished);
            Err(failure)
        }
    }
}

const FIELDS: &[Field<Part>] = &[
    Field {
        name: "part",
        align: Align::Left,
        value: |part| Value::Text(&part.name),
    },
    Field {
        name: "flash",
        align: Align::Right,
        value: |part| Value::Bytes(part.bytes),
    },
    Field {
        name: "largest",
        align: Align::Left,
        value: |part| {
            if part.largest.is_empty() {
                Value::Absent
            } else {
                Value::Text(&part.largest)
            }
        },
    },
];

fn said(built: &Built, output: &Path) -> Vec<u8> {
    let mut buffer = Buffer::default();
    let style = Style {
        format: Format::Human,
        headings: Headings::Shown,
    };
    let view: Vec<_> = FIELDS.iter().collect();
    // memory takes everything
    let _ = table::write(&mut buffer, style, &view, &built.parts);
    buffer.0.extend(
        format!(
            "{}: {} things in {} bytes, read back as they were laid out\n",
            output.join("root.ffs").display(),
            built.things,
            built.root_bytes
        )
        .into_bytes(),
    );
    buffer.0
}
