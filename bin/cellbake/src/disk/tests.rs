use std::io::Read;

use super::*;

fn storage(table: Table) -> Storage {
    Storage {
        disk: "wd0".to_owned(),
        table,
        slots: 2,
        slot_kib: 1000,
        data_kib: Some(256),
        journal: false,
    }
}

/// The bytes of a flash of 4 MiB with `R` in the slots and `D` in the data partition.
fn flash(table: Table, big_endian: bool) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("root"), vec![b'R'; 5000]).unwrap();
    fs::write(at("data"), b"D").unwrap();
    let contents = Contents {
        name: "gateway",
        big_endian,
        kib: 4096,
        root: &at("root"),
        data: Some(&at("data")),
    };
    write(&at("image"), &storage(table), &contents).unwrap();
    let mut bytes = Vec::new();
    File::open(at("image"))
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

#[test]
fn partitions_are_aligned_and_in_order() {
    let places = places(&storage(Table::Gpt));
    let begins: Vec<_> = places
        .iter()
        .map(|one| (one.name, one.begin_kib, one.kib))
        .collect();
    assert_eq!(
        begins,
        [
            ("root-a", 64, 1000),
            ("root-b", 64 + 1024, 1000),
            ("data", 64 + 2048, 256)
        ]
    );
    assert_eq!(least_kib(&storage(Table::Disklabel)), 64 + 2048 + 256);
    assert_eq!(least_kib(&storage(Table::Gpt)), 64 + 2048 + 256 + 64);
}

#[test]
fn a_gpt_says_where_everything_is_and_is_the_same_each_time() {
    let bytes = flash(Table::Gpt, false);
    assert_eq!(bytes.len(), 4 << 20);
    let disk = gpt::GptConfig::new()
        .only_valid_headers(false)
        .open_from_device(io::Cursor::new(bytes.clone()))
        .unwrap();
    assert!(disk.backup_header().is_ok());
    for (number, place) in (1..).zip(places(&storage(Table::Gpt))) {
        let partition = &disk.partitions()[&number];
        assert_eq!(partition.name, place.name);
        assert_eq!(partition.part_type_guid, NETBSD_FFS);
        assert_eq!(partition.first_lba, place.begin_kib * 2);
        assert_eq!(partition.last_lba + 1, (place.begin_kib + place.kib) * 2);
        let begin = (place.begin_kib * 1024) as usize;
        assert_eq!(bytes[begin], if place.name == "data" { b'D' } else { b'R' });
    }
    assert_eq!(bytes[510..512], [0x55, 0xaa]);
    assert_eq!(flash(Table::Gpt, false), bytes);
}

#[test]
fn a_disklabel_is_one_in_either_byte_order() {
    for big_endian in [false, true] {
        let bytes = flash(Table::Disklabel, big_endian);
        let label = &bytes[64..64 + 404];
        let four = |at: usize| {
            let bytes = label[at..at + 4].try_into().unwrap();
            if big_endian {
                u32::from_be_bytes(bytes)
            } else {
                u32::from_le_bytes(bytes)
            }
        };
        assert_eq!((four(0), four(132)), (0x8256_4557, 0x8256_4557));
        let sum = label
            .chunks(2)
            .fold([0, 0], |sum, two| [sum[0] ^ two[0], sum[1] ^ two[1]]);
        assert_eq!(sum, [0, 0], "dkcksum of disklabel(5)");
        // size and offset in sectors of a, e, f and the whole disk, c
        for (index, size, offset) in [
            (0, 2000, 128),
            (4, 2000, 128 + 2048),
            (5, 512, 128 + 4096),
            (2, 8192, 0),
        ] {
            assert_eq!(
                (four(148 + index * 16), four(152 + index * 16)),
                (size, offset)
            );
        }
        assert_eq!(label[148 + 12..148 + 14], [7, 8]);
        assert_eq!(four(60), 8192, "d_secperunit");
        assert_eq!(bytes[64 * 1024], b'R');
    }
}
