//! The decisions, from DESIGN.md's table.

use cell_abi::{Access, DeviceKind, Handle, Op, Protocols};
use cell_core::{MountWritable, Subject, Verdict};

use super::{Cell, Reference, State};

impl Reference {
    fn decide(&self, who: Subject, inside: impl FnOnce(&Cell) -> Verdict) -> Verdict {
        match (who.cell.is_host(), self.active(who.cell)) {
            (true, _) => Verdict::Defer,
            (false, Some(cell)) => inside(cell),
            (false, None) => Verdict::Deny,
        }
    }

    pub fn ask(&self, who: Subject, op: Op) -> Verdict {
        self.decide(who, |cell| allowed(cell, op))
    }

    pub fn ask_process(&self, who: Subject, op: Op, target: Handle) -> Verdict {
        if who == Subject::HOST_ROOT {
            Verdict::Defer
        } else if who.cell != target {
            Verdict::Deny
        } else {
            self.ask(who, op)
        }
    }

    pub fn ask_bind(&self, who: Subject, protocols: Protocols, port: u16) -> Verdict {
        if who == Subject::HOST_ROOT {
            return Verdict::Defer;
        }
        if !who.cell.is_host() && self.active(who.cell).is_none() {
            return Verdict::Deny;
        }
        if port == 0 {
            return Verdict::Defer;
        }
        let asked: &[Protocols] = match protocols {
            Protocols::Both => &[Protocols::Tcp, Protocols::Udp],
            Protocols::Tcp => &[Protocols::Tcp],
            Protocols::Udp => &[Protocols::Udp],
        };
        let has = |cell: &Cell, protocol: Protocols| {
            let mut all = cell.policy.reservations.iter();
            all.any(|reservation| reservation.covers(protocol, port))
        };
        let mine = self.active(who.cell);
        if mine.is_some_and(|cell| asked.iter().all(|protocol| has(cell, *protocol))) {
            return Verdict::Allow;
        }
        let others = self
            .cells
            .iter()
            .filter(|cell| cell.state == State::Active && cell.handle != who.cell);
        for cell in others {
            if asked.iter().any(|protocol| has(cell, *protocol)) {
                return Verdict::Deny;
            }
        }
        self.ask(who, Op::NetworkBind)
    }

    pub fn ask_device(
        &self,
        who: Subject,
        kind: DeviceKind,
        major: u32,
        minor: u32,
        access: Access,
    ) -> Verdict {
        self.decide(who, |cell| {
            let listed = cell.policy.devices.iter().any(|rule| {
                u32::from(rule.major) == major && rule.permits(kind, rule.major, minor, access)
            });
            if listed {
                Verdict::Defer
            } else {
                allowed(cell, Op::DeviceOpen)
            }
        })
    }

    pub fn ask_fork(&mut self, who: Subject) -> Verdict {
        let verdict = self.decide(who, |cell| {
            if cell.has_room() {
                allowed(cell, Op::ProcessFork)
            } else {
                Verdict::Deny
            }
        });
        if verdict == Verdict::Defer
            && let Ok(cell) = self.in_state(who.cell, &[State::Active])
        {
            cell.places += 1;
        }
        verdict
    }

    pub fn ask_exec(&self, who: Subject, writable: MountWritable) -> Verdict {
        self.decide(who, |cell| match writable {
            MountWritable::Yes => allowed(cell, Op::VnodeExec),
            MountWritable::No => Verdict::Defer,
        })
    }
}

fn allowed(cell: &Cell, op: Op) -> Verdict {
    if cell.policy.may.contains(op) {
        Verdict::Defer
    } else {
        Verdict::Deny
    }
}
