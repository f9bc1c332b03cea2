//! Names that are none, and situations in which nothing can be done: a clear line each, nothing changed.

use std::fs;

use cell_layer::Fate;
use libcell::platform::Errno;

use super::device::{Device, image};

#[test]
fn names_that_are_none_have_a_line_each() {
    let device = Device::new();
    let long = "a".repeat(32);
    for (name, why) in [
        (".", "\".\" and \"..\" are not allowed"),
        ("..", "\".\" and \"..\" are not allowed"),
        ("a/b", "'/' is not allowed"),
        ("a b", "byte 0x20 is not allowed"),
        ("a\tb", "byte 0x09 is not allowed"),
        ("\u{1b}[2J", "byte 0x1b is not allowed"),
        (long.as_str(), "longer than 31 bytes"),
    ] {
        let shown: String = name
            .chars()
            .map(|c| if c < ' ' { '?' } else { c })
            .collect();
        for (words, kind) in [
            (vec!["cell", "create", name, "--like", "web"], "cell"),
            (vec!["cell", "set", name, "--autostart", "NO"], "cell"),
            (vec!["cell", "remove", name], "cell"),
            (vec!["cell", "start", name], "cell"),
            (vec!["cell", "shell", name], "cell"),
            (vec!["cell", "plan", "run", name], "cell"),
            (vec!["apply", name], "cell"),
            (vec!["logs", name], "cell"),
            (vec!["volume", "create", name], "volume"),
            (
                vec!["volume", "remove", name, "--scope", "both", "--yes"],
                "volume",
            ),
        ] {
            let before = device.store();
            let ran = device.words(&words);
            let expected = format!("cellmgr: {shown}: {kind} name: {why}\n");
            assert_eq!((ran.status, ran.err), (64, expected), "{words:?}");
            assert_eq!(device.store(), before, "{words:?}");
        }
    }
    // one that reads as an option is one, unless it is said not to be
    device.refuses(
        "cell create -x --like web",
        64,
        "cell create: -x: no such option",
    );
    let ran = device.words(&["cell", "create", "--like", "web", "--", "-x"]);
    assert_eq!(ran.err, "cellmgr: -x: cell name: begins with \"-\"\n");
    device.refuses(
        "volume create .state",
        64,
        ".state: volume name: begins with \".\"",
    );
    device.refuses(
        "volume remove .state --scope runtime --yes",
        1,
        ".state: remove: there is no such volume",
    );
}

#[test]
fn what_is_needed_is_not_removed_and_what_is_there_not_made() {
    let device = Device::new();
    device.refuses(
        "volume remove dbdata --scope both --yes",
        1,
        "dbdata: remove: mounted by cell db",
    );
    device.refuses(
        "cell remove db",
        1,
        "db: remove: web depends on a cell that there is not: db",
    );
    device.refuses(
        "cell create web --like db",
        1,
        "web: create: there is one of that name",
    );
    device.refuses(
        "cell create new --like nobody",
        1,
        "new: create: no cell of the image is that, or has that root",
    );
    device.refuses(
        "cell create new --root /elsewhere",
        1,
        "new: create: no cell of the image is that, or has that root",
    );
    device.refuses(
        "volume create site",
        1,
        "site: create: there is one of that name",
    );
    device.refuses(
        "cell set nobody --autostart NO",
        1,
        "nobody: set: there is no such cell",
    );
    device.refuses("cell set web", 64, "cell set: options: nothing to change");
    device.refuses(
        "volume set nothing --mode 0700",
        1,
        "nothing: set: there is no such volume",
    );
    device.refuses(
        "cell start nobody",
        1,
        "nobody: start: there is no such cell",
    );
    device.refuses("apply nobody", 1, "nobody: apply: there is no such cell");
    device.refuses(
        "cell show nobody",
        2,
        "nobody: cell: there is none of that name",
    );
}

#[test]
fn settings_that_cannot_be_have_a_line_each() {
    let device = Device::new();
    for (option, why) in [
        ("--autostart maybe", "maybe: autostart: not YES or NO"),
        (
            "--profile custom",
            "custom: profile: not low, medium or high",
        ),
        ("--deny fly", "fly: deny: an operation that there is not"),
        (
            "--reserved-ports 0",
            "0: reserved-ports: port 0, or the first port above the last",
        ),
        (
            "--reserved-ports 80,80",
            "80,80: reserved-ports: a port given twice",
        ),
        (
            "--rlimit-nproc 0",
            "0: rlimit-nproc: not from 1 to 65535, and not unlimited",
        ),
        (
            "--rlimit-as x",
            "x: rlimit-as: not a number in range, and not unlimited",
        ),
        (
            "--cmd httpd",
            "httpd: cmd: not an absolute path and arguments",
        ),
        (
            "--run-as me",
            "me: run-as: not as uid[:gid[,group]...] in numbers",
        ),
        ("--depends-on a/b", "a/b: depends-on: not names of cells"),
        (
            "--restart sometimes",
            "sometimes: restart: not always, on-failure or never",
        ),
        (
            "--mount site",
            "site: mount: not as volume:/target[:ro|rw][:noexec]",
        ),
        (
            "--mount site:/data:rx",
            "site:/data:rx: mount: not as volume:/target[:ro|rw][:noexec]",
        ),
        (
            "--log-facility local9",
            "local9: log-facility: no syslog facility",
        ),
        ("--stdout-level loud", "loud: stdout-level: no syslog level"),
        (
            "--device gpio0:x",
            "gpio0:x: device: not as gpio0:r, :w or :rw",
        ),
        (
            "--scope runtime",
            "set: --scope runtime: none that this command has",
        ),
        (
            "--rlimit-nofile 1 --clear-rlimit-nofile",
            "cell set: options: one sets what another clears",
        ),
    ] {
        device.refuses(&format!("cell set web {option}"), 64, why);
    }
    for (option, why) in [
        (
            "--cmd /bin/none",
            "web: set: /bin/none in its root: no such file or directory",
        ),
        (
            "--healthcheck /bin/none",
            "web: set: /bin/none in its root: no such file or directory",
        ),
        (
            "--mount site:/nowhere",
            "web: set: /nowhere in its root: no such file or directory",
        ),
        (
            "--mount nothing:/data",
            "web: set: mounts a volume that there is not: nothing",
        ),
        (
            "--mount site:/dev/x",
            "web: set: a mount that cannot be made",
        ),
        ("--mount site:/", "web: set: not a plain absolute path"),
        ("--depends-on web", "web: set: dependencies go in a circle"),
        (
            "--depends-on nobody",
            "web: set: depends on a cell that there is not: nobody",
        ),
        (
            "--device nothing",
            "web: set: /dev/nothing: no such file or directory",
        ),
    ] {
        device.refuses(&format!("cell set web {option}"), 1, why);
    }
    device.refuses(
        "cell set db --reserved-ports tcp/80",
        1,
        "db: set: web a port that is another cell's",
    );
}

#[test]
fn a_sealed_board_bears_what_takes_away_only() {
    let mut image = image();
    image.board.sealed = true;
    let device = Device::of(&image);
    device.refuses(
        "cell set web --rlimit-nofile 65",
        1,
        "web: set: the board is sealed: limits can only be lowered",
    );
    device.refuses(
        "cell set web --cmd /bin/check",
        1,
        "web: set: the board is sealed: only limits, operations, ports, devices and mounts can be reduced",
    );
    device.refuses(
        "cell create twin --like web",
        1,
        "twin: create: the board is sealed: no cell can be added",
    );
    device.refuses(
        "volume create extra",
        1,
        "extra: create: the board is sealed: no volume can be added or changed",
    );
    device.refuses(
        "cell start tool --scope both",
        1,
        "tool: start: the board is sealed: it can be kept from starting, not made to",
    );
    device.done("cell set web --rlimit-nofile 63 --clear-reserved-ports --profile high");
    device.done("cell remove web");
    device.done("cell set web --as-built");
}

#[test]
fn a_second_cellmgr_waits_for_nobody() {
    let device = Device::new();
    let lock = fs::File::create(device.path("var/run/cellmgr.lock")).unwrap();
    lock.lock().unwrap();
    for command in [
        "cell set web --autostart NO",
        "cell create twin --like web",
        "cell remove web",
        "volume create x",
        "apply --all",
        "cell stop web",
        "system reset --yes",
    ] {
        device.refuses(command, 1, "state: lock: another cellmgr is at work");
    }
    // looking is free
    device.done("cell list");
    assert_eq!(
        device.run("apply --all --dry-run").status,
        2,
        "volumes are missing"
    );
    drop(lock);
    device.done("apply --all");
}

#[test]
fn where_no_cellinit_runs_definitions_can_be_changed_and_nothing_else() {
    let device = Device::new();
    fs::remove_file(device.path("var/run/cellinit.sock")).unwrap();
    for command in [
        "apply --all",
        "apply --all --dry-run",
        "cell start web",
        "cell stop --all",
        "logs web",
        "events",
        "cell plan run web",
    ] {
        device.refuses(command, 1, "cellinit: connect: not running");
    }
    device.done("cell set web --autostart NO");
    let list = device.done("cell list -T -H -o name,state,service,running");
    assert_eq!(
        list,
        "db\tpending\t-\t0\nweb\tdeclared\t-\t0\ntool\tdeclared\t-\t0\n"
    );
    assert!(
        device
            .done("system status")
            .contains("cellinit: connect: not running")
    );
}

#[test]
fn a_data_partition_that_takes_nothing_is_told() {
    let device = Device::new();
    for (errno, why) in [
        (Errno::ENOSPC, "no space left"),
        (Errno::EROFS, "read-only file system"),
    ] {
        let before = device.store();
        let fate = Some((0, Fate::Error(errno)));
        let (ran, _, _) = device.run_with("cell set web --autostart NO", fate);
        let expected = format!("cellmgr: web: set: /volumes/.state: {why}\n");
        assert_eq!((ran.status, ran.err), (1, expected));
        assert_eq!(device.store(), before);
    }
    fs::remove_dir_all(device.path("volumes")).unwrap();
    let ran = device.run("cell set web --autostart NO");
    assert_eq!(
        ran.err,
        "cellmgr: web: set: /volumes/.state: no such file or directory\n"
    );
}

#[test]
fn a_damaged_store_is_refused_and_reset_makes_it_good() {
    let device = Device::new();
    device.done("cell set web --autostart NO");
    device.done("cell set web --autostart YES");
    for slot in ["overrides.0", "overrides.1"] {
        fs::write(device.path("volumes/.state").join(slot), "damaged").unwrap();
    }
    for command in [
        "cell list",
        "cell set web --autostart NO",
        "cell create twin --like web",
        "volume create x",
        "apply --all --dry-run",
        "system reset --cells --scope desired --yes",
    ] {
        let ran = device.run(command);
        let line = ran.err.replace("reset: ", "");
        assert_eq!(
            (ran.status, line.as_str()),
            (1, "cellmgr: /volumes/.state: damaged\n"),
            "{command}"
        );
    }
    // what runs can be seen all the same
    assert!(device.done("cell list --view runtime -T").contains("web\t"));
    assert!(
        device
            .done("system status")
            .contains("/volumes/.state: damaged")
    );
    device.done("system reset --scope desired --yes");
    device.done("cell list");
}

#[test]
fn what_cannot_be_undone_asks_and_nobody_there_is_a_no() {
    let device = Device::new();
    fs::create_dir_all(device.path("volumes/old/x")).unwrap();
    // the layer has no terminal
    for (command, object) in [
        ("cell remove --all", "cell remove"),
        ("volume remove --orphans --scope runtime", "volume remove"),
        ("volume remove old --scope runtime", "volume remove"),
        ("system reset", "system reset"),
    ] {
        let why = format!("{object}: ask: no terminal to ask on, and no --yes");
        device.refuses(command, 1, &why);
    }
    device.done("volume remove old --scope runtime --yes");
    assert!(!device.path("volumes/old").exists());
}

#[test]
fn options_that_do_not_go_together_are_misuse() {
    let device = Device::new();
    for (command, why) in [
        ("", "arguments: command: missing; help lists them"),
        (
            "cell",
            "cell: command: there is none of that name; help lists them",
        ),
        (
            "cell frob",
            "cell: command: there is none of that name; help lists them",
        ),
        ("cell list -H", "cell: -H: needs -T"),
        ("cell list -T -J", "cell: -J: not with -T"),
        (
            "cell list --view all",
            "all: view: not compact, desired, runtime or merged",
        ),
        (
            "cell list -o name,frob",
            "frob: field: there is none of that name: fields lists them",
        ),
        ("cell start", "start: name: names or --all"),
        ("cell start web --all", "start: name: names or --all"),
        ("cell remove", "remove: name: names, or --all, or --orphans"),
        (
            "cell remove --orphans",
            "remove: --orphans: they have no definition: --scope runtime or both",
        ),
        ("apply web --all", "apply: name: names or --all"),
        (
            "cell restart web --scope both",
            "restart: --scope both: none that this command has",
        ),
        (
            "cell create x --like web --root /cells/web",
            "cell create: --root: not with --like",
        ),
        (
            "cell create x",
            "cell create: --like: that or --root must be given",
        ),
        (
            "volume create x --mode 9",
            "9: mode: not three or four octal digits",
        ),
        (
            "volume create x --owner me",
            "me: owner: not as uid[:gid] in numbers",
        ),
        (
            "volume set site --owner 1",
            "volume set: --owner: what is in it has that owner",
        ),
        ("ipc", "ipc: --stdio: must be given"),
    ] {
        device.refuses(command, 64, why);
    }
}
