//! The fields of a cell.

use alloc::string::String;

use cell_abi::CellState;
use libcell::control::{LastExit, State};
use libcell::desired::digest;
use libcell::image::{Cell, Image};
use libcell::platform::signal;
use libcell::table::Owned;

use super::definition::{self as words, number};
use super::{
    COMPACT as C, Class, DESIRED as D, Fields, MERGED as M, Meta, Needs, RUNTIME as R, Type,
};
use crate::world::{Kernel, Unit};

/// A definition and the image it is in.
pub(crate) type Defined<'s> = (&'s Image<'s>, &'s Cell<'s>);

/// A cell, from all sides.
#[derive(Default)]
pub(crate) struct Subject<'s> {
    pub name: &'s str,
    /// As it was built.
    pub built: Option<Defined<'s>>,
    /// As it is desired.
    pub desired: Option<Defined<'s>>,
    pub kernel: Option<&'s Kernel>,
    pub unit: Option<&'s Unit>,
    /// Whether the kernel enforces what is desired; `None` if that was not asked, or there is nothing to compare.
    pub enforced: Option<bool>,
}

impl Subject<'_> {
    /// Whether cellinit runs by another definition than is desired.
    pub fn is_outdated(&self) -> bool {
        match (self.desired, self.unit) {
            (Some((image, cell)), Some(unit)) => digest(image, cell) != unit.definition,
            (None, _) | (_, None) => false,
        }
    }

    /// The word for where it stands between definition and device.
    pub fn state(&self) -> &'static str {
        let there = self.unit.is_some() || self.kernel.is_some();
        let Some((_, cell)) = self.desired else {
            return if there { "orphaned" } else { "absent" };
        };
        let known = self.unit.is_some() && !self.is_outdated();
        match (known, cell.autostart) {
            (true, true) => "managed",
            (true, false) => "parked",
            (false, true) => "pending",
            (false, false) => "declared",
        }
    }
}

fn text(text: &str) -> Owned {
    Owned::Text(text.into())
}

fn count(number: u32) -> Owned {
    Owned::Number(number.into())
}

fn kib(kib: u32) -> Owned {
    Owned::Bytes(u64::from(kib) << 10)
}

fn limit(most: Option<u32>, unit: fn(u32) -> Owned) -> Owned {
    most.map_or(Owned::Unlimited, unit)
}

fn is_running(of: &Subject<'_>) -> Owned {
    Owned::Flag(match (of.unit, of.kernel) {
        (Some(unit), _) => unit.pid != 0,
        (None, Some(kernel)) => kernel.stats.processes > 0,
        (None, None) => false,
    })
}

fn is_ready(unit: &Unit) -> Owned {
    Owned::Flag(matches!(unit.state, State::Ready | State::Degraded))
}

fn health(of: &Subject<'_>) -> Owned {
    let asked = of.desired.is_some_and(|(_, cell)| cell.health.is_some());
    match of.unit {
        Some(unit) if asked && unit.pid != 0 => {
            if unit.health_failures == 0 {
                text("well")
            } else {
                let mut text = String::from("failed ");
                number(&mut text, unit.health_failures.into());
                Owned::Text(text)
            }
        }
        Some(_) | None => Owned::Absent,
    }
}

/// How a run ended, as text.
pub(crate) fn ended(exit: LastExit) -> Owned {
    match exit {
        LastExit::None => Owned::Absent,
        LastExit::Code(code) => {
            let mut text = String::from("status ");
            number(&mut text, code.into());
            Owned::Text(text)
        }
        LastExit::Signal(signal) => {
            let mut text = String::from("signal ");
            match signal::name(signal) {
                Some(name) => text.push_str(name),
                None => number(&mut text, signal.into()),
            }
            Owned::Text(text)
        }
    }
}

fn drift(of: &Subject<'_>) -> Owned {
    match (of.is_outdated(), of.enforced) {
        (true, Some(false)) => text("definition,policy"),
        (true, _) => text("definition"),
        (false, Some(false)) => text("policy"),
        (false, _) if of.unit.is_some() => text("none"),
        (false, _) => Owned::Absent,
    }
}

fn origin(of: &Subject<'_>) -> Owned {
    match (of.built, of.desired) {
        (_, None) => Owned::Absent,
        (None, Some(_)) => text("device"),
        (Some((built, was)), Some((image, is))) => {
            let soft = (was.autostart, was.critical, was.description)
                == (is.autostart, is.critical, is.description);
            text(if soft && digest(built, was) == digest(image, is) {
                "image"
            } else {
                "changed"
            })
        }
    }
}

const fn meta(
    name: &'static str,
    of: Type,
    views: u8,
    needs: Needs,
    class: Class,
    about: &'static str,
) -> Meta {
    Meta {
        name,
        of,
        views,
        needs,
        class,
        about,
    }
}

/// What a field of a cell is computed by.
#[derive(Clone, Copy)]
enum Of {
    /// The definition.
    D(fn(&Image<'_>, &Cell<'_>) -> Owned),
    /// What cellinit says.
    U(fn(&Unit) -> Owned),
    /// What the kernel says.
    K(fn(&Kernel) -> Owned),
    /// All of it.
    S(fn(&Subject<'_>) -> Owned),
}

use Of::{D as FromDefinition, K as FromKernel, S as FromAll, U as FromUnit};

const DEFINITION: Needs = Needs::Definition;
const UNIT: Needs = Needs::Unit;
const LIST: Needs = Needs::List;
const STATS: Needs = Needs::Stats;
const POLICY: Needs = Needs::Policy;
const NONE: Class = Class::None;

#[rustfmt::skip]
static FIELDS: &[(Meta, Of)] = &[
    (meta("name", Type::Text, C | D | R | M, DEFINITION, NONE, "its name"), FromAll(|of| text(of.name))),
    (meta("state", Type::Text, C | M, UNIT, NONE, "managed, parked, pending, declared, orphaned or absent"), FromAll(|of| text(of.state()))),
    (meta("service", Type::Text, C | R | M, UNIT, NONE, "where its service is"), FromUnit(|unit| text(unit.state.name()))),
    (meta("running", Type::Flag, R | M, LIST, NONE, "whether a process of it lives"), FromAll(is_running)),
    (meta("ready", Type::Flag, R | M, UNIT, NONE, "whether what depends on it may start"), FromUnit(is_ready)),
    (meta("health", Type::Text, R | M, UNIT, NONE, "well, or how often its health command failed in a row"), FromAll(health)),
    (meta("cid", Type::Number, C | R | M, LIST, NONE, "its number in the kernel"), FromKernel(|kernel| count(kernel.handle.raw()))),
    (meta("pid", Type::Number, R | M, UNIT, NONE, "the service's process"), FromUnit(|unit| if unit.pid == 0 { Owned::Absent } else { count(unit.pid) })),
    (meta("procs", Type::Number, C | R | M, LIST, NONE, "processes"), FromKernel(|kernel| { let stats = &kernel.stats; count(stats.processes) })),
    (meta("refs", Type::Number, R | M, LIST, NONE, "credentials that name it"), FromKernel(|kernel| { let stats = &kernel.stats; count(stats.credentials) })),
    (meta("cpu", Type::Micros, R | M, STATS, NONE, "CPU time since it was made"), FromKernel(|kernel| { let stats = &kernel.stats; Owned::Micros(stats.cpu_us) })),
    (meta("memory", Type::Bytes, R | M, STATS, NONE, "address space of its processes"), FromKernel(|kernel| { let stats = &kernel.stats; kib(stats.virtual_kib) })),
    (meta("rss", Type::Bytes, R | M, STATS, NONE, "memory of its processes"), FromKernel(|kernel| { let stats = &kernel.stats; kib(stats.resident_kib) })),
    (meta("age", Type::Seconds, C | R | M, LIST, NONE, "since the kernel has it"), FromKernel(|kernel| { let stats = &kernel.stats; Owned::Seconds(stats.age_s.into()) })),
    (meta("since", Type::Seconds, R | M, UNIT, NONE, "since its service is where it is"), FromUnit(|unit| Owned::Seconds(libcell::number::seconds(unit.since_ms)))),
    (meta("restarts", Type::Number, C | R | M, UNIT, NONE, "runs after the first"), FromUnit(|unit| count(unit.restarts))),
    (meta("failures", Type::Number, R | M, UNIT, NONE, "failed runs in a row"), FromUnit(|unit| count(unit.failures.into()))),
    (meta("last_exit", Type::Text, R | M, UNIT, NONE, "how its last run ended"), FromUnit(|unit| ended(unit.last_exit))),
    (meta("denials", Type::Number, C | R | M, STATS, NONE, "what it was denied, in all"), FromKernel(|kernel| { let stats = &kernel.stats; count(stats.denials) })),
    (meta("dying", Type::Flag, R, LIST, NONE, "removed, and named by an open file still"), FromKernel(|kernel| Owned::Flag(kernel.state == CellState::Dying))),
    (meta("enforced", Type::Flag, M, POLICY, NONE, "whether the kernel enforces what is desired"), FromAll(|of| of.enforced.map_or(Owned::Absent, Owned::Flag))),
    (meta("drift", Type::Text, C | M, POLICY, NONE, "none, definition, policy or both: what it runs by is not what is desired"), FromAll(drift)),
    (meta("autostart", Type::Flag, C | D | M, DEFINITION, NONE, "started at boot"), FromDefinition(|_, cell| Owned::Flag(cell.autostart))),
    (meta("critical", Type::Flag, D | M, DEFINITION, NONE, "the watchdog looks at it"), FromDefinition(|_, cell| Owned::Flag(cell.critical))),
    (meta("profile", Type::Text, D | M, DEFINITION, Class::Policy, "low, medium, high or custom"), FromDefinition(|_, cell| text(cell.profile.name()))),
    (meta("operations", Type::Text, D | M, DEFINITION, Class::Policy, "what it may (+) and may not (-) beside its profile"), FromDefinition(|_, cell| words::operations(cell))),
    (meta("reserved_ports", Type::Text, C | D | M, DEFINITION, Class::Policy, "its ports"), FromDefinition(|_, cell| words::ports(&cell.reservations))),
    (meta("devices", Type::Text, D | M, DEFINITION, Class::Policy, "devices beside the standard ones"), FromDefinition(|_, cell| words::devices(&cell.devices))),
    (meta("rlimit_nproc", Type::Limit, D | M, DEFINITION, Class::Policy, "most processes"), FromDefinition(|_, cell| limit(cell.limits.processes.map(u32::from), count))),
    (meta("rlimit_nofile", Type::Limit, D | M, DEFINITION, Class::Policy, "most open files of a process"), FromDefinition(|_, cell| limit(cell.limits.nofile, count))),
    (meta("rlimit_as", Type::ByteLimit, D | M, DEFINITION, Class::Policy, "most address space of a process"), FromDefinition(|_, cell| limit(cell.limits.address_space_kib, kib))),
    (meta("rlimit_core", Type::ByteLimit, D | M, DEFINITION, Class::Policy, "largest core file"), FromDefinition(|_, cell| limit(cell.limits.core_kib, kib))),
    (meta("rlimit_other", Type::Text, D, DEFINITION, Class::Service, "further limits of a process"), FromDefinition(|_, cell| words::caps(cell))),
    (meta("depends_on", Type::Text, D | M, DEFINITION, Class::Service, "cells that must be ready before it"), FromDefinition(words::depends)),
    (meta("healthcheck", Type::Text, D | M, DEFINITION, Class::Service, "how its health is asked"), FromDefinition(|_, cell| cell.health.as_ref().map_or(Owned::Absent, |health| words::words(&health.command)))),
    (meta("health_times", Type::Text, D, DEFINITION, Class::Service, "how often, how long, how many failures"), FromDefinition(|_, cell| words::health_times(cell))),
    (meta("readiness", Type::Text, D, DEFINITION, Class::Service, "when it counts as ready"), FromDefinition(|_, cell| words::readiness(cell))),
    (meta("restart", Type::Text, D, DEFINITION, Class::Service, "when it is started again"), FromDefinition(|_, cell| words::restart(cell))),
    (meta("stop_grace", Type::Text, D, DEFINITION, Class::Service, "between TERM and KILL"), FromDefinition(|_, cell| { let mut text = String::new(); words::time(&mut text, cell.stop_grace_ms); Owned::Text(text) })),
    (meta("volume_mounts", Type::Text, D | M, DEFINITION, Class::Service, "its volumes"), FromDefinition(words::volumes)),
    (meta("memory_mounts", Type::Text, D, DEFINITION, Class::Service, "its memory file systems"), FromDefinition(|_, cell| words::memory(cell))),
    (meta("supervise_cmd", Type::Text, D | M, DEFINITION, Class::Service, "program and arguments"), FromDefinition(|_, cell| words::words(&cell.command))),
    (meta("supervise_run_as", Type::Text, D | M, DEFINITION, Class::Service, "user, group, further groups"), FromDefinition(|_, cell| words::user(cell))),
    (meta("environment", Type::Text, D, DEFINITION, Class::Service, "its whole environment"), FromDefinition(|_, cell| words::words(&cell.environment))),
    (meta("directory", Type::Text, D, DEFINITION, Class::Service, "its working directory"), FromDefinition(|_, cell| text(cell.directory))),
    (meta("log", Type::Text, D, DEFINITION, Class::Service, "facility, levels, tag, bytes kept"), FromDefinition(|_, cell| words::log(&cell.log))),
    (meta("plan", Type::Text, D, DEFINITION, Class::Plan, "what is made so before it starts"), FromDefinition(|_, cell| words::plan(cell))),
    (meta("apply_present", Type::Flag, D | M, DEFINITION, NONE, "whether it has a plan"), FromDefinition(|_, cell| Owned::Flag(!cell.plan.is_empty()))),
    (meta("root", Type::Text, D | R | M, LIST, NONE, "its root: the kernel's, otherwise the definition's"), FromAll(|of| match of.kernel { Some(kernel) => text(&kernel.root), None => of.desired.map_or(Owned::Absent, |(_, cell)| text(cell.root.as_str())) })),
    (meta("root_digest", Type::Text, D, DEFINITION, Class::Service, "what its root was laid out from"), FromDefinition(|_, cell| Owned::Text(crate::manager::bytes_hex(cell.root_digest.get(..8).unwrap_or_default())))),
    (meta("origin", Type::Text, D | M, DEFINITION, NONE, "image, changed, or device: where its definition is from"), FromAll(origin)),
    (meta("description", Type::Text, D, DEFINITION, NONE, "one line for people"), FromDefinition(|_, cell| words::some(cell.description.into()))),
];

impl Fields for Subject<'_> {
    fn meta(index: usize) -> Option<&'static Meta> {
        FIELDS.get(index).map(|(meta, _)| meta)
    }

    fn value(&self, index: usize) -> Owned {
        let value = match (FIELDS.get(index).map(|(_, of)| *of), self.desired) {
            (Some(Of::D(value)), Some((image, cell))) => Some(value(image, cell)),
            (Some(Of::U(value)), _) => self.unit.map(value),
            (Some(Of::K(value)), _) => self.kernel.map(value),
            (Some(Of::S(value)), _) => Some(value(self)),
            (Some(Of::D(_)), None) | (None, _) => None,
        };
        value.unwrap_or(Owned::Absent)
    }
}
