//! Doing what the automata say.

use libcell::control::State;
use libcell::device::DeviceError;
use libcell::image::{Cell, PlanStep};
use libcell::launch::launch;
use libcell::platform::{Errno, Exit, Pid, Platform, signal};

use cell_abi::Refusal;

use super::Init;
use super::unit::Channel;
use crate::automaton::{Action, Cure, Event, Output, Service};
use crate::fault::{Fault, What};
use crate::room::Kernel;

/// What a shell would say of a program that it cannot start.
const NOT_STARTED: u8 = 127;

impl<'a, P: Platform> Init<'_, 'a, P> {
    /// Does one thing, and what follows from it at once.
    pub(super) fn perform(&mut self, index: usize, first: Output) {
        let mut output = first;
        loop {
            if let Some(report) = output.report {
                self.report(index, report);
            }
            let event = match output.action {
                Action::None => return,
                Action::Launch => self.launch(index),
                Action::Terminate => return self.terminate(index),
                Action::Kill => Event::Members(self.kill(index)),
                Action::Health => match self.ask_health(index) {
                    Ok(()) => return,
                    Err(()) => Event::NoHealth,
                },
                Action::KillHealth => return self.kill_health(index),
                Action::TearDown => return self.tear_down(index),
            };
            output = self.step(index, event);
        }
    }

    /// Children have ended.
    pub(super) fn reap(&mut self) {
        while let Ok(Some((pid, exit))) = self.platform.reap() {
            self.reaped(pid, exit);
        }
    }

    fn reaped(&mut self, pid: Pid, exit: Exit) {
        let cells = &self.cells;
        let service = (0..).zip(&self.units).find(|(index, unit)| {
            let alive = cells.service(*index).is_some_and(|one| one.is_alive());
            unit.pid == pid && alive
        });
        if let Some((index, _)) = service {
            // its last words come before the news of its end
            self.drain(index);
            let event = self.ended(index, exit);
            let output = self.step(index, event);
            return self.perform(index, output);
        }
        let health = (0..)
            .zip(&mut self.units)
            .find(|(_, unit)| unit.health == pid);
        if let Some((index, unit)) = health {
            unit.health = 0;
            let output = self.step(index, Event::HealthEnded(exit));
            self.perform(index, output);
        }
        // anybody else's is an orphan that came to us, and is gone
    }

    fn launch(&mut self, index: usize) -> Event {
        match self.try_launch(index) {
            Ok(event) => event,
            Err(fault) => {
                self.fault(index, &fault);
                // what was half made is undone; a cell that is complete waits for the next try
                let complete = matches!(fault.what, What::Start(_) | What::Pipe);
                if !complete || fault.cure() == Cure::None {
                    self.tear_down(index);
                }
                Event::NotLaunched(fault.cure())
            }
        }
    }

    fn try_launch(&mut self, index: usize) -> Result<Event, Fault<'a>> {
        let (Some(cell), Some(unit)) = (self.image.cells.get(index), self.units.get_mut(index))
        else {
            return Err(What::Create.failed(Errno::EINVAL));
        };
        let made = unit.room.set_up(&self.site, cell, self.kernel);
        let first = if unit.prepared { cell.plan.len() } else { 0 };
        self.note_plan(index);
        made?;
        self.run_next(index, cell, first)
    }

    /// Starts the next command of the plan from `first` on, or the service after the last.
    fn run_next(
        &mut self,
        index: usize,
        cell: &'a Cell<'a>,
        first: usize,
    ) -> Result<Event, Fault<'a>> {
        self.close_outputs(index);
        let Some(unit) = self.units.get_mut(index) else {
            return Err(What::Start("").failed(Errno::EINVAL));
        };
        let mut steps = cell.plan.iter().enumerate().skip(first);
        let next = steps.find_map(|(at, step)| match step {
            PlanStep::Execute(command) => Some((at, *command)),
            PlanStep::Directory { .. }
            | PlanStep::File { .. }
            | PlanStep::Line { .. }
            | PlanStep::Link { .. }
            | PlanStep::Copy { .. }
            | PlanStep::Patch { .. } => None,
        });
        let shell;
        let command: &[&'a str] = match next {
            Some((_, command)) => {
                shell = ["/bin/sh", "-c", command];
                &shell
            }
            None => &cell.command,
        };
        let pipe = || {
            let failed = |errno| What::Pipe.failed(errno);
            self.platform.pipe().map_err(failed)
        };
        let (stdout, to_stdout) = pipe()?;
        let (stderr, to_stderr) = pipe()?;
        let program = command.first().copied().unwrap_or_default();
        unit.pid = launch(
            self.platform,
            self.device,
            unit.room.handle(),
            cell,
            command,
            [Some(&to_stdout), Some(&to_stderr)],
        )
        .map_err(|errno| What::Start(program).failed(errno))?;
        unit.preparing = next.map(|(at, _)| at);
        unit.prepared |= next.is_none();
        // it runs: a pipe that cannot be watched loses its output, not the service
        for (channel, fd) in [(Channel::Stdout, stdout), (Channel::Stderr, stderr)] {
            if let Err(errno) = self.watch_output(index, channel, fd) {
                self.fault(index, &What::Pipe.failed(errno));
            }
        }
        Ok(match next {
            Some(_) => Event::Preparing,
            None => Event::Launched,
        })
    }

    /// The process of a cell ended: what that is to its automaton.
    fn ended(&mut self, index: usize, exit: Exit) -> Event {
        let cell = self.cell(index);
        let at = self
            .units
            .get_mut(index)
            .and_then(|unit| unit.preparing.take());
        let stopping = self
            .cells
            .service(index)
            .is_none_or(|service| service.state() != State::Starting);
        let (Some(cell), Some(at), Exit::Code(0), false) = (cell, at, exit, stopping) else {
            return Event::Ended(exit);
        };
        match self.run_next(index, cell, at + 1) {
            Ok(event) => event,
            Err(fault) => {
                self.fault(index, &fault);
                Event::Ended(Exit::Code(NOT_STARTED))
            }
        }
    }

    fn terminate(&self, index: usize) {
        if let Some(unit) = self.units.get(index)
            && unit.pid > 0
        {
            // ESRCH: it has ended and is about to be reaped
            let _ = self.platform.kill(-unit.pid, signal::TERM);
        }
    }

    /// Kills every member; how many there were.
    fn kill(&mut self, index: usize) -> u32 {
        let Some(unit) = self.units.get(index) else {
            return 0;
        };
        let handle = unit.room.handle();
        if handle.is_host() {
            return 0;
        }
        match self.site.device.kill(handle, signal::KILL) {
            Ok(count) => count,
            Err(DeviceError::Refused(Refusal::NoSuchCell | Refusal::Stale)) => 0,
            Err(error) => {
                let alive = self.cells.service(index).is_some_and(Service::is_alive);
                if alive && unit.pid > 0 {
                    let _ = self.platform.kill(-unit.pid, signal::KILL);
                }
                self.fault(index, &What::Kill.refused(error));
                1
            }
        }
    }

    fn ask_health(&mut self, index: usize) -> Result<(), ()> {
        let (Some(cell), Some(unit)) = (self.image.cells.get(index), self.units.get_mut(index))
        else {
            return Err(());
        };
        let health = cell.health.as_ref().ok_or(())?;
        let handle = unit.room.handle();
        let none = [None, None];
        match launch(
            self.platform,
            self.device,
            handle,
            cell,
            &health.command,
            none,
        ) {
            Ok(pid) => {
                unit.health = pid;
                Ok(())
            }
            Err(errno) => {
                let program = health.command.first().copied().unwrap_or_default();
                self.fault(index, &What::Start(program).failed(errno));
                Err(())
            }
        }
    }

    fn kill_health(&self, index: usize) {
        if let Some(unit) = self.units.get(index)
            && unit.health > 0
        {
            let _ = self.platform.kill(-unit.health, signal::KILL);
        }
    }

    /// Finds out whether somebody else sealed the kernel: nobody tells.
    pub(super) fn look_for_seal(&mut self) {
        let hello = self.site.device.hello();
        if hello.is_ok_and(|hello| hello.sealed) {
            self.kernel = Kernel::Sealed;
        }
    }

    /// Removes the cell and its mounts, unless the kernel is sealed and has the cell: then they stay for the next start.
    pub(super) fn tear_down(&mut self, index: usize) {
        self.close_outputs(index);
        self.look_for_seal();
        let (Some(cell), Some(unit)) = (self.image.cells.get(index), self.units.get_mut(index))
        else {
            return;
        };
        unit.prepared = false;
        if self.kernel == Kernel::Sealed && !unit.room.handle().is_host() {
            return;
        }
        if let Err(fault) = unit.room.tear_down(&self.site, cell) {
            self.fault(index, &fault);
        }
    }
}
