//! A process that does nothing, to be attacked; and what was done to it.

use cell_abi::Handle;
use libcell::platform::Errno;

use crate::launch::{As, Running, start};
use crate::place::{self, State};
use crate::scene::Scene;

/// A process that waits.
#[derive(Debug)]
pub(crate) struct Victim {
    running: Running,
    at_first: Option<State>,
}

impl Victim {
    /// Starts one: of the user, in a cell or on the host.
    pub(crate) fn start(scene: &Scene, cell: Option<Handle>) -> Result<Self, Errno> {
        Self::of(scene, start(scene, cell, As::User, &["part.victim"])?)
    }

    /// One that was started.
    pub(crate) fn of(scene: &Scene, mut running: Running) -> Result<Self, Errno> {
        if !running.is_ready(scene) {
            running.kill(scene);
            return Err(Errno::ETIMEDOUT);
        }
        let at_first = place::state_of(running.pid);
        Ok(Self { running, at_first })
    }

    pub(crate) fn pid(&self) -> i32 {
        self.running.pid
    }

    /// Whether it lives and is as it was.
    pub(crate) fn is_untouched(&self) -> bool {
        self.at_first.is_some() && place::state_of(self.pid()) == self.at_first
    }

    /// Whether it ends, soon.
    pub(crate) fn ends(&self, scene: &Scene) -> bool {
        scene.wait_for_end(self.pid(), scene.patience())
    }

    pub(crate) fn kill(self, scene: &Scene) {
        self.running.kill(scene);
    }
}
