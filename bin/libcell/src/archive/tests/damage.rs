//! What is damaged or lies is refused, with the reason.

use std::prelude::rust_2024::*;
use std::{format, panic, vec};

use embedded_io::Write as _;
use sha2::{Digest as _, Sha256};

use super::super::header::{self, BLOCK};
use super::super::reader::digest_text;
use super::*;

fn compressed(tar: &[u8]) -> Vec<u8> {
    let mut gzip = gzip::Gzip::new(Sink::default()).unwrap();
    assert!(gzip.update(tar));
    gzip.finish().unwrap().0
}

/// The blocks of a tar's members: name, header and data.
fn members_of(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut members = Vec::new();
    let mut rest = tar;
    while let Some(block) = rest
        .first_chunk::<BLOCK>()
        .filter(|block| **block != [0; BLOCK])
    {
        let size = header::number(block, header::SIZE).unwrap() as usize;
        let (member, after) = rest.split_at(BLOCK + size.next_multiple_of(BLOCK));
        let name = String::from_utf8_lossy(header::text(block, header::NAME)).into();
        members.push((name, member.into()));
        rest = after;
    }
    members
}

/// An archive of these members, with the digest that it must have.
fn sealed(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar: Vec<u8> = Vec::new();
    for (name, member) in members {
        if name == DIGEST {
            let digest: Digest = Sha256::digest(&tar).into();
            tar.extend_from_slice(&member[..BLOCK]);
            tar.extend_from_slice(&digest_text(&digest));
            tar.resize(tar.len().next_multiple_of(BLOCK), 0);
        } else {
            tar.extend_from_slice(member);
        }
    }
    tar.extend([0; 2 * BLOCK]);
    compressed(&tar)
}

/// Whether a member has that name; directories with their slash.
fn at(members: &[(String, Vec<u8>)], wanted: &str) -> usize {
    members.iter().position(|(name, _)| name == wanted).unwrap()
}

/// Changes a header and makes its sum right.
fn change(member: &mut [u8], field: header::Field, bytes: &[u8]) {
    let block: &mut [u8; BLOCK] = member.first_chunk_mut().unwrap();
    header::put(block, field, &[0; 155]);
    header::put(block, field, bytes);
    header::seal(block);
}

fn sample() -> Vec<(String, Vec<u8>)> {
    let members = [
        directory(""),
        directory("etc"),
        file("etc/hosts", b"127.0.0.1 localhost\n"),
        link("etc/again", Kind::HardLink, "etc/hosts"),
        directory("log"),
        file("log/today", &[b'x'; 3000]),
        link("tick", Kind::SymbolicLink, "log/today"),
    ];
    members_of(&tar_of(&written(&manifest(&members), &members).0))
}

fn refused(archive: &[u8]) -> Why {
    match read(archive, Origin::Picocell, Allow::default()) {
        Err(why) => why,
        other => panic!("{other:?}"),
    }
}

/// What becomes of the sample with a change.
fn changed(change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> Why {
    let mut members = sample();
    change(&mut members);
    refused(&sealed(&members))
}

#[test]
fn what_is_sealed_again_unchanged_is_taken() {
    let members = sample();
    assert!(read(&sealed(&members), Origin::Picocell, Allow::default()).is_ok());
}

#[test]
fn a_member_that_is_missing_twice_or_elsewhere_is_noticed() {
    let named = |name: &'static str| move |members: &Vec<(String, Vec<u8>)>| at(members, name);
    let manifest = named("manifest");
    assert_eq!(
        changed(|all| drop(all.remove(manifest(all)))),
        Rule::NoManifest.why()
    );
    assert_eq!(changed(|all| all.swap(0, 1)), Rule::NoManifest.why());
    assert_eq!(
        changed(|all| drop(all.remove(at(all, "sha256")))),
        Rule::NoDigest.why()
    );
    assert_eq!(
        changed(|all| drop(all.remove(at(all, "data/tick")))),
        Rule::Less.why()
    );
    assert_eq!(
        changed(|all| all.insert(0, all[0].clone())),
        Rule::Stranger.why()
    );
    assert_eq!(
        changed(|all| all.insert(4, all[3].clone())),
        Rule::More.why()
    );
    assert_eq!(
        changed(|all| drop(all.remove(at(all, "data/")))),
        Rule::Orphan.why()
    );
    assert_eq!(
        changed(|all| drop(all.remove(at(all, "data/etc/")))),
        Rule::Orphan.why()
    );
    assert_eq!(changed(|all| all.swap(2, 3)), Rule::Orphan.why());
    // after another directory: it would be made a second time
    let (etc, tick) = (named("data/etc/again"), named("data/tick"));
    assert_eq!(
        changed(|all| {
            let (etc, tick) = (etc(all), tick(all));
            all.swap(etc, tick);
        }),
        Rule::Orphan.why()
    );
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let name = |name: &str| {
        changed(|all| {
            let at = at(all, "data/tick");
            change(&mut all[at].1, header::NAME, name.as_bytes());
        })
    };
    assert_eq!(name("data/../tick"), Rule::Name.why());
    assert_eq!(name("data/a/../../tick"), Rule::Name.why());
    assert_eq!(name("data//tick"), Rule::Name.why());
    assert_eq!(name("data/./tick"), Rule::Name.why());
    assert_eq!(name("data/.."), Rule::Name.why());
    assert_eq!(name("data/"), Rule::Name.why());
    assert_eq!(name("/etc/passwd"), Rule::Stranger.why());
    assert_eq!(name("../etc/passwd"), Rule::Stranger.why());
    assert_eq!(name("database"), Rule::Name.why());
    assert_eq!(name("other"), Rule::Stranger.why());
    // through a link, and through a file
    assert_eq!(name("data/tick/below"), Rule::Orphan.why());
    assert_eq!(name("data/log/today/below"), Rule::Orphan.why());
    let deep = format!("data/{}x", "d/".repeat(40));
    assert_eq!(name(&deep), Rule::Orphan.why());
}

#[test]
fn links_that_lead_elsewhere_are_refused() {
    let link = |to: &str| {
        changed(|all| {
            let at = at(all, "data/etc/again");
            change(&mut all[at].1, header::LINK, to.as_bytes());
        })
    };
    for to in [
        "/etc/passwd",
        "data/../etc/passwd",
        "../../x",
        "data",
        "data/",
        "",
        "other/file",
    ] {
        assert_eq!(link(to), Rule::Link.why(), "{to}");
    }
}

#[test]
fn sizes_that_lie_are_noticed() {
    let size = |name: &'static str, size: &str| {
        changed(|all| {
            let at = at(all, name);
            change(&mut all[at].1, header::SIZE, size.as_bytes());
        })
    };
    // 3001 and 2999 bytes where there are 3000
    assert_eq!(size("data/log/today", "00000005671"), Rule::More.why());
    assert_eq!(size("data/log/today", "00000005667"), Rule::Less.why());
    assert_eq!(size("data/log/today", "77777777777"), Rule::More.why());
    assert_eq!(size("data/log/today", "\u{0}"), Rule::Header.why());
    assert_eq!(size("data/etc/", "00000000001"), Rule::Size.why());
    assert_eq!(size("manifest", "77777777777"), Rule::NoManifest.why());
    let huge = [
        0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ];
    let mut members = sample();
    let at = at(&members, "data/log/today");
    change(&mut members[at].1, header::SIZE, &huge);
    assert_eq!(refused(&sealed(&members)), Rule::Size.why());
}

#[test]
fn nodes_set_id_bits_and_strange_kinds_are_refused_unless_they_are_allowed() {
    let mut members = sample();
    let at = at(&members, "data/log/today");
    change(&mut members[at].1, header::MODE, b"0004755");
    let set_id = sealed(&members);
    assert_eq!(refused(&set_id), Rule::SetId.why());
    let allow = Allow {
        set_id: true,
        devices: false,
    };
    assert!(read(&set_id, Origin::Picocell, allow).is_ok());

    let kind = |kind: u8| {
        let mut members = sample();
        let tick = members
            .iter()
            .position(|(name, _)| name == "data/tick")
            .unwrap();
        members[tick].1[header::TYPE] = kind;
        change(&mut members[tick].1, header::MODE, b"0000644");
        sealed(&members)
    };
    assert_eq!(refused(&kind(b'3')), Rule::Device.why());
    assert_eq!(refused(&kind(b'4')), Rule::Device.why());
    let allow = Allow {
        set_id: false,
        devices: true,
    };
    assert!(read(&kind(b'3'), Origin::Picocell, allow).is_ok());
    for strange in [b'S', b'D', b'M', b'V', b'X', b'z'] {
        assert_eq!(refused(&kind(strange)), Rule::Kind.why(), "{strange}");
    }
}

#[test]
fn extended_headers_that_cannot_be_read_are_refused() {
    let extended = |content: &[u8]| {
        changed(|all| {
            let mut block = [0; BLOCK];
            header::put(&mut block, header::NAME, b"x");
            header::put_number(&mut block, header::SIZE, content.len() as u64);
            block[header::TYPE] = b'x';
            header::seal(&mut block);
            let mut member = block.to_vec();
            member.extend_from_slice(content);
            member.resize(member.len().next_multiple_of(BLOCK), 0);
            let at = at(all, "data/log/today");
            all.insert(at, (String::new(), member));
        })
    };
    for content in [
        &b"8 path=a\n"[..],
        b"11 path=a\n",
        b"path=a\n",
        b"10 path=ab",
        b" path=a\n",
        b"99999999999999999999 a=b\n",
        b"0 a=b\n",
        b"9 size=x\n",
        b"10 mtime=\n",
        &[b'x'; 20_000],
    ] {
        assert_eq!(extended(content), Rule::Extended.why(), "{content:?}");
    }
    assert_eq!(extended(b"21 path=data/../tick\n"), Rule::Name.why());
    assert_eq!(extended(b"12 path=\xff\xfe\xfd\n"), Rule::Stranger.why());
    assert_eq!(extended(b"25 size=9000000000000000\n"), Rule::More.why());
    assert_eq!(extended(b"22 GNU.sparse.major=1\n"), Rule::Size.why());
    assert_eq!(extended(b"22 GNU.sparse.major=0\n"), Rule::Kind.why());
}

#[test]
fn maps_of_sparse_files_that_lie_are_refused() {
    let with = |map: &str, real: u64| {
        changed(|all| {
            let at = at(all, "data/log/today");
            let mut records = Vec::new();
            pax::push(&mut records, "GNU.sparse.major", b"1");
            pax::push_number(&mut records, "GNU.sparse.realsize", real);
            let mut block = [0; BLOCK];
            header::put_number(&mut block, header::SIZE, records.len() as u64);
            block[header::TYPE] = b'x';
            header::seal(&mut block);
            let mut member = block.to_vec();
            member.extend_from_slice(&records);
            member.resize(member.len().next_multiple_of(BLOCK), 0);
            let (header, data) = all[at].1.split_at(BLOCK);
            let mut file = header.to_vec();
            file.extend_from_slice(map.as_bytes());
            file.resize(file.len().next_multiple_of(BLOCK), 0);
            file.extend_from_slice(data);
            let size = format!("{:011o}", file.len() - BLOCK - data.len() + 3000);
            change(&mut file, header::SIZE, size.as_bytes());
            all[at].1 = file;
            all.insert(at, (String::new(), member));
        })
    };
    for (map, real) in [
        ("1\n0\n2999\n", 3000),
        ("1\n0\n3001\n", 3001),
        ("1\n1\n3000\n", 3000),
        ("2\n0\n2000\n1999\n1000\n", 9000),
        ("2\n2000\n1000\n0\n2000\n", 9000),
        ("x\n", 3000),
        ("513\n", 3000),
        ("18446744073709551616\n", 3000),
        ("1\n9223372036854775807\n3000\n", 3000),
        ("0\n", 3000),
    ] {
        assert_eq!(with(map, real), Rule::Size.why(), "{map:?}");
    }
    // right, but the manifest knows nothing of the hole
    assert_eq!(with("1\n0\n3000\n", 1 << 40), Rule::More.why());
}

#[test]
fn manifests_that_cannot_be_read_are_refused() {
    let with = |from: &str, to: &str| {
        changed(|all| {
            let text = String::from_utf8(all[0].1[BLOCK..].to_vec()).unwrap();
            let text = text.trim_end_matches('\0').replacen(from, to, 1);
            let mut member = all[0].1[..BLOCK].to_vec();
            let size = format!("{:011o}", text.len());
            change(&mut member, header::SIZE, size.as_bytes());
            member.extend_from_slice(text.as_bytes());
            member.resize(member.len().next_multiple_of(BLOCK), 0);
            all[0].1 = member;
        })
    };
    assert_eq!(with("picocell 1", "picocell 2"), Rule::Version.why());
    for (from, to) in [
        ("kind volume", "kind disk"),
        ("kind volume\n", ""),
        ("name samples", "name ../samples"),
        ("name samples", "name "),
        ("board gateway", "board a b"),
        ("created 20", "created 19"),
        ("entries 7", "entries -7"),
        ("entries 7", "entries 4294967296"),
        ("entries", "size"),
        ("bytes 3", "bytes x"),
    ] {
        assert_eq!(with(from, to), Rule::Manifest.why(), "{to}");
    }
    assert_eq!(with("entries 7", "entries 8"), Rule::Less.why());
    assert_eq!(with("entries 7", "entries 6"), Rule::More.why());
    assert_eq!(with("bytes 3020", "bytes 3021"), Rule::Less.why());
}

#[test]
fn a_digest_that_is_not_of_what_was_before_is_noticed() {
    let tar = tar_of(&sealed(&sample()));
    let with = |at: usize, byte: u8| {
        let mut tar = tar.clone();
        tar[at] = byte;
        refused(&compressed(&tar))
    };
    let find = |text: &[u8]| {
        tar.windows(text.len())
            .position(|window| window == text)
            .unwrap()
    };
    assert_eq!(with(find(b"localhost"), b'L'), Rule::Digest.why());
    assert_eq!(with(find(b"  -\n"), b'x'), Rule::Digest.why());
    assert_eq!(with(find(b"xxxx") - 300, 1), Rule::Header.why());
}

#[test]
fn what_ends_too_early_or_goes_on_is_noticed() {
    let tar = tar_of(&sealed(&sample()));
    for length in (0..tar.len()).step_by(100) {
        let flaw = refused(&compressed(&tar[..length]));
        assert_eq!(flaw, Rule::Short.why(), "{length}");
    }
    let mut more = tar.clone();
    more.push(1);
    assert_eq!(refused(&compressed(&more)), Rule::Trailing.why());
    // zeros, a thousandth of their size
    let mut bomb = gzip::Gzip::new(Sink::default()).unwrap();
    assert!(bomb.update(&tar));
    for _ in 0..8 {
        assert!(bomb.update(&[0; 1 << 20]));
    }
    let mut bomb = bomb.finish().unwrap();
    assert!(bomb.0.len() < 50_000, "{}", bomb.0.len());
    assert_eq!(refused(&bomb.0), Rule::Trailing.why());
    bomb.write_all(b"x").unwrap();
}

#[test]
fn foreign_archives_are_read_without_manifest_and_digest() {
    let mut members = sample();
    members.retain(|(name, _)| name != "manifest" && name != "sha256");
    for (name, member) in &mut members {
        let below = name.strip_prefix("data/").unwrap();
        change(member, header::NAME, format!("./{below}").as_bytes());
        if name == "data/etc/again" {
            change(member, header::LINK, b"./etc/hosts");
        }
    }
    let archive = sealed(&members);
    let (read, summary) = read(&archive, Origin::Foreign, Allow::default()).unwrap();
    let names: Vec<_> = read.iter().map(|(entry, _)| entry.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "",
            "etc",
            "etc/hosts",
            "etc/again",
            "log",
            "log/today",
            "tick"
        ]
    );
    assert_eq!(read[3].0.link, "etc/hosts");
    assert_eq!(summary.sums.entries, 7);
    assert_eq!(
        summary.digest,
        <Digest>::from(Sha256::digest(tar_of(&archive)))
    );
    assert_eq!(refused(&archive), Rule::NoManifest.why());
    for bad in ["/etc/passwd", "../x", "a/../b", "..", "./a//b"] {
        let mut members = members.clone();
        change(&mut members[2].1, header::NAME, bad.as_bytes());
        let refused = super::read(&sealed(&members), Origin::Foreign, Allow::default());
        assert_eq!(refused.unwrap_err(), Rule::Name.why(), "{bad}");
    }
}

#[test]
fn foreign_files_that_hold_nothing_of_ours_are_not_compressed_tars() {
    let text = compressed(b"just a text that somebody compressed");
    assert_eq!(refused(&text), Rule::Short.why());
    let text = compressed(&vec![b'a'; 5000]);
    assert_eq!(refused(&text), Rule::Header.why());
    assert_eq!(refused(b"PK\x03\x04"), Rule::Short.why());
}
