//! The registry: every change of a definition shows in a field, and every field is what it says.

use super::device::{Device, image};

#[test]
fn every_setting_shows_in_a_field_and_restarts_what_it_must() {
    let device = Device::new();
    device.done("apply --all");
    for (option, field, class) in [
        ("--profile low", "profile", "policy"),
        ("--deny process.fork", "operations", "policy"),
        ("--reserved-ports 90-99", "reserved_ports", "policy"),
        ("--device pts/ptmx:r", "devices", "policy"),
        ("--rlimit-nproc 3", "rlimit_nproc", "policy"),
        ("--rlimit-nofile unlimited", "rlimit_nofile", "policy"),
        ("--rlimit-as 64M", "rlimit_as", "policy"),
        ("--rlimit-core 1K", "rlimit_core", "policy"),
        ("--cmd /bin/check", "supervise_cmd", "service"),
        ("--run-as 1:2,3", "supervise_run_as", "service"),
        ("--clear-depends-on", "depends_on", "service"),
        ("--restart never", "restart", "service"),
        ("--healthcheck /bin/check", "healthcheck", "service"),
        ("--mount site:/data:ro", "volume_mounts", "service"),
        ("--log-facility local3", "log", "service"),
        ("--stdout-level debug", "log", "service"),
        ("--stderr-level emerg", "log", "service"),
        ("--log-tag other", "log", "service"),
    ] {
        device.done("cell set web --as-built");
        device.done(&format!("cell set web {option}"));
        let ran = device.run("apply --dry-run web");
        assert_eq!(ran.status, 2, "{option}: {}", ran.out);
        assert!(
            ran.out.contains(&format!("  {field}: ")),
            "{option}: {}",
            ran.out
        );
        let word = if class == "policy" { "WARN" } else { "RESTART" };
        assert!(
            ran.out.contains(&format!("web: {word}: {class}\n")),
            "{option}: {}",
            ran.out
        );
    }
    // what holds at once is no drift
    device.done("cell set web --as-built");
    device.done("cell set web --critical YES --description words");
    assert_eq!(device.run("apply --dry-run --all").status, 0);
    let show = device.done("cell show web -T -H -o critical,description,origin");
    assert_eq!(show, "1\twords\tchanged\n");
}

/// A definition that is another one is never taken for the same, whether or not a field of its own shows it.
#[test]
fn what_has_no_field_is_drift_all_the_same() {
    let device = Device::new();
    device.done("apply --all");
    let mut other = image();
    other.cells[1].plan = vec![libcell::image::PlanStep::File {
        path: "/data/x",
        content: b"1",
        owner: libcell::image::Ownership {
            mode: 0o644,
            uid: 0,
            gid: 0,
        },
    }];
    let write = |image: &libcell::image::Image<'_>| {
        let bytes = libcell::image::write(image).unwrap();
        std::fs::write(device.path("etc/cells.bin"), bytes).unwrap();
    };
    write(&other);
    let ran = device.run("apply --dry-run --all");
    assert!(
        ran.out
            .contains("web: RESTART: plan\n  plan: - -> file /data/x\n"),
        "{}",
        ran.out
    );
    device.done("apply --all");
    // another content of the same file
    if let libcell::image::PlanStep::File { content, .. } = &mut other.cells[1].plan[0] {
        *content = b"2";
    }
    write(&other);
    let ran = device.run("apply --dry-run --all");
    assert!(
        ran.out.contains("web: RESTART: service\n  definition:"),
        "{}",
        ran.out
    );
}

#[test]
fn tables_have_the_words_that_scripts_know() {
    let device = Device::new();
    assert!(
        device
            .done("cell fields -T")
            .starts_with("FIELD\nname\nstate\n")
    );
    let header = device.done("cell list --view desired -T");
    let header = header.lines().next().unwrap();
    for field in [
        "NAME",
        "AUTOSTART",
        "PROFILE",
        "RESERVED_PORTS",
        "RLIMIT_NOFILE",
        "DEPENDS_ON",
        "VOLUME_MOUNTS",
    ] {
        assert!(
            header.split('\t').any(|word| word == field),
            "{field} in {header}"
        );
    }
    assert_eq!(
        device.done("cell list web -T -H -o autostart,rlimit_as,age"),
        "1\tunlimited\t-\n"
    );
    assert_eq!(
        device.done("cell list web -J -o name,autostart,rlimit_nofile,rlimit_as"),
        "[\n{\"name\":\"web\",\"autostart\":true,\"rlimit_nofile\":64,\"rlimit_as\":null}\n]\n"
    );
    let human = device.done("cell list web -o name,autostart,rlimit_as");
    assert_eq!(
        human,
        "NAME  AUTOSTART  RLIMIT_AS\nweb   YES                -\n"
    );
    assert_eq!(
        device.done("volume list -T -H -o name,state,used_by,budget"),
        "dbdata\tpending\tdb\t65536\nsite\tpending\tweb\t65536\n"
    );
}

#[test]
fn a_list_for_people_fits_eighty_columns_where_names_are_short() {
    let device = Device::new();
    for line in device.done("cell list").lines() {
        assert!(line.len() <= 110, "{line}");
    }
}
