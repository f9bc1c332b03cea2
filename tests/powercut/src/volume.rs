//! A small volume with something of every kind, and a later one.

use libcell::platform::{Clock, Dress, Node, Open, Platform};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// What was there.
    Old,
    /// What comes after it.
    New,
}

/// Makes the volume `name`, which is not there.
///
/// # Panics
/// It cannot be made.
pub fn make<P: Platform>(platform: &P, prefix: &str, name: &str, age: Age) {
    let path = format!("{prefix}/volumes/{name}");
    platform.make_directory(&path, 0o755).unwrap();
    let top = platform.open(&path, Open::Directory, 0).unwrap();
    let write = |name: &[u8], bytes: &[u8]| {
        let file = platform
            .open_at(&top, name, Open::CreateNew, 0o644)
            .unwrap();
        let mut at = 0;
        while at < bytes.len() {
            at += platform.write_at(&file, &bytes[at..], at as u64).unwrap();
        }
    };
    platform.make_directory_at(&top, b"etc", 0o750).unwrap();
    write(b"same", b"in both");
    platform.symlink_at("etc/config", &top, b"link").unwrap();
    let dressed: &[(&[u8], u32)] = match age {
        Age::Old => {
            write(b"etc/config", b"old");
            write(b"gone", &[b'o'; 600]);
            &[(b"etc/config", 0o640), (b"etc", 0o750)]
        }
        Age::New => {
            write(b"etc/config", b"a new one, and longer");
            platform.make_directory_at(&top, b"data", 0o700).unwrap();
            // what does not become smaller
            let noise = (0..20_000_u32)
                .map(|at| (at.wrapping_mul(2_654_435_761).wrapping_mul(at) >> 15) as u8);
            write(b"data/blob", &noise.collect::<Vec<_>>());
            platform
                .link_at(&top, b"data/blob", b"data/second")
                .unwrap();
            platform.make_node_at(&top, b"pipe", Node::Fifo).unwrap();
            write(b"empty", b"");
            &[
                (b"etc/config", 0o600),
                (b"etc", 0o755),
                (b"pipe", 0o622),
                (b"data", 0o711),
            ]
        }
    };
    for (index, (name, mode)) in dressed.iter().enumerate() {
        let dress = Dress {
            uid: 5000,
            gid: 5001,
            mode: Some(*mode),
            modified: Clock {
                seconds: 1_700_000_000 + index as i64,
                nanoseconds: 250_000_000,
            },
        };
        platform.dress_at(&top, name, &dress).unwrap();
    }
}
