//! The change loop: look, change, look at what would be done, apply.

use super::device::{Device, masked};

#[test]
fn a_change_is_shown_field_by_field_until_it_is_applied() {
    let device = Device::new();
    assert_eq!(
        masked(&device.done("apply --all")),
        "volume dbdata: MAKE\nvolume site: MAKE\nop ########: cells=3 changed=2 failed=0 drift=0 dry-run=NO\n"
    );
    assert_eq!(
        device.done("apply --dry-run --all -v"),
        "volume dbdata: ok\nvolume site: ok\ndb: ok\nweb: ok\ntool: ok\n\
         cells=3 changed=0 failed=0 drift=0 dry-run=YES\n"
    );
    device
        .done("cell set web --cmd /bin/check --rlimit-nofile 32 --reserved-ports tcp/8080,udp/53");
    let ran = device.run("apply --dry-run web");
    assert_eq!(ran.status, 2);
    assert_eq!(
        ran.out,
        "web: RESTART: service\n  reserved_ports: tcp/80 -> tcp/8080,udp/53\n  rlimit_nofile: 64 -> 32\n  \
         supervise_cmd: /bin/httpd -f -> /bin/check\ncells=2 changed=1 failed=0 drift=0 dry-run=YES\n"
    );
    let ran = device.run("apply --dry-run web");
    assert_eq!(ran.status, 2, "until it is done");
    device.done("apply web");
    assert_eq!(device.known.lock().unwrap().cell("web").runs, 2);
    assert_eq!(device.run("apply --dry-run --all").status, 0);
}

#[test]
fn a_policy_is_told_again_and_again_and_restarted_for_on_request() {
    let device = Device::new();
    device.done("apply --all");
    device.done("cell set web --profile high --deny process.fork");
    for _ in 0..3 {
        let ran = device.run("apply --all");
        assert_eq!(ran.status, 2);
        assert_eq!(
            masked(&ran.out),
            "web: WARN: policy\n  profile: medium -> high\n  operations: - -> -process.fork\n\
             op ########: cells=3 changed=0 failed=0 drift=1 dry-run=NO\n"
        );
    }
    let list = device.done("cell list web -T -H -o state,drift");
    assert_eq!(list, "pending\tdefinition\n");
    assert!(
        device
            .done("apply --all --restart-changed")
            .starts_with("web: RESTART: policy\n")
    );
    assert_eq!(
        device.done("cell list web -T -H -o state,drift"),
        "managed\tnone\n"
    );
    assert_eq!(device.run("apply --all").status, 0);
}

#[test]
fn cells_start_and_stop_as_their_definitions_say() {
    let device = Device::new();
    device.done("apply --all");
    device.done("cell set web --autostart NO");
    device.done("cell set tool --autostart YES");
    assert_eq!(
        masked(&device.done("apply --all")),
        "web: STOP\ntool: START\nop ########: cells=3 changed=2 failed=0 drift=0 dry-run=NO\n"
    );
    device.done("cell start web --scope both");
    assert_eq!(device.run("apply --all --dry-run").status, 0);
    let states = device.done("cell list -T -H -o name,state,autostart");
    assert_eq!(
        states,
        "db\tmanaged\t1\nweb\tmanaged\t1\ntool\tmanaged\t1\n"
    );
}

#[test]
fn what_fails_holds_up_what_depends_on_it_and_nothing_else() {
    let device = Device::new();
    device.done("apply --all");
    device.done("cell set tool --autostart YES");
    for name in ["db", "web"] {
        device.known.lock().unwrap().cell(name).up = false;
    }
    device.known.lock().unwrap().broken = vec!["db".into()];
    let ran = device.run("apply --all");
    assert_eq!(ran.status, 1);
    assert_eq!(
        masked(&ran.out),
        "db: START\ndb: failed: -\nweb: SKIP: depends on: db\ntool: START\n\
         op ########: cells=3 changed=2 failed=2 drift=0 dry-run=NO\n"
    );
}

#[test]
fn a_cell_of_ones_own_comes_runs_and_goes() {
    let device = Device::new();
    device.done("apply --all");
    assert_eq!(
        masked(&device.done("cell create twin --like web --reserved-ports 81 --scope both")),
        "op ########: twin: create\ntwin: START\n\
         op ########: cells=2 changed=1 failed=0 drift=0 dry-run=NO\n"
    );
    let show = device.done(
        "cell show twin -T -H -o root,reserved_ports,supervise_run_as,volume_mounts,origin,state",
    );
    assert_eq!(
        show,
        "/cells/web\t81\t5001:5001\tsite:/data:rw:noexec\tdevice\tmanaged\n"
    );
    device.done("cell create bare --root /cells/db --cmd /bin/httpd");
    let show = device.done("cell show bare -T -H -o profile,volume_mounts,supervise_run_as,state");
    assert_eq!(show, "high\t-\t5002:5002\tpending\n");
    device.done("cell create third --like twin");
    let show = device.done("cell show third -T -H -o reserved_ports,supervise_run_as");
    assert_eq!(show, "-\t5003:5003\n");
    device.done("cell remove twin");
    assert_eq!(
        device.done("cell list twin -T -H -o state,service"),
        "orphaned\tready\n"
    );
    assert_eq!(
        device.run("apply --all --dry-run").status,
        2,
        "an orphan is drift"
    );
    device.done("cell remove --orphans --scope runtime --yes");
    assert_eq!(device.run("cell list twin").status, 2);
    device.done("cell remove bare third");
    assert_eq!(device.run("apply --all").status, 0);
    device.done("cell remove web");
    assert_eq!(device.done("cell list web -T -H -o state"), "orphaned\n");
    device.done("cell stop web");
    assert_eq!(device.run("apply --all").status, 0);
    assert_eq!(device.done("cell list web -T -H -o state"), "absent\n");
    device.done("cell set web --as-built --scope both");
    assert_eq!(
        device.done("cell list web -T -H -o state,origin"),
        "managed\timage\n"
    );
}

#[test]
fn volumes_are_made_changed_emptied_and_removed() {
    use std::os::unix::fs::MetadataExt;
    let device = Device::new();
    device.done("volume create extra --mode 0700 --owner 7:8 --scope both");
    let of = std::fs::metadata(device.path("volumes/extra")).unwrap();
    assert_eq!((of.mode() & 0o7777, of.uid(), of.gid()), (0o700, 7, 8));
    device.done("volume set extra --mode 0750");
    assert_eq!(
        device.done("volume list extra -T -H -o state,mode,mode_there,origin,refs"),
        "pending\t0750\t0700\tdevice\t0\n"
    );
    device.done("apply --all");
    assert_eq!(device.done("volume list extra -T -H -o state"), "managed\n");
    device.done("cell set tool --mount extra:/data:ro");
    device.refuses(
        "volume remove extra",
        1,
        "extra: remove: mounted by cell tool",
    );
    device.done("cell set tool --clear-mounts");
    std::fs::write(device.path("volumes/extra/file"), "x").unwrap();
    device.done("volume remove extra");
    assert_eq!(
        device.done("volume list extra -T -H -o state,path"),
        "orphaned\t/volumes/extra\n"
    );
    device.done("volume remove extra --scope runtime --yes");
    assert!(!device.path("volumes/extra").exists());
    std::fs::write(device.path("volumes/site/file"), "x").unwrap();
    device.done("system reset --yes");
    assert!(device.path("volumes/site").exists());
    assert!(!device.path("volumes/site/file").exists());
    assert!(
        device
            .known
            .lock()
            .unwrap()
            .cells
            .iter()
            .all(|(_, cell)| !cell.up)
    );
    device.done("apply --all");
    assert_eq!(device.run("apply --all --dry-run").status, 0);
}

#[test]
fn what_was_done_has_a_number_that_cellinit_hears_too() {
    let device = Device::new();
    let out = device.done("cell set web --autostart NO");
    assert_eq!(masked(&out), "op ########: web: set\n");
    assert_eq!(device.known.lock().unwrap().notes, ["web: set"]);
    let again = device.done("cell set web --autostart NO");
    assert_eq!(masked(&again), "op ########: web: set: nothing to change\n");
    assert_eq!(device.store().unwrap().0, 1, "and flash is not written");
}

#[test]
fn reading_writes_nothing() {
    let device = Device::new();
    for command in [
        "cell list",
        "cell list --view merged -T",
        "cell list --view desired -J",
        "cell show web",
        "cell fields",
        "volume list",
        "volume fields -T",
        "system status",
        "apply --all --dry-run",
        "logs web",
        "events",
    ] {
        let system = libcell::platform::System::at(device.prefix());
        let layer = cell_layer::Layer::new(&system, None);
        let mut words = vec!["cellmgr"];
        words.extend(command.split(' '));
        cellmgr::run(&layer, &words);
        let log = layer.log();
        let socket =
            |call: &&String| !call.starts_with("write ") || !call.ends_with("cellinit.sock");
        assert_eq!(log.iter().filter(socket).count(), 0, "{command}: {log:?}");
    }
}

#[test]
fn status_is_one_screen() {
    let device = Device::new();
    let status = device.done("system status");
    assert!(status.lines().count() <= 24, "{status}");
    assert!(status.lines().all(|line| line.len() < 80), "{status}");
    assert!(
        status.contains("board     desk (amd64), image "),
        "{status}"
    );
    assert!(
        status.contains("cells     2 managed, 1 parked\n"),
        "{status}"
    );
    assert!(
        status.contains("services  2 ready, 1 stopped\n"),
        "{status}"
    );
}
