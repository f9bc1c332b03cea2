//! What requests are told.

use core::sync::atomic::Ordering;

use cell_abi::wire::Writer;
use cell_abi::{
    CellInfo, CellName, CellState, Denials, DeviceRule, Handle, Hello, Limits, MAX_CELLS, Op,
    OpSet, Policy, PolicyReport, Profile, Refusal, Reservation, RootPath, Stats, VERSION,
};

use crate::slot::{Slot, State};
use crate::{InfoText, Kernel, Subject};

impl Kernel {
    /// What this is and who asks. Anyone. Table lock, or `cells` is of several moments.
    #[must_use]
    pub fn hello(&self, who: Subject) -> Hello {
        Hello {
            version: VERSION,
            operations: Op::COUNT as u8,
            max_cells: MAX_CELLS as u8,
            cells: self.count(State::KNOWN),
            sealed: self.is_sealed(),
            caller: who.cell,
        }
    }

    /// One line of the listing. `text` is where its name and root are put. Table lock.
    ///
    /// # Errors
    /// `NotPermitted` (from inside a cell), `Stale`, `NoSuchCell`.
    pub fn info<'t>(
        &self,
        who: Subject,
        cell: Handle,
        now_s: u32,
        text: &'t mut InfoText,
    ) -> Result<CellInfo<'t>, Refusal> {
        who.require_host()?;
        let slot = self.known(cell)?;
        // Both were checked when they came in.
        let name = slot.name.copy(&mut text.name).map(CellName::new);
        let root = slot.root.copy(&mut text.root).map(RootPath::new);
        let (Some(Ok(name)), Some(Ok(root))) = (name, root) else {
            return Err(Refusal::NoSuchCell);
        };
        let [processes, credentials, age_s] = counts(slot, now_s);
        Ok(CellInfo {
            handle: cell,
            name,
            root,
            profile: slot.rules.profile(),
            state: state(slot),
            processes,
            credentials,
            age_s,
            limits: slot.rules.limits.get(),
        })
    }

    /// The same, written as [`Reply::Cell`](cell_abi::Reply::Cell).
    ///
    /// # Errors
    /// As [`Kernel::info`].
    pub fn write_info(
        &self,
        who: Subject,
        cell: Handle,
        now_s: u32,
        out: &mut Writer<'_>,
    ) -> Result<(), Refusal> {
        who.require_host()?;
        let slot = self.known(cell)?;
        out.cell(
            cell,
            slot.name.stored(),
            slot.root.stored(),
            (slot.rules.profile(), state(slot)),
            counts(slot, now_s),
        );
        slot.rules.limits.write(out);
        Ok(())
    }

    /// What a cell used. Live members' CPU time and memory are the caller's to add: they are 0 here.
    /// Table lock and event lock.
    ///
    /// # Errors
    /// `NotPermitted` (from inside a cell), `Stale`, `NoSuchCell`.
    pub fn stats(&self, who: Subject, cell: Handle, now_s: u32) -> Result<Stats, Refusal> {
        who.require_host()?;
        let slot = self.known(cell)?;
        let [processes, credentials, age_s] = counts(slot, now_s);
        Ok(Stats {
            processes,
            credentials,
            age_s,
            cpu_us: slot.cpu_us(),
            resident_kib: 0,
            virtual_kib: 0,
            forks: slot.forks.load(Ordering::Relaxed),
            denials: slot.denials.total(),
        })
    }

    /// Whether [`Kernel::stats`] would tell. Table lock.
    ///
    /// # Errors
    /// As there.
    pub fn may_sum(&self, who: Subject, cell: Handle) -> Result<(), Refusal> {
        who.require_host()?;
        self.known(cell).map(drop)
    }

    /// What a cell uses, written as [`Reply::Stats`](cell_abi::Reply::Stats): what it used, and what the caller knows of
    /// its live members. CPU time is never less than was told before. Table lock and event lock.
    ///
    /// # Errors
    /// As [`Kernel::stats`].
    pub fn write_stats(
        &self,
        who: Subject,
        cell: Handle,
        now_s: u32,
        live: Live,
        out: &mut Writer<'_>,
    ) -> Result<(), Refusal> {
        who.require_host()?;
        let slot = self.known(cell)?;
        let used_us = slot.cpu_us().wrapping_add(live.cpu_us);
        out.stats(
            counts(slot, now_s),
            slot.tell_cpu_us(used_us),
            [
                live.resident_kib,
                live.virtual_kib,
                slot.forks.load(Ordering::Relaxed),
                slot.denials.total(),
            ],
        );
        Ok(())
    }

    /// What is enforced on a cell and what was denied. Table lock and event lock, also while the view is used.
    ///
    /// # Errors
    /// `NotPermitted` (from inside a cell), `Stale`, `NoSuchCell`.
    pub fn policy(&self, who: Subject, cell: Handle) -> Result<PolicyView<'_>, Refusal> {
        who.require_host()?;
        self.known(cell).map(PolicyView)
    }
}

/// What live members use.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    /// CPU time in microseconds.
    pub cpu_us: u64,
    /// Resident memory in KiB.
    pub resident_kib: u32,
    /// Address space in KiB.
    pub virtual_kib: u32,
}

fn state(slot: &Slot) -> CellState {
    if slot.is(State::ACTIVE) {
        CellState::Active
    } else {
        CellState::Dying
    }
}

/// Processes, credentials and age.
fn counts(slot: &Slot, now_s: u32) -> [u32; 3] {
    [
        slot.places.members(),
        slot.life.credentials(),
        now_s.wrapping_sub(slot.created_s.load(Ordering::Relaxed)),
    ]
}

/// A [`PolicyReport`] that is read where it lies: it is written to the wire field by field, as the same bytes, and
/// never stands on the stack.
pub struct PolicyView<'k>(&'k Slot);

impl PolicyView<'_> {
    /// Where the policy came from.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.0.rules.profile()
    }

    /// What members may still ask.
    #[must_use]
    pub fn may(&self) -> OpSet {
        self.0.rules.may.get()
    }

    /// Ports that are the cell's.
    pub fn reservations(&self) -> impl Iterator<Item = Reservation> + Clone {
        self.0.rules.ports.iter()
    }

    /// Devices that members may open.
    pub fn devices(&self) -> impl Iterator<Item = DeviceRule> + Clone {
        self.0.rules.devices.iter()
    }

    /// Limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.0.rules.limits.get()
    }

    /// What was denied since create, only those above zero, by number.
    pub fn denials(&self) -> impl Iterator<Item = (Op, u32)> + Clone {
        self.0.denials.iter()
    }

    /// Writes it as [`Reply::Policy`](cell_abi::Reply::Policy).
    pub fn write(&self, out: &mut Writer<'_>) {
        let slot = self.0;
        out.policy(self.profile());
        slot.rules.may.write(out);
        slot.rules.ports.write(out);
        slot.rules.devices.write(out);
        slot.rules.limits.write(out);
        slot.denials.write(out);
    }

    /// A copy, of more than a kilobyte.
    #[must_use]
    pub fn to_report(&self) -> PolicyReport {
        let mut report = PolicyReport {
            policy: Policy {
                profile: self.profile(),
                may: self.may(),
                limits: self.limits(),
                ..Policy::of(Profile::Custom)
            },
            denials: Denials::new(),
        };
        // The lists have the sizes of the slot's: none of these is full before its end.
        for reservation in self.reservations() {
            let _ = report.policy.reservations.push(reservation);
        }
        for device in self.devices() {
            let _ = report.policy.devices.push(device);
        }
        for denial in self.denials() {
            let _ = report.denials.push(denial);
        }
        report
    }
}
