//! `.volume` files.

use super::Remarks;
use super::shell::{self, Line};

/// A volume as it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Volume {
    /// Permission bits.
    pub mode: Option<u32>,
}

/// Reads `VOLUME_NAME` and `VOLUME_MODE`.
pub(super) fn read(text: &str, file: &str, remarks: &mut Remarks) -> Volume {
    let mut volume = Volume::default();
    for line in shell::read(text) {
        match line {
            Line::Set(name, value) => match name.as_str() {
                "VOLUME_NAME" => {
                    if file.strip_suffix(".volume") != Some(&value) {
                        remarks.add(
                            file,
                            "VOLUME_NAME",
                            "is not the file's name, which is what counts",
                        );
                    }
                }
                "VOLUME_MODE" => match mode(&value) {
                    Some(mode) => volume.mode = Some(mode),
                    None => remarks.add(
                        file,
                        "VOLUME_MODE",
                        &format!("`{value}` is no mode; 0750 is assumed"),
                    ),
                },
                _ => remarks.add(file, &name, "not a key of a volume, and is left out"),
            },
            Line::NeedsShell(name, whole) => {
                remarks.add(
                    file,
                    &name,
                    &format!("only a shell knows what `{whole}` is, and it is left out"),
                );
            }
            Line::Other(line) => {
                remarks.add(file, &line, "not an assignment, and is left out");
            }
        }
    }
    volume
}

/// Permission bits of octal digits.
pub(super) fn mode(text: &str) -> Option<u32> {
    let plain = (3..=5).contains(&text.len());
    let mode = u32::from_str_radix(text, 8).ok()?;
    (plain && mode <= 0o7777).then_some(mode)
}
