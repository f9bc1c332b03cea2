//! Events: what is told, to whom, how readers wait.
#![allow(missing_docs, clippy::expect_used)]

mod device;

use cell_abi::{Event, EventKind, Handle, Op, Profile, frame};
use cell_hosted::kauth::{SYSTEM_REBOOT, SYSTEM_TIME};
use cell_hosted::{Errno, Kernel, Proc};
use device::{Cells, decode, policy};

#[test]
fn a_life_is_told_in_order() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    kernel.set_uptime(7);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let member = cells.member(10, 0, web);
    kernel.ask(member, SYSTEM_REBOOT, None).expect_err("denied");
    kernel.exit(member, 0);
    cells.destroy(web).expect("destroy");
    let at = |pid, kind| Event {
        uptime_s: 7,
        lost: 0,
        cell: web,
        pid,
        kind,
    };
    assert_eq!(
        cells.events(),
        [
            at(1, EventKind::Create),
            at(10, EventKind::Enter),
            at(
                10,
                EventKind::Denial {
                    op: Op::SystemReboot,
                    count: 1
                }
            ),
            at(1, EventKind::Destroy),
        ]
    );
}

#[test]
fn denials_of_a_second_are_one_event() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let member = cells.member(10, 0, web);
    let _ = cells.events();
    kernel.set_uptime(10);
    for _ in 0..1_000 {
        let _ = kernel.ask(member, SYSTEM_REBOOT, None);
    }
    let _ = kernel.ask(member, SYSTEM_TIME, None);
    kernel.set_uptime(12);
    let mut counts = [(Op::SystemReboot, 0), (Op::SystemTime, 0)];
    let events = cells.events();
    for event in &events {
        if let EventKind::Denial { op, count } = event.kind {
            for (of, sum) in &mut counts {
                if *of == op {
                    *sum += count;
                }
            }
        }
    }
    assert_eq!(counts, [(Op::SystemReboot, 1_000), (Op::SystemTime, 1)]);
    assert!(events.len() <= 3, "{events:?}");
    let denials = cells.policy(web).expect("policy").denials;
    assert_eq!(
        denials.to_vec(),
        [(Op::SystemReboot, 1_000), (Op::SystemTime, 1)]
    );
}

#[test]
fn each_reader_has_its_own_place() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let late = kernel.open_nonblocking(Proc::INIT).expect("open");
    assert_eq!(
        kernel.read(Proc::INIT, late, &mut [0; 64]),
        Err(Errno::EAGAIN),
        "only what happens from now on"
    );
    cells.destroy(web).expect("destroy");
    let mut buffer = [0; 64];
    let got = kernel.read(Proc::INIT, late, &mut buffer).expect("read");
    assert_eq!(decode(&buffer[..got]).len(), 1);
    assert_eq!(cells.events().len(), 2);
}

#[test]
fn a_read_gives_whole_frames_or_says_that_it_cannot() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    for number in 0..8 {
        let cell = cells
            .create(&format!("cell{number}"), policy(Profile::High))
            .expect("create");
        cells.destroy(cell).expect("destroy");
    }
    let mut short = [0; frame::EVENT_MAX - 1];
    assert_eq!(
        kernel.read(Proc::INIT, cells.file, &mut short),
        Err(Errno::EINVAL)
    );
    let mut all = Vec::new();
    let mut buffer = [0; frame::EVENT_MAX + 10];
    while let Ok(got) = kernel.read(Proc::INIT, cells.file, &mut buffer) {
        assert!(got > 0);
        all.extend(decode(&buffer[..got]));
    }
    assert_eq!(all.len(), 16);
}

#[test]
fn who_falls_behind_is_told_how_far() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    for _ in 0..500 {
        let cell = cells.create("web", policy(Profile::High)).expect("create");
        cells.destroy(cell).expect("destroy");
    }
    let events = cells.events();
    let lost: u32 = events.iter().map(|event| event.lost).sum();
    assert!(lost > 0);
    assert_eq!(events.len() + lost as usize, 1_000);
}

#[test]
fn poll_and_kqueue_wake_for_what_can_be_read() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let note = kernel.knote(Proc::INIT, cells.file).expect("kevent");
    assert!(!kernel.poll(Proc::INIT, cells.file));
    assert!(!kernel.is_active(&note));
    assert!(!kernel.woken());
    // What changes nothing wakes nobody.
    let mut buffer = [0; 128];
    let _ = cells.request_as(Proc::INIT, &cell_abi::Request::Hello, &mut buffer);
    assert!(!kernel.woken());
    let web = cells.create("web", policy(Profile::High)).expect("create");
    assert!(kernel.woken());
    assert!(kernel.is_active(&note));
    assert!(kernel.poll(Proc::INIT, cells.file));
    assert_eq!(cells.events().len(), 1);
    assert!(!kernel.is_active(&note));
    assert!(!kernel.poll(Proc::INIT, cells.file));
    // A denial wakes too, from inside the listener.
    let member = cells.member(10, 0, web);
    let _ = cells.events();
    assert!(!kernel.poll(Proc::INIT, cells.file));
    let _ = kernel.woken();
    assert!(!kernel.poll(Proc::INIT, cells.file));
    let _ = kernel.ask(member, SYSTEM_REBOOT, None);
    assert!(kernel.woken());
    assert!(kernel.is_active(&note));
    kernel.remove(note);
    assert_eq!(
        kernel.knote_of(Proc::INIT, cells.file, 1).map(drop),
        Err(Errno::EINVAL),
        "there is nothing to write"
    );
}

#[test]
fn a_blocking_read_sleeps_until_something_happens() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let member = cells.member(10, 0, web);
    let file = kernel.open(Proc::INIT).expect("open");
    let mut buffer = [0; 64];
    assert_eq!(
        kernel.read(Proc::INIT, file, &mut buffer),
        Err(Errno::EINTR),
        "nothing happens"
    );
    let mut naps = 0;
    kernel.set_pause(move |pause| {
        naps += 1;
        if naps == 3 {
            let _ = pause.ask(member, SYSTEM_REBOOT, None);
        }
        // A read that sleeps on is interrupted, and the test fails.
        if naps < 10 { Ok(()) } else { Err(Errno::EINTR) }
    });
    let got = kernel.read(Proc::INIT, file, &mut buffer).expect("read");
    let events = decode(&buffer[..got]);
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].cell, events[0].pid), (web, 10));
}

#[test]
fn the_hosts_users_denials_are_nobodys_events() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let member = cells.member(10, 100, web);
    let user = kernel.process(20, 100, 100);
    let _ = cells.events();
    assert_eq!(
        kernel.ask_about(user, cell_hosted::kauth::PROCESS_SIGNAL, None, member),
        Err(Errno::EPERM),
        "though it has the same user"
    );
    assert!(cells.events().is_empty());
    assert!(cells.policy(web).expect("policy").denials.is_empty());
}

#[test]
fn other_ioctls_are_not_the_devices() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let mut buffer = [0; 4_096];
    for size in [0, 1, 127, 129, 256, 1_023, 2_048] {
        let command = cell_abi::ioctl_command(size);
        assert_eq!(
            kernel.ioctl_command(Proc::INIT, cells.file, command, &mut buffer),
            Err(Errno::ENOTTY),
            "{size}"
        );
    }
    assert_eq!(
        kernel.ioctl(Proc::INIT, cells.file, &mut [0xff; 128]),
        Err(Errno::EINVAL)
    );
    assert_eq!(
        kernel.ioctl(Proc::INIT, cells.file, &mut [0; 1_024]),
        Err(Errno::EINVAL)
    );
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let mut small = [0; 128];
    assert_eq!(
        cells
            .request_as(
                Proc::INIT,
                &cell_abi::Request::List(Handle::HOST),
                &mut small
            )
            .map(drop),
        Ok(())
    );
    cells.destroy(web).expect("destroy");
}
