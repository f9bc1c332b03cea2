use super::*;

const TEXT: &str = "root:*:0:0:Charlie &:/root:/bin/sh\n\
                    toor:*:0:0:the other one:/root:/bin/sh\n\
                    # nobody\n\
                    _httpd:*:24:24::/var/www:/sbin/nologin\n";

/// As `__call_hash` and `hash_get` of libc do.
fn get(table: &[u8], key: &[u8], big_endian: bool) -> Option<Vec<u8>> {
    let four = |at: usize| {
        // swap_header() of hash.c: the same on every machine
        u32::from_be_bytes(table[at..at + 4].try_into().unwrap())
    };
    assert_eq!((four(0), four(4)), (0x61561, 2));
    assert_eq!(four(8), if big_endian { 4321 } else { 1234 });
    let (size, last, high, low) = (four(12) as usize, four(40), four(44), four(48));
    assert_eq!(1 << four(16), size);
    let mut bucket = hash(key) & high;
    if bucket > last {
        bucket &= low;
    }
    let page = &table[size * (1 + bucket as usize)..][..size];
    let two = |at: usize| {
        let bytes = page[at * 2..at * 2 + 2].try_into().unwrap();
        usize::from(if big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    };
    let count = two(0);
    let mut end = size;
    for index in (1..count + 1).step_by(2) {
        let (key_at, data_at) = (two(index), two(index + 1));
        if &page[key_at..end] == key {
            return Some(page[data_at..key_at].to_vec());
        }
        end = data_at;
    }
    assert_eq!(two(count + 2), end, "OFFSET()");
    assert_eq!(two(count + 1), end - (count + 3) * 2, "FREESPACE()");
    None
}

#[test]
fn users_are_found_by_name_and_number_in_either_byte_order() {
    for big_endian in [false, true] {
        let table = database(TEXT, Kind::Public, big_endian).unwrap();
        let uid = |uid: u32| {
            if big_endian {
                uid.to_be_bytes()
            } else {
                uid.to_le_bytes()
            }
        };
        let by_uid = get(&table, &[b"3".as_slice(), &uid(24)].concat(), big_endian).unwrap();
        let by_name = get(&table, b"1_httpd", big_endian).unwrap();
        assert_eq!(by_uid, by_name);
        let expected = [
            b"_httpd\0*\0".as_slice(),
            &uid(24),
            &uid(24),
            &[0; 4],
            b"\0\0/var/www\0/sbin/nologin\0",
            &[0; 8],
        ];
        assert_eq!(by_name, expected.concat());
        let root = get(&table, &[b"3".as_slice(), &uid(0)].concat(), big_endian).unwrap();
        assert!(root.starts_with(b"root\0"), "the first of two");
        assert!(get(&table, b"1toor", big_endian).is_some());
        assert!(get(&table, &[b"2".as_slice(), &uid(3)].concat(), big_endian).is_some());
        assert!(get(&table, &[b"2".as_slice(), &uid(4)].concat(), big_endian).is_none());
        assert_eq!(get(&table, b"1nobody", big_endian), None);
    }
}

#[test]
fn passwords_are_in_the_secret_one_alone() {
    let text = "root:$sha1$secret:0:0:daemon:5:6::/root:/bin/sh\n";
    let secret = database(text, Kind::Secret, false).unwrap();
    let public = database(text, Kind::Public, false).unwrap();
    let has = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("secret");
    assert!(has(&secret) && !has(&public));
    let record = get(&secret, b"1root", false).unwrap();
    let expected = b"root\0$sha1$secret\0\0\0\0\0\0\0\0\0\x05\0\0\0daemon\0\0/root\0/bin/sh\0\x06\0\0\0\0\0\0\0";
    assert_eq!(record, expected);
}

#[test]
fn as_many_users_as_a_device_may_have_fit() {
    let text: String = (0..500)
        .map(|uid| format!("user{uid}:*:{uid}:{uid}::/nonexistent:/sbin/nologin\n"))
        .collect();
    let table = database(&text, Kind::Public, false).unwrap();
    for uid in 0..500 {
        assert!(
            get(&table, format!("1user{uid}").as_bytes(), false).is_some(),
            "{uid}"
        );
    }
    assert_eq!(table.len() % PAGE, 0);
}

#[test]
fn the_hash_is_libcs() {
    // h = h * 33 + c, from hash_func.c
    assert_eq!(hash(b""), 0);
    assert_eq!(hash(b"ab"), 97 * 33 + 98);
}
