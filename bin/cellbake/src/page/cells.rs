//! Each cell in full.

use cell_abi::OpSet;
use libcell::image::{
    Cell, Health, Image, MountSource, Ownership, PlanStep, Readiness, ResourceCap, RestartPolicy,
};
use maud::{Markup, html};

use super::Subject;
use super::access;
use super::amounts::time;
use super::graph;
use super::shown::{Shown, words};
use crate::facts::{self, hex};
use crate::size::{self, Demand};
use crate::words as named;

/// A name and what stands for it.
type Row = (&'static str, Markup);

pub(super) fn section(subject: &Subject<'_>) -> Markup {
    let image = &subject.opened.image;
    html! {
        section #cells {
            h2 { "Cells" }
            @for cell in &image.cells { (one(cell, subject)) }
        }
    }
}

fn one(cell: &Cell<'_>, subject: &Subject<'_>) -> Markup {
    let image = &subject.opened.image;
    html! {
        article.cell id={ "cell-" (cell.name.as_str()) } {
            h3 {
                (Shown(cell.name.as_str()))
                span.role { (graph::role(cell)) }
            }
            @if !cell.description.is_empty() {
                p.description { (Shown(cell.description)) }
            }
            div.groups {
                div {
                    (group("Service", service(cell, subject)))
                    (group("Contents", contents(cell, subject)))
                }
                div {
                    (group("Life", life(cell, image)))
                    @if !cell.plan.is_empty() { (plan(&cell.plan)) }
                }
                div {
                    (group("Access", access(cell, subject)))
                    div.pairs { (group("Limits", limits(cell))) }
                }
            }
        }
    }
}

fn group(name: &str, rows: Vec<Row>) -> Markup {
    html! {
        div.group {
            h4 { (name) }
            dl {
                @for (name, value) in rows {
                    div { dt { (name) } dd { (value) } }
                }
            }
        }
    }
}

fn plain(text: &str) -> Markup {
    html! { (Shown(text)) }
}

fn code(text: &str) -> Markup {
    html! { code { (Shown(text)) } }
}

fn service(cell: &Cell<'_>, subject: &Subject<'_>) -> Vec<Row> {
    let named = |id: u32, name: Option<String>| match name {
        Some(name) if name != id.to_string() => format!("{name} ({id})"),
        Some(_) | None => id.to_string(),
    };
    let group = |gid: u32| named(gid, subject.group_name(cell, gid));
    let groups: Vec<_> = cell.groups.iter().map(|gid| group(*gid)).collect();
    let mut rows = vec![
        ("command", words(&cell.command)),
        ("directory", code(cell.directory)),
        ("user", plain(&named(cell.uid, subject.user_name(cell)))),
        ("group", plain(&group(cell.gid))),
    ];
    if !groups.is_empty() {
        rows.push(("also in", plain(&groups.join(", "))));
    }
    let environment = html! {
        @if cell.environment.is_empty() { "empty" }
        @for entry in &cell.environment {
            code.line { (Shown(entry)) }
        }
    };
    rows.push(("environment", environment));
    rows
}

fn life(cell: &Cell<'_>, image: &Image<'_>) -> Vec<Row> {
    let after = facts::depends(cell, image).join(", ");
    let after = if after.is_empty() {
        "nothing".to_owned()
    } else {
        after
    };
    vec![
        ("waits for", plain(&after)),
        ("readiness", html! { (readiness(cell.readiness)) }),
        ("restart", html! { (restart(cell)) }),
        (
            "stop",
            html! { "TERM, after " (time(cell.stop_grace_ms)) " KILL" },
        ),
        ("health", health(cell.health.as_ref())),
        ("logs", logs(cell)),
    ]
}

/// When a cell counts as ready.
pub(super) fn readiness(readiness: Readiness) -> String {
    match readiness {
        Readiness::Started => "when started".to_owned(),
        Readiness::Healthy => "when healthy".to_owned(),
        Readiness::After(ms) => format!("after {}", time(ms)),
        Readiness::Exited => "when exited with 0".to_owned(),
    }
}

fn restart(cell: &Cell<'_>) -> String {
    let restart = cell.restart;
    let policy = named::restart_policy_name(restart.policy);
    match (restart.policy, restart.max_failures) {
        (RestartPolicy::Never, _) => policy.to_owned(),
        (RestartPolicy::Always | RestartPolicy::OnFailure, 0) => {
            format!("{policy}, never given up")
        }
        (RestartPolicy::Always | RestartPolicy::OnFailure, most) => format!(
            "{policy}, given up after {most} failures in a row; a run of {} clears them",
            time(restart.stable_ms)
        ),
    }
}

fn health(health: Option<&Health<'_>>) -> Markup {
    let Some(health) = health else {
        return html! { "not asked" };
    };
    html! {
        (words(&health.command))
        " every " (time(health.interval_ms)) ", at most " (time(health.timeout_ms)) " each, restarted after "
        (health.retries) " failures"
        @if health.start_period_ms > 0 {
            ", those of the first " (time(health.start_period_ms)) " not counted"
        }
    }
}

fn logs(cell: &Cell<'_>) -> Markup {
    let log = &cell.log;
    html! {
        "to " (named::facility_name(log.facility)) " as " code { (Shown(log.tag)) } ", output "
        (named::level_name(log.stdout)) ", errors " (named::level_name(log.stderr)) ", the last "
        (log.ring) " bytes in RAM"
    }
}

fn limits(cell: &Cell<'_>) -> Vec<Row> {
    let limits = cell.limits;
    let [mut data, mut stack, mut file, mut cpu, mut locked] = [None; 5];
    for cap in &cell.caps {
        let (limit, most) = match *cap {
            ResourceCap::DataKib(kib) => (&mut data, kib),
            ResourceCap::StackKib(kib) => (&mut stack, kib),
            ResourceCap::FileSizeKib(kib) => (&mut file, kib),
            ResourceCap::CpuS(seconds) => (&mut cpu, seconds),
            ResourceCap::LockedKib(kib) => (&mut locked, kib),
        };
        *limit = Some(most);
    }
    let none = "no limit";
    let count = |limit: Option<u32>| limit.map_or(none.to_owned(), |most| most.to_string());
    let size = |limit: Option<u32>| limit.map_or(none.to_owned(), |most| size::kib(most.into()));
    let time = cpu.map_or(none.to_owned(), |seconds| format!("{seconds} s"));
    vec![
        ("processes", plain(&count(limits.processes.map(u32::from)))),
        ("open files", plain(&count(limits.nofile))),
        ("virtual", plain(&size(limits.address_space_kib))),
        ("data", plain(&size(data))),
        ("stack", plain(&size(stack))),
        ("file size", plain(&size(file))),
        ("core file", plain(&size(limits.core_kib))),
        ("locked", plain(&size(locked))),
        ("CPU time", plain(&time)),
        ("all RAM", html! { strong { (ram(cell)) } }),
    ]
}

fn ram(cell: &Cell<'_>) -> String {
    Demand::of(cell)
        .ram_kib
        .map_or_else(|| "no bound".to_owned(), size::kib)
}

fn access(cell: &Cell<'_>, subject: &Subject<'_>) -> Vec<Row> {
    let image = &subject.opened.image;
    let base = subject.base(cell);
    let (added, removed) = (cell.may.minus(base.may), base.may.minus(cell.may));
    let names = |set: OpSet| set.iter().map(|op| op.name()).collect::<Vec<_>>();
    let ports: Vec<_> = cell.reservations.iter().map(ToString::to_string).collect();
    let ports = if ports.is_empty() {
        "none".to_owned()
    } else {
        ports.join(", ")
    };
    let mut rows = vec![("profile", plain(&base.name))];
    if added != OpSet::EMPTY {
        rows.push(("also may", plain(&names(added).join(", "))));
    }
    if removed != OpSet::EMPTY {
        rows.push(("may not", plain(&names(removed).join(", "))));
    }
    rows.push(("ports", plain(&ports)));
    let devices = access::own_devices(cell, image);
    rows.push((
        "devices",
        html! {
            @if devices.is_empty() { "the standard ones" }
            @for device in &devices {
                span.line { code { (Shown(device.path)) } " " (named::access_name(device.access)) }
            }
        },
    ));
    rows.push((
        "mounts",
        html! {
            @if cell.mounts.is_empty() { "none" }
            @for mount in &cell.mounts {
                span.line {
                    code { (Shown(mount.target)) }
                    @match mount.source {
                        MountSource::Volume(index) => {
                            " volume " (Shown(access::volume_name(image, index)))
                        }
                        MountSource::Tmpfs { size_kib, .. } => { " memory, " (size::kib(size_kib.into())) }
                    }
                    @if mount.read_only { ", read-only" }
                    @if mount.no_exec { ", noexec" }
                }
            }
        },
    ));
    rows
}

fn contents(cell: &Cell<'_>, subject: &Subject<'_>) -> Vec<Row> {
    let mut rows = vec![
        ("root", code(cell.root.as_str())),
        (
            "size",
            html! { strong { (size::kib(cell.root_kib.into())) } },
        ),
    ];
    if let Some(root) = subject.root(cell) {
        let text = super::contents::summary(root);
        rows.push(("entries", html! { (text) }));
    }
    rows.push(("sha256", html! { code.digest { (hex(&cell.root_digest)) } }));
    rows
}

fn plan(steps: &[PlanStep<'_>]) -> Markup {
    html! {
        div.plan {
            h4 { "Plan, made so before each start" }
            ol {
                @for step in steps { li { (plan_step(step)) } }
            }
        }
    }
}

fn plan_step(step: &PlanStep<'_>) -> Markup {
    let owner =
        |owner: &Ownership| format!("{:04o}, owner {}:{}", owner.mode, owner.uid, owner.gid);
    match step {
        PlanStep::Directory { path, owner: of } => html! {
            "directory " code { (Shown(path)) } ", mode " (owner(of))
        },
        PlanStep::File {
            path,
            content,
            owner: of,
        } => html! {
            "file " code { (Shown(path)) } ", mode " (owner(of)) ", "
            @match std::str::from_utf8(content) {
                Ok("") => "empty",
                Ok(text) => { "that says " code { (Shown(text)) } }
                Err(_) => { (content.len()) " bytes: " code { (hex(content)) } }
            }
        },
        PlanStep::Line { path, text } => html! {
            "line " code { (Shown(text)) } " in " code { (Shown(path)) }
        },
        PlanStep::Link { path, target } => html! {
            "link " code { (Shown(path)) } " to " code { (Shown(target)) }
        },
        PlanStep::Execute(command) => html! { "run " code { (Shown(command)) } },
        PlanStep::Copy {
            from,
            path,
            owner: of,
        } => html! {
            "file " code { (Shown(path)) } ", mode " (owner(of)) ", a copy of the root's "
            code { (Shown(from)) }
        },
        PlanStep::Patch { path, hunks } => html! {
            (hunks.len()) " changes to " code { (Shown(path)) }
        },
    }
}
