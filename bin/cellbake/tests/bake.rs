//! What comes of a board without mistakes.

mod scratch;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use cellbake::board::{self, Source};
use cellbake::roots;
use libcell::image::{self, Hunk, MountSource, Ownership, PlanStep};
use scratch::{BOARD, CELL, Scratch};

const WEB: &str = r#"description = "a page"
ports = ["udp/5000-5010", "tcp/80"]
command = ["/bin/prog", "-p", "80"]
depends = ["store"]
groups = ["store"]
environment = { B = "2", A = "1" }

[health]
command = ["/srv/health"]

[[mounts]]
volume = "data"
target = "/data"
read_only = true

[[mounts]]
tmpfs = "64K"
target = "/tmp"
mode = "1777"

[contents]
copy = ["/bin/prog"]
directories = ["/empty"]
links = { "/bin/alias" = "prog" }

[[contents.files]]
from = "health"
to = "/srv/health"
mode = "0755"
"#;

const STORE: &str = r#"command = ["/bin/prog"]

[[mounts]]
volume = "data"
target = "/data"

[contents]
copy = ["/bin/prog"]
"#;

const PLAN: &str = "\
DIR /opt mode=0700
FILE_BEGIN /opt/conf
one
FILE_END
LINE /opt/conf | two
LINE /opt/conf | one
SYMLINK conf /opt/current
FILE_BEGIN /tmp/seed mode=600
seed
FILE_END
";

fn shop() -> Scratch {
    let scratch = Scratch::new(&[
        ("cells/web.toml", WEB),
        ("cells/store.toml", STORE),
        ("volumes/data.toml", "budget = \"1M\"\n"),
        ("plans/web.apply", PLAN),
        ("files/health", "static\n"),
    ]);
    fs::remove_file(scratch.path().join("cells/a.toml")).unwrap();
    scratch
}

/// Every path below `top` with mode, time and content or target.
fn listing(top: &Path) -> BTreeMap<String, (u32, i64, String)> {
    let mut found = BTreeMap::new();
    let mut ahead = vec![top.to_path_buf()];
    while let Some(path) = ahead.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let content = if metadata.is_dir() {
            ahead.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            "directory".to_owned()
        } else if metadata.is_symlink() {
            format!("-> {}", fs::read_link(&path).unwrap().display())
        } else {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
        };
        let mode = if metadata.is_symlink() {
            0
        } else {
            metadata.permissions().mode() & 0o7777
        };
        let inside = path.strip_prefix(top).unwrap().display().to_string();
        found.insert(inside, (mode, metadata.mtime(), content));
    }
    found
}

#[test]
fn names_become_numbers_and_references_indices() {
    let board = shop().load().unwrap();
    let image = image::open(&board.image).unwrap().image;
    let [store, web] = image.cells.as_slice() else {
        panic!("{:?}", image.cells);
    };
    assert_eq!((store.name.as_str(), web.name.as_str()), ("store", "web"));
    assert_eq!(web.depends, [0]);
    assert_eq!(web.groups, [store.uid]);
    assert!((5000..=5999).contains(&web.uid) && web.uid != store.uid && web.uid == web.gid);
    assert_eq!(web.environment, ["A=1", "B=2"]);
    assert_eq!(web.root.as_str(), "/cells/web");
    assert_eq!(
        web.reservations
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["tcp/80", "udp/5000-5010"]
    );
    assert_eq!(web.mounts[0].source, MountSource::Volume(0));
    assert!(web.mounts[0].read_only && web.mounts[0].no_exec);
    // the one that writes owns it
    assert_eq!(
        (image.volumes[0].uid, image.volumes[0].gid),
        (store.uid, store.gid)
    );
    let owner = image::Ownership {
        mode: 0o600,
        uid: web.uid,
        gid: web.gid,
    };
    assert_eq!(
        web.plan,
        [PlanStep::File {
            path: "/tmp/seed",
            content: b"seed\n",
            owner
        }]
    );
}

#[test]
fn a_root_has_what_is_listed_and_what_every_root_needs() {
    let scratch = shop();
    let board = scratch.load().unwrap();
    let into = scratch.path().join("out");
    roots::lay_out(&board, &into).unwrap();
    let found = listing(&into.join("web"));
    let uid = image::open(&board.image).unwrap().image.cells[1].uid;
    let store = image::open(&board.image).unwrap().image.cells[0].uid;
    let passwd = format!("root:*:0:0:root:/:/sbin/nologin\nweb:*:{uid}:{uid}::/:/sbin/nologin\n");
    let expected = [
        ("", 0o755, "directory"),
        ("bin", 0o755, "directory"),
        ("bin/alias", 0, "-> prog"),
        ("bin/prog", 0o755, "program\n"),
        ("data", 0o755, "directory"),
        ("dev", 0o755, "directory"),
        ("empty", 0o755, "directory"),
        ("etc", 0o755, "directory"),
        ("etc/group", 0o644, ""),
        ("etc/passwd", 0o644, passwd.as_str()),
        // getpwuid(3) of NetBSD reads this
        ("etc/pwd.db", 0o644, ""),
        ("opt", 0o700, "directory"),
        ("opt/conf", 0o644, "one\ntwo\n"),
        ("opt/current", 0, "-> conf"),
        ("srv", 0o755, "directory"),
        ("srv/health", 0o755, "static\n"),
        ("tmp", 0o755, "directory"),
    ];
    let paths: Vec<_> = expected.iter().map(|(path, ..)| *path).collect();
    assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), paths);
    for (path, mode, content) in expected {
        let (has_mode, time, has_content) = &found[path];
        assert_eq!(*has_mode, mode, "{path}");
        assert_eq!(*time, 315_532_800, "{path}");
        if path == "etc/group" {
            assert!(
                has_content.contains(&format!("web:*:{uid}:\n")),
                "{has_content}"
            );
            assert!(
                has_content.contains(&format!("store:*:{store}:web\n")),
                "{has_content}"
            );
        } else if path == "etc/pwd.db" {
            assert!(has_content.contains("web\0*\0"), "{has_content}");
        } else {
            assert_eq!(has_content, content, "{path}");
        }
    }
    let again = roots::lay_out(&board, &into).unwrap_err().to_string();
    assert!(again.contains("exists"), "{again}");
    assert_eq!(listing(&into.join("web")), found);
}

#[test]
fn the_same_board_elsewhere_gives_the_same_bytes() {
    let (here, there) = (shop(), shop());
    let (one, two) = (here.load().unwrap(), there.load().unwrap());
    assert_eq!(one.image, two.image);
    let out = |scratch: &Scratch| scratch.path().join("out");
    roots::lay_out(&one, &out(&here)).unwrap();
    roots::lay_out(&two, &out(&there)).unwrap();
    assert_eq!(listing(&out(&here)), listing(&out(&there)));
}

#[test]
fn a_changed_source_changes_the_digest_of_the_root_and_nothing_else() {
    let (before, after) = (shop(), shop());
    after.write("source/bin/prog", "another\n");
    let (before, after) = (before.load().unwrap(), after.load().unwrap());
    let before = image::open(&before.image).unwrap().image;
    let mut after = image::open(&after.image).unwrap().image;
    for (one, other) in before.cells.iter().zip(&mut after.cells) {
        assert_ne!(one.root_digest, other.root_digest);
        other.root_digest = one.root_digest;
    }
    assert_eq!(before, after);
}

#[test]
fn a_further_cell_does_not_move_the_uids_of_the_others() {
    let scratch = shop();
    let uids = |scratch: &Scratch| -> BTreeMap<String, u32> {
        let board = scratch.load().unwrap();
        let image = image::open(&board.image).unwrap().image;
        image
            .cells
            .iter()
            .map(|cell| (cell.name.as_str().to_owned(), cell.uid))
            .collect()
    };
    let before = uids(&scratch);
    scratch.write("cells/another.toml", CELL);
    let after = uids(&scratch);
    assert_eq!(after.len(), 3);
    for (name, uid) in before {
        assert_eq!(after[&name], uid, "{name}");
    }
}

#[test]
fn a_source_that_was_not_looked_at_is_said_and_cannot_be_laid_out() {
    let board = BOARD.split("\n[source]").next().unwrap();
    let scratch = Scratch::new(&[("board.toml", board)]);
    let loaded = scratch.load().unwrap();
    assert_eq!(loaded.notes.len(), 1, "{:?}", loaded.notes);
    assert!(loaded.notes[0].starts_with("no source root was looked at"));
    let into = scratch.path().join("out");
    let refused = roots::lay_out(&loaded, &into).unwrap_err().to_string();
    assert!(
        refused.contains("/bin/prog: its source was not looked at"),
        "{refused}"
    );
    assert_eq!(
        fs::read_dir(&into).unwrap().count(),
        0,
        "half a root is left"
    );
    let source = Source::Directory(scratch.path().join("source"));
    let looked = board::load(scratch.path(), &source).unwrap();
    assert!(looked.notes.is_empty());
    roots::lay_out(&looked, &into).unwrap();
}

#[test]
fn profiles_of_a_board_and_of_a_cell() {
    let board = format!(
        "{BOARD}\n[defaults]\nprofile = \"own\"\n\n[profiles.own]\nbase = \"high\"\nallow = [\"network.bind\"]\n"
    );
    let cell = format!("deny = [\"network.bind\"]\n{CELL}");
    let scratch = Scratch::new(&[("board.toml", &board), ("cells/b.toml", &cell)]);
    let loaded = scratch.load().unwrap();
    let image = image::open(&loaded.image).unwrap().image;
    use cell_abi::{Op, Profile};
    let high = Profile::High.policy();
    assert_eq!(image.cells[0].may, high.with(Op::NetworkBind));
    assert_eq!(image.cells[0].profile, Profile::Custom);
    assert_eq!(
        (image.cells[1].may, image.cells[1].profile),
        (high, Profile::High)
    );
}

#[test]
fn sixty_four_cells_make_an_image() {
    let names: Vec<String> = (0..63)
        .map(|number| format!("cells/c{number:02}.toml"))
        .collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), CELL)).collect();
    let board = Scratch::new(&files).load().unwrap();
    assert_eq!(image::open(&board.image).unwrap().image.cells.len(), 64);
}

#[test]
fn the_boards_of_this_repository_have_no_mistakes() {
    let boards = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../board");
    for name in ["desk", "gateway", "sensor"] {
        let directory = boards.join(name);
        // desk's cells are the build host's busybox
        if name == "desk" && !Path::new("/bin/busybox").exists() {
            println!("skipped: desk: no /bin/busybox (busybox-static)");
            continue;
        }
        let board = board::load(&directory, &Source::OfBoard).unwrap_or_else(|why| panic!("{why}"));
        let image = image::open(&board.image).unwrap().image;
        assert_eq!(image.board.name, name);
        assert!(image.cells.len() >= 4, "{name}");
        assert!(
            image.cells.iter().any(|cell| cell.health.is_some()),
            "{name}"
        );
        assert!(
            image.cells.iter().any(|cell| !cell.depends.is_empty()),
            "{name}"
        );
    }
}

const STEPS: &str = "\
COPY seed/page /data/page mode=0640 owner=7 group=8
COPY /bin/prog /data/prog mode=0755
TEMPLATE seed/conf /data/conf port=8080
TEMPLATE seed/conf /etc/conf port=80
PATCH_BEGIN /data/page
@@ -1 +1 @@
-one
+1
PATCH_END
LINE /data/page | four
PATCH_BEGIN /data/there strip=1
--- a/there
+++ b/there
@@ -1,2 +1,3 @@
 one
-two
+2
+three
@@ -9 +10 @@
-nine
+9
\\ No newline at end of file
PATCH_END
PATCH_BEGIN /etc/conf
@@ -2 +2 @@
-port 80
+port 81
PATCH_END
EXEC true
";

#[test]
fn a_plan_has_the_boards_files_in_it_and_templates_are_filled() {
    let scratch = shop();
    fs::remove_file(scratch.path().join("plans/web.apply")).unwrap();
    scratch.write("plans/store.apply", STEPS);
    scratch.write("files/seed/page", "one\ntwo\n");
    scratch.write(
        "files/seed/conf",
        "of {{cell_name}} as {{run_uid}}\nport {{port}}\n",
    );
    let store = STORE.replace(
        "copy = [\"/bin/prog\"]",
        "copy = [\"/bin/prog\", \"/bin/sh\"]",
    );
    scratch.write("cells/store.toml", &store);
    scratch.source("bin/sh");
    let board = scratch.load().unwrap_or_else(|why| panic!("{why}"));
    let opened = image::open(&board.image).unwrap();
    let cells = &opened.image.cells;
    let store = cells
        .iter()
        .find(|cell| cell.name.as_str() == "store")
        .unwrap();
    let uid = store.uid;
    let conf = format!("of store as {uid}\nport 8080\n");
    let own = |mode| Ownership {
        mode,
        uid,
        gid: store.gid,
    };
    assert_eq!(
        store.plan,
        [
            PlanStep::File {
                path: "/data/page",
                content: b"1\ntwo\nfour\n",
                owner: Ownership {
                    mode: 0o640,
                    uid: 7,
                    gid: 8
                }
            },
            PlanStep::Copy {
                from: "/bin/prog",
                path: "/data/prog",
                owner: own(0o755)
            },
            PlanStep::File {
                path: "/data/conf",
                content: conf.as_bytes(),
                owner: own(0o644)
            },
            PlanStep::Patch {
                path: "/data/there",
                hunks: vec![
                    Hunk {
                        line: 1,
                        old: b"one\ntwo\n",
                        new: b"one\n2\nthree\n"
                    },
                    Hunk {
                        line: 9,
                        old: b"nine\n",
                        new: b"9"
                    },
                ]
            },
            PlanStep::Execute("true"),
        ]
    );
    let root = board
        .roots
        .iter()
        .find(|root| root.cell == "store")
        .unwrap();
    let entry = &root.entries["/etc/conf"];
    let content = format!("of store as {uid}\nport 81\n");
    assert_eq!(
        entry.kind,
        roots::Kind::File(roots::Content::Bytes(content.into_bytes()))
    );
}

#[test]
fn packages_are_added_by_the_roots_own_programs_or_not_at_all() {
    let scratch = shop();
    scratch.write("plans/store.apply", "PKG tree curl-8.1\n");
    let why = scratch.load().map(drop).map_err(|why| why.to_string());
    assert!(
        why.unwrap_err()
            .contains("PKG needs sh, pkg_add and pkg_info in the root")
    );
    let programs =
        "copy = [\"/bin/prog\", \"/bin/sh\", \"/usr/sbin/pkg_add\", \"/usr/sbin/pkg_info\"]";
    scratch.write(
        "cells/store.toml",
        &STORE.replace("copy = [\"/bin/prog\"]", programs),
    );
    for program in ["bin/sh", "usr/sbin/pkg_add", "usr/sbin/pkg_info"] {
        scratch.source(program);
    }
    let board = scratch.load().unwrap_or_else(|why| panic!("{why}"));
    let opened = image::open(&board.image).unwrap();
    let cells = &opened.image.cells;
    let store = cells
        .iter()
        .find(|cell| cell.name.as_str() == "store")
        .unwrap();
    assert_eq!(
        store.plan,
        [PlanStep::Execute(
            "{ /usr/sbin/pkg_info -qe 'tree' || /usr/sbin/pkg_add 'tree'; } && \
             { /usr/sbin/pkg_info -qe 'curl-8.1' || /usr/sbin/pkg_add 'curl-8.1'; }"
        )]
    );
}
