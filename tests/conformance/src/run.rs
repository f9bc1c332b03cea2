//! Runs the rows of the table.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use cell_abi::{Handle, OpSet, Policy, Profile};
use libcell::device::{CellDevice, DeviceError};
use libcell::platform::{System, signal};

use crate::Failure;
use crate::arguments::{Targets, Words};
use crate::launch::{As, start};
use crate::scene::{self, ATTACKER, PROCESSES, SIBLING, Scene};
use crate::table::{Argument, By, On, Row};
use crate::victim::Victim;

/// What a row came to under low, medium, high.
pub type Outcomes = [String; 3];

/// What the rows came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Of each row.
    pub outcomes: Vec<Outcomes>,
    /// What the kernel says that it denied the attacker under low, medium, high.
    pub denied: [OpSet; 3],
}

/// Runs rows.
#[derive(Debug)]
pub struct Runner<'s> {
    scene: &'s Scene,
    device: CellDevice<'s, System>,
    sibling: Handle,
    host_victim: Option<Victim>,
    sibling_victim: Option<Victim>,
    runs: i32,
}

impl<'s> Runner<'s> {
    /// Makes the sibling. The kernel is up.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn new(scene: &'s Scene) -> Result<Self, DeviceError> {
        let device = CellDevice::open(&scene.platform, &scene.device_path())?;
        let sibling = scene.make_cell(&device, SIBLING, scene::sibling_policy())?;
        Ok(Self {
            scene,
            device,
            sibling,
            host_victim: None,
            sibling_victim: None,
            runs: 1000,
        })
    }

    /// Every row, under every profile, of which it tells.
    ///
    /// # Errors
    /// A cell that could not be made or ended. What an attack comes to is no error.
    pub fn run(&mut self, rows: &[Row], tell: &dyn Fn(&str)) -> Result<Ran, Failure> {
        let mut outcomes = vec![Outcomes::default(); rows.len()];
        let mut denied = [OpSet::EMPTY; 3];
        for (column, profile) in Profile::NAMED.into_iter().enumerate() {
            tell(profile.name());
            let (column_outcomes, column_denied) =
                self.run_under(scene::attacker_policy(profile)?, rows)?;
            for (row, outcome) in outcomes.iter_mut().zip(column_outcomes) {
                if let Some(place) = row.get_mut(column) {
                    *place = outcome;
                }
            }
            if let Some(place) = denied.get_mut(column) {
                *place = column_denied;
            }
        }
        self.dismiss()?;
        Ok(Ran { outcomes, denied })
    }

    /// Of the operations that the attacks are denied under high: those that could be permitted without any attack
    /// coming to anything else.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn unnoticed(&mut self, rows: &[Row]) -> Result<OpSet, Failure> {
        let high = scene::attacker_policy(Profile::High)?;
        let (outcomes, denied) = self.run_under(high.clone(), rows)?;
        let mut unnoticed = OpSet::EMPTY;
        for op in denied.minus(high.may).iter() {
            let mut mutant = high.clone();
            mutant.may = mutant.may.with(op);
            if self.run_under(mutant, rows)?.0 == outcomes {
                unnoticed = unnoticed.with(op);
            }
        }
        self.dismiss()?;
        Ok(unnoticed)
    }

    /// Every row in a cell of that policy, and what the cell was denied.
    fn run_under(
        &mut self,
        policy: Policy,
        rows: &[Row],
    ) -> Result<(Vec<String>, OpSet), DeviceError> {
        let cell = self.scene.make_cell(&self.device, ATTACKER, policy)?;
        let mut outcomes = Vec::with_capacity(rows.len());
        for row in rows {
            outcomes.push(self.attack(row, cell));
            self.empty(cell)?;
        }
        let counted = self.device.policy(cell)?.denials;
        let denied = counted
            .iter()
            .fold(OpSet::EMPTY, |set, (op, _)| set.with(*op));
        self.device.destroy(cell)?;
        Ok((outcomes, denied))
    }

    fn dismiss(&mut self) -> Result<(), DeviceError> {
        for victim in [self.host_victim.take(), self.sibling_victim.take()] {
            victim
                .into_iter()
                .for_each(|victim| victim.kill(self.scene));
        }
        self.empty(self.sibling)
    }

    /// Ends whatever an attack has left in a cell.
    fn empty(&self, cell: Handle) -> Result<(), DeviceError> {
        empty(self.scene, &self.device, cell)
    }

    /// The attack from the cell, and what else it did.
    fn attack(&mut self, row: &Row, cell: Handle) -> String {
        self.try_attack(row, cell).unwrap_or_else(|why| why)
    }

    fn try_attack(&mut self, row: &Row, cell: Handle) -> Result<String, String> {
        let mut own = None;
        let (victim, maker) = match row.on {
            On::Host | On::System => (self.host_victim()?, None),
            On::Sibling => (self.sibling_victim()?, Some(self.sibling)),
            On::Own if needs_victim(row) => {
                let victim = Victim::start(self.scene, Some(cell)).map_err(|e| e.to_string())?;
                (own.insert(victim).pid(), Some(cell))
            }
            On::Own => (0, Some(cell)),
        };
        // both are looked at afterwards, whoever was meant
        self.host_victim()?;
        self.sibling_victim()?;
        self.runs += 1;
        let outside = self.scene.device_path();
        let targets = Targets {
            victim,
            sibling: self.sibling,
            maker,
            run: self.runs,
            device: match row.by {
                By::Root | By::User => "/dev/cell",
                By::HostUser => &outside,
            },
        };
        let words = Words::of(self.scene, row, targets)?;
        let texts = words.texts();
        let ended = match row.by {
            By::Root => start(self.scene, Some(cell), As::Root, &texts),
            By::User => start(self.scene, Some(cell), As::User, &texts),
            By::HostUser => start(self.scene, None, As::HostUser, &texts),
        }
        .map(|running| running.end(self.scene));
        words.forget(self.scene);
        let ended = ended.map_err(|errno| format!("no start: {errno}"))?;
        let mut outcome = ended.outcome();
        if row.attack == "fork.bomb" {
            let children = ended.detail("children").unwrap_or("no");
            if children != (PROCESSES - 1).to_string() {
                outcome.push_str(&format!(" after {children} children"));
            }
        }
        self.look_after(row, own, &mut outcome);
        Ok(outcome)
    }

    /// Adds to the outcome what was done to others, whatever the attacker was told.
    fn look_after(&mut self, row: &Row, own: Option<Victim>, outcome: &mut String) {
        if let Some(own) = own {
            let killed = row.attack.starts_with("signal.") && outcome == "ok";
            if killed && !own.ends(self.scene) {
                outcome.push_str(" but its victim lives");
            }
            own.kill(self.scene);
        }
        for (name, victim) in [
            ("host", &mut self.host_victim),
            ("sibling", &mut self.sibling_victim),
        ] {
            if let Some(touched) = victim.take_if(|victim| !victim.is_untouched()) {
                outcome.push_str(&format!(" and reached the {name}"));
                touched.kill(self.scene);
            }
        }
    }

    fn host_victim(&mut self) -> Result<i32, String> {
        alive(self.scene, None, &mut self.host_victim)
    }

    fn sibling_victim(&mut self) -> Result<i32, String> {
        alive(self.scene, Some(self.sibling), &mut self.sibling_victim)
    }
}

/// Ends whatever is left in a cell.
pub(crate) fn empty(
    scene: &Scene,
    device: &CellDevice<'_, System>,
    cell: Handle,
) -> Result<(), DeviceError> {
    let deadline = scene.patience();
    while device.kill(cell, signal::KILL)? > 0 && !scene.is_past(deadline) {
        scene.pause_ms(1);
    }
    Ok(())
}

fn alive(scene: &Scene, cell: Option<Handle>, victim: &mut Option<Victim>) -> Result<i32, String> {
    if let Some(victim) = victim {
        return Ok(victim.pid());
    }
    let started = Victim::start(scene, cell).map_err(|errno| format!("no victim: {errno}"))?;
    Ok(victim.insert(started).pid())
}

fn needs_victim(row: &Row) -> bool {
    row.arguments.contains(&Argument::Pid) || row.attack == "signal.broadcast"
}
