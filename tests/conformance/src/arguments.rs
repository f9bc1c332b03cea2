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

/// The words of an attack, and what was made for it to find.
#[derive(Debug)]
pub(crate) struct Words {
    words: Vec<String>,
    /// How to remove what was made: an attack that does it, and which.
    made: Vec<[String; 2]>,
}

impl Words {
    /// The words of the row's attack; `Err` says what could not be prepared.
    pub(crate) fn of(scene: &Scene, row: &Row, targets: Targets<'_>) -> Result<Self, String> {
        let mut prepared = Self {
            words: vec![row.attack.to_owned()],
            made: Vec::new(),
        };
        let added = row
            .arguments
            .iter()
            .try_for_each(|argument| prepared.add(scene, row, targets, argument));
        match added {
            Ok(()) => Ok(prepared),
            Err(why) => {
                prepared.forget(scene);
                Err(why)
            }
        }
    }

    /// For a command.
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    /// Removes what was made, as host root: there may be few of a kind.
    pub(crate) fn forget(self, scene: &Scene) {
        for [part, what] in &self.made {
            if let Ok(running) = start(scene, None, As::Root, &[part, what]) {
                running.end(scene);
            }
        }
    }

    fn add(
        &mut self,
        scene: &Scene,
        row: &Row,
        targets: Targets<'_>,
        argument: &Argument,
    ) -> Result<(), String> {
        let word = match argument {
            Argument::Pid => targets.victim.to_string(),
            Argument::Uid => USER.to_string(),
            Argument::Port(port) => port.to_string(),
            Argument::Key => self.key(scene, row, targets)?,
            Argument::Id(part) => self.make(scene, targets, part, &targets.run.to_string())?,
            Argument::Name(part) => {
                let name = format!("conformance-{}", targets.run);
                self.make(scene, targets, part, &name)?;
                name
            }
            Argument::Link => "/link".to_owned(),
            Argument::Device => targets.device.to_owned(),
            Argument::Request(asked) => request(*asked, targets.sibling),
            Argument::Text(text) => (*text).to_owned(),
        };
        self.words.push(word);
        Ok(())
    }

    /// The key of objects that the target has made, or for the cell's own a key that nobody uses.
    fn key(&mut self, scene: &Scene, row: &Row, targets: Targets<'_>) -> Result<String, String> {
        let key = targets.run.to_string();
        let part = match row.attack {
            "sysv.memory" => "part.make-memory",
            "sysv.semaphore" => "part.make-semaphore",
            "sysv.queue" => "part.make-queue",
            _ => return Ok(key),
        };
        if row.on != On::Own {
            self.make(scene, targets, part, &key)?;
        }
        Ok(key)
    }

    /// Has the target's user make an object; its id.
    fn make(
        &mut self,
        scene: &Scene,
        targets: Targets<'_>,
        part: &str,
        name: &str,
    ) -> Result<String, String> {
        let made = start(scene, targets.maker, As::User, &[part, name])
            .map_err(|errno| format!("{part}: {errno}"))?
            .end(scene);
        let id = match made.outcome().as_str() {
            "ok" => made.detail("id").unwrap_or_default().to_owned(),
            outcome => return Err(format!("{part}: {outcome}")),
        };
        let (removal, what) = match part {
            "part.make-memory" => ("sysv.memory-remove", &*id),
            "part.make-semaphore" => ("sysv.semaphore-remove", &*id),
            "part.make-queue" => ("sysv.queue-remove", &*id),
            "part.make-posix-queue" => ("queue.remove", name),
            "part.make-posix-semaphore" => ("part.remove-posix-semaphore", name),
            _ => return Ok(id),
        };
        self.made.push([removal.to_owned(), what.to_owned()]);
        Ok(id)
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
