//! Any changes at all: to bytes and back, merged, and never looser on a sealed board.

use super::seal::*;
use super::*;

fn any_setting() -> impl Strategy<Value = Setting<'static>> {
    let all: Vec<_> = tightenings()
        .into_iter()
        .chain(loosenings().into_iter().map(|(setting, _)| setting))
        .collect();
    prop_oneof![
        proptest::sample::select(all),
        any::<Option<u16>>().prop_map(Setting::Processes),
        any::<Option<u32>>().prop_map(Setting::NoFile),
        any::<Option<u32>>().prop_map(Setting::CoreKib),
        (any::<u64>(), any::<u64>())
            .prop_map(|(low, high)| Setting::Deny(OpSet::from_halves(low, high))),
        (1..200_u16, 0..5_u16)
            .prop_map(|(first, more)| Setting::Ports(ports(&[port(first, first + more)]))),
    ]
}

fn any_overrides() -> impl Strategy<Value = Overrides<'static>> {
    let entry = (
        proptest::sample::select(vec!["web", "app", "new"]),
        proptest::sample::select(vec![
            Base::Image,
            Base::Removed,
            Base::Like(name("web")),
            Base::Root(name("app")),
        ]),
        proptest::collection::vec(any_setting(), 0..5),
    );
    proptest::collection::vec(entry, 0..4).prop_map(|entries| {
        let mut overrides = Overrides::default();
        for (of, base, settings) in entries {
            let mut entry = CellEntry {
                name: name(of),
                base,
                settings: vec![],
            };
            settings.into_iter().for_each(|setting| entry.set(setting));
            overrides.put_cell(entry);
        }
        overrides
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn changes_come_back_from_bytes(overrides in any_overrides(), generation in 1..u32::MAX) {
        let bytes = slot::write(generation, &overrides).unwrap();
        let (read, body) = slot::open(&bytes).unwrap();
        prop_assert_eq!(read, generation);
        prop_assert_eq!(slot::decode(body).unwrap(), overrides);
    }

    /// The bytes are those that serde derives from the model.
    #[test]
    fn what_is_written_by_hand_is_what_serde_derives(overrides in any_overrides()) {
        let bytes = slot::write(1, &overrides).unwrap();
        let derived = postcard::to_allocvec(&overrides).unwrap();
        prop_assert_eq!(slot::open(&bytes).unwrap().1, derived.as_slice());
        if let Ok(merged) = merge(&full(), overrides.clone()) {
            let derived = postcard::to_allocvec(&merged.image).unwrap();
            let mut poured = Vec::new();
            pour(&merged.image, &mut |bytes| poured.extend_from_slice(bytes));
            prop_assert_eq!(&poured, &derived);
            prop_assert_eq!(read(&derived).unwrap(), merged.image.clone());
            for cell in &merged.image.cells {
                let derived = postcard::to_allocvec(&Draft::of(&merged.image, cell)).unwrap();
                let mut poured = Vec::new();
                definition(&merged.image, cell, &mut |bytes| poured.extend_from_slice(bytes));
                prop_assert_eq!(&poured, &derived);
                prop_assert_eq!(read_definition(&derived).unwrap(), Draft::of(&merged.image, cell));
            }
        }
    }

    /// The bytes that serde refuses are refused, and what it reads is read the same.
    #[test]
    fn what_is_read_by_hand_is_what_serde_reads(
        overrides in any_overrides(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let merged = merge(&full(), overrides.clone()).map_or_else(|_| full(), |merged| merged.image);
        let mut bytes = postcard::to_allocvec(&merged).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let derived = postcard::take_from_bytes::<Image<'_>>(&bytes);
        let derived = derived.ok().filter(|(_, rest)| rest.is_empty()).map(|(image, _)| image);
        prop_assert_eq!(read(&bytes), derived);
    }

    #[test]
    fn no_damage_goes_unseen(overrides in any_overrides(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut bytes = slot::write(1, &overrides).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        prop_assert_eq!(slot::open(&bytes), Err(slot::Damage::Torn));
        bytes[at] ^= 1_u8 << bit;
        bytes.truncate(at);
        prop_assert_eq!(slot::open(&bytes), Err(slot::Damage::Torn));
    }

    /// What a sealed board runs is never more than its image, whatever is in the store.
    #[test]
    fn nothing_in_the_store_loosens_a_sealed_board(overrides in any_overrides()) {
        let sealed = sealed();
        if let Ok(merged) = merge(&sealed, overrides) {
            prop_assert_eq!(loosens(&sealed, &merged.image), None);
            for cell in &merged.image.cells {
                let was = sealed.cells.iter().find(|was| was.name == cell.name).unwrap();
                prop_assert!(cell.may.is_subset(was.may));
                for port in 1..=u16::MAX {
                    let has = |cell: &Cell<'_>| {
                        cell.reservations.iter().any(|one| one.covers(Protocols::Tcp, port))
                    };
                    prop_assert!(!has(cell) || has(was));
                }
                prop_assert!(cell.limits.nofile.unwrap_or(u32::MAX) <= was.limits.nofile.unwrap_or(u32::MAX));
                prop_assert!(cell.limits.core_kib.unwrap_or(u32::MAX) <= was.limits.core_kib.unwrap_or(u32::MAX));
                prop_assert_eq!(&cell.command, &was.command);
                prop_assert_eq!(cell.uid, was.uid);
                prop_assert!(cell.mounts.len() <= was.mounts.len());
                prop_assert!(cell.devices.len() <= was.devices.len());
            }
        }
    }

    /// Being tighter carries over: what is tighter than something tighter is tighter.
    #[test]
    fn tighter_than_tighter_is_tighter(first in any_overrides(), second in any_overrides()) {
        let image = image();
        if let Ok(one) = merge(&image, first)
            && let Ok(two) = merge(&one.image, second)
            && loosens(&image, &one.image).is_none()
            && loosens(&one.image, &two.image).is_none()
        {
            prop_assert_eq!(loosens(&image, &two.image), None);
        }
    }

    /// What is merged keeps to the rules of an image, and merging it with nothing changes nothing.
    #[test]
    fn what_is_merged_is_an_image(overrides in any_overrides()) {
        if let Ok(merged) = merge(&image(), overrides.clone()) {
            prop_assert_eq!(crate::image::check(&merged.image), Ok(()));
            prop_assert_eq!(merge(&merged.image, Overrides::default()).unwrap().image, merged.image);
        }
    }
}
