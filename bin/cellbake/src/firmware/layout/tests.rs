use super::*;

#[test]
fn parents_are_made_and_nothing_is_there_twice() {
    let mut layout = Layout::default();
    layout
        .add("/a/b/c", Item::text(0o644, "x".to_owned()))
        .unwrap();
    let paths: Vec<_> = layout.items.keys().map(String::as_str).collect();
    assert_eq!(paths, ["/a", "/a/b", "/a/b/c"]);
    let again = layout.add("/a/b/c", Item::link("d"));
    assert_eq!(again, Err(Taken("/a/b/c".to_owned())));
    let below = layout.add("/a/b/c/d", Item::link("d"));
    assert_eq!(below, Err(Taken("/a/b/c".to_owned())));
    // a directory may be said again, and what the board has stays
    layout.add("/a/b", Item::directory(0o700)).unwrap();
    layout.offer("/a/b/c", Item::link("d")).unwrap();
    assert_eq!(layout.items["/a/b/c"], Item::text(0o644, "x".to_owned()));
}

#[test]
fn the_specification_says_kinds_owners_and_strange_names() {
    let mut layout = Layout::default();
    let node = Item {
        gid: 5,
        ..Item::of(0o640, What::Node("block", 4, 17))
    };
    layout.add("/dev/wd0a", node).unwrap();
    layout
        .add("/bin/[", Item::text(0o755, String::new()))
        .unwrap();
    layout.add("/a b", Item::link("c")).unwrap();
    assert_eq!(
        layout.specification(),
        "/set uid=0 gid=0 time=315532800.0\n\
         . type=dir mode=0755\n\
         ./a\\040b type=link mode=0777\n\
         ./bin type=dir mode=0755\n\
         ./bin/\\133 type=file mode=0755\n\
         ./dev type=dir mode=0755\n\
         ./dev/wd0a type=block device=netbsd,4,17 mode=0640 uid=0 gid=5\n"
    );
}

#[test]
fn modes_that_a_read_only_system_does_not_tell_apart_are_one() {
    for (mode, becomes) in [
        (0o555, 0o755),
        (0o444, 0o644),
        (0o644, 0o644),
        // who may read it, and whose program it is, matter
        (0o600, 0o600),
        (0o4555, 0o4555),
        (0o2555, 0o2555),
    ] {
        assert_eq!(plain(mode), becomes, "{mode:o}");
    }
}
