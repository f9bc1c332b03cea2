//! Loading and unloading.
#![allow(missing_docs, clippy::expect_used)]

mod device;

use cell_abi::Profile;
use cell_hosted::{Errno, Kernel, Proc};
use device::{Cells, policy};

/// The security model, two thread keys, the exit hook, seven listeners, the device.
const REGISTRATIONS: u32 = 12;

#[test]
fn everything_is_registered_and_taken_back() {
    let mut kernel = Kernel::boot_bare();
    assert_eq!(kernel.registrations(), 0);
    kernel.load().expect("load");
    assert_eq!(kernel.registrations(), REGISTRATIONS);
    assert!(kernel.has_device());
    kernel.unload().expect("unload");
    assert_eq!(kernel.registrations(), 0);
    assert!(!kernel.has_device());
    assert_eq!(kernel.allocated(), 0);
    kernel.load().expect("load again");
}

#[test]
fn any_registration_that_fails_fails_the_load_and_leaves_nothing() {
    let mut kernel = Kernel::boot_bare();
    for nth in 1..=REGISTRATIONS {
        kernel.fail_registration(nth);
        assert_eq!(kernel.load(), Err(Errno::ENOMEM), "registration {nth}");
        assert_eq!(kernel.registrations(), 0, "after registration {nth}");
        assert!(!kernel.has_device());
        kernel.fail_registration(0);
    }
    kernel.fail_registration(REGISTRATIONS + 1);
    kernel.load().expect("there is no thirteenth");
}

#[test]
fn it_stays_while_a_cell_or_a_descriptor_needs_it() {
    let mut kernel = Kernel::boot().expect("boot");
    assert_eq!(kernel.autounload(), Err(Errno::EBUSY));
    let file = kernel.open(Proc::INIT).expect("open");
    assert_eq!(kernel.unload(), Err(Errno::EBUSY));
    assert_eq!(kernel.registrations(), REGISTRATIONS);
    kernel.close(Proc::INIT, file);
    let cells = Cells::open(&kernel);
    let (file, cell) = (
        cells.file,
        cells.create("web", policy(Profile::Low)).expect("create"),
    );
    kernel.close(Proc::INIT, file);
    assert_eq!(kernel.unload(), Err(Errno::EBUSY), "a cell");
    let cells = Cells::open(&kernel);
    let member = cells.member(10, 0, cell);
    kernel.exit(member, 0);
    cells.destroy(cell).expect("destroy");
    let file = cells.file;
    kernel.close(Proc::INIT, file);
    assert_eq!(kernel.unload(), Err(Errno::EBUSY), "a dying cell");
    kernel.reap(member);
    kernel.unload().expect("nothing keeps it");
}

#[test]
fn a_descriptor_inherited_over_fork_keeps_it_until_the_last_is_closed() {
    let mut kernel = Kernel::boot().expect("boot");
    let file = kernel.open(Proc::INIT).expect("open");
    let child = kernel.fork(Proc::INIT, 2).expect("fork");
    kernel.close(Proc::INIT, file);
    assert_eq!(kernel.unload(), Err(Errno::EBUSY));
    kernel.exit(child, 0);
    kernel.unload().expect("closed at exit");
}

#[test]
fn only_creation_and_end_are_logged() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells.create("web", policy(Profile::High)).expect("create");
    let member = cells.member(10, 0, cell);
    kernel
        .ask(member, cell_hosted::kauth::SYSTEM_REBOOT, None)
        .expect_err("denied");
    kernel.exit(member, 0);
    cells.destroy(cell).expect("destroy");
    let log = kernel.take_log();
    assert_eq!(log.len(), 2, "{log:?}");
    assert_eq!(log[0], format!("cell: created cell={cell} root=/usr pid=1"));
    assert_eq!(log[1], format!("cell: destroyed cell={cell} pid=1"));
}
