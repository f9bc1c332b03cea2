//! `firmware`: from the boards of this repository, with something that stands in for a release, to file systems and an
//! image of the flash; the same each time; and what does not fit or is missing, in one line each.
//!
//! Needs makefs(8) and minisign(1).

mod scratch;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use scratch::{run, text};

/// A board, what stands in for its release, programs that are none, and a key.
struct Bench {
    directory: tempfile::TempDir,
}

impl Bench {
    fn new(board: &str) -> Self {
        let bench = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../board")
            .join(board);
        command(
            "cp",
            &["-R", &from.display().to_string(), &bench.at("board")],
        );
        bench.stand_in();
        fs::create_dir(bench.at("programs")).unwrap();
        fs::write(bench.at("programs/cellbox"), vec![b'x'; 200_000]).unwrap();
        fs::write(bench.at("module"), vec![b'm'; 60_000]).unwrap();
        let (public, secret) = (bench.at("key.pub"), bench.at("key"));
        command("minisign", &["-G", "-W", "-p", &public, "-s", &secret]);
        bench
    }

    fn stand_in(&self) {
        let output = run(&["stand-in", &self.at("board"), "-o", &self.at("release")]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn at(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Changes a file of the board.
    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path("board").join(file);
        let before = fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{before}");
        fs::write(path, before.replacen(from, to, 1)).unwrap();
    }

    fn firmware(&self, output: &str, more: &[&str]) -> Output {
        let arguments = [
            "firmware",
            &self.at("board"),
            "-o",
            &self.at(output),
            "--source",
            &self.at("release/root"),
            "--kernels",
            &self.at("release/kernel"),
            "--programs",
            &self.at("programs"),
        ];
        run(&[&arguments, more].concat())
    }

    /// What gateway is built with.
    fn signed(&self, output: &str) -> Output {
        self.firmware(output, &["--key", &self.at("key")])
    }

    /// That it fails with one line, which says this, and nothing is left.
    #[track_caller]
    fn refused(&self, output: &Output, what: &str) {
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let last = said.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("cellbake: ") && said.contains(what),
            "no `{what}` in: {said}"
        );
        assert!(!self.path("out").exists() && !self.path("out.unfinished").exists());
    }
}

fn command(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{program}: {}",
        text(&output.stderr)
    );
}

fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn gateway_becomes_a_flash_with_two_slots_and_everything_in_them() {
    let bench = Bench::new("gateway");
    let output = bench.signed("out");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("read back as they were laid out"));
    let out = bench.path("out");
    let made = files(&out);
    let names: Vec<_> = made.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "cells.bin",
            "cells.pub",
            "data.ffs",
            "data.list",
            "data.mtree",
            "gateway.img",
            "gateway.img.minisig",
            "report.html",
            "rescue.bin",
            "root.ffs",
            "root.ffs.minisig",
            "root.list",
            "root.mtree",
        ]
    );
    let list = String::from_utf8(made["root.list"].clone()).unwrap();
    for line in [
        "./cells/web/lib/libc.so.0 link 777 libc.so.0.0",
        "./cells/web/libexec/ld.elf_so file 755",
        "./cells/rescue/srv/www/index.html file 644",
        "./dev/cell link 777 ../var/run/cell",
        "./dev/watchdog node 600 char",
        "./etc/cells.bin file 644",
        "./etc/master.passwd file 600",
        "./etc/rc.d/cells file 555",
        "./netbsd file 644",
        "./sbin/cellinit file 755 200000",
        "./volumes dir 755",
    ] {
        assert!(
            list.lines().any(|one| one.starts_with(line)),
            "no {line} in\n{list}"
        );
    }
    // programs are one file, and so are libraries that several cells have
    let root = &made["root.ffs"];
    assert!(root.len() < 700_000, "{}", root.len());
    let flash = &made["gateway.img"];
    assert_eq!(flash.len(), 64 << 20);
    for slot in [64 << 10, (64 << 10) + (24 << 20)] {
        assert_eq!(
            &flash[slot..slot + root.len()],
            root.as_slice(),
            "slot at {slot}"
        );
    }
    let data = (64 << 10) + (48 << 20);
    assert_eq!(&flash[data..data + (8 << 20)], made["data.ffs"].as_slice());
    let report = String::from_utf8(made["report.html"].clone()).unwrap();
    assert!(
        report.contains("Root slot") && report.contains("root-b"),
        "no flash in the report"
    );
}

#[test]
fn sensor_loads_its_module_and_has_its_kernel_apart() {
    let bench = Bench::new("sensor");
    bench.refused(
        &bench.firmware("out", &[]),
        "module: the board loads it: give --module",
    );
    let module = bench.at("module");
    let output = bench.firmware("out", &["--module", &module]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let made = files(&bench.path("out"));
    let list = String::from_utf8(made["root.list"].clone()).unwrap();
    assert!(
        list.contains("./stand/secmodel_cell.kmod file 644 60000"),
        "{list}"
    );
    assert!(made.contains_key("netbsd") && !list.contains("./netbsd "));
    assert!(!made.contains_key("cells.pub") && !list.contains("cells.pub"));
    assert_eq!(&made["sensor.img"][512..520], b"EFI PART");
}

#[test]
fn two_builds_in_different_places_and_times_are_the_same() {
    let (one, other) = (Bench::new("gateway"), Bench::new("gateway"));
    fs::copy(one.path("key"), other.path("key")).unwrap();
    let first = one.signed("out");
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    // files of another time, and a clock that has gone on
    command(
        "find",
        &[
            &other.at("release"),
            &other.at("board"),
            "-exec",
            "touch",
            "-d",
            "2001-01-01",
            "{}",
            "+",
        ],
    );
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let second = other.signed("elsewhere");
    assert_eq!(second.status.code(), Some(0), "{}", text(&second.stderr));
    let (first, second) = (files(&one.path("out")), files(&other.path("elsewhere")));
    assert_eq!(
        first.keys().collect::<Vec<_>>(),
        second.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &first {
        assert!(*bytes == second[name], "{name} differs");
    }
}

#[test]
fn an_earlier_image_is_replaced_and_anything_else_is_not() {
    let bench = Bench::new("gateway");
    for _ in 0..2 {
        assert_eq!(bench.signed("out").status.code(), Some(0));
    }
    fs::create_dir(bench.path("mine")).unwrap();
    fs::write(bench.path("mine/letter"), "x").unwrap();
    let output = bench.signed("mine");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("it is no earlier image"));
    assert_eq!(fs::read_to_string(bench.path("mine/letter")).unwrap(), "x");
}

#[test]
fn minisign_and_cellbake_take_each_others_signatures() {
    let bench = Bench::new("gateway");
    assert_eq!(bench.signed("out").status.code(), Some(0));
    let (key, public) = (bench.at("key"), bench.at("key.pub"));
    let at = |name: &str| bench.at(name);
    for file in ["out/root.ffs", "out/gateway.img"] {
        command("minisign", &["-V", "-p", &public, "-m", &at(file)]);
    }
    let verified = run(&["verify", "-p", &at("out/cells.pub"), &at("out/cells.bin")]);
    assert!(
        text(&verified.stdout).contains(": board:gateway cells:"),
        "{verified:?}"
    );
    assert_eq!(
        run(&["detach", &at("out/cells.bin"), "-o", &at("plain")])
            .status
            .code(),
        Some(0)
    );
    command("minisign", &["-V", "-p", &public, "-m", &at("plain")]);
    // and the other way: minisign signs, cellbake takes it in
    command(
        "minisign",
        &[
            "-S",
            "-s",
            &key,
            "-m",
            &at("plain"),
            "-x",
            &at("by-minisign"),
            "-t",
            "theirs",
        ],
    );
    let taken = run(&["sign", "--signature", &at("by-minisign"), &at("plain")]);
    assert_eq!(taken.status.code(), Some(0), "{}", text(&taken.stderr));
    let verified = run(&["verify", "-p", &public, &at("plain")]);
    assert!(
        text(&verified.stdout).ends_with(": theirs\n"),
        "{verified:?}"
    );
    // images signed elsewhere make the same firmware as they do with the key here
    let (cells, rescue) = (at("plain"), at("out/rescue.bin"));
    let made = [
        "--cells",
        &cells,
        "--rescue",
        &rescue,
        "--public-key",
        &public,
    ];
    let output = bench.firmware("made", &made);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        fs::read(bench.path("made/cells.bin")).unwrap(),
        fs::read(bench.path("plain")).unwrap()
    );
    // a signature that another key made, or none, or of another board's image
    command(
        "minisign",
        &["-G", "-W", "-p", &at("other.pub"), "-s", &at("other")],
    );
    let other = at("other.pub");
    let output = bench.firmware(
        "none",
        &[
            "--cells",
            &cells,
            "--rescue",
            &rescue,
            "--public-key",
            &other,
        ],
    );
    assert!(
        text(&output.stderr).contains("refused: signed by key "),
        "{output:?}"
    );
    let altered = at("altered");
    let mut bytes = fs::read(bench.path("out/root.ffs")).unwrap();
    bytes[9000] ^= 1;
    fs::write(&altered, bytes).unwrap();
    fs::copy(
        bench.path("out/root.ffs.minisig"),
        bench.path("altered.minisig"),
    )
    .unwrap();
    let output = run(&["verify", "-p", &public, &altered]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("refused: bad signature: it is not what was signed"),
        "{output:?}"
    );
}

#[test]
fn a_board_whose_images_must_be_signed_is_not_made_without_a_key_or_with_another() {
    let bench = Bench::new("gateway");
    bench.refused(
        &bench.firmware("out", &[]),
        "gateway: signing: its images must be signed: give --key",
    );
    bench.edit(
        "board.toml",
        "required = true",
        "required = true\nkey = \"0123456789ABCDEF\"",
    );
    bench.refused(&bench.signed("out"), "and the board's is 0123456789ABCDEF");
}

#[test]
fn what_is_over_a_budget_is_told_with_what_takes_the_most() {
    for (from, to, what, most) in [
        (
            "toolkit = \"576K\"",
            "toolkit = \"100K\"",
            "flash of the toolkit: 196 KiB of 100 KiB",
            "/sbin/cellbox 196 KiB",
        ),
        (
            "system = \"24M\"",
            "system = \"256K\"",
            "flash of the root file system: ",
            "toolkit 196 KiB",
        ),
        (
            "slot = \"24M\"",
            "slot = \"256K\"",
            "root slot: ",
            "of 256 KiB: the largest: ",
        ),
    ] {
        let bench = Bench::new("gateway");
        bench.edit("board.toml", from, to);
        let output = bench.signed("out");
        bench.refused(&output, what);
        bench.refused(&output, most);
        assert_eq!(
            text(&output.stderr).lines().count(),
            1,
            "{}",
            text(&output.stderr)
        );
    }
    for (from, to, what) in [
        (
            "root = \"8M\"",
            "root = \"1K\"",
            "flash of the root of `logger`: ",
        ),
        (
            "image = \"16K\"",
            "image = \"1K\"",
            "flash of the image: 2 KiB, and there are 1 KiB",
        ),
        (
            "ram = \"40M\"",
            "ram = \"4M\"",
            "RAM of the cells at their limits: ",
        ),
        (
            "data = \"8M\"",
            "data = \"64K\"",
            "volumes of 512 KiB, and their partition has 64 KiB",
        ),
        (
            "flash = \"64M\"",
            "flash = \"32M\"",
            "for 2 root slots and the data, and the board has 32 MiB of flash",
        ),
    ] {
        let bench = Bench::new("gateway");
        bench.edit("board.toml", from, to);
        bench.refused(&bench.signed("out"), what);
    }
}

#[test]
fn what_is_missing_is_told_by_name() {
    let bench = Bench::new("gateway");
    fs::remove_file(bench.path("release/root/usr/libexec/httpd")).unwrap();
    bench.refused(
        &bench.signed("out"),
        "`/usr/libexec/httpd` is not in the source root",
    );
    let bench = Bench::new("gateway");
    fs::remove_file(bench.path("release/root/lib/libc.so.0")).unwrap();
    fs::remove_file(bench.path("release/root/usr/lib/libc.so.0")).unwrap();
    bench.refused(
        &bench.signed("out"),
        "needs the library `libc.so.0`, which is not in the source root",
    );
    let bench = Bench::new("gateway");
    bench.edit(
        "cells/web.toml",
        "depends = [\"logger\"]",
        "depends = [\"loger\"]",
    );
    bench.refused(&bench.signed("out"), "there is no cell `loger`");
    let bench = Bench::new("gateway");
    fs::remove_file(bench.path("programs/cellbox")).unwrap();
    bench.refused(&bench.signed("out"), "cellbox: there is no such file");
    let bench = Bench::new("gateway");
    fs::remove_file(bench.path("release/kernel/netbsd-MALTA")).unwrap();
    bench.refused(&bench.signed("out"), "netbsd-MALTA: there is no such file");
    let bench = Bench::new("gateway");
    bench.edit(
        "board.toml",
        "device = \"/dev/watchdog\"",
        "device = \"/dev/dog\"",
    );
    bench.refused(
        &bench.signed("out"),
        "/dev/dog: the release's MAKEDEV knows no such device",
    );
    let bench = Bench::new("gateway");
    fs::remove_file(bench.path("release/root/dev/MAKEDEV")).unwrap();
    bench.refused(&bench.signed("out"), "dev/MAKEDEV: not there");
    let bench = Bench::new("desk");
    bench.refused(&bench.firmware("out", &[]), "board.toml has no [system]");
}

#[test]
fn a_program_of_another_machine_is_noticed() {
    let bench = Bench::new("gateway");
    let other = Bench::new("sensor");
    let nc = "release/root/usr/bin/nc";
    fs::remove_file(bench.path(nc)).unwrap();
    fs::copy(other.path(nc), bench.path(nc)).unwrap();
    bench.refused(&bench.signed("out"), "`/usr/bin/nc` is for another machine");
}
