//! `import`: the original's recipes become boards without mistakes, and nothing is dropped in silence.

mod scratch;

use std::fs;
use std::path::{Path, PathBuf};

use cellbake::board::{self, Source};
use libcell::image;
use scratch::{run, text};

fn examples(form: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/import")
        .join(form)
}

/// What was said, and the board.
fn import(paths: &[&Path]) -> (String, tempfile::TempDir) {
    let top = tempfile::tempdir().unwrap();
    let out = top.path().join("board").display().to_string();
    let mut arguments = vec!["import".to_owned(), "-o".to_owned(), out];
    arguments.extend(paths.iter().map(|path| path.display().to_string()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = run(&arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    (said, top)
}

#[test]
fn every_recipe_becomes_a_board_that_passes_check() {
    let recipes = [
        ("v2/httpd", 1),
        ("v2/php-api", 2),
        ("v2/api-gateway", 4),
        ("v2/blue-green", 3),
        ("v2/mantisbt", 3),
        ("v2/luanti", 1),
        ("v2/forgejo", 1),
        ("v4/gateway", 2),
    ];
    for (recipe, cells) in recipes {
        let (_, top) = import(&[&examples(recipe)]);
        let board = top.path().join("board").display().to_string();
        let output = run(&["check", &board]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{recipe}: {}",
            text(&output.stderr)
        );
        let loaded = board::load(Path::new(&board), &Source::OfBoard).unwrap();
        let image = image::open(&loaded.image).unwrap().image;
        assert_eq!(image.cells.len(), cells, "{recipe}");
    }
}

#[test]
fn values_of_v2_are_carried_over() {
    let (_, top) = import(&[&examples("v2/httpd")]);
    let loaded = board::load(&top.path().join("board"), &Source::OfBoard).unwrap();
    let image = image::open(&loaded.image).unwrap().image;
    let www = &image.cells[0];
    assert_eq!(
        www.command,
        [
            "/usr/libexec/httpd",
            "-b",
            "-f",
            "-s",
            "-I",
            "80",
            "/var/www"
        ]
    );
    assert_eq!(www.reservations[0].to_string(), "80");
    assert_eq!(www.limits.nofile, Some(256));
    assert_eq!(www.limits.address_space_kib, Some(262_144));
    assert_eq!(www.limits.core_kib, Some(0));
    assert_eq!(
        (www.log.facility.0, www.log.stdout.0, www.log.stderr.0),
        (16, 6, 4)
    );
    assert_eq!(image.volumes[0].mode, 0o755);
    assert!(
        www.mounts
            .iter()
            .any(|mount| mount.target == "/var/www" && mount.read_only)
    );
    assert_eq!(www.plan.len(), 1, "the page: {:?}", www.plan);
}

#[test]
fn variables_and_dependencies_are_resolved() {
    let (_, top) = import(&[&examples("v2/api-gateway")]);
    let loaded = board::load(&top.path().join("board"), &Source::OfBoard).unwrap();
    let image = image::open(&loaded.image).unwrap().image;
    let last = image.cells.last().unwrap();
    assert_eq!((last.name.as_str(), last.depends.len()), ("gateway", 3));
    assert_eq!(image.cells[1].reservations[0].to_string(), "8081");
    assert!(image.cells[1].command.contains(&"8081"));
}

#[test]
fn values_of_v4_are_carried_over() {
    let (said, top) = import(&[&examples("v4/gateway")]);
    let loaded = board::load(&top.path().join("board"), &Source::OfBoard).unwrap();
    let image = image::open(&loaded.image).unwrap().image;
    let [store, web] = image.cells.as_slice() else {
        panic!("{:?}", image.cells);
    };
    assert!(!store.autostart);
    assert_eq!(
        (web.uid, web.gid, web.groups.as_slice()),
        (1001, 1001, &[1002, 1003][..])
    );
    assert_eq!(web.depends, [0]);
    assert_eq!(web.health.as_ref().unwrap().command[..2], ["/bin/sh", "-c"]);
    for line in [
        "store.cell: colour: not a key",
        "store.cell: user: was root",
        "web.cell: root_base:",
        "web.cell: local_dev:",
        "web.cell: dependency: `NETWORKING` is no cell",
        "web.cell: mount: the host's /srv/site becomes the volume `srv-site`",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
}

#[test]
fn what_is_not_carried_over_has_a_line() {
    let (said, _top) = import(&[&examples("v2/php-api")]);
    for line in [
        "php.apply: PKG php84 php84-fpm:",
        "php.apply: EXEC mkdir -p /srv/www/uploads:",
        "php.apply: LINE /etc/rc.conf | php_fpm=YES:",
        "nginx.apply: PATCH_BEGIN /usr/pkg/etc/nginx/mime.types:",
        "nginx.apply: /usr/pkg/etc/nginx/nginx.conf: `group=nginx`:",
        "nginx.apply: /usr/pkg/etc/nginx/nginx.conf: mode 0640 becomes 0644",
        "nginx.cell: user: was root",
        "nginx.cell: root: was writable",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
}

#[test]
fn nothing_of_a_manifest_is_executed() {
    let top = tempfile::tempdir().unwrap();
    let trap = top.path().join("trap");
    let cell = format!(
        "CELL_NAME=x\ntouch {0}\nCELL_SUPERVISE_TAG=$(touch {0})\nCELL_SUPERVISE_CMD=/bin/x\n",
        trap.display()
    );
    let file = top.path().join("x.cell");
    fs::write(&file, cell).unwrap();
    let (said, _out) = import(&[&file]);
    assert!(!trap.exists());
    assert!(
        said.contains("x.cell: CELL_SUPERVISE_TAG: only a shell knows"),
        "{said}"
    );
    assert!(said.contains("x.cell: touch "), "{said}");
}

#[test]
fn a_cell_without_a_command_or_with_one_only_a_shell_knows_is_refused() {
    let top = tempfile::tempdir().unwrap();
    let out = top.path().join("out").display().to_string();
    for (text_of, why) in [
        ("CELL_NAME=x\n", "CELL_SUPERVISE_CMD is missing"),
        ("CELL_SUPERVISE_CMD=$(which httpd)\n", "only a shell knows"),
        ("name=x\n", "command is missing"),
    ] {
        let file = top.path().join("x.cell");
        fs::write(&file, text_of).unwrap();
        let output = run(&["import", &file.display().to_string(), "-o", &out]);
        assert_eq!(output.status.code(), Some(1), "{text_of}");
        assert!(
            text(&output.stderr).contains(why),
            "{}",
            text(&output.stderr)
        );
        assert!(!Path::new(&out).exists());
    }
}

#[test]
fn a_board_that_is_there_is_not_written_over() {
    let top = tempfile::tempdir().unwrap();
    fs::write(top.path().join("mine"), "x").unwrap();
    let out = top.path().display().to_string();
    let output = run(&[
        "import",
        &examples("v2/httpd").display().to_string(),
        "-o",
        &out,
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_dir(top.path()).unwrap().count(), 1);
}
