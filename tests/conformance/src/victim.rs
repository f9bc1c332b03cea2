//! A process that does nothing, to be attacked; and what was done to it.

use std::fs;

use cell_abi::Handle;
use libcell::platform::Errno;

use crate::launch::{As, Running, start};
use crate::scene::Scene;

/// A process that waits.
#[derive(Debug)]
pub(crate) struct Victim {
    running: Running,
    at_first: State,
}

/// All of a process that an attack can change.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State(Option<[String; 5]>);

impl Victim {
    /// Starts one: of the user, in a cell or on the host.
    pub(crate) fn start(scene: &Scene, cell: Option<Handle>) -> Result<Self, Errno> {
        let running = start(scene, cell, As::User, &["part.victim"])?;
        if !running.is_ready() {
            running.kill(scene);
            return Err(Errno::ETIMEDOUT);
        }
        let at_first = State::of(running.pid);
        Ok(Self { running, at_first })
    }

    pub(crate) fn pid(&self) -> i32 {
        self.running.pid
    }

    /// Whether it lives and is as it was.
    pub(crate) fn is_untouched(&self) -> bool {
        self.at_first.0.is_some() && State::of(self.pid()) == self.at_first
    }

    pub(crate) fn kill(self, scene: &Scene) {
        self.running.kill(scene);
    }
}

impl State {
    /// Of proc(5): nice, policy, priority; tracer and CPUs; descriptor limit. `None` for one that has ended.
    fn of(pid: i32) -> Self {
        let read = |entry: &str| fs::read_to_string(format!("/proc/{pid}/{entry}")).ok();
        let line = |text: String, start: &str| {
            text.lines()
                .find(|line| line.starts_with(start))
                .map(str::to_owned)
        };
        Self((|| {
            let stat = read("stat")?;
            let mut words = stat.rsplit_once(')')?.1.split_whitespace();
            if words.next()? == "Z" {
                return None;
            }
            // nice is word 19 of the manual, policy 41; the state was 3
            let nice = words.nth(15)?.to_owned();
            let policy = words.nth(21)?.to_owned();
            Some([
                nice,
                policy,
                line(read("status")?, "TracerPid:")?,
                line(read("status")?, "Cpus_allowed:")?,
                line(read("limits")?, "Max open files")?,
            ])
        })())
    }
}
