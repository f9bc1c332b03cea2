use std::os::unix::fs::symlink;

use super::source::matches;
use super::*;

#[test]
fn a_star_is_any_run_of_characters() {
    for (pattern, name) in [
        ("libc.so.*", "libc.so.12"),
        ("*", "x"),
        ("a*b*c", "a1b2c"),
        ("a*", "a"),
        ("exact", "exact"),
        ("*.so", "a.so"),
    ] {
        assert!(matches(pattern, name), "{pattern} {name}");
    }
    for (pattern, name) in [
        ("libc.so.*", "libcrypt.so.1"),
        ("a*b*c", "acb"),
        ("exact", "exactly"),
        ("*.so", "so"),
    ] {
        assert!(!matches(pattern, name), "{pattern} {name}");
    }
}

#[test]
fn links_of_a_source_are_followed_within_it() {
    let top = tempfile::tempdir().unwrap();
    let path = |inside: &str| top.path().join(inside);
    fs::create_dir_all(path("usr/bin")).unwrap();
    fs::create_dir_all(path("etc")).unwrap();
    fs::write(path("usr/bin/prog"), "x").unwrap();
    symlink("usr/bin", path("bin")).unwrap();
    symlink("/usr/bin/prog", path("etc/absolute")).unwrap();
    symlink("../../../../../usr/bin/prog", path("etc/high")).unwrap();
    symlink("loop", path("etc/loop")).unwrap();
    let tree = Tree::new(top.path()).unwrap();
    for inside in ["/bin/prog", "/etc/absolute", "/etc/high"] {
        match tree.look(inside) {
            Ok(Glimpse::File(on_host, _)) => assert_eq!(on_host, path("usr/bin/prog")),
            other => panic!("{inside}: {other:?}"),
        }
    }
    assert!(tree.look("/etc/loop").is_err());
    assert!(tree.look("/etc/nothing").is_err());
    assert_eq!(tree.expand("/bin/p*").unwrap(), ["/bin/prog"]);
    assert!(tree.expand("/bin/q*").unwrap().is_empty());
}

#[test]
fn a_digest_depends_on_every_part_of_a_root() {
    let entry = |mode, kind| Entry { mode, kind };
    let file = |text: &str| Kind::File(Content::Bytes(text.as_bytes().to_vec()));
    let roots = [
        vec![("/a", entry(0o644, file("x")))],
        vec![("/a", entry(0o755, file("x")))],
        vec![("/a", entry(0o644, file("y")))],
        vec![("/b", entry(0o644, file("x")))],
        vec![("/a", entry(0o644, Kind::Link("x".to_owned())))],
        vec![("/a", entry(0o644, Kind::Directory))],
        vec![("/a", entry(0o644, Kind::File(Content::Unseen)))],
        vec![],
    ];
    let digests: std::collections::BTreeSet<_> = roots
        .iter()
        .map(|entries| {
            let root = Root {
                cell: "c".to_owned(),
                entries: entries
                    .iter()
                    .map(|(path, entry)| ((*path).to_owned(), entry.clone()))
                    .collect(),
            };
            root.measure().unwrap().digest
        })
        .collect();
    assert_eq!(digests.len(), roots.len());
}
