//! What requests are told.

use core::sync::atomic::Ordering;

use cell_abi::{
    CellInfo, CellName, CellState, Denials, DeviceRule, Handle, Hello, Limits, MAX_CELLS, Op,
    OpSet, Policy, PolicyReport, Profile, Refusal, Reservation, RootPath, Stats, VERSION,
};
use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

use crate::opwords::OpWords;
use crate::slot::{Phase, Slot};
use crate::{InfoText, Kernel, Subject};

impl Kernel {
    /// What this is and who asks. Anyone. Table lock, or `cells` is of several moments.
    #[must_use]
    pub fn hello(&self, who: Subject) -> Hello {
        let cells = self
            .slots
            .iter()
            .filter(|slot| slot.phase() == Phase::Active || slot.is_dying())
            .fold(0, |sum, _| sum + 1);
        Hello {
            version: VERSION,
            operations: Op::COUNT as u8,
            max_cells: MAX_CELLS as u8,
            cells,
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
        Ok(CellInfo {
            handle: cell,
            name,
            root,
            profile: slot.profile(),
            state: match slot.phase() {
                Phase::Active => CellState::Active,
                Phase::Vacant | Phase::Reserved => CellState::Dying,
            },
            processes: slot.places.members(),
            credentials: slot.life.credentials(),
            age_s: age(slot, now_s),
            limits: slot.limits.get(),
        })
    }

    /// What a cell used. Live members' CPU time and memory are the caller's to add: they are 0 here.
    /// Table lock and event lock.
    ///
    /// # Errors
    /// `NotPermitted` (from inside a cell), `Stale`, `NoSuchCell`.
    pub fn stats(&self, who: Subject, cell: Handle, now_s: u32) -> Result<Stats, Refusal> {
        who.require_host()?;
        let slot = self.known(cell)?;
        Ok(Stats {
            processes: slot.places.members(),
            credentials: slot.life.credentials(),
            age_s: age(slot, now_s),
            cpu_us: slot.cpu_us(),
            resident_kib: 0,
            virtual_kib: 0,
            forks: slot.forks.load(Ordering::Relaxed),
            denials: slot.denials.total(),
        })
    }

    /// What is enforced on a cell and what was denied. Table lock, also while the view is used.
    ///
    /// # Errors
    /// `NotPermitted` (from inside a cell), `Stale`, `NoSuchCell`.
    pub fn policy(&self, who: Subject, cell: Handle) -> Result<PolicyView<'_>, Refusal> {
        who.require_host()?;
        let slot = self.known(cell)?;
        Ok(PolicyView {
            slot,
            denied: slot.denials.set(),
        })
    }
}

fn age(slot: &Slot, now_s: u32) -> u32 {
    now_s.wrapping_sub(slot.created_s.load(Ordering::Relaxed))
}

/// A [`PolicyReport`] that is read where it lies: it is written to the wire field by field, as the same bytes, and
/// never stands on the stack.
pub struct PolicyView<'k> {
    slot: &'k Slot,
    /// Fixed when the view is made: counts grow while it is written, their number does not.
    denied: OpWords,
}

impl PolicyView<'_> {
    /// Where the policy came from.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.slot.profile()
    }

    /// What members may still ask.
    #[must_use]
    pub fn may(&self) -> OpSet {
        self.slot.may.get()
    }

    /// Ports that are the cell's.
    pub fn reservations(&self) -> impl Iterator<Item = Reservation> {
        self.slot.ports.iter()
    }

    /// Devices that members may open.
    pub fn devices(&self) -> impl Iterator<Item = DeviceRule> {
        self.slot.devices.iter()
    }

    /// Limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.slot.limits.get()
    }

    /// What was denied since create, only those above zero, by number.
    pub fn denials(&self) -> impl Iterator<Item = (Op, u32)> {
        self.denied.iter().map(|op| (op, self.slot.denials.of(op)))
    }

    /// Itself as [`Reply::Policy`](cell_abi::Reply::Policy) is written.
    pub fn as_reply(&self) -> impl Serialize {
        PolicyReply(self)
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

impl Serialize for PolicyView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("PolicyReport", 2)?;
        report.serialize_field("policy", &PolicyPart(self))?;
        let denials = List(self.denied.len(), || self.denials());
        report.serialize_field("denials", &denials)?;
        report.end()
    }
}

struct PolicyPart<'v>(&'v PolicyView<'v>);

impl Serialize for PolicyPart<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = self.0;
        let mut policy = serializer.serialize_struct("Policy", 5)?;
        policy.serialize_field("profile", &view.profile())?;
        policy.serialize_field("may", &view.may())?;
        let ports = List(view.reservations().count(), || view.reservations());
        policy.serialize_field("reservations", &ports)?;
        let devices = List(view.devices().count(), || view.devices());
        policy.serialize_field("devices", &devices)?;
        policy.serialize_field("limits", &view.limits())?;
        policy.end()
    }
}

struct PolicyReply<'v>(&'v PolicyView<'v>);

impl Serialize for PolicyReply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_variant("Reply", 6, "Policy", self.0)
    }
}

/// A list of known length.
struct List<F>(usize, F);

impl<T: Serialize, I: Iterator<Item = T>, F: Fn() -> I> Serialize for List<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0))?;
        for item in (self.1)() {
            list.serialize_element(&item)?;
        }
        list.end()
    }
}
