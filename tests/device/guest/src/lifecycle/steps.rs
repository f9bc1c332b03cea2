//! The steps.

use cell_abi::{Handle, Profile, Refusal};
use libcell::platform::{Errno, Launch, Pid, Platform as _, signal};

use super::member::{Order, PROGRAM};
use super::model::Member;
use super::walk::{Fd, Walk, Wrong, cell_name, names, refused, same, start_refused, told};
use crate::os;

/// A kind of step, how often it is taken, and how.
pub(super) struct Kind {
    pub name: &'static str,
    pub weight: usize,
    pub run: fn(&mut Walk<'_>) -> Result<(), Wrong>,
}

const fn kind(
    name: &'static str,
    weight: usize,
    run: fn(&mut Walk<'_>) -> Result<(), Wrong>,
) -> Kind {
    Kind { name, weight, run }
}

/// Every kind.
#[rustfmt::skip]
pub(super) const KINDS: [Kind; 20] = [
    kind("create",        10, create),
    kind("destroy",       10, destroy),
    kind("enter",         14, enter),
    kind("fork",           8, |walk| fork(walk, Order::Fork)),
    kind("posix-spawn",    4, |walk| fork(walk, Order::Spawn)),
    kind("fork-and-wait",  6, fork_and_wait),
    kind("exec",           6, |walk| simple(walk, Order::Execute)),
    kind("setuid",         4, set_user),
    kind("open-file",      5, |walk| simple(walk, Order::OpenFile)),
    kind("open-socket",    5, |walk| simple(walk, Order::OpenSocket)),
    kind("pass-file",      6, pass),
    kind("drop-file",      6, drop_file),
    kind("reach-out",      5, reach),
    kind("see",            5, see),
    kind("quit",           6, quit),
    kind("kill-one",       3, kill_one),
    kind("kill-all",       4, kill_all),
    kind("count",          4, count),
    kind("lookup",         6, lookup),
    kind("no-active-cell", 8, no_active),
];

/// Most processes of all cells: the machine is small.
const MOST: u32 = 40;

fn create(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let name = walk.random.below(names());
    let limit = [None, Some(3), Some(8)][walk.random.below(3)];
    let profile = [Profile::Low, Profile::Medium, Profile::High][walk.random.below(3)];
    let result = walk.make(name, profile, limit);
    if walk.world.named(name).is_some() {
        return refused(result, Refusal::Taken);
    }
    let handle = told(result)?;
    let slot = walk.world.free_slot();
    if walk.world.created(handle, name, limit) {
        Ok(())
    } else {
        Err(alloc::format!(
            "handle {handle}: not a later life of a slot up to {slot} that is nobody's"
        ))
    }
}

fn destroy(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let Some(at) = walk.some_cell() else {
        return Ok(());
    };
    let Some(cell) = walk.world.cells.get(at) else {
        return Ok(());
    };
    let (handle, processes) = (cell.handle, cell.processes());
    let result = walk.device.destroy(handle);
    if processes > 0 {
        return refused(result, Refusal::Busy);
    }
    told(result)?;
    walk.world.destroyed(handle);
    walk.check_list()
}

/// Starts a member there, whose orders come through the socket.
fn start(walk: &Walk<'_>, cell: Handle) -> Result<(Pid, Fd), Errno> {
    let (ours, theirs) = os::local_pair()?;
    let launch = Launch {
        command: &[PROGRAM, "member"],
        environment: &[],
        new_session: true,
        stdio: [Some(&theirs), Some(&theirs), None],
        limits: &[],
        enter: Some(("/dev/cell", cell)),
        directory: "/",
        user: None,
    };
    Ok((walk.system.spawn(&launch)?, ours))
}

fn enter(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let total: u32 = walk.world.cells.iter().map(|cell| cell.processes()).sum();
    let Some(at) = walk.some_cell().filter(|_| total < MOST) else {
        return Ok(());
    };
    let number = walk.numbers;
    let Some(cell) = walk.world.cells.get(at) else {
        return Ok(());
    };
    let result = start(walk, cell.handle);
    if !cell.has_room() {
        return match result {
            Err(Errno::EAGAIN) => Ok(()),
            Err(errno) => Err(alloc::format!(
                "{errno:?}, expected EAGAIN: the cell is full"
            )),
            Ok(_) => Err("entered a full cell".into()),
        };
    }
    let (pid, socket) = result.map_err(|errno| alloc::format!("{errno:?}"))?;
    walk.members.push((number, pid, socket));
    walk.numbers += 1;
    if let Some(cell) = walk.world.cells.get_mut(at) {
        cell.members.push(Member {
            number,
            children: 0,
            root: true,
        });
    }
    Ok(())
}

/// A member at random: its cell's place, its own in the cell.
fn some_member(walk: &mut Walk<'_>) -> Option<(usize, usize)> {
    let at = walk.some_cell()?;
    let count = walk.world.cells.get(at)?.members.len();
    (count > 0).then(|| (at, walk.random.below(count)))
}

/// Gives an order and has the answer.
fn order(walk: &Walk<'_>, (at, which): (usize, usize), order: Order) -> Result<u8, Wrong> {
    let socket = socket(walk, (at, which))?;
    let failed = |errno: Errno| alloc::format!("{order:?}: {errno:?}");
    walk.system.write(socket, &[order.byte()]).map_err(failed)?;
    let mut answer = [0];
    match walk.system.read(socket, &mut answer) {
        Ok(1) => Ok(answer[0]),
        Ok(_) => Err(alloc::format!("{order:?}: the member has gone")),
        Err(errno) => Err(failed(errno)),
    }
}

fn socket<'w>(walk: &'w Walk<'_>, (at, which): (usize, usize)) -> Result<&'w Fd, Wrong> {
    let member = walk
        .world
        .cells
        .get(at)
        .and_then(|cell| cell.members.get(which));
    member
        .and_then(|member| {
            walk.members
                .iter()
                .find(|(number, ..)| *number == member.number)
        })
        .map(|(_, _, socket)| socket)
        .ok_or_else(|| "no such member".into())
}

/// An order that must work and changes nothing that the model knows.
fn simple(walk: &mut Walk<'_>, what: Order) -> Result<(), Wrong> {
    let Some(member) = some_member(walk) else {
        return Ok(());
    };
    let answer = order(walk, member, what)?;
    same("answer", answer.into(), 0)
}

fn fork(walk: &mut Walk<'_>, how: Order) -> Result<(), Wrong> {
    let Some((at, which)) = some_member(walk) else {
        return Ok(());
    };
    let answer = order(walk, (at, which), how)?;
    let Some(cell) = walk.world.cells.get_mut(at) else {
        return Ok(());
    };
    if !cell.has_room() {
        return same("fork in a full cell", answer.into(), Errno::EAGAIN.0.into());
    }
    cell.forks += 1;
    if let Some(member) = cell.members.get_mut(which) {
        member.children += 1;
    }
    same("fork", answer.into(), 0)
}

fn fork_and_wait(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let Some((at, which)) = some_member(walk) else {
        return Ok(());
    };
    let answer = order(walk, (at, which), Order::ForkAndWait)?;
    let Some(cell) = walk.world.cells.get_mut(at) else {
        return Ok(());
    };
    if !cell.has_room() {
        return same("fork in a full cell", answer.into(), Errno::EAGAIN.0.into());
    }
    cell.forks += 1;
    same("fork", answer.into(), 0)
}

fn set_user(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let Some((at, which)) = some_member(walk) else {
        return Ok(());
    };
    let answer = order(walk, (at, which), Order::SetUser)?;
    let member = walk
        .world
        .cells
        .get_mut(at)
        .and_then(|cell| cell.members.get_mut(which));
    let Some(member) = member else {
        return Ok(());
    };
    // an ordinary user may become himself
    member.root = false;
    same("setuid", answer.into(), 0)
}

fn pass(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    if walk.held.len() >= 16 {
        return Ok(());
    }
    let Some((at, which)) = some_member(walk) else {
        return Ok(());
    };
    let socket = socket(walk, (at, which))?;
    let failed = |errno: Errno| alloc::format!("{errno:?}");
    walk.system
        .write(socket, &[Order::PassFile.byte()])
        .map_err(failed)?;
    let (_, file) = os::receive_file(socket).map_err(failed)?;
    if let Some(cell) = walk.world.cells.get_mut(at) {
        cell.held += 1;
        walk.held.push((cell.handle, file));
    }
    Ok(())
}

fn drop_file(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let count = walk.held.len();
    if count == 0 {
        return Ok(());
    }
    let at = walk.random.below(count);
    let (handle, file) = walk.held.remove(at);
    drop(file);
    walk.world.dropped(handle);
    walk.check_list()
}

/// The first process is the host's: no member may reach it, root or not.
fn reach(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let Some(member) = some_member(walk) else {
        return Ok(());
    };
    match order(walk, member, Order::Reach)? {
        0 => Err("a member reached a process of the host".into()),
        _ => Ok(()),
    }
}

/// A member sees the members and nobody else, root or not.
fn see(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let Some((at, which)) = some_member(walk) else {
        return Ok(());
    };
    let seen = order(walk, (at, which), Order::See)?;
    let cell = walk.world.cells.get(at);
    same(
        "processes seen",
        seen.into(),
        cell.map_or(0, |cell| cell.processes()),
    )
}

/// Takes a member out of the model: its children stay.
fn leave(walk: &mut Walk<'_>, (at, which): (usize, usize)) -> Result<u32, Wrong> {
    let Some(cell) = walk.world.cells.get_mut(at) else {
        return Err("no such cell".into());
    };
    let member = cell.members.remove(which);
    cell.orphans += member.children;
    Ok(member.number)
}

fn quit(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let Some(member) = some_member(walk) else {
        return Ok(());
    };
    let socket = socket(walk, member)?;
    let failed = |errno: Errno| alloc::format!("{errno:?}");
    walk.system
        .write(socket, &[Order::Quit.byte()])
        .map_err(failed)?;
    let number = leave(walk, member)?;
    walk.bury(number)?;
    walk.check(member.0)
}

fn kill_one(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let Some(member) = some_member(walk) else {
        return Ok(());
    };
    let number = leave(walk, member)?;
    let known = walk.members.iter().find(|(known, ..)| *known == number);
    let pid = known.map(|(_, pid, _)| *pid).ok_or("no such member")?;
    os::signal(pid, signal::KILL).map_err(|errno| alloc::format!("{errno:?}"))?;
    walk.bury(number)?;
    walk.check(member.0)
}

fn kill_all(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let Some(at) = walk.some_cell() else {
        return Ok(());
    };
    walk.empty(at)?;
    walk.check(at)
}

/// Signal 0 counts.
fn count(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let Some(at) = walk.some_cell() else {
        return Ok(());
    };
    let Some(cell) = walk.world.cells.get(at) else {
        return Ok(());
    };
    let members = told(walk.device.kill(cell.handle, 0))?;
    same("members", members, cell.processes())
}

fn lookup(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let name = walk.random.below(names());
    let mut buffer = [0; 1024];
    let result = walk.device.lookup(told(cell_name(name))?, &mut buffer);
    match walk.world.named(name) {
        None => refused(result.map(drop), Refusal::NoSuchCell),
        Some(cell) => {
            let info = told(result)?;
            same("handle", info.handle.raw(), cell.handle.raw())?;
            same("processes", info.processes, cell.processes())
        }
    }
}

/// A dying cell's handle and one of an earlier life: nobody enters, kills or destroys by them.
fn no_active(walk: &mut Walk<'_>) -> Result<(), Wrong> {
    let (dying, gone) = (walk.world.dying.len(), walk.world.gone.len());
    if dying + gone == 0 {
        return Ok(());
    }
    // dying ones more often than there are of them
    let handle = if dying > 0 && walk.random.below(2) == 0 {
        walk.world
            .dying
            .get(walk.random.below(dying))
            .map(|(handle, _)| *handle)
    } else {
        walk.world.gone.get(walk.random.below(gone)).copied()
    };
    let Some(handle) = handle else {
        return Ok(());
    };
    let expected = walk.world.refusal(handle);
    refused(walk.device.kill(handle, 0), expected)?;
    refused(walk.device.kill(handle, signal::KILL), expected)?;
    refused(walk.device.destroy(handle), expected)?;
    start_refused(start(walk, handle).map(|(pid, _)| pid), expected)
}
