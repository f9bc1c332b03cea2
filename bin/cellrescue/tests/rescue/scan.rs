use crate::site::{Site, populate, run};

#[test]
fn disks_their_file_systems_and_archives_are_listed() {
    let mut site = Site::new();
    let (status, output, error) = site.rescue(&["scan"]);
    assert_eq!((status, output.as_str(), error.as_str()), (2, "", ""));
    site.ext2("sd0e");
    site.stick("sd1e", &["mkfs.vfat", "-n", "FAT"]);
    populate(&site.volume("samples"));
    site.ok(&["save", "--to", "sd0e", "samples"]);
    site.ok(&["save", "--to", "self", "samples"]);
    let table = site.ok(&["scan", "-T"]);
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let heads = [
        "DISK", "TYPE", "NAME", "SIZE", "CREATED", "STATE", "ARCHIVE",
    ];
    assert_eq!(rows[0], heads);
    assert_eq!(rows[1][..2], ["self", "archive"]);
    assert_eq!(rows[2][..4], ["sd0e", "ext2fs", "stick", "4194304"]);
    assert_eq!(rows[3][..2], ["sd0e", "archive"]);
    assert_eq!((rows[3][2], rows[3][5]), ("samples", "not checked"));
    assert!(rows[3][6].starts_with("samples_20") && rows[3][6].ends_with(".tar.gz"));
    assert_eq!(rows[4][..4], ["sd1e", "msdos", "FAT", "4194304"]);
    let checked = site.ok(&["scan", "-c", "-TH"]);
    assert_eq!(
        checked
            .lines()
            .filter(|line| line.contains("\twhole\t"))
            .count(),
        2,
        "{checked}"
    );
    site.ok(&["scan", "-J"]);

    // the directory to mount on may have been left mounted by one that was killed
    let place = site.prefix.join("var/run/cellrescue");
    run(std::process::Command::new("mount")
        .args(["-o", "ro"])
        .arg(site.prefix.join("dev/sd0e"))
        .arg(&place));
    let table = site.ok(&["scan", "-TH"]);
    assert!(table.contains("\tmounted\t"), "{table}");
    assert!(table.contains("samples_20"), "{table}");
}

#[test]
fn a_damaged_archive_is_told_with_its_reason() {
    let mut site = Site::new();
    site.ext2("sd0e");
    populate(&site.volume("samples"));
    site.ok(&["save", "--all", "--to", "sd0e"]);
    site.on_stick("sd0e", |stick| {
        let mut archives = std::fs::read_dir(stick)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let archive = archives
            .find(|path| path.extension().is_some_and(|end| end == "gz"))
            .unwrap();
        let mut bytes = std::fs::read(&archive).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 0x10;
        std::fs::write(&archive, bytes).unwrap();
    });
    let checked = site.ok(&["scan", "-c", "-TH"]);
    assert!(checked.contains("\tdamaged: "), "{checked}");
}
