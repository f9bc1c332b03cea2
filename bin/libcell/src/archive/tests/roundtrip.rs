//! What is written is read.

use proptest::collection::vec;
use proptest::prelude::*;
use std::prelude::rust_2024::*;

use super::*;

const ANY: Allow = Allow {
    devices: true,
    set_id: true,
};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[ -~&&[^/]]{1,40}".prop_filter("dots", |name| name != "." && name != ".."),
        "[a-zä-ü€]{1,70}",
        Just("x".repeat(180)),
    ]
}

fn times() -> impl Strategy<Value = Clock> {
    let seconds = prop_oneof![
        0..4_000_000_000_i64,
        -5_000_000_000..0_i64,
        1_i64 << 33..1 << 40
    ];
    (seconds, prop_oneof![Just(0_u32), 0..1_000_000_000_u32]).prop_map(|(seconds, nanoseconds)| {
        Clock {
            seconds,
            nanoseconds,
        }
    })
}

/// Files, whole or in pieces, links, nodes, directories with some more of them.
fn tree() -> impl Strategy<Value = Vec<Member>> {
    let leaf = prop_oneof![
        vec(any::<u8>(), 0..3000).prop_map(|bytes| (file("", &bytes).0, bytes)),
        (0..20_000_u64, 1..5_u64, 1..3_000_u64).prop_map(|(size, count, piece)| {
            let mut entry = entry("", Kind::File);
            entry.size = size;
            let step = size / count + 1;
            let extents = (0..count)
                .map(|index| index * step)
                .filter(|offset| *offset < size);
            let extent = |offset| Extent {
                offset,
                size: piece.min(step).min(size - offset),
            };
            let extents: Vec<_> = extents.map(extent).collect();
            let mut bytes = vec![0; size as usize];
            for extent in &extents {
                bytes[extent.offset as usize..][..extent.size as usize].fill(7);
            }
            entry.extents = Some(extents);
            (entry, bytes)
        }),
        "[ -~]{1,200}".prop_map(|to| link("", Kind::SymbolicLink, &to)),
        Just(link("", Kind::HardLink, "some/file")),
        Just((entry("", Kind::Fifo), Vec::new())),
        (0..4096_u32, 0..4096_u32).prop_map(|(major, minor)| {
            (
                entry("", Kind::Device(cell_abi::DeviceKind::Block, major, minor)),
                Vec::new(),
            )
        }),
    ];
    let dressed = (leaf, times(), 0..0o10000_u32, any::<u32>(), any::<u32>()).prop_map(
        |((mut entry, bytes), modified, mode, uid, gid)| {
            (entry.modified, entry.mode, entry.uid, entry.gid) = (modified, mode, uid, gid);
            vec![(entry, bytes)]
        },
    );
    let named = |members: Vec<(String, Vec<Member>)>| {
        let mut all = vec![directory("")];
        for (index, (name, inner)) in members.into_iter().enumerate() {
            for (mut entry, bytes) in inner {
                let below = entry.name;
                entry.name = format!("{name}{index}");
                if !below.is_empty() {
                    entry.name = format!("{}/{below}", entry.name);
                }
                all.push((entry, bytes));
            }
        }
        all
    };
    let inner = dressed.prop_recursive(4, 30, 6, move |inner| {
        vec((name(), inner), 0..6).prop_map(named)
    });
    vec((name(), inner), 0..6).prop_map(named)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_tree_comes_back_as_it_was(members in tree()) {
        prop_assume!(members.iter().all(|(entry, _)| entry.name.len() <= NAME_MAX));
        let manifest = manifest(&members);
        let (bytes, digest) = written(&manifest, &members);
        let (again, summary) = read(&bytes, Origin::Picocell, ANY).unwrap();
        prop_assert_eq!(summary, Summary { sums: manifest.sums, digest });
        prop_assert_eq!(again, members);
    }
}

#[test]
fn entries_need_not_be_read() {
    let members = [directory(""), file("a", &[1; 5000]), file("b", b"two")];
    let manifest = manifest(&members);
    let (bytes, digest) = written(&manifest, &members);
    let mut reader = Reader::new(Bytes(&bytes), Origin::Picocell, Allow::default()).unwrap();
    assert_eq!(reader.manifest(), &manifest);
    let mut names = Vec::new();
    while reader.advance().unwrap() {
        names.push(reader.entry().name.clone());
    }
    assert_eq!(names, ["", "a", "b"]);
    assert_eq!(reader.digest(), digest);
}
