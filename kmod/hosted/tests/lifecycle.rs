//! A cell from create to destroy, through the device.
#![allow(missing_docs)]

mod device;

use cell_abi::{Handle, Profile, Reply, Request};
use cell_hosted::{Errno, Kernel, Proc};
use device::{Cells, policy};

#[test]
fn a_cell_is_made_entered_left_and_destroyed() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let member = kernel.process(10, 0, 0);
    cells.enter_as(member, web).expect("enter");
    assert!(kernel.root(member).is_some());
    assert!(kernel.is_sugid(member));
    assert_eq!(cells.destroy(web), Err(Errno::EBUSY));
    kernel.exit(member, 1_500);
    assert_eq!(cells.stats(web).expect("stats").cpu_us, 1_500);
    // A zombie holds its credential, not the cell.
    cells.destroy(web).expect("destroy");
    assert_eq!(kernel.cells(), 1, "dying until the zombie is waited for");
    kernel.reap(member);
    assert_eq!(kernel.cells(), 0);
    assert_eq!(cells.destroy(web), Err(Errno::ENOENT));
}

#[test]
fn hello_tells_who_asks() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let mut buffer = [0; 128];
    match cells.request_as(Proc::INIT, &Request::Hello, &mut buffer) {
        Ok(Reply::Hello(hello)) => {
            assert_eq!(hello.caller, Handle::HOST);
            assert_eq!(hello.version, cell_abi::VERSION);
        }
        other => panic!("{other:?}"),
    }
}
