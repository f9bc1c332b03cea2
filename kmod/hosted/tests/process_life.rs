//! Entering, forking, ending: the numbers are exact and nobody escapes.

mod process_world;

use std::time::Duration;

use cell_abi::{EventKind, Policy, Profile, Request, frame};
use cell_hosted::process::client::Client;
use process_world::{World, errno_of, fork, request_over, until};

fn sleep_for_ever() -> i32 {
    loop {
        // SAFETY: no pointers.
        unsafe { libc::pause() };
    }
}

fn limited(processes: u16) -> Policy {
    let mut policy = Policy::of(Profile::High);
    policy.limits.processes = Some(processes);
    policy
}

#[test]
fn destroying_a_cell_with_members_is_refused() {
    let Some(world) = World::new() else { return };
    let cell = world.create("busy", Profile::High);
    let member = world.spawn(cell, sleep_for_ever);
    until("entered", || world.processes(cell) == 1);
    assert_eq!(world.request(&Request::Destroy(cell)), Err(libc::EBUSY));
    assert_eq!(world.kill(cell, libc::SIGKILL), 1);
    assert_eq!(member.wait(), 1000 + libc::SIGKILL);
    assert_eq!(world.request(&Request::Destroy(cell)), Ok(()));
    assert_eq!(world.request(&Request::Destroy(cell)), Err(libc::ENOENT));
}

#[test]
fn a_fork_bomb_never_gets_more_than_its_limit() {
    let Some(world) = World::new() else { return };
    let cell = world.create_with("bomb", &limited(8), "/");
    // counts in a file how many forks succeeded: children never end, so that is how many there are
    let counter = world.directory().join("count");
    let path = std::ffi::CString::new(counter.as_os_str().as_encoded_bytes()).unwrap();
    let bomb = world.spawn(cell, move || {
        // SAFETY: a NUL-terminated path, a one-byte buffer.
        unsafe {
            let file = libc::open(
                path.as_ptr(),
                libc::O_CREAT | libc::O_WRONLY | libc::O_APPEND,
                0o600,
            );
            for _ in 0..300 {
                if libc::fork() == 0 {
                    libc::write(file, b"x".as_ptr().cast(), 1);
                }
            }
        }
        sleep_for_ever()
    });
    std::thread::sleep(Duration::from_millis(300));
    let children = std::fs::metadata(&counter).unwrap().len();
    assert_eq!(children, 7, "and the first");
    assert_eq!(world.processes(cell), 8);
    assert_eq!(world.kill(cell, libc::SIGKILL), 8);
    bomb.wait();
    until("empty", || world.processes(cell) == 0);
    world.destroy(cell);
}

#[test]
fn what_has_ended_makes_room_at_once() {
    let Some(world) = World::new() else { return };
    let cell = world.create_with("two", &limited(2), "/");
    let status = world.run(cell, || {
        for _ in 0..200 {
            // SAFETY: the child only exits.
            unsafe {
                match libc::fork() {
                    -1 => return 1,
                    0 => libc::_exit(0),
                    pid => libc::waitpid(pid, std::ptr::null_mut(), 0),
                };
            }
        }
        // SAFETY: as above; the first child stays a zombie or lives, the second is too many.
        unsafe {
            let first = libc::fork();
            if first == 0 {
                sleep_for_ever();
            }
            let second = errno_of(libc::fork());
            libc::kill(first, libc::SIGKILL);
            second
        }
    });
    assert_eq!(status, libc::EAGAIN);
    until("empty", || world.processes(cell) == 0);
}

#[test]
fn killing_a_cell_that_forks_leaves_nobody() {
    let Some(world) = World::new() else { return };
    for round in 0..10 {
        let cell = world.create_with("hydra", &limited(40), "/");
        let hydra = world.spawn(cell, || {
            loop {
                // SAFETY: every process forks and its parent may end.
                unsafe {
                    if libc::fork() > 0 {
                        libc::usleep(300);
                        if libc::fork() > 0 {
                            libc::_exit(0);
                        }
                    }
                }
            }
        });
        until("several", || world.processes(cell) > 1);
        std::thread::sleep(Duration::from_millis(round));
        world.kill(cell, libc::SIGKILL);
        assert_eq!(world.processes(cell), 0, "the answer came after the last");
        hydra.wait();
        let destroyed = world.request(&Request::Destroy(cell));
        assert_eq!(destroyed, Ok(()), "{round}: {}", world.processes(cell));
    }
    assert_eq!(world.stop(), 0);
    // whoever escaped has this program's name and is nobody's child any more
    let own = std::fs::read_to_string("/proc/self/comm").unwrap();
    let escaped = cell_hosted::process::facts::all()
        .filter_map(cell_hosted::process::facts::of)
        .filter(|one| one.parent == 1 && !one.zombie && "killing_a_cell_" == one.name)
        .count();
    assert_eq!(escaped, 0, "{own}");
}

#[test]
fn a_member_cannot_enter_again_nor_command_the_kernel() {
    let Some(world) = World::new() else { return };
    let first = world.create("first", Profile::Low);
    let second = world.create("second", Profile::Low);
    let socket = world.socket();
    let again = world.run(first, || {
        let Ok(client) = Client::open(&socket) else {
            return 1;
        };
        for request in [
            Request::Destroy(second),
            Request::Kill {
                cell: second,
                signal: 9,
            },
            Request::Seal,
            Request::List(cell_abi::Handle::HOST),
        ] {
            if request_over(&client, &request) != Err(libc::EPERM) {
                return 2;
            }
        }
        let Err(error) = client.enter(second) else {
            return 3;
        };
        error.raw_os_error().unwrap()
    });
    assert_eq!(again, libc::EPERM);
}

#[test]
fn an_ordinary_user_of_the_host_commands_nothing() {
    let Some(world) = World::new() else { return };
    let cell = world.create("cell", Profile::Low);
    std::fs::set_permissions(
        world.directory(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let socket = world.socket();
    std::fs::set_permissions(&socket, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let status = fork(|| {
        process_world::become_user(12_345);
        let Ok(client) = Client::open(&socket) else {
            return 1;
        };
        if request_over(&client, &Request::Hello) != Ok(()) {
            return 2;
        }
        request_over(&client, &Request::Destroy(cell))
            .err()
            .unwrap_or(0)
    });
    assert_eq!(status.wait(), libc::EPERM);
}

#[test]
fn entering_takes_one_thread_and_no_open_directory() {
    let Some(world) = World::new() else { return };
    let cell = world.create("strict", Profile::Low);
    let socket = world.socket();
    let with_directory = fork(|| {
        let _held = std::fs::File::open("/").unwrap();
        enter(&socket, cell)
    });
    assert_eq!(with_directory.wait(), libc::EBUSY);
    let with_thread = fork(|| {
        let (_hold, wait) = std::sync::mpsc::channel::<()>();
        std::thread::spawn(move || wait.recv());
        enter(&socket, cell)
    });
    assert_eq!(with_thread.wait(), libc::EBUSY);
    assert_eq!(world.processes(cell), 0);
}

fn enter(socket: &std::path::Path, cell: cell_abi::Handle) -> i32 {
    match Client::open(socket).and_then(|client| client.enter(cell)) {
        Ok(()) => 0,
        Err(error) => error.raw_os_error().unwrap(),
    }
}

#[test]
fn whoever_hangs_up_half_way_in_is_not_a_member() {
    let Some(world) = World::new() else { return };
    let cell = world.create("half", Profile::Low);
    let socket = world.socket();
    let half = fork(|| {
        let client = Client::open(&socket).unwrap();
        let mut buffer = [0; 128];
        frame::write(&Request::Enter(cell), &mut buffer).unwrap();
        client.ioctl(&mut buffer).unwrap();
        drop(client);
        sleep_for_ever()
    });
    until("cancelled", || world.processes(cell) == 0);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(world.processes(cell), 0);
    half.kill();
    world.destroy(cell);
}

#[test]
fn cpu_time_of_those_that_ended_is_kept() {
    let Some(world) = World::new() else { return };
    let cell = world.create("busy", Profile::Low);
    let status = world.run(cell, || {
        let own = i32::try_from(std::process::id()).unwrap();
        while cell_hosted::process::os::pidfd::cpu_us(own) < Some(60_000) {
            std::hint::spin_loop();
        }
        0
    });
    assert_eq!(status, 0);
    let reply = world
        .client
        .request(&Request::Stats(cell), &mut [0; 4096])
        .map(|reply| match reply {
            cell_abi::Reply::Stats(stats) => stats.cpu_us,
            _ => 0,
        });
    let cpu_us = reply.unwrap();
    assert!((60_000..200_000).contains(&cpu_us), "{cpu_us} us");
}

#[test]
fn subscribers_are_told() {
    let Some(world) = World::new() else { return };
    let events = Client::open(&world.socket()).unwrap();
    events.subscribe().unwrap();
    // answered after the subscription on the same connection
    let other = Client::open(&world.socket()).unwrap();
    request_over(&other, &Request::Hello).unwrap();
    let cell = world.create("loud", Profile::High);
    // SAFETY: NUL-terminated.
    world.run(cell, || errno_of(unsafe { libc::chroot(c"/".as_ptr()) }));
    let mut kinds = Vec::new();
    while kinds.len() < 3 {
        let mut frame = events.event().unwrap();
        assert_eq!(frame.pop(), Some(0));
        let event = frame::read_event(&mut frame).unwrap();
        // what an earlier kernel of this process had not told comes too
        if event.cell == cell {
            kinds.push(event.kind);
        }
    }
    assert!(
        matches!(
            kinds[..],
            [
                EventKind::Create,
                EventKind::Enter,
                EventKind::Denial { .. }
            ]
        ),
        "{kinds:?}"
    );
}
