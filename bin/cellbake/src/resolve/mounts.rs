//! Mounts: of what, and where they may be.

use libcell::image::{MOUNTS_MAX, MountSource};

use crate::definition::{CellDef, MountDef, Mounted, VolumeDef};
use crate::files::Span;
use crate::paths;
use crate::report::{Mistake, Report};
use crate::suggest;

/// A mount that can be made.
#[derive(Clone, Debug)]
pub(super) struct ResolvedMount {
    pub source: MountSource,
    pub target: String,
    pub read_only: bool,
    pub no_exec: bool,
    pub span: Span,
}

/// The mounts of a cell, by target.
pub(super) fn mounts(
    cell: &CellDef,
    volumes: &[VolumeDef],
    report: &Report<'_>,
) -> Vec<ResolvedMount> {
    if let Some(first_above) = cell.mounts.get(MOUNTS_MAX) {
        report.add(Mistake::at(
            &first_above.target.span,
            format!("more than {MOUNTS_MAX} mounts"),
        ));
    }
    let mut resolved = Vec::new();
    for (position, mount) in cell.mounts.iter().enumerate() {
        check_target(mount, report);
        let before = cell.mounts.iter().take(position);
        check_overlap(mount, before, report);
        if let Some(source) = source(mount, volumes, report) {
            resolved.push(ResolvedMount {
                source,
                target: mount.target.value.clone(),
                read_only: mount.read_only,
                no_exec: mount.no_exec,
                span: mount.target.span.clone(),
            });
        }
    }
    resolved.sort_by(|a, b| a.target.cmp(&b.target));
    resolved
}

fn check_target(mount: &MountDef, report: &Report<'_>) {
    let target = &mount.target;
    if let Some(fault) = paths::fault(&target.value) {
        report.add(
            Mistake::at(
                &target.span,
                format!("mount target `{}` {fault}", target.value),
            )
            .help("an absolute path in the cell, for example \"/data\""),
        );
    } else if target.value.starts_with("/dev") {
        report.add(
            Mistake::at(
                &target.span,
                format!("mount target `{}` is where devices are", target.value),
            )
            .help("/dev is made for the cell from its [[devices]]"),
        );
    }
}

fn check_overlap<'d>(
    mount: &MountDef,
    mut before: impl Iterator<Item = &'d MountDef>,
    report: &Report<'_>,
) {
    let target = &mount.target;
    let other = before.find(|other| {
        paths::within(&other.target.value, &target.value)
            || paths::within(&target.value, &other.target.value)
    });
    if let Some(other) = other {
        report.add(
            Mistake::at(
                &target.span,
                format!("mount target `{}` overlaps another", target.value),
            )
            .also(&other.target.span, "this one"),
        );
    }
}

fn source(mount: &MountDef, volumes: &[VolumeDef], report: &Report<'_>) -> Option<MountSource> {
    match &mount.source {
        Mounted::Volume(name) => {
            if let Some(mode) = &mount.mode {
                report.add(
                    Mistake::at(&mode.span, "a volume's mode is said by the volume")
                        .help(format!("volumes/{}.toml", name.value)),
                );
            }
            let found = (0..=u8::MAX)
                .zip(volumes)
                .find(|(_, volume)| volume.name.value == name.value);
            if found.is_none() {
                let names = volumes.iter().map(|volume| volume.name.value.as_str());
                report.add(
                    Mistake::at(&name.span, format!("there is no volume `{}`", name.value))
                        .help(suggest::hint(&name.value, names)),
                );
            }
            found.map(|(index, _)| MountSource::Volume(index))
        }
        Mounted::Tmpfs(size) => {
            if size.value == 0 {
                report.add(Mistake::at(
                    &size.span,
                    "a memory file system that holds nothing",
                ));
            }
            if mount.read_only {
                report.add(Mistake::at(
                    &mount.target.span,
                    "a memory file system that nobody can write to",
                ));
            }
            Some(MountSource::Tmpfs {
                size_kib: size.value,
                mode: mount.mode.as_ref().map_or(0o755, |mode| mode.value),
            })
        }
    }
}
