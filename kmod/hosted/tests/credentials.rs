//! Which cell a credential is of, with more credentials than the module has room to remember.
#![allow(missing_docs, clippy::expect_used)]

mod device;

use cell_abi::{Handle, Profile};
use cell_hosted::{Credential, Errno, Kernel, Proc, kauth};
use device::{Cells, policy};

const EACH: i32 = 120;

/// Whether the credential of that process may reboot: the host's root may, no member of a medium cell.
fn is_host(kernel: &Kernel, proc: Proc) -> bool {
    match kernel.ask(proc, kauth::SYSTEM_REBOOT, None) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error, Errno::EPERM);
            false
        }
    }
}

#[test]
fn members_and_hosts_are_told_apart_however_many_there_are() {
    let mut kernel = Kernel::boot().expect("boot");
    {
        let kernel = &kernel;
        let cells = Cells::open(kernel);
        let web = cells
            .create("web", policy(Profile::Medium))
            .expect("create");
        let other = cells
            .create("other", policy(Profile::High))
            .expect("create");
        let mut members = Vec::new();
        let mut hosts = Vec::new();
        for pid in 0..EACH {
            // Each has a credential of its own.
            members.push(cells.member(1_000 + pid, 0, web));
            hosts.push(kernel.process(3_000 + pid, 0, 0));
        }
        let stranger = cells.member(5_000, 0, other);
        let sees = |who, whom| {
            kernel
                .ask_about(who, kauth::PROCESS_SIGNAL, None, whom)
                .is_ok()
        };
        for (&member, &host) in members.iter().zip(&hosts) {
            assert!(!is_host(kernel, member));
            assert!(is_host(kernel, host));
            assert!(sees(members[0], member));
            assert!(!sees(members[0], host));
            assert!(!sees(stranger, member));
            assert!(sees(host, member));
        }
        // Every other goes, and hosts may have their credentials' places.
        for index in (0..members.len()).rev().step_by(2) {
            let member = members.remove(index);
            kernel.exit(member, 0);
            kernel.reap(member);
            hosts.push(kernel.process(7_000 + index as i32, 0, 0));
        }
        for &member in &members {
            assert!(!is_host(kernel, member));
            kernel.set_ids(member, 0, 5);
            assert!(!is_host(kernel, member), "a copy");
        }
        assert!(hosts.iter().all(|&host| is_host(kernel, host)));
        for member in members.into_iter().chain([stranger]) {
            kernel.exit(member, 0);
            kernel.reap(member);
        }
        for cell in [web, other] {
            cells.destroy(cell).expect("destroy");
        }
        assert_eq!(kernel.cells(), 0, "every credential was counted back");
        let file = cells.file;
        kernel.close(Proc::INIT, file);
    }
    kernel.unload().expect("nothing keeps it");
}

/// Leaves cells that are dying because of a closed file's credential each.
fn leave_dying(kernel: &Kernel, cells: &Cells<'_>, count: usize) -> Vec<Handle> {
    let left = |index: usize| {
        let name = format!("c{index}");
        let cell = cells.create(&name, policy(Profile::Low)).expect("create");
        let member = cells.member(100, 0, cell);
        let file = kernel.open_directory(member, "/".as_ref());
        kernel.close(member, file.expect("a directory"));
        kernel.exit(member, 0);
        kernel.reap(member);
        cells.destroy(cell).expect("destroy");
        cell
    };
    (0..count).map(left).collect()
}

#[test]
fn a_full_table_of_dying_cells_is_drained_by_the_next_create() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    kernel.cache_files();
    let dying = leave_dying(&kernel, &cells, cell_abi::MAX_CELLS);
    assert_eq!(usize::from(kernel.cells()), dying.len(), "all are dying");
    let cell = cells
        .create("new", policy(Profile::Low))
        .expect("the files that nobody has are given up");
    assert_eq!(kernel.cells(), 1);
    cells.destroy(cell).expect("destroy");
}

#[test]
fn a_full_table_that_cannot_be_drained_is_full() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let mut held: Vec<Credential<'_>> = Vec::new();
    for index in 0..cell_abi::MAX_CELLS {
        let cell = cells
            .create(&format!("c{index}"), policy(Profile::Low))
            .expect("create");
        let member = cells.member(100, 0, cell);
        held.push(kernel.credential(member));
        kernel.exit(member, 0);
        kernel.reap(member);
        cells.destroy(cell).expect("destroy");
    }
    assert_eq!(
        cells.create("new", policy(Profile::Low)),
        Err(Errno::ENOSPC)
    );
    held.pop();
    cells.create("new", policy(Profile::Low)).expect("a slot");
}

#[test]
fn cells_that_die_of_closed_files_do_not_keep_the_module() {
    let mut kernel = Kernel::boot().expect("boot");
    {
        let cells = Cells::open(&kernel);
        kernel.cache_files();
        leave_dying(&kernel, &cells, 3);
        assert_ne!(kernel.cells(), 0);
        let file = cells.file;
        kernel.close(Proc::INIT, file);
    }
    kernel.unload().expect("drained");
    assert_eq!(kernel.registrations(), 0);
    assert_eq!(kernel.cells(), 0);
}
