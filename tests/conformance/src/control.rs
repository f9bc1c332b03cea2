//! The control runs: the same attacks without a cell, where they must succeed.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use cell_abi::Handle;
use libcell::platform::{Launch, Open, Platform};

use crate::Failure;
use crate::arguments::{Targets, Words};
use crate::launch::{As, Running, start};
use crate::scene::{CONTROL, Scene, USER};
use crate::table::{By, Control, Row};
use crate::victim::Victim;

/// Every row's; `None` where the table says that it cannot be run.
#[must_use]
pub fn run(scene: &Scene, rows: &[Row]) -> Vec<Option<String>> {
    rows.iter()
        .zip(1..)
        .map(|(row, number)| match row.control {
            Control::None(_) => None,
            Control::Succeeds | Control::Itself(..) => {
                Some(attack(scene, row, number).unwrap_or_else(|why| why.to_string()))
            }
        })
        .collect()
}

/// The target is always a process of the host: there is no cell. It is confined as the attacker is, because NetBSD itself keeps
/// whoever is in a root directory from tracing processes outside.
fn attack(scene: &Scene, row: &Row, run: i32) -> Result<String, Failure> {
    let root = scene.root(CONTROL);
    let confined = ["part.confine", &root, &USER.to_string(), "part.victim"];
    let victim = Victim::of(scene, start(scene, None, As::Root, &confined)?);
    let victim = victim.map_err(|errno| Failure::of("no victim", errno))?;
    let targets = Targets {
        victim: victim.pid(),
        sibling: Handle::HOST,
        maker: None,
        run,
        device: "/dev/cell",
    };
    let outcome = Words::of(scene, row, targets)
        .map_err(Failure::from)
        .and_then(|words| {
            let outcome = confine(scene, row, &words.texts());
            words.forget(scene);
            outcome
        });
    victim.kill(scene);
    outcome
}

/// chroot(2) and setuid(2) are all that holds it. It inherits a directory of the host's, which an attack may look for.
fn confine(scene: &Scene, row: &Row, words: &[&str]) -> Result<String, Failure> {
    let user = match row.by {
        By::Root => 0,
        By::User | By::HostUser => USER,
    };
    let (program, root, user) = (scene.program(), scene.root(CONTROL), user.to_string());
    let mut command = vec![program.as_str(), "part.confine", &root, &user];
    command.extend(words);
    let directory = scene.platform.open(&scene.directory, Open::Directory, 0)?;
    let (reading, writing) = scene.platform.pipe()?;
    let pid = scene.platform.spawn(&Launch {
        command: &command,
        environment: &[],
        new_session: true,
        stdio: [Some(&directory), Some(&writing), Some(&writing)],
        limits: &[],
        enter: None,
        directory: "/",
        user: None,
    })?;
    drop(writing);
    Ok(Running::new(pid, reading).end(scene).outcome())
}
