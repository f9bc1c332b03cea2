//! Linux as a platform: real processes, descriptors, sockets and mounts.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use libcell::platform::{
    Errno, Event, Exit, FileKind, Launch, Mount, MountFlags, MountKind, Open, Platform, Resource,
    ResourceLimit, System, signal,
};

/// Reaping takes any child of this process, so tests with children take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn launch<'a>(command: &'a [&'a str]) -> Launch<'a, OwnedFd> {
    Launch {
        command,
        environment: &["ONLY=this"],
        new_session: true,
        stdio: [None, None, None],
        limits: &[],
        enter: None,
        directory: "/",
        user: None,
    }
}

fn wait(system: &System) -> Exit {
    let start = Instant::now();
    loop {
        if let Some((_, exit)) = system.reap().unwrap() {
            return exit;
        }
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What a shell prints.
fn output(change: impl FnOnce(&mut Launch<'_, OwnedFd>), script: &str) -> String {
    let _turn = turn();
    let system = System::default();
    let (reading, writing) = system.pipe().unwrap();
    let command = ["/bin/sh", "-c", script];
    let mut launch = launch(&command);
    launch.stdio[1] = Some(&writing);
    change(&mut launch);
    system.spawn(&launch).unwrap();
    drop(writing);
    assert_eq!(wait(&system), Exit::Code(0));
    let (mut text, mut bytes) = (String::new(), [0; 4096]);
    while let Ok(count @ 1..) = system.read(&reading, &mut bytes) {
        text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    text
}

#[test]
fn a_process_ends_with_its_status_or_signal() {
    let _turn = turn();
    let system = System::default();
    system.spawn(&launch(&["/bin/sh", "-c", "exit 7"])).unwrap();
    assert_eq!(wait(&system), Exit::Code(7));
    let pid = system.spawn(&launch(&["/bin/sleep", "1000"])).unwrap();
    system.kill(-pid, signal::TERM).unwrap();
    assert_eq!(wait(&system), Exit::Signal(signal::TERM));
    assert_eq!(system.reap(), Err(Errno::ECHILD));
}

#[test]
fn the_step_that_fails_says_why_and_leaves_no_child() {
    let _turn = turn();
    let system = System::default();
    assert_eq!(system.spawn(&launch(&["/no/such"])), Err(Errno::ENOENT));
    assert_eq!(system.spawn(&launch(&["/etc"])), Err(Errno::EACCES));
    let mut nowhere = launch(&["/bin/true"]);
    nowhere.directory = "/no/such";
    assert_eq!(system.spawn(&nowhere), Err(Errno::ENOENT));
    assert_eq!(system.spawn(&launch(&[])), Err(Errno::EINVAL));
    assert_eq!(system.reap(), Err(Errno::ECHILD));
}

#[test]
fn a_process_gets_nothing_but_what_it_is_given() {
    let held = fs::File::open("/etc/passwd").unwrap();
    assert_eq!(
        output(|_| {}, "env | grep -v -e PWD -e _= -e SHLVL"),
        "ONLY=this\n"
    );
    let fds =
        "fd=0; while [ $fd -lt 64 ]; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; fd=$((fd+1)); done";
    assert_eq!(output(|_| {}, fds), "0\n1\n2\n");
    assert_eq!(
        output(|_| {}, "readlink /proc/$$/fd/0 /proc/$$/fd/2"),
        "/dev/null\n/dev/null\n"
    );
    drop(held);
}

#[test]
fn a_process_starts_with_every_signal_at_its_default_and_a_session_of_its_own() {
    // std ignores PIPE in this process
    let status = output(
        |_| {},
        "while read -r name value; do case $name in SigBlk:|SigIgn:) echo $value;; esac; done < /proc/$$/status",
    );
    assert_eq!(status, "0000000000000000\n0000000000000000\n");
    let ids = output(
        |_| {},
        "read -r a b c d e f rest < /proc/$$/stat; echo $(($$-e)) $(($$-f))",
    );
    assert_eq!(ids, "0 0\n");
}

#[test]
fn new_files_are_writable_for_their_owner_only_whatever_the_launchers_mask() {
    // the mask is this process's: in a process of its own it disturbs no other test
    let program = std::env::current_exe().unwrap();
    let test = "new_files_are_writable_for_their_owner_only_whatever_the_launchers_mask";
    if std::env::var_os("MASKED").is_some() {
        assert_eq!(output(|_| {}, "umask"), "0022\n");
        return;
    }
    let _turn = turn();
    let script = format!("umask 077; exec '{}' --exact {test}", program.display());
    let status = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .env("MASKED", "")
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn a_lock_is_one_processs_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let (system, path) = (System::default(), directory.path().join("lock"));
    let path = path.to_str().unwrap();
    let held = system.open(path, Open::Lock, 0o600).unwrap();
    assert_eq!(
        system.open(path, Open::Lock, 0o600).err(),
        Some(Errno::EAGAIN)
    );
    drop(held);
    system.open(path, Open::Lock, 0o600).unwrap();
}

#[test]
fn limits_are_soft_and_hard() {
    const LIMITS: &[ResourceLimit] = &[ResourceLimit {
        resource: Resource::NoFile,
        value: 16,
    }];
    assert_eq!(
        output(|launch| launch.limits = LIMITS, "ulimit -Sn; ulimit -Hn"),
        "16\n16\n"
    );
}

#[test]
fn a_user_and_its_groups_are_taken_and_no_other() {
    if !is_root() {
        return;
    }
    let id = |groups: &'static [u32]| {
        output(
            |launch| launch.user = Some((1234, 2345, groups)),
            "grep -E '^(Uid|Gid|Groups)' /proc/$$/status",
        )
    };
    let ids = "Uid:\t1234\t1234\t1234\t1234\nGid:\t2345\t2345\t2345\t2345\n";
    assert_eq!(id(&[]), format!("{ids}Groups:\t \n"));
    assert_eq!(id(&[7, 9]), format!("{ids}Groups:\t7 9 \n"));
}

fn is_root() -> bool {
    let root = System::default().euid() == 0;
    if !root {
        eprintln!("skipped: not root");
    }
    root
}

#[test]
fn waiting_tells_what_can_be_read_and_written_until_it_is_unwatched() {
    let system = System::default();
    let mut events = [Event::Signal(0); 4];
    let (reading, writing) = system.pipe().unwrap();
    system.watch_read(&reading, 7).unwrap();
    assert_eq!(system.wait(&mut events, Some(0)), Ok(0));
    system.write(&writing, b"x").unwrap();
    assert_eq!(system.wait(&mut events, None), Ok(1));
    assert_eq!(events[0], Event::Readable(7));
    let mut bytes = [0; 8];
    assert_eq!(system.read(&reading, &mut bytes), Ok(1));
    assert_eq!(system.read(&reading, &mut bytes), Err(Errno::EAGAIN));
    system.watch_write(&writing, 8, true).unwrap();
    assert_eq!(system.wait(&mut events, None), Ok(1));
    assert_eq!(events[0], Event::Writable(8));
    system.watch_write(&writing, 8, false).unwrap();
    assert_eq!(system.wait(&mut events, Some(0)), Ok(0));
    drop(writing);
    assert_eq!(system.wait(&mut events, None), Ok(1));
    assert_eq!(events[0], Event::Readable(7), "its end can be read");
    system.unwatch(&reading).unwrap();
    assert_eq!(system.wait(&mut events, Some(0)), Ok(0));
}

#[test]
fn a_wait_is_not_over_before_its_time() {
    let system = System::default();
    let before = system.monotonic_ms();
    assert_eq!(system.wait(&mut [Event::Signal(0)], Some(30)), Ok(0));
    assert!(system.monotonic_ms() - before >= 30);
}

#[test]
fn a_socket_nobody_listens_on_is_replaced_and_no_other_file_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let path = path.to_str().unwrap();
    let system = System::default();
    let first = system.listen(path, 0o600).unwrap();
    let mode = fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(system.listen(path, 0o600).err(), Some(Errno::EADDRINUSE));
    drop(first);
    let second = system.listen(path, 0o600).unwrap();
    assert_eq!(system.accept(&second).err(), Some(Errno::EAGAIN));
    let client = system.connect(path).unwrap();
    let served = system.accept(&second).unwrap();
    let peer = system.peer(&served).unwrap();
    assert_eq!((peer.pid, peer.uid), (system.pid(), system.euid()));
    system.write(&client, b"hello").unwrap();
    assert_eq!(system.read(&served, &mut [0; 8]), Ok(5));
    let file = directory.path().join("file");
    fs::write(&file, "kept").unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(system.listen(file, 0o600).err(), Some(Errno::EADDRINUSE));
    assert_eq!(fs::read_to_string(file).unwrap(), "kept");
    let long = format!("{path}{}", "x".repeat(120));
    assert_eq!(system.listen(&long, 0o600).err(), Some(Errno::ENAMETOOLONG));
}

#[test]
fn a_datagram_goes_as_one_and_a_closed_receiver_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let receiver = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let system = System::default();
    let sender = system.connect_datagram(path.to_str().unwrap()).unwrap();
    system.write(&sender, b"<29>one").unwrap();
    system.write(&sender, b"<29>two").unwrap();
    assert_eq!(receiver.recv(&mut [0; 64]).unwrap(), 7);
    drop(receiver);
    // a child that another test is just forking has the receiver too, until it calls exec
    let closed = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        system.write(&sender, b"x") == Err(Errno::ECONNREFUSED)
    });
    assert!(closed);
}

#[test]
fn links_are_seen_as_links_and_a_new_file_follows_none() {
    let directory = tempfile::tempdir().unwrap();
    let system = System::default();
    let target = directory.path().join("target");
    fs::write(&target, "").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    let link = directory.path().join("link");
    let link = link.to_str().unwrap();
    system.symlink(target.to_str().unwrap(), link).unwrap();
    assert_eq!(system.metadata(link).unwrap().kind, FileKind::Link);
    assert_eq!(
        system.open(link, Open::CreateNew, 0o600).err(),
        Some(Errno::EEXIST)
    );
    let of = system.metadata(link).unwrap();
    system.set_owner(link, of.uid, of.gid, 0o777).unwrap();
    let of = system.metadata(target.to_str().unwrap()).unwrap();
    assert_eq!(of.mode, 0o640, "a link's mode is not its target's");
    assert_eq!(system.metadata(&"x".repeat(2000)), Err(Errno::ENAMETOOLONG));
    assert_eq!(system.metadata("nul\0"), Err(Errno::EINVAL));
}

#[test]
fn mounts_have_their_restrictions_and_go_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (from, to) = (path("from"), path("to"));
    fs::create_dir(&from).unwrap();
    fs::create_dir(&to).unwrap();
    fs::write(path("from/file"), "text").unwrap();
    let system = System::default();
    let mut mount = Mount {
        kind: MountKind::Null { from: &from },
        target: &to,
        flags: MountFlags {
            read_only: true,
            no_suid: true,
            no_dev: true,
            no_exec: true,
        },
    };
    match system.mount(&mount) {
        Err(Errno::EPERM) => return eprintln!("skipped: mounting is not permitted"),
        result => result.unwrap(),
    }
    assert_eq!(fs::read_to_string(path("to/file")).unwrap(), "text");
    assert_eq!(system.is_read_only(&to), Ok(true));
    assert_eq!(
        system.open(&path("to/new"), Open::CreateNew, 0o600).err(),
        Some(Errno::EROFS)
    );
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let line = table.lines().find(|line| line.contains(&to)).unwrap();
    assert!(line.contains("ro,nosuid,nodev,noexec"), "{line}");
    system.unmount(&to).unwrap();
    assert_eq!(system.unmount(&to), Err(Errno::EINVAL));
    assert_eq!(system.is_read_only(&to), Ok(false));

    mount.kind = MountKind::Tmpfs {
        size: 65_536,
        mode: 0o1777,
        uid: 12,
        gid: 34,
    };
    mount.flags = MountFlags::default();
    system.mount(&mount).unwrap();
    let of = system.metadata(&to).unwrap();
    assert_eq!((of.mode, of.uid, of.gid), (0o1777, 12, 34));
    assert!(fs::write(path("to/much"), vec![0; 100_000]).is_err());
    fs::remove_file(path("to/much")).unwrap();
    let null = path("to/null");
    system.make_device(&null, "/dev/null", 0o666, 0, 0).unwrap();
    assert_eq!(
        system.device_number(&null),
        system.device_number("/dev/null")
    );
    fs::write(&null, "gone").unwrap();
    assert_eq!(system.device_number(&from), Err(Errno::ENODEV));
    system.unmount(&to).unwrap();
    assert!(!Path::new(&null).exists());
}

#[test]
fn a_watchdog_is_fed_by_a_write_and_disarmed_by_a_v() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("watchdog");
    fs::write(&path, "").unwrap();
    let system = System::default();
    // a file takes any period, as a pipe in a simulation does
    let dog = system.watchdog_arm(path.to_str().unwrap(), 30).unwrap();
    system.watchdog_feed(&dog).unwrap();
    system.watchdog_feed(&dog).unwrap();
    system.watchdog_disarm(&dog).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"\0\0V");
}

#[test]
fn the_prefix_can_be_said() {
    assert_eq!(System::at("/some/device").prefix(), "/some/device");
}
