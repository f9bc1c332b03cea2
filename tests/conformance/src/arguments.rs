//! The words that an attack is told, made out of the row's arguments.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use cell_abi::{CellName, Create, Handle, Policy, Profile, Request, RootPath, frame};

use crate::launch::{As, start};
use crate::scene::{SIBLING, Scene, USER};
use crate::table::{Argument, Asked, On, Row};

/// Who and what there is to attack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Targets<'a> {
    pub(crate) victim: i32,
    /// What requests are about.
    pub(crate) sibling: Handle,
    /// The cell whose processes make what is attacked; `None` on the host.
    pub(crate) maker: Option<Handle>,
    /// Tells the runs apart, so that each has names of its own.
    pub(crate) run: i32,
    /// The cell device, as the attacker finds it.
    pub(crate) device: &'a str,
}

/// The words of the row's attack; `Err` says what could not be prepared.
pub(crate) fn words(scene: &Scene, row: &Row, targets: Targets<'_>) -> Result<Vec<String>, String> {
    let mut words = vec![row.attack.to_owned()];
    for argument in &row.arguments {
        words.push(match argument {
            Argument::Pid => targets.victim.to_string(),
            Argument::Uid => USER.to_string(),
            Argument::Port(port) => port.to_string(),
            Argument::Key => key(scene, row, targets)?,
            Argument::Id(part) => make(scene, targets, part, &targets.run.to_string())?,
            Argument::Name(part) => {
                let name = format!("conformance-{}", targets.run);
                make(scene, targets, part, &name)?;
                name
            }
            Argument::Link => "/link".to_owned(),
            Argument::Device => targets.device.to_owned(),
            Argument::Request(asked) => request(*asked, targets.sibling),
            Argument::Text(text) => (*text).to_owned(),
        });
    }
    Ok(words)
}

/// The key of objects that the target has made, or for the cell's own a key that nobody uses.
fn key(scene: &Scene, row: &Row, targets: Targets<'_>) -> Result<String, String> {
    let key = targets.run.to_string();
    let part = match row.attack {
        "sysv.memory" => "part.make-memory",
        "sysv.semaphore" => "part.make-semaphore",
        "sysv.queue" => "part.make-queue",
        _ => return Ok(key),
    };
    if row.on != On::Own {
        make(scene, targets, part, &key)?;
    }
    Ok(key)
}

/// Has the target's user make an object; its id.
fn make(scene: &Scene, targets: Targets<'_>, part: &str, name: &str) -> Result<String, String> {
    let made = start(scene, targets.maker, As::User, &[part, name])
        .map_err(|errno| format!("{part}: {errno}"))?
        .end(scene);
    match made.outcome().as_str() {
        "ok" => Ok(made.detail("id").unwrap_or_default().to_owned()),
        outcome => Err(format!("{part}: {outcome}")),
    }
}

/// A request's ioctl buffer in hexadecimal.
pub(crate) fn request(asked: Asked, cell: Handle) -> String {
    let name = |name| CellName::new(name).expect("the names are good");
    encode(&match asked {
        Asked::Create => Request::Create(Create {
            name: name("intruder"),
            root: RootPath::new("/").expect("a root"),
            policy: Policy::of(Profile::Low),
        }),
        Asked::Enter => Request::Enter(cell),
        Asked::Kill => Request::Kill { cell, signal: 9 },
        Asked::Destroy => Request::Destroy(cell),
        Asked::List => Request::Lookup(name(SIBLING)),
        Asked::Seal => Request::Seal,
    })
}

fn encode(request: &Request<'_>) -> String {
    let mut buffer = [0; 128];
    let used = frame::write(request, &mut buffer).expect("the requests are short");
    buffer
        .iter()
        .take(frame::HEADER + used)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
