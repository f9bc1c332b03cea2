//! Who may enter, and what it does to them.
#![allow(missing_docs, clippy::expect_used)]

mod device;

use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::{fs, io};

use cell_abi::{CellState, EventKind, Handle, Profile, Reply, Request};
use cell_hosted::kauth::SYSTEM_REBOOT;
use cell_hosted::{Errno, Kernel, Proc, Trait};
use device::{Cells, policy};

fn inode(fd: BorrowedFd<'_>) -> io::Result<u64> {
    Ok(fs::File::from(fd.try_clone_to_owned()?).metadata()?.ino())
}

#[test]
fn root_and_working_directory_are_the_vnode_held_since_create() {
    let directory = tempfile::tempdir().expect("tempdir");
    let (root, moved) = (directory.path().join("root"), directory.path().join("old"));
    fs::create_dir(&root).expect("mkdir");
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells
        .create_at("web", root.to_str().expect("text"), policy(Profile::High))
        .expect("create");
    let held = fs::metadata(&root).expect("stat").ino();
    fs::rename(&root, &moved).expect("rename");
    fs::create_dir(&root).expect("mkdir");
    let member = kernel.process(10, 0, 0);
    cells.enter_as(member, cell).expect("enter");
    assert_eq!(
        inode(kernel.root(member).expect("root")).expect("stat"),
        held
    );
    assert_eq!(inode(kernel.cwd(member).expect("cwd")).expect("stat"), held);
    assert!(kernel.is_sugid(member));
}

#[test]
fn who_shares_or_is_watched_does_not_enter() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells.create("web", policy(Profile::High)).expect("create");
    let credentials = kernel.credentials();
    let process = kernel.process(10, 0, 0);
    for what in [
        Trait::Threads(2),
        Trait::Traced,
        Trait::VforkChild,
        Trait::SharedFiles,
        Trait::SharedCwd,
        Trait::SharedMemory,
    ] {
        kernel.set_trait(process, what);
        assert_eq!(cells.enter_as(process, cell), Err(Errno::EBUSY), "{what:?}");
        kernel.clear_trait(process, what);
        assert!(kernel.root(process).is_none(), "{what:?}");
        assert!(!kernel.is_sugid(process), "{what:?}");
    }
    assert_eq!(
        kernel.credentials(),
        credentials + 1,
        "nothing is left over"
    );
    assert_eq!(cells.stats(cell).expect("stats").processes, 0);
    cells.enter_as(process, cell).expect("alone it may");
}

#[test]
fn a_borrowed_address_space_is_waited_for() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells.create("web", policy(Profile::High)).expect("create");
    let process = kernel.process(10, 0, 0);
    kernel.set_trait(process, Trait::SharedMemory);
    kernel.set_pause(move |pause| {
        pause.clear_trait(process, Trait::SharedMemory);
        Ok(())
    });
    cells.enter_as(process, cell).expect("enter");
}

#[test]
fn an_open_directory_is_a_way_out_and_refused() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells.create("web", policy(Profile::High)).expect("create");
    let process = kernel.process(10, 0, 0);
    let directory = kernel
        .open_directory(process, Path::new("/"))
        .expect("open");
    assert_eq!(cells.enter_as(process, cell), Err(Errno::EBUSY));
    kernel.close(process, directory);
    cells.enter_as(process, cell).expect("enter");
}

#[test]
fn only_the_hosts_root_enters() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells.create("web", policy(Profile::Low)).expect("create");
    let user = kernel.process(10, 100, 100);
    assert_eq!(cells.enter_as(user, cell), Err(Errno::EPERM));
    // A member cannot even open the device, and with an inherited descriptor it is refused all the same.
    let launcher = kernel.process(11, 0, 0);
    let file = kernel.open(launcher).expect("open");
    cells.enter_as(launcher, cell).expect("enter");
    assert_eq!(kernel.open(launcher), Err(Errno::EPERM));
    let mut buffer = [0; 128];
    for request in [
        Request::Enter(cell),
        Request::Kill { cell, signal: 9 },
        Request::Destroy(cell),
        Request::Stats(cell),
        Request::List(Handle::HOST),
        Request::Seal,
    ] {
        cell_abi::frame::write(&request, &mut buffer).expect("fits");
        let before = buffer;
        assert_eq!(
            kernel.ioctl(launcher, file, &mut buffer),
            Err(Errno::EPERM),
            "{request:?}"
        );
        assert_eq!(buffer, before, "a refused request leaves the buffer");
    }
    assert_eq!(
        kernel.read(launcher, file, &mut [0; 64]),
        Err(Errno::EPERM),
        "nor does it read events"
    );
}

#[test]
fn handles_of_no_cell_are_told_apart() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let first = cells.create("a", policy(Profile::High)).expect("create");
    cells.destroy(first).expect("destroy");
    let process = kernel.process(10, 0, 0);
    assert_eq!(cells.enter_as(process, first), Err(Errno::ENOENT));
    let second = cells.create("a", policy(Profile::High)).expect("create");
    assert_eq!(second.slot(), first.slot());
    assert_eq!(cells.enter_as(process, first), Err(Errno::ESTALE));
    assert_eq!(cells.enter_as(process, Handle::HOST), Err(Errno::ENOENT));
    assert_eq!(cells.kill(first, 9), Err(Errno::ESTALE));
    assert_eq!(cells.stats(first).map(drop), Err(Errno::ESTALE));
    assert_eq!(cells.destroy(first), Err(Errno::ESTALE));
}

#[test]
fn a_root_that_is_none_makes_no_cell() {
    let directory = tempfile::tempdir().expect("tempdir");
    let file = directory.path().join("file");
    fs::write(&file, "").expect("write");
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let vnodes = kernel.vnodes();
    for (root, errno) in [
        (file.to_str().expect("text"), Errno::ENOTDIR),
        ("/nowhere/at/all", Errno::ENOENT),
    ] {
        assert_eq!(
            cells.create_at("web", root, policy(Profile::High)),
            Err(errno)
        );
        assert_eq!(kernel.cells(), 0);
        assert_eq!(kernel.vnodes(), vnodes);
    }
    assert!(cells.events().is_empty());
    cells
        .create("web", policy(Profile::High))
        .expect("the name is still free");
}

#[test]
fn a_root_is_resolved_in_the_callers_root() {
    let directory = tempfile::tempdir().expect("tempdir");
    fs::create_dir_all(directory.path().join("cells/web")).expect("mkdir");
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    kernel.chroot(Proc::INIT, directory.path()).expect("chroot");
    let cell = cells
        .create_at("web", "/cells/web", policy(Profile::High))
        .expect("create");
    let member = kernel.process(10, 0, 0);
    cells.enter_as(member, cell).expect("enter");
    let inside = fs::metadata(directory.path().join("cells/web")).expect("stat");
    assert_eq!(
        inode(kernel.root(member).expect("root")).expect("stat"),
        inside.ino()
    );
}

#[test]
fn a_credential_held_over_destroy_is_denied_everything() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let vnodes = kernel.vnodes();
    let cell = cells.create("web", policy(Profile::Low)).expect("create");
    let member = cells.member(10, 0, cell);
    let socket = kernel.credential(member);
    kernel
        .ask_with(Proc::INIT, &socket, SYSTEM_REBOOT, None)
        .expect("low may ask");
    kernel.exit(member, 0);
    kernel.reap(member);
    cells.destroy(cell).expect("destroy");
    assert_eq!(
        kernel.ask_with(Proc::INIT, &socket, SYSTEM_REBOOT, None),
        Err(Errno::EPERM)
    );
    assert_eq!(kernel.vnodes(), vnodes, "the root is not held any more");
    let mut buffer = [0; 1024];
    match cells.request_as(Proc::INIT, &Request::List(Handle::HOST), &mut buffer) {
        Ok(Reply::Cell(info)) => {
            assert_eq!(info.state, CellState::Dying);
            assert_eq!(info.credentials, 1);
        }
        other => panic!("{other:?}"),
    }
    let again = cells
        .create("web", policy(Profile::Low))
        .expect("its name is free");
    assert_ne!(again.slot(), cell.slot(), "its slot is not");
    drop(socket);
    cells.destroy(again).expect("destroy");
    assert_eq!(kernel.cells(), 0);
}

#[test]
fn membership_is_inherited_and_kept() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells.create("web", policy(Profile::High)).expect("create");
    let member = cells.member(10, 0, cell);
    let child = kernel.fork(member, 11).expect("fork");
    kernel.set_ids(child, 100, 100);
    kernel.exec(child);
    let grandchild = kernel.fork(child, 12).expect("fork");
    kernel.set_ids(grandchild, 0, 0);
    for process in [member, child, grandchild] {
        assert_eq!(kernel.ask(process, SYSTEM_REBOOT, None), Err(Errno::EPERM));
    }
    let stats = cells.stats(cell).expect("stats");
    assert_eq!((stats.processes, stats.forks), (3, 2));
    let entered = cells
        .events()
        .iter()
        .filter(|event| event.kind == EventKind::Enter)
        .count();
    assert_eq!(entered, 1);
}

#[test]
fn the_root_and_directory_of_before_are_let_go() {
    let directory = tempfile::tempdir().expect("tempdir");
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells.create("web", policy(Profile::High)).expect("create");
    let vnodes = kernel.vnodes();
    let process = kernel.process(10, 0, 0);
    kernel.chroot(process, directory.path()).expect("chroot");
    assert_eq!(kernel.vnodes(), vnodes + 2, "its root and its directory");
    cells.enter_as(process, cell).expect("enter");
    assert_eq!(kernel.vnodes(), vnodes, "it has the cell's");
    kernel.exit(process, 0);
    cells.destroy(cell).expect("destroy");
    assert_eq!(kernel.vnodes(), vnodes - 1);
}

#[test]
fn init_stays_out() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells.create("web", policy(Profile::High)).expect("create");
    assert_eq!(cells.enter_as(Proc::INIT, cell), Err(Errno::EBUSY));
}
