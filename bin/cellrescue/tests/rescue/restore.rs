use crate::site::{Site, content, populate};

/// The archive on the stick, as the command line takes it.
fn saved(site: &Site) -> String {
    let said = site.ok(&["save", "samples"]);
    let (name, _) = said
        .strip_prefix("samples: ")
        .unwrap()
        .split_once(',')
        .unwrap();
    format!("sd0e:{name}")
}

#[test]
fn what_is_saved_to_a_stick_is_restored_from_it_when_yes_is_answered() {
    let mut site = Site::new();
    site.ext2("sd0e");
    let volume = site.volume("samples");
    populate(&volume);
    let before = content(&volume);
    let archive = saved(&site);
    std::fs::write(volume.join("more"), "later").unwrap();
    let later = content(&volume);

    for no in ["", "no\n", "y\n", "yes, please\n", "yes"] {
        let (status, output, error) = site.answered(&["restore", &archive], no);
        assert_eq!((status, output.as_str()), (1, ""), "{no:?}");
        assert!(
            error.contains("cellrescue: samples: left as it is"),
            "{error}"
        );
        assert_eq!(content(&volume), later);
    }
    let (status, output, error) = site.answered(&["restore", &archive], "yes\n");
    assert_eq!(status, 0, "{error}");
    let question = error.lines().next().unwrap();
    assert!(
        question.starts_with("volume samples, last changed 20"),
        "{question}"
    );
    assert!(
        question.contains(", is replaced by archive sd0e:samples_20"),
        "{question}"
    );
    assert!(
        question.contains(", made 20") && question.ends_with(", not signed."),
        "{question}"
    );
    assert!(
        output.starts_with("samples: restored, the one of 20"),
        "{output}"
    );
    assert_eq!(content(&volume), before);
    let verified = site.ok(&["verify", &archive]);
    assert!(
        verified.contains(": whole, not signed, volume samples, the one of 20"),
        "{verified}"
    );
}

#[test]
fn archives_of_the_original_are_restored_with_foreign() {
    let mut site = Site::new();
    site.ext2("sd0e");
    let volume = site.volume("samples");
    populate(&volume);
    let before = content(&volume);
    site.on_stick("sd0e", |stick| {
        crate::site::run(
            std::process::Command::new("tar")
                .args(["-czf"])
                .arg(stick.join("samples_20250102030405.tar.gz"))
                .arg("-C")
                .arg(&volume)
                .arg("."),
        );
    });
    std::fs::remove_file(volume.join("noise")).unwrap();
    let archive = "sd0e:samples_20250102030405.tar.gz";
    let (status, _, error) = site.rescue(&["restore", "-y", archive]);
    assert_eq!(status, 1);
    assert!(error.contains("(--foreign takes it)"), "{error}");
    site.ok(&["restore", "-y", "--foreign", archive]);
    assert_eq!(content(&volume), before);
}

#[test]
fn what_is_not_asked_properly_is_64() {
    let site = Site::new();
    for (arguments, said) in [
        (&["restore"][..], "cellrescue: restore: archive: missing\n"),
        (&["save"], "cellrescue: volume: missing\n"),
        (
            &["save", "-k", "0", "v"],
            "cellrescue: 0: not a number of archives\n",
        ),
        (
            &["save", "-k", "99999", "v"],
            "cellrescue: 99999: not a number of archives\n",
        ),
        (&["verify"], "cellrescue: archive: missing\n"),
        (
            &["save", "-A", "all", "-t", "self", "v"],
            "cellrescue: all: neither devices nor set-id\n",
        ),
        (
            &["save", "v", "-t", "self"],
            "cellrescue: -t: options go before operands\n",
        ),
        (&["delete"], "cellrescue: file: missing\n"),
        (
            &["undo"],
            "cellrescue: undo: command: there is none of that name; help lists them\n",
        ),
    ] {
        let (status, output, error) = site.rescue(arguments);
        assert_eq!((status, output.as_str(), error.as_str()), (64, "", said));
    }
}

#[test]
fn what_cannot_be_done_is_1_with_one_line() {
    let mut site = Site::new();
    let volume = site.volume("samples");
    populate(&volume);
    let refused = |site: &Site, arguments: &[&str], said: &str| {
        let (status, output, error) = site.rescue(arguments);
        assert_eq!((status, output.as_str()), (1, ""), "{error}");
        assert!(
            error.starts_with("cellrescue: ") && error.ends_with(&format!("{said}\n")),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
    };
    refused(
        &site,
        &["save", "samples"],
        "disks: none to save to; --to self is this device",
    );
    refused(
        &site,
        &["save", "-t", "self", "none"],
        "/volumes/none: no such file or directory",
    );
    refused(
        &site,
        &["restore", "/nowhere"],
        "/nowhere: no such file or directory",
    );
    refused(
        &site,
        &["restore", "sd9e:x"],
        "sd9e: no disk of that name has a file system that is known",
    );
    refused(
        &site,
        &["delete", "-y", "x"],
        "x: not the name of an archive",
    );
    refused(&site, &["resume", "-f"], "no volume is given up");
    site.ext2("sd0e");
    site.ext2("sd1e");
    refused(
        &site,
        &["save", "samples"],
        "disks: more than one to save to: say which with --to (scan lists them)",
    );
}

#[test]
fn own_archives_are_kept_counted_and_deleted() {
    let site = Site::new();
    populate(&site.volume("samples"));
    for _ in 0..3 {
        site.ok(&["save", "-t", "self", "-k", "2", "samples"]);
    }
    let table = site.ok(&["scan", "-TH"]);
    assert_eq!(table.lines().count(), 2, "{table}");
    let name = table.lines().next().unwrap().rsplit('\t').next().unwrap();
    site.ok(&["restore", "-y", name]);
    site.ok(&["delete", "-y", name]);
    assert_eq!(site.ok(&["scan", "-TH"]).lines().count(), 1);
}
