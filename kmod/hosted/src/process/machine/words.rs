//! kauth(9)'s words for questions about processes.

use crate::kauth::{self, Action, Request};
use crate::process::questions::About;
use cell_abi::Access;

/// The action and request of a question.
pub(super) fn about(about: About) -> (Action, Option<Request>) {
    match about {
        About::See => (kauth::PROCESS_CANSEE, Some(kauth::REQ_PROCESS_CANSEE_ENTRY)),
        About::Signal => (kauth::PROCESS_SIGNAL, None),
        About::Trace => (kauth::PROCESS_PTRACE, None),
        About::Procfs(access) => {
            let request = match access {
                Access::Read => kauth::REQ_PROCESS_PROCFS_READ,
                Access::Write => kauth::REQ_PROCESS_PROCFS_WRITE,
                Access::ReadWrite => kauth::REQ_PROCESS_PROCFS_RW,
            };
            (kauth::PROCESS_PROCFS, Some(request))
        }
        About::Nice => (kauth::PROCESS_NICE, None),
        About::ReadLimit => (kauth::PROCESS_RLIMIT, Some(kauth::REQ_PROCESS_RLIMIT_GET)),
        About::SetLimit(_) => (kauth::PROCESS_RLIMIT, Some(kauth::REQ_PROCESS_RLIMIT_SET)),
        About::ReadAffinity => (kauth::PROCESS_SCHEDULER_GETAFFINITY, None),
        About::SetAffinity => (kauth::PROCESS_SCHEDULER_SETAFFINITY, None),
        About::ReadScheduling => (kauth::PROCESS_SCHEDULER_GETPARAM, None),
        About::SetScheduling => (kauth::PROCESS_SCHEDULER_SETPARAM, None),
        About::Fork => (kauth::PROCESS_FORK, None),
        About::Watch => (kauth::PROCESS_KEVENT_FILTER, None),
        About::Record => (kauth::PROCESS_KTRACE, None),
    }
}
