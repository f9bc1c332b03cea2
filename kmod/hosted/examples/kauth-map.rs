//! Prints what each action and request of kauth(9) is asked as, and what the three profiles answer to a member that is
//! root in its own cell: `cargo run -p cell-hosted --example kauth-map`.
//!
//! Nothing is looked up: each question is put to the kernel, and the operation is the one it counts a denial of.
#![allow(missing_docs, clippy::expect_used, clippy::panic)]

#[path = "../tests/device/mod.rs"]
pub mod device;

use std::fmt::Write;

use cell_abi::{Handle, Op, OpSet, Policy, Profile};
use cell_hosted::kauth::{ACTIONS, Action, REQUESTS, Request, Scope};
use cell_hosted::{Answer, Kernel, Proc};
use device::Cells;

/// One question and its answers.
pub struct Row {
    pub action: Action,
    pub request: Option<Request>,
    /// `None`: nobody's policy is asked.
    pub op: Option<Op>,
    /// Low, medium, high.
    pub answers: [Answer; 3],
}

/// Every action with each of its requests, or with none; at the end of each scope an action that no kernel has.
pub fn questions() -> Vec<(Action, Option<Request>)> {
    let mut all = Vec::new();
    for scope in [
        Scope::Process,
        Scope::System,
        Scope::Network,
        Scope::Machdep,
        Scope::Device,
    ] {
        for action in ACTIONS.iter().filter(|action| action.scope == scope) {
            let requests: Vec<_> = REQUESTS
                .iter()
                .copied()
                .filter(|request| request.action() == Some(*action))
                .collect();
            if requests.is_empty() {
                all.push((*action, None));
            }
            all.extend(requests.into_iter().map(|request| (*action, Some(request))));
        }
        for (value, name) in [(60, "(new action)"), (200, "(out of the table)")] {
            all.push((Action { scope, value, name }, None));
        }
    }
    all
}

/// The operation whose count of denials grew by one.
fn denied(cells: &Cells<'_>, cell: Handle, before: &mut Vec<(Op, u32)>) -> Option<Op> {
    let after = cells.policy(cell).expect("policy").denials.to_vec();
    let op = after
        .iter()
        .find(|count| !before.contains(count))
        .map(|(op, _)| *op);
    *before = after;
    op
}

pub fn rows(kernel: &Kernel) -> Vec<Row> {
    let cells = Cells::open(kernel);
    let nothing = Policy {
        may: OpSet::EMPTY,
        ..Policy::of(Profile::Custom)
    };
    let empty = cells.create("empty", nothing).expect("create");
    let asker = cells.member(100, 0, empty);
    let members: Vec<Proc> = (101..)
        .zip(Profile::NAMED)
        .map(|(pid, profile)| {
            let cell = cells
                .create(profile.name(), Policy::of(profile))
                .expect("create");
            cells.member(pid, 0, cell)
        })
        .collect();
    let mut counts = Vec::new();
    questions()
        .into_iter()
        .map(|(action, request)| {
            let _ = kernel.ask(asker, action, request);
            let answers = [0, 1, 2].map(|profile| {
                let _ = kernel.ask(members[profile], action, request);
                kernel.last_answer()
            });
            Row {
                action,
                request,
                op: denied(&cells, empty, &mut counts),
                answers,
            }
        })
        .collect()
}

/// The table as text.
pub fn text(rows: &[Row]) -> String {
    let mut out = String::new();
    let line = |out: &mut String, cells: [&str; 6]| {
        let [action, request, op, low, medium, high] = cells;
        let _ = writeln!(
            out,
            "{action:<34} {request:<24} {op:<26} {low:<6} {medium:<6} {high}"
        );
    };
    line(
        &mut out,
        ["ACTION", "REQUEST", "OPERATION", "LOW", "MEDIUM", "HIGH"],
    );
    for row in rows {
        let scope = format!("{:?}", row.action.scope).to_lowercase();
        let request = row.request.map_or("-", |request| {
            request
                .name
                .strip_prefix(row.action.name)
                .unwrap_or(request.name)
                .trim_start_matches('_')
        });
        let [low, medium, high] = row.answers.map(|answer| match answer {
            Answer::Allow => "allow",
            Answer::Deny => "deny",
            Answer::Defer => "defer",
        });
        line(
            &mut out,
            [
                &format!("{scope} {}", row.action.name),
                request,
                row.op.map_or("-", Op::name),
                low,
                medium,
                high,
            ],
        );
    }
    out
}

fn main() {
    let kernel = Kernel::boot().expect("boot");
    print!("{}", text(&rows(&kernel)));
}
