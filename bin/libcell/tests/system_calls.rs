//! The table of NetBSD's system calls (`src/platform/netbsd/sys.rs`) is what the platform calls, and what NetBSD has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const TABLE: &str = include_str!("../src/platform/netbsd/sys.rs");

#[derive(Debug)]
struct Row<'t> {
    number: u16,
    since: u8,
    until: Option<u8>,
    name: &'t str,
    symbol: &'t str,
    function: &'t str,
}

fn rows() -> Vec<Row<'static>> {
    let (_, rest) = TABLE.split_once("calls! {\n    1 ").expect("the table");
    let (table, _) = rest.split_once("\n}").expect("its end");
    let first = TABLE.len() - rest.len() - "1 ".len();
    let table = &TABLE[first..first + table.len() + 2];
    let lines = table.lines().map(str::trim);
    let rows = lines.filter(|line| !line.starts_with("//") && !line.is_empty());
    rows.map(|line| {
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap_or_else(|| panic!("{line}"));
        let number = word().parse().unwrap();
        let (since, until) = word().split_once("..").unwrap();
        let (name, symbol) = (word(), word().trim_matches('"'));
        assert_eq!(word(), "fn");
        let (function, _) = word().split_once('(').unwrap();
        Row {
            number,
            since: since.parse().unwrap(),
            until: (!until.is_empty()).then(|| until.parse().unwrap()),
            name,
            symbol,
            function,
        }
    })
    .collect()
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Every file of the NetBSD platform but the table, without its remarks.
fn code() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/platform/netbsd");
    sources(&place, &mut paths);
    let files = paths.into_iter().filter(|path| !path.ends_with("sys.rs"));
    files
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let lines = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let code = lines.collect::<Vec<_>>().join("\n");
            (path, code)
        })
        .collect()
}

#[test]
fn numbers_rise_and_no_name_is_there_twice() {
    let rows = rows();
    assert!(rows.len() > 50);
    assert!(rows.windows(2).all(|two| two[0].number < two[1].number));
    for of in [
        |row: &Row<'static>| row.name,
        |row: &Row<'static>| row.symbol,
        |row: &Row<'static>| row.function,
    ] {
        let names: BTreeSet<&str> = rows.iter().map(of).collect();
        assert_eq!(names.len(), rows.len());
    }
}

#[test]
fn what_is_called_stands_in_the_table_and_what_stands_there_is_called() {
    let mut called = BTreeSet::new();
    for (_, code) in code() {
        for part in code.split("sys::").skip(1) {
            let end = part.find(|next: char| !next.is_alphanumeric() && next != '_');
            called.insert(part[..end.unwrap_or(part.len())].to_string());
        }
    }
    // not calls: the table itself and what judges results
    for other in ["", "self", "check", "done", "KEventCall", "CALLS"] {
        called.remove(other);
    }
    let there: BTreeSet<String> = rows().iter().map(|row| row.function.into()).collect();
    assert_eq!(called, there);
}

/// The instruction is in `arch` alone: once for the rows of the table, once for `raw`.
#[test]
fn nothing_else_enters_the_kernel() {
    for (path, code) in code() {
        let entries = ["svc #", "\"syscall\"", "swi "]
            .iter()
            .map(|instruction| code.matches(instruction).count())
            .sum::<usize>();
        let in_arch = path.parent().is_some_and(|parent| parent.ends_with("arch"));
        let most = if in_arch && !path.ends_with("mod.rs") {
            2
        } else {
            0
        };
        assert_eq!(entries, most, "{}", path.display());
    }
}

/// Of each of these a release has one.
const PAIRS: [[&str; 2]; 3] = [
    ["statvfs1", "statvfs190"],
    ["getvfsstat", "getvfsstat90"],
    ["kevent50", "kevent100"],
];

/// Every release from 9 on has each call; where a number is of some releases only, another takes its place.
#[test]
fn every_release_has_every_call() {
    for release in [9, 10, 11, 12] {
        let has =
            |row: &&Row<'_>| row.since <= release && row.until.is_none_or(|until| release < until);
        let rows = rows();
        let names: Vec<&str> = rows.iter().filter(has).map(|row| row.function).collect();
        for one_of in PAIRS {
            let known = one_of.iter().filter(|name| names.contains(name)).count();
            assert_eq!(known, 1, "{one_of:?} in {release}");
        }
        assert_eq!(names.len(), rows.len() - PAIRS.len(), "in {release}");
    }
}

/// The rows against a syscalls.master of the development version that became 11: `NETBSD_SRC` is a tree's root.
#[test]
#[ignore = "needs NetBSD's sources: NETBSD_SRC=DIR"]
fn netbsd_has_the_calls_by_these_numbers_without_compat() {
    let tree = std::env::var("NETBSD_SRC").expect("NETBSD_SRC");
    let path = Path::new(&tree).join("sys/kern/syscalls.master");
    let master = fs::read_to_string(path).unwrap().replace("\\\n", " ");
    for row in rows() {
        let is_it = |line: &&str| {
            let number = line.split_whitespace().next();
            number.is_some_and(|number| number.parse() == Ok(row.number))
        };
        let line = master.lines().find(is_it);
        let line = line.unwrap_or_else(|| panic!("{}: no such number", row.number));
        let kind = line.split_whitespace().nth(1).unwrap();
        match row.until {
            None => assert!(["STD", "NOERR"].contains(&kind), "{line}"),
            Some(_) => assert!(kind.starts_with("COMPAT_"), "{line}"),
        }
        // { type|prefix|version|name(...); } alias
        let mut parts = line.split('|').skip(2);
        let (version, rest) = (parts.next().unwrap(), parts.next().unwrap());
        let (name, _) = rest.split_once('(').unwrap();
        let alias = line.rsplit('}').next().unwrap().trim();
        let named = match (version, alias) {
            ("", "") => name.into(),
            ("", alias) => alias.into(),
            (version, _) => format!("__{name}{version}"),
        };
        assert_eq!(named, row.name, "{line}");
    }
}
