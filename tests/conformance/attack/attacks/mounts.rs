//! Mounts.

use super::os::{self, Mount};
use super::{Attack, Outcome};

pub const ATTACKS: &[(&str, Attack)] = &[
    ("mount.memory", |_| mount(Mount::Memory)),
    ("mount.root", |_| mount(Mount::Root)),
    ("mount.update", |_| {
        Ok(Outcome::of(os::remount_writable(c"/")))
    }),
    ("mount.remove", |_| Ok(os::unmount(c"/volume/mount"))),
    ("mount.pivot", |_| Ok(os::replace_root())),
];

fn mount(what: Mount) -> Result<Outcome, Outcome> {
    Ok(Outcome::of(os::mount(what, c"/volume/mount")))
}
