//! Sealing lasts until reboot, hence a process of its own and one test.
#![allow(missing_docs, clippy::expect_used)]

mod device;

use cell_abi::{EventKind, Handle, Profile, Reply, Request};
use cell_hosted::{Errno, Kernel, Proc};
use device::{Cells, policy};

#[test]
fn a_sealed_kernel_runs_its_cells_and_keeps_them() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    cells.seal().expect("seal");
    cells.seal().expect("a second time changes nothing");
    assert_eq!(
        cells.create("more", policy(Profile::High)),
        Err(Errno::EPERM)
    );
    assert_eq!(cells.destroy(web), Err(Errno::EPERM));
    let member = cells.member(10, 0, web);
    assert_eq!(cells.kill(web, 15), Ok(1));
    kernel.exit(member, 0);
    assert_eq!(cells.destroy(web), Err(Errno::EPERM));
    let mut buffer = [0; 128];
    match cells.request_as(Proc::INIT, &Request::Hello, &mut buffer) {
        Ok(Reply::Hello(hello)) => assert!(hello.sealed),
        other => panic!("{other:?}"),
    }
    let seals: Vec<_> = cells
        .events()
        .into_iter()
        .filter(|event| event.kind == EventKind::Seal)
        .collect();
    assert_eq!(seals.len(), 1);
    assert_eq!(seals[0].cell, Handle::HOST);
}
