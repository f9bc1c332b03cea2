//! What services print.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use libcell::control::{Reply, Request, State};

use super::device::{Device, can_run, eventually, image, script};

#[test]
fn lines_go_to_syslogd_and_into_the_ring() {
    if !can_run() {
        return;
    }
    let mut talk = script(
        "talk",
        &[],
        "echo hello; echo trouble >&2; printf 'no end'; exit 7",
    );
    talk.restart.max_failures = 1;
    let mut device = Device::boot(&image(vec![talk]));
    let mut control = device.control();
    control.wait(0, State::CrashLoop);
    let hello = device.syslog_line("hello");
    // facility daemon (3), level notice (5), as define.rs has it
    assert!(hello.starts_with("<29>talk["), "{hello}");
    let (_, rest) = hello.split_once("]: cell=talk cid=").expect("the form");
    let (handle, text) = rest.split_once(' ').unwrap();
    assert!(handle.parse::<u32>().unwrap() > 0);
    assert_eq!(text, "stdout: hello");
    let trouble = device.syslog_line("trouble");
    assert!(trouble.starts_with("<27>talk["), "{trouble}");
    assert!(trouble.ends_with(" stderr: trouble"));
    assert!(device.syslog_line("no end").ends_with(" stdout: no end"));
    assert!(
        device
            .syslog_line("status 7")
            .ends_with(" cellinit: exited with status 7")
    );
    let ring = control.log("talk");
    for line in ["stdout: hello\n", "stderr: trouble\n", "stdout: no end\n"] {
        assert!(ring.contains(line), "{ring}");
    }
    let ended = ring.find("cellinit: exited with status 7\n");
    assert!(
        ring.find("stdout: no end\n") < ended,
        "last words come first"
    );
    assert!(
        ring.ends_with("cellinit: crash-loop: failed 1 times in a row; stays down until started\n")
    );
    device.terminate();
}

#[test]
fn a_restarted_syslogd_is_found_again_and_told_what_it_missed() {
    if !can_run() {
        return;
    }
    let clock = script("clock", &[], "while :; do echo tick; sleep 0.1; done");
    let mut device = Device::boot(&image(vec![clock]));
    device.syslog_line("tick");
    let path = device.prefix.join("var/run/log");
    std::fs::remove_file(&path).unwrap();
    device.syslog = UnixDatagram::unbound().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    device.syslog = UnixDatagram::bind(&path).unwrap();
    device
        .syslog
        .set_read_timeout(Some(super::device::PATIENCE))
        .unwrap();
    let missed = device.syslog_line("dropped");
    assert!(missed.starts_with("<28>cellinit["), "{missed}");
    device.syslog_line("tick");
    device.terminate();
}

#[test]
fn a_follower_gets_lines_as_they_come_and_a_slow_one_is_dropped() {
    if !can_run() {
        return;
    }
    let flood = script(
        "flood",
        &[],
        "while ! test -e /shared/go; do sleep 0.02; done; \
         i=0; while test $i -lt 20000; do echo line $i 0123456789012345678901234567890123456789; i=$((i+1)); done; \
         while :; do sleep 1000 & wait; done",
    );
    let mut device = Device::boot(&image(vec![flood]));
    let follow = Request::Log {
        cell: "flood",
        follow: true,
    };
    let mut control = device.control();
    control.wait(0, State::Ready);
    let mut slow = device.control();
    slow.send(&follow);
    control.send(&follow);
    std::fs::write(device.prefix.join("volumes/shared/go"), "").unwrap();
    let mut text = String::new();
    while !text.contains("stdout: line 0 ") {
        control
            .receive(|reply| match reply {
                Reply::Log(piece) => text.push_str(std::str::from_utf8(piece).unwrap()),
                other => panic!("{other:?}"),
            })
            .expect("a reply");
    }
    drop(control);
    // the slow one reads nothing until the flood is over: what it gets then ends before the last line
    let mut other = device.control();
    eventually("the last line", || {
        other.log("flood").contains("line 19999 ").then_some(())
    });
    let mut got = String::new();
    while let Some(()) = slow.receive(|reply| match reply {
        Reply::Log(piece) => got.push_str(std::str::from_utf8(piece).unwrap()),
        other => panic!("{other:?}"),
    }) {}
    assert!(!got.contains("line 19999 "));
    device.terminate();
}

/// As many lines as the flooding cell may send would fill the queue to syslogd again and again if it could.
#[test]
fn a_cell_that_floods_does_not_crowd_out_a_quiet_one() {
    if !can_run() {
        return;
    }
    let flood = script(
        "flood",
        &[],
        "while :; do echo flooding flooding flooding; done",
    );
    let quiet = script(
        "quiet",
        &[],
        "i=0; while :; do echo beat $i; i=$((i+1)); sleep 0.1; done",
    );
    let mut device = Device::boot(&image(vec![flood, quiet]));
    // the quiet one's lines, and no more of the other's than it may send; syslogd's queue has ten places on Linux, so that
    // one of the lines may find it full where this test is kept from reading
    let (mut beats, mut last, mut floods) = (0, 0, 0);
    let start = std::time::Instant::now();
    while last < 15 {
        let line = device.syslog_line("cell=");
        if let Some((_, beat)) = line.split_once(" stdout: beat ") {
            last = beat.parse().unwrap();
            beats += 1;
        } else if line.contains("cell=flood") && line.contains(" stdout: ") {
            floods += 1;
        }
    }
    assert!(beats >= 12, "{beats} of {last}");
    let most = 50 + start.elapsed().as_millis() / 20 + 100;
    assert!(floods > 0 && floods < most, "{floods} of {most}");
    let told = device.syslog_line("lines not sent");
    assert!(told.contains("cell=flood "), "{told}");
    device.terminate();
}
