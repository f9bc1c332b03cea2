//! Every check of what a cell has beside its service: roots, mounts, volumes, plans, budgets.

mod scratch;

use scratch::{BOARD, CELL, Scratch, after_board, after_cell, in_cell, one};

#[test]
fn mount_targets() {
    let volume = ("volumes/v.toml", "budget = \"1M\"\n");
    let mount =
        |target: &str| format!("{CELL}\n[[mounts]]\nvolume = \"v\"\ntarget = \"{target}\"\n");
    for (target, what) in [
        ("srv", "mount target `srv` is not absolute"),
        ("/", "mount target `/` is the root itself"),
        ("/a/../b", "mount target `/a/../b` has `..` in it"),
        ("/a//b", "mount target `/a//b` has an empty component"),
        ("/dev", "mount target `/dev` is where devices are"),
        ("/dev/shm", "mount target `/dev/shm` is where devices are"),
    ] {
        one(
            &[("cells/a.toml", &mount(target)), volume],
            what,
            "cells/a.toml:8:10",
        );
    }
    let second = "\n[[mounts]]\ntmpfs = \"64K\"\ntarget = \"/srv/www\"\n";
    one(
        &[
            ("cells/a.toml", &format!("{}{second}", mount("/srv"))),
            volume,
        ],
        "mount target `/srv/www` overlaps another",
        "cells/a.toml:12:10",
    );
}

#[test]
fn what_is_mounted() {
    after_cell(
        "[[mounts]]\nvolume = \"v\"\ntarget = \"/v\"",
        "there is no volume `v`",
        "7:10",
    );
    after_cell(
        "[[mounts]]\ntarget = \"/v\"",
        "a mount has either `volume` or `tmpfs`",
        "6:1",
    );
    after_cell(
        "[[mounts]]\ntmpfs = \"0\"\ntarget = \"/v\"",
        "a memory file system that holds nothing",
        "7:9",
    );
    let cell = "command = [\"/v/run\"]\n\n[[mounts]]\ntmpfs = \"1K\"\ntarget = \"/v\"\n";
    one(
        &[("cells/a.toml", cell)],
        "`/v/run` is on a mount without execution",
        "cells/a.toml:1:12",
    );
    let hidden = "\n[[contents.files]]\nfrom = \"f\"\nto = \"/v/f\"\n\n[[mounts]]\ntmpfs = \"1K\"\ntarget = \"/v\"\n";
    one(
        &[
            ("cells/a.toml", &format!("{CELL}{hidden}")),
            ("files/f", "x"),
        ],
        "`/v/f` would be hidden by a mount",
        "cells/a.toml:8:6",
    );
}

#[test]
fn programs() {
    one(
        &[("cells/a.toml", &CELL.replacen("/bin/prog", "/bin/porg", 1))],
        "`/bin/porg` is not in the cell's root",
        "cells/a.toml:1:12",
    );
    one(
        &[("cells/a.toml", &CELL.replacen("/bin/prog", "prog", 1))],
        "`prog` is not absolute",
        "cells/a.toml:1:12",
    );
    after_cell(
        "[health]\ncommand = [\"/bin/health\"]",
        "`/bin/health` is not in the cell's root",
        "7:12",
    );
    one(
        &[("cells/a.toml", "[contents]\ncopy = [\"/bin/prog\"]\n")],
        "a cell needs `command`",
        "cells/a.toml:1:1",
    );
    one(
        &[("source/bin/prog", "#!/bin/sh\n")],
        "`/bin/prog` needs `/bin/sh`, which is not in the source root: No such file or directory (os error 2)",
        "cells/a.toml:4:9",
    );
}

#[test]
fn scripts_that_a_shell_is_given() {
    let cell = "command = [\"/bin/sh\", \"/srv/run.sh\"]\n\n[contents]\nlinks = { \"/bin/sh\" = \"prog\" }\ncopy = [\"/bin/prog\"]\n";
    one(
        &[("cells/a.toml", cell)],
        "the script `/srv/run.sh` is not in the cell's root",
        "cells/a.toml:1:23",
    );
}

#[test]
fn a_file_that_cannot_be_executed() {
    let cell = "command = [\"/run\"]\n\n[[contents.files]]\nfrom = \"run\"\nto = \"/run\"\n";
    one(
        &[("cells/a.toml", cell), ("files/run", "x")],
        "`/run` has mode 0644 and cannot be executed",
        "cells/a.toml:1:12",
    );
}

#[test]
fn execution_from_where_the_cell_can_write() {
    let cell =
        "command = [\"/v/run\"]\n\n[[mounts]]\nvolume = \"v\"\ntarget = \"/v\"\nno_exec = false\n";
    let volume = ("volumes/v.toml", "budget = \"1M\"\n");
    one(
        &[("cells/a.toml", cell), volume],
        "`/v/run` is on a mount that can be written, and the profile denies vnode.exec there",
        "cells/a.toml:1:12",
    );
    let allowed = format!("allow = [\"vnode.exec\"]\n{cell}");
    assert!(
        Scratch::new(&[("cells/a.toml", &allowed), volume])
            .mistakes()
            .is_empty()
    );
    let read_only = format!("{cell}read_only = true\n");
    assert!(
        Scratch::new(&[("cells/a.toml", &read_only), volume])
            .mistakes()
            .is_empty()
    );
}

#[test]
fn directories() {
    in_cell(
        "directory = \"/none\"",
        "`/none` is no directory in the cell's root",
        13,
    );
    in_cell("directory = \"none\"", "`none` is not absolute", 13);
}

#[test]
fn an_address_space_that_the_stack_takes_up() {
    after_cell(
        "[limits]\naddress_space = \"64M\"",
        "`address_space` of 64 MiB, and the kernel sets 64 MiB of it aside for the stack on armv7",
        "7:17",
    );
    let limited = |size: &str| format!("{CELL}\n[limits]\naddress_space = \"{size}\"\n");
    for (arch, refused, good) in [
        ("amd64", "128M", "129M"),
        ("aarch64", "64M", "65M"),
        ("armv7", "64M", "65M"),
        ("mipsel", "32M", "33M"),
        ("mipseb", "32M", "33M"),
        ("amd64-linux", "", "1M"),
    ] {
        let board = BOARD.replace("armv7", arch).replace("64M", "256M");
        let good = Scratch::new(&[("board.toml", &board), ("cells/a.toml", &limited(good))]);
        assert_eq!(good.mistakes(), Vec::<String>::new(), "{arch}");
        if !refused.is_empty() {
            let cell = limited(refused);
            let expected = format!("aside for the stack on {arch}");
            let small = Scratch::new(&[("board.toml", &board), ("cells/a.toml", &cell)]);
            let mistakes = small.mistakes();
            assert!(
                matches!(mistakes.as_slice(), [one] if one.contains(&expected)),
                "{mistakes:?}"
            );
        }
    }
}

#[test]
fn limits_above_the_board() {
    after_cell(
        "[limits]\ndata = \"65M\"",
        "`data` of 65 MiB, and the board has 64 MiB of RAM",
        "7:8",
    );
    // 64 MiB of it are the stack's reserve
    after_cell(
        "[limits]\naddress_space = \"129M\"",
        "`address_space` of 129 MiB, and the board has 64 MiB of RAM",
        "7:17",
    );
    after_cell(
        "[limits]\ncpu = \"1500ms\"",
        "`cpu` must be whole seconds",
        "7:7",
    );
    one(
        &[("board.toml", &format!("{BOARD}\n[budget]\nram = \"8M\"\n"))],
        "`a` has no bound on its memory, and the board has a budget for it",
        "cells/a.toml:1:1",
    );
}

#[test]
fn contents() {
    let contents = |line: &str| {
        format!("command = [\"/bin/prog\"]\n\n[contents]\ncopy = [\"/bin/prog\"]\n{line}\n")
    };
    for (line, what, place) in [
        ("directories = [\"srv\"]", "`srv` is not absolute", "5:16"),
        (
            "directories = [\"/dev/x\"]",
            "`/dev/x` is where devices are",
            "5:16",
        ),
        (
            "directories = [\"/s\"]\nlinks = { \"/s\" = \"x\" }",
            "`/s` is there already",
            "6:11",
        ),
        (
            "links = { \"/etc\" = \"x\" }",
            "`/etc` has to be a directory",
            "1:1",
        ),
        (
            "files = [{ from = \"none\", to = \"/x\" }]",
            "`none` cannot be read: No such file or directory (os error 2)",
            "5:19",
        ),
        (
            "files = [{ from = \"../board.toml\", to = \"/x\" }]",
            "`../board.toml` leaves the board's files",
            "5:19",
        ),
        (
            "files = [{ from = \"f\", to = \"/x\", mode = \"4755\" }]",
            "mode 4755: a cell's root has no set-id or sticky files",
            "5:29",
        ),
    ] {
        one(
            &[("cells/a.toml", &contents(line)), ("files/f", "x")],
            what,
            &format!("cells/a.toml:{place}"),
        );
    }
    one(
        &[(
            "cells/a.toml",
            &CELL.replace("copy = [", "copy = [\"/lib/libc.so.*\", "),
        )],
        "`/lib/libc.so.*` is not in the source root: No such file or directory (os error 2)",
        "cells/a.toml:4:9",
    );
}

#[test]
fn volumes() {
    one(
        &[("volumes/v.toml", "")],
        "a volume needs `budget`",
        "volumes/v.toml:1:1",
    );
    one(
        &[("volumes/v.toml", "budget = \"1M\"\nowner = \"www\"\n")],
        "there is no user `www` in the board's passwd",
        "volumes/v.toml:2:9",
    );
    one(
        &[("volumes/v.toml", "budget = \"1M\"\nmode = \"755\"\n")],
        "`mode`: `755` is not four octal digits",
        "volumes/v.toml:2:8",
    );
}

#[test]
fn plans() {
    let plan = |text: &str, what: &str, place: &str| {
        one(
            &[("plans/a.apply", text)],
            what,
            &format!("plans/a.apply:{place}"),
        );
    };
    plan("DRI /x\n", "`DRI` is no directive", "1:1");
    plan(
        "# first\n  DIR\n",
        "not how this directive is written",
        "2:3",
    );
    plan("FILE_BEGIN /x\na\n", "a file without an end", "1:1");
    plan("DIR x\n", "`x` is not absolute", "1:5");
    plan("DIR /x mode=9\n", "`9` is not four octal digits", "1:8");
    plan(
        "DIR /x owner=www\n",
        "all of a cell's root belongs to root",
        "1:8",
    );
    plan("PKG -f\n", "`-f` is not the name of a package", "1:5");
    plan("PKG\n", "not how this directive is written", "1:1");
    plan(
        "PATCH_BEGIN /x\n--- a\nPATCH_END\n",
        "a patch without a hunk",
        "1:1",
    );
    plan(
        "PATCH_BEGIN /x\n@@ -1 +1 @@\n-a\n",
        "a patch without an end",
        "1:1",
    );
    plan(
        "PATCH_BEGIN /x\n@@ first @@\nPATCH_END\n",
        "not a hunk as `@@ -1,3 +1,4 @@`",
        "2:1",
    );
    plan(
        "FILE_BEGIN /x\na\nFILE_END\nPATCH_BEGIN /x\n@@ -1 +1 @@\n-b\n+c\nPATCH_END\n",
        "the patch does not fit `/x`",
        "4:1",
    );
    plan(
        "COPY ../secret /x\n",
        "`../secret` leaves the board's files",
        "1:6",
    );
    plan(
        "COPY nothing /x\n",
        "`nothing` cannot be read: No such file or directory (os error 2)",
        "1:6",
    );
    plan("COPY /bin/prog /x\n", "from the root into the root", "1:6");
    plan("COPY a\n", "not how this directive is written", "1:1");
    one(
        &[("plans/a.apply", "COPY a /x who=me\n"), ("files/a", "x\n")],
        "`who=` is no option",
        "plans/a.apply:1:11",
    );
    plan(
        "TEMPLATE nothing /x\n",
        "`nothing` cannot be read: No such file or directory (os error 2)",
        "1:10",
    );
    one(
        &[
            ("plans/a.apply", "TEMPLATE page /x name=value\n"),
            ("files/page", "{{name}}\n{{nobody}}\n"),
        ],
        "line 2 of the template: nothing stands for `nobody`",
        "plans/a.apply:1:10",
    );
    one(
        &[
            ("plans/a.apply", "TEMPLATE page /x\n"),
            ("files/page", "a {{cell_name\n"),
        ],
        "line 1 of the template: `{{` without `}}`",
        "plans/a.apply:1:10",
    );
    plan(
        "LINE /bin/prog | x\n",
        "`/bin/prog` is not a file that this board wrote",
        "1:6",
    );
    one(
        &[("plans/a.apply", "EXEC true\n")],
        "its plan has EXEC, and its root has no /bin/sh",
        "cells/a.toml:1:1",
    );
    one(
        &[("plans/b.apply", "DIR /x\n")],
        "a plan for `b`, and there is no such cell",
        "plans/b.apply:1:1",
    );
}

#[test]
fn steps_that_undo_each_other_at_every_start() {
    let cell = format!("{CELL}\n[[mounts]]\ntmpfs = \"64K\"\ntarget = \"/x\"\n");
    let patch = |path: &str| format!("PATCH_BEGIN {path}\n@@ -1 +1 @@\n-a\n+b\nPATCH_END\n");
    let twice = "`/x/f` would be made a second time at every start";
    for (text, what, place) in [
        (
            "COPY /bin/prog /x/f\nLINE /x/f | a\n".into(),
            "`/x/f` would be copied and changed at every start",
            2,
        ),
        (
            format!("COPY /bin/prog /x/f\n{}", patch("/x/f")),
            "`/x/f` would be copied and changed at every start",
            2,
        ),
        (
            format!("{0}LINE /x/f | c\n{0}", patch("/x/f")),
            "`/x/f` is patched twice, and the first would not be found again",
            7,
        ),
        (
            format!("FILE_BEGIN /x/f\nc\nFILE_END\n{}", patch("/x/f")),
            "`/x/f` is not what the patch expects",
            4,
        ),
        ("DIR /x/f\nDIR /x/f mode=0700\n".into(), twice, 2),
        (
            "LINE /x/f | a\nFILE_BEGIN /x/f\nFILE_END\n".into(),
            twice,
            2,
        ),
        ("SYMLINK a /x/f\nCOPY /bin/prog /x/f\n".into(), twice, 2),
    ] {
        let place = format!("plans/a.apply:{place}:1");
        let files = [("cells/a.toml", cell.as_str()), ("plans/a.apply", &text)];
        one(&files, what, &place);
    }
}

#[test]
fn boards() {
    one(
        &[("board.toml", &BOARD.replace("armv7", "sparc"))],
        "`arch`: `sparc` is no architecture; one of: amd64, aarch64, armv7, mipsel, mipseb, amd64-linux, aarch64-linux",
        "board.toml:2:8",
    );
    one(
        &[("board.toml", &BOARD.replace("ram = \"64M\"\n", ""))],
        "a board needs `ram`",
        "board.toml:1:1",
    );
    one(
        &[("board.toml", &BOARD.replace("ram = \"64M\"", "ram = \"0\""))],
        "`ram` of nothing",
        "board.toml:3:7",
    );
    after_board("[budget]\nimage = \"0\"", "`image` of nothing", "13:9");
}

#[test]
fn a_budget_that_does_not_hold_names_what_takes_the_most() {
    let limits = "\n[limits]\nprocesses = 2\ndata = \"7M\"\nstack = \"1M\"\n";
    let large = format!("{CELL}{}", limits.replace('7', "15"));
    let small = format!("{CELL}{limits}");
    let board = format!("{BOARD}\n[budget]\nram = \"40M\"\n");
    let files = [
        ("board.toml", board.as_str()),
        ("cells/a.toml", &small),
        ("cells/b.toml", &large),
    ];
    let mistakes = Scratch::new(&files).mistakes();
    let [mistake] = mistakes.as_slice() else {
        panic!("{mistakes:?}");
    };
    let expected = "RAM of the cells at their limits: 48.1 MiB, and there are 40 MiB";
    assert!(mistake.contains(expected), "{mistake}");
    assert!(mistake.contains("board.toml:13:7"), "{mistake}");
    assert!(
        mistake.contains("the largest: b 32.1 MiB, a 16.1 MiB"),
        "{mistake}"
    );
}
