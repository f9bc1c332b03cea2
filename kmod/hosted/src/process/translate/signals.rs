//! Signals: kern/sys_sig.c and kern/kern_sig.c of NetBSD.

use std::os::fd::AsFd;

use super::{Call, Outcome, deny};
use crate::process::facts::{self, Pid};
use crate::process::os::pidfd;
use crate::process::questions::{About, Verdict};

pub(super) fn outcome(call: &mut Call<'_>) -> Option<Outcome> {
    Some(match call.note.number {
        libc::SYS_kill => kill(call),
        libc::SYS_tkill | libc::SYS_rt_sigqueueinfo => one(call, 0),
        libc::SYS_tgkill | libc::SYS_rt_tgsigqueueinfo => one(call, 1),
        libc::SYS_pidfd_send_signal => by_pidfd(call),
        // what a kqueue's filter on a process is to NetBSD: `filt_procattach()`, EACCES
        libc::SYS_pidfd_open => match call.ask_about(call.int(0), About::Watch) {
            Some(verdict) => deny(verdict, libc::EACCES),
            None => Outcome::Continue,
        },
        _ => return None,
    })
}

/// `sys_kill()`: EPERM from the question; Linux says ESRCH and EINVAL.
fn one(call: &mut Call<'_>, target: usize) -> Outcome {
    match call.ask_about(call.int(target), About::Signal) {
        Some(verdict) => deny(verdict, libc::EPERM),
        None => Outcome::Continue,
    }
}

fn kill(call: &mut Call<'_>) -> Outcome {
    let signal = call.int(1);
    if !(0..=64).contains(&signal) {
        return Outcome::Continue;
    }
    match call.int(0) {
        1.. => one(call, 0),
        0 => facts::group(call.pid).map_or(Outcome::Continue, |group| {
            many(call, signal, |pid| facts::group(pid) == Some(group))
        }),
        -1 => {
            let caller = call.pid;
            many(call, signal, |pid| pid > 1 && pid != caller)
        }
        group => match facts::seen_from(call.pid, group.wrapping_neg()) {
            Some(group) => many(call, signal, |pid| facts::group(pid) == Some(group)),
            None => Outcome::Continue,
        },
    }
}

/// `killpg1()`: asks about each, signals those that nobody objects to, ESRCH if that is none.
fn many(call: &mut Call<'_>, signal: i32, chosen: impl Fn(Pid) -> bool) -> Outcome {
    let all: Vec<Pid> = facts::all().filter(|pid| chosen(*pid)).collect();
    let mut permitted = Vec::new();
    for pid in &all {
        match call.ask_about_own(*pid, About::Signal) {
            Some(Verdict::Allow | Verdict::Defer) if may_by_user(call.pid, *pid) => {
                permitted.push(*pid);
            }
            Some(Verdict::Allow | Verdict::Defer | Verdict::Deny) | None => {}
        }
    }
    if permitted.len() == all.len() && call.int(0) != -1 {
        // one's own group, all of it: Linux delivers to all at once
        return Outcome::Continue;
    }
    if !call.still_waits() {
        return Outcome::Continue;
    }
    for pid in &permitted {
        if let Ok(process) = pidfd::open(*pid) {
            let _ = pidfd::signal(process.as_fd(), signal);
        }
    }
    if permitted.is_empty() {
        Outcome::Fail(libc::ESRCH)
    } else {
        Outcome::Return(0)
    }
}

/// What the bsd44 security model would say, for signals that are delivered in the caller's place.
fn may_by_user(sender: Pid, target: Pid) -> bool {
    let (Some(from), Some(to)) = (facts::of(sender), facts::of(target)) else {
        return false;
    };
    let [real, effective, _] = from.uid;
    let [target_real, _, target_saved] = to.uid;
    effective == 0
        || [real, effective]
            .iter()
            .any(|uid| [target_real, target_saved].contains(uid))
}

fn by_pidfd(call: &mut Call<'_>) -> Outcome {
    let path = format!("/proc/{}/fdinfo/{}", call.pid, call.int(0));
    let target = std::fs::read_to_string(path).ok().and_then(|info| {
        let line = info.lines().find_map(|line| line.strip_prefix("Pid:"))?;
        line.trim().parse::<Pid>().ok()
    });
    match target {
        // as this process' /proc numbers it; -1 has ended
        Some(pid @ 1..) => match call.ask_about_own(pid, About::Signal) {
            Some(verdict) => deny(verdict, libc::EPERM),
            None => Outcome::Continue,
        },
        Some(_) | None => Outcome::Continue,
    }
}
