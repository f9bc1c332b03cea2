//! What is done to processes: tracing, memory, nice, limits, scheduling; and making them.

use super::{Call, Outcome, deny};
use crate::kauth;
use crate::process::facts;
use crate::process::os::pidfd;
use crate::process::questions::{About, LimitChange, Question, Verdict};

pub(super) fn outcome(call: &mut Call<'_>) -> Option<Outcome> {
    Some(match call.note.number {
        libc::SYS_clone | libc::SYS_fork | libc::SYS_vfork => Outcome::Fork,
        // the CPU time is noted for every call, and this is the last one
        libc::SYS_exit_group => Outcome::Continue,
        libc::SYS_ptrace => ptrace(call),
        libc::SYS_process_vm_readv | libc::SYS_process_vm_writev => traced(call, 0),
        libc::SYS_pidfd_getfd => getfd(call),
        libc::SYS_setpriority => nice(call),
        libc::SYS_setrlimit => limit(call, 0, 0, 1),
        libc::SYS_prlimit64 => limit(call, call.int(0), 1, 2),
        // sched_setaffinity(2) of NetBSD: EPERM from the question
        libc::SYS_sched_setaffinity => affinity(call),
        libc::SYS_perf_event_open => record(call),
        libc::SYS_sched_getaffinity => by_number(call, About::ReadAffinity),
        libc::SYS_sched_setparam | libc::SYS_sched_setscheduler | libc::SYS_sched_setattr => {
            by_number(call, About::SetScheduling)
        }
        libc::SYS_sched_getparam
        | libc::SYS_sched_getscheduler
        | libc::SYS_sched_getattr
        | libc::SYS_sched_rr_get_interval => by_number(call, About::ReadScheduling),
        _ => return None,
    })
}

/// `sys__sched_setaffinity()`: the other models leave it to root, for one's own processes too.
fn affinity(call: &mut Call<'_>) -> Outcome {
    let root = facts::of(call.note.tid).is_some_and(|facts| facts.uid[1] == 0);
    match by_number(call, About::SetAffinity) {
        Outcome::Continue if !root => Outcome::Fail(libc::EPERM),
        outcome => outcome,
    }
}

/// What ktrace(2) is to NetBSD: `ktrace_common()`, EPERM. Of every process at once there is none.
fn record(call: &mut Call<'_>) -> Outcome {
    let verdict = match call.int(1) {
        0 => Some(call.ask_self(About::Record)),
        number @ 1.. => call.ask_about(number, About::Record),
        _ => Some(call.ask(Question::Plain(kauth::SYSTEM_DEBUG, None))),
    };
    verdict.map_or(Outcome::Continue, |verdict| deny(verdict, libc::EPERM))
}

fn by_number(call: &mut Call<'_>, about: About) -> Outcome {
    let verdict = match call.int(0) {
        0 => Some(call.ask_self(about)),
        number => call.ask_about(number, about),
    };
    verdict.map_or(Outcome::Continue, |verdict| deny(verdict, libc::EPERM))
}

/// `do_ptrace()`: a process that may not be seen is not found.
fn ptrace(call: &mut Call<'_>) -> Outcome {
    if call.int(0) == libc::PTRACE_TRACEME as i32 {
        return deny(call.ask_self(About::Trace), libc::EPERM);
    }
    traced(call, 1)
}

/// Linux's process_vm_readv(2) and the reading and writing of ptrace(2) are the same question.
fn traced(call: &mut Call<'_>, target: usize) -> Outcome {
    let number = call.int(target);
    match call.ask_about(number, About::See) {
        None => return Outcome::Continue,
        Some(Verdict::Deny) => return Outcome::Fail(libc::ESRCH),
        Some(Verdict::Allow | Verdict::Defer) => {}
    }
    match call.ask_about(number, About::Trace) {
        Some(verdict) => deny(verdict, libc::EPERM),
        None => Outcome::Continue,
    }
}

/// To take a descriptor out of a process is to trace it.
fn getfd(call: &mut Call<'_>) -> Outcome {
    let path = format!("/proc/{}/fdinfo/{}", call.pid, call.int(0));
    let target = std::fs::read_to_string(path).ok().and_then(|info| {
        let line = info.lines().find_map(|line| line.strip_prefix("Pid:"))?;
        line.trim().parse().ok()
    });
    match target {
        Some(pid) if pid > 0 => match call.ask_about_own(pid, About::Trace) {
            Some(verdict) => deny(verdict, libc::EPERM),
            None => Outcome::Continue,
        },
        Some(_) | None => Outcome::Continue,
    }
}

/// `sys_setpriority()`: EACCES from the question, the first refusal ends it, ESRCH if nobody was meant.
fn nice(call: &mut Call<'_>) -> Outcome {
    const PROCESS: i32 = libc::PRIO_PROCESS as i32;
    const GROUP: i32 = libc::PRIO_PGRP as i32;
    const USER: i32 = libc::PRIO_USER as i32;
    let (which, who) = (call.int(0), call.int(1));
    let about = About::Nice;
    match (which, who) {
        (PROCESS, 0) => deny(call.ask_self(about), libc::EACCES),
        (PROCESS, number) => match call.ask_about(number, about) {
            Some(verdict) => deny(verdict, libc::EACCES),
            None => Outcome::Continue,
        },
        (GROUP | USER, _) => {
            let group = match who {
                0 => facts::group(call.pid),
                number => facts::seen_from(call.pid, number),
            };
            let user = match who {
                0 => facts::of(call.pid).map(|facts| facts.uid[1]),
                uid => Some(uid.cast_unsigned()),
            };
            for pid in facts::all() {
                let meant = match which {
                    GROUP => group.is_some() && facts::group(pid) == group,
                    _ => facts::of(pid).map(|facts| facts.uid[1]) == user,
                };
                if meant && call.ask_about_own(pid, about) == Some(Verdict::Deny) {
                    return Outcome::Fail(libc::EACCES);
                }
            }
            Outcome::Continue
        }
        _ => Outcome::Continue,
    }
}

/// `dosetrlimit()`, and for another process `sysctl_proc_plimit()`: EPERM from each question.
fn limit(call: &mut Call<'_>, number: i32, resource: usize, pointer: usize) -> Outcome {
    let resource = call.int(resource).cast_unsigned();
    let target = match number {
        0 => Some(call.pid),
        number => facts::seen_from(call.pid, number),
    };
    let Some(target) = target else {
        return Outcome::Continue;
    };
    if target != call.pid {
        let mut questions = vec![About::See];
        if call.argument(pointer) == 0 {
            questions.push(About::ReadLimit);
        }
        for about in questions {
            if call.ask_about_own(target, about) == Some(Verdict::Deny) {
                return Outcome::Fail(libc::EPERM);
            }
        }
    }
    if call.argument(pointer) == 0 {
        return Outcome::Continue;
    }
    let (Some(new), Some(from)) = (call.memory::<16>(pointer), pidfd::limit(target, resource))
    else {
        return Outcome::Continue;
    };
    let half = |range: std::ops::Range<usize>| {
        let bytes = new.get(range).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u64::from_ne_bytes)
    };
    let to = (half(0..8), half(8..16));
    if to == from {
        return Outcome::Continue;
    }
    let change = LimitChange { resource, from, to };
    match call.ask_about_own(target, About::SetLimit(change)) {
        Some(verdict) => deny(verdict, libc::EPERM),
        None => Outcome::Continue,
    }
}
