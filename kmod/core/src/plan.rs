//! What a cell is to be.

use cell_abi::wire::Reader;
use cell_abi::{Create, DeviceRule, MAX_DEVICES, MAX_RESERVATIONS, Reservation};

use crate::rules::Rules;

/// A [`Create`] as a slot keeps it: name and root in the bytes that they came in, the policy where it is put together.
#[derive(Clone, Copy)]
pub(crate) struct Plan<'b> {
    pub(crate) name: &'b [u8],
    pub(crate) root: &'b [u8],
    pub(crate) rules: &'b Rules,
    /// Whether no two reservations have a port in common, and devices have numbers that a device can have.
    pub(crate) is_sound: bool,
}

impl<'b> Plan<'b> {
    /// That of nothing, to be put together in `rules`.
    pub(crate) fn new(rules: &'b Rules) -> Self {
        Self {
            name: &[],
            root: &[],
            rules,
            is_sound: true,
        }
    }

    /// Reads it. What is not as it must be is the reader's to say.
    pub(crate) fn read(&mut self, reader: &mut Reader<'b>) {
        self.name = reader.name();
        self.root = reader.root();
        self.rules.clear();
        self.rules.set_profile(reader.profile());
        self.rules.may.read(reader);
        for place in 0..reader.count(MAX_RESERVATIONS) {
            if let Some(reservation) = reader.reservation() {
                self.reserve(place, reservation);
            }
        }
        for place in 0..reader.count(MAX_DEVICES) {
            let rule = reader.device();
            self.permit(place, rule);
        }
        for place in 0..4 {
            self.rules.limits.put(place, reader.limit(place));
        }
    }

    /// The same of a message that was decoded.
    pub(crate) fn of(create: &Create<'b>, rules: &'b Rules) -> Self {
        let policy = &create.policy;
        let mut plan = Self::new(rules);
        plan.name = create.name.as_str().as_bytes();
        plan.root = create.root.as_str().as_bytes();
        rules.clear();
        rules.set_profile(policy.profile);
        rules.may.set(policy.may);
        for (place, reservation) in policy.reservations.iter().enumerate() {
            plan.reserve(place, *reservation);
        }
        for (place, rule) in policy.devices.iter().enumerate() {
            plan.permit(place, *rule);
        }
        let limits = &policy.limits;
        let limits = [
            limits.processes.map(u32::from),
            limits.nofile,
            limits.address_space_kib,
            limits.core_kib,
        ];
        for (place, limit) in limits.into_iter().enumerate() {
            rules.limits.put(place, limit);
        }
        plan
    }

    fn reserve(&mut self, place: usize, reservation: Reservation) {
        self.is_sound &= self.rules.ports.put(place, reservation);
    }

    fn permit(&mut self, place: usize, rule: DeviceRule) {
        self.is_sound &= rule.is_valid();
        self.rules.devices.put(place, rule);
    }
}
