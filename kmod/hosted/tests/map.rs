//! Every action and request of kauth(9): what it is asked as, and what is answered to whom.
#![allow(missing_docs, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "../examples/kauth-map.rs"]
mod kauth_map;

use cell_abi::{Handle, Op, Policy, Profile};
use cell_core::{Subject, Verdict};
use cell_hosted::kauth::Scope;
use cell_hosted::{Answer, Kernel, Proc};
use kauth_map::device::Cells;

const fn answer(verdict: Verdict) -> Answer {
    match verdict {
        Verdict::Allow => Answer::Allow,
        Verdict::Deny => Answer::Deny,
        Verdict::Defer => Answer::Defer,
    }
}

#[test]
fn the_map_is_the_committed_one() {
    let kernel = Kernel::boot().expect("boot");
    let text = kauth_map::text(&kauth_map::rows(&kernel));
    let committed = include_str!("golden/kauth-map.txt");
    assert!(
        text == committed,
        "read the difference, then: cargo run -p cell-hosted --example kauth-map > \
         kmod/hosted/tests/golden/kauth-map.txt\n{text}"
    );
}

#[test]
fn profiles_answer_what_their_sets_say() {
    let kernel = Kernel::boot().expect("boot");
    for row in kauth_map::rows(&kernel) {
        for (profile, got) in Profile::NAMED.into_iter().zip(row.answers) {
            let granted = row.op.is_none_or(|op| profile.policy().contains(op));
            let expected = if granted { Answer::Defer } else { Answer::Deny };
            assert_eq!(
                got, expected,
                "{profile} {:?} {:?}",
                row.action, row.request
            );
        }
    }
}

#[test]
fn what_no_table_lists_is_unknown_and_refused() {
    let kernel = Kernel::boot().expect("boot");
    let unknown: Vec<_> = kauth_map::rows(&kernel)
        .into_iter()
        .filter(|row| row.op == Some(Op::Unknown))
        .collect();
    assert_eq!(unknown.len(), 10, "two made-up actions in each scope");
    for row in unknown {
        assert_eq!(row.answers, [Answer::Defer, Answer::Deny, Answer::Deny]);
    }
}

/// Who asks; in the process scope, about whom.
struct Asked {
    label: &'static str,
    asker: Proc,
    who: Subject,
    target: Proc,
    target_cell: Handle,
}

#[test]
fn every_question_gets_the_cores_answer() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let ops: Vec<_> = kauth_map::rows(&kernel);
    for (base, profile) in [(1_000, Profile::Low), (2_000, Profile::High)] {
        let own = cells
            .create(&format!("own-{profile}"), Policy::of(profile))
            .expect("create");
        let other = cells
            .create(&format!("other-{profile}"), Policy::of(profile))
            .expect("create");
        let root = cells.member(base, 0, own);
        let user = cells.member(base + 1, 100, own);
        let stranger = cells.member(base + 2, 0, other);
        let host_user = kernel.process(base + 3, 100, 100);
        let subject = |cell, root| Subject { cell, root };
        let asked = |label, asker, who, target, target_cell| Asked {
            label,
            asker,
            who,
            target,
            target_cell,
        };
        let all = [
            asked("root, own", root, subject(own, true), user, own),
            asked("user, own", user, subject(own, false), root, own),
            asked("root, other's", root, subject(own, true), stranger, other),
            asked(
                "root, host's",
                root,
                subject(own, true),
                Proc::INIT,
                Handle::HOST,
            ),
            asked(
                "host user, cell's",
                host_user,
                subject(Handle::HOST, false),
                user,
                own,
            ),
            asked(
                "host user, host's",
                host_user,
                subject(Handle::HOST, false),
                Proc::INIT,
                Handle::HOST,
            ),
            asked(
                "host root, cell's",
                Proc::INIT,
                Subject::HOST_ROOT,
                user,
                own,
            ),
        ];
        for row in &ops {
            let Some(op) = row.op else { continue };
            for asked in &all {
                let verdict = if row.action.scope != Scope::Process {
                    let _ = kernel.ask(asked.asker, row.action, row.request);
                    kernel.core().ask(asked.who, op)
                } else if op == Op::ProcessFork {
                    let _ = kernel.ask(asked.asker, row.action, row.request);
                    kernel.core().ask_fork(asked.who)
                } else {
                    let _ = kernel.ask_about(asked.asker, row.action, row.request, asked.target);
                    kernel.core().ask_process(asked.who, op, asked.target_cell)
                };
                assert_eq!(
                    kernel.last_answer(),
                    answer(verdict),
                    "{profile} {} {:?} {:?}",
                    asked.label,
                    row.action,
                    row.request
                );
            }
        }
    }
}

#[test]
fn a_process_that_just_entered_cannot_be_traced_by_its_neighbours() {
    use cell_hosted::kauth::{PROCESS_KTRACE, PROCESS_PROCFS, PROCESS_PTRACE, PROCESS_SIGNAL};
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells
        .create("web", Policy::of(Profile::Low))
        .expect("create");
    let neighbour = cells.member(10, 0, cell);
    let launcher = kernel.process(11, 0, 0);
    cells.enter_as(launcher, cell).expect("enter");
    for action in [PROCESS_PTRACE, PROCESS_KTRACE, PROCESS_PROCFS] {
        assert!(kernel.ask_about(neighbour, action, None, launcher).is_err());
        assert_eq!(kernel.last_answer(), Answer::Deny);
        kernel
            .ask_about(Proc::INIT, action, None, launcher)
            .expect("the host's root may");
    }
    kernel
        .ask_about(neighbour, PROCESS_SIGNAL, None, launcher)
        .expect("it is a member");
    kernel.exec(launcher);
    kernel
        .ask_about(neighbour, PROCESS_PTRACE, None, launcher)
        .expect("its memory is the cell's now");
}
