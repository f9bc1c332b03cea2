//! Ten thousand damaged archives: each is refused with a reason and without much memory, and the volume is as it was.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use libcell::archive::gzip::{Gunzip, Gzip};

use crate::memory::most_of;
use crate::world::{World, run, snapshot};

const BLOCK: usize = 512;

/// The decompressor's window, and what may be taken beside it.
const MEMORY_MAX: usize = (32 + 64) * 1024;

/// Bytes in memory as a stream.
#[derive(Default)]
struct Sink(Vec<u8>);

impl embedded_io::ErrorType for Sink {
    type Error = libcell::platform::Errno;
}

/// Bytes in memory to read.
struct Bytes<'a>(&'a [u8]);

impl embedded_io::ErrorType for Bytes<'_> {
    type Error = libcell::platform::Errno;
}

impl embedded_io::Read for Bytes<'_> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize, Self::Error> {
        let (now, later) = self.0.split_at(to.len().min(self.0.len()));
        to[..now.len()].copy_from_slice(now);
        self.0 = later;
        Ok(now.len())
    }
}

impl embedded_io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn compressed(tar: &[u8]) -> Vec<u8> {
    let mut gzip = Gzip::new(Sink::default()).unwrap();
    assert!(gzip.update(tar));
    gzip.finish().unwrap().0
}

fn decompressed(archive: &[u8]) -> Vec<u8> {
    let (mut gunzip, mut tar) = (Gunzip::new(Bytes(archive)).unwrap(), Vec::new());
    loop {
        match gunzip.piece().unwrap() {
            [] => return tar,
            piece => tar.extend_from_slice(piece),
        }
    }
}

/// Random numbers, the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % most
    }
}

/// Members of a tar: header and data of each, extended headers with theirs, the blocks of zeros left out.
fn members(tar: &[u8]) -> Vec<Vec<u8>> {
    let (mut all, mut rest, mut before) = (Vec::new(), tar, Vec::new());
    while rest[..BLOCK] != [0; BLOCK] {
        let size = std::str::from_utf8(&rest[124..135]).unwrap();
        let size = usize::from_str_radix(size, 8).unwrap();
        let (member, after) = rest.split_at(BLOCK + size.next_multiple_of(BLOCK));
        before.extend_from_slice(member);
        if member[156] != b'x' {
            all.push(std::mem::take(&mut before));
        }
        rest = after;
    }
    all
}

/// Makes the sum of a header right.
fn seal(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header[..BLOCK].iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// Puts the digest right that is the last member, and the end after it.
fn sealed(members: &[Vec<u8>]) -> Vec<u8> {
    let mut tar = members[..members.len() - 1].concat();
    let last = &members[members.len() - 1];
    if last.starts_with(b"sha256\0") {
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(&tar);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        tar.extend_from_slice(&last[..BLOCK]);
        tar.extend_from_slice(format!("{digest}  -\n").as_bytes());
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    } else {
        tar.extend_from_slice(last);
    }
    tar.extend([0; 2 * BLOCK]);
    tar
}

/// A lie in a header that is otherwise right: a field and what it says then.
fn lie(member: &mut [u8], random: &mut Random) {
    // the member's own header is the last one before its data
    let at = if member[156] == b'x' { 2 * BLOCK } else { 0 };
    let header = &mut member[at..at + BLOCK];
    let sizes = [
        "77777777777",
        "00000000001",
        "00020000000",
        "x",
        "-0000000001",
    ];
    let names = [
        "../../../etc/passwd",
        "/etc/passwd",
        "data/../../etc/passwd",
        "data//x",
        "data/./x",
        "data/tick/through",
        "data/none/x",
        "other",
        "",
        "data/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d",
    ];
    let (from, to, text): (usize, usize, &[u8]) = match random.below(6) {
        0 | 1 => (124, 136, sizes[random.below(sizes.len())].as_bytes()),
        2 | 3 => (0, 100, names[random.below(names.len())].as_bytes()),
        4 => (156, 157, &[b"34SDMVXZx\xff"[random.below(10)]]),
        // of a directory it says which group new files get
        _ if header[156] == b'0' => (100, 108, b"0006755"),
        _ => (100, 108, b"zzzzzzz"),
    };
    header[from..to].fill(0);
    header[from..from + text.len()].copy_from_slice(text);
    seal(header);
}

/// A damaged archive of some kind, and of which.
fn damaged(
    kind: usize,
    archive: &[u8],
    tar: &[u8],
    random: &mut Random,
) -> (&'static str, Vec<u8>) {
    let mut bytes = archive.to_vec();
    let mut parts = members(tar);
    let of = |random: &mut Random| 1 + random.below(8);
    match kind {
        0..3 => {
            // the header's time, flags and system say nothing that is looked at
            let at = 10 + random.below(bytes.len() - 10);
            bytes[at] ^= 1 << random.below(8);
            ("bit", bytes)
        }
        3 => {
            bytes.truncate(random.below(bytes.len()));
            ("cut", bytes)
        }
        4 => {
            let at = 10 + random.below(bytes.len() - 20);
            let end = (at + 1 + random.below(100)).min(bytes.len());
            for byte in &mut bytes[at..end] {
                *byte = !*byte;
            }
            ("run", bytes)
        }
        5 => {
            let mut tar = tar.to_vec();
            let end = tar.len() - 3 * BLOCK;
            tar[random.below(end)] ^= 1 << random.below(8);
            ("tar", compressed(&tar))
        }
        6 | 7 => {
            let at = of(random);
            lie(&mut parts[at], random);
            ("lie", compressed(&sealed(&parts)))
        }
        8 => {
            let (a, b) = (random.below(parts.len() - 1), parts.len() - 1);
            match random.below(3) {
                0 => parts.swap(a, b),
                1 => drop(parts.remove(random.below(b + 1))),
                _ => parts.insert(b, parts[a].clone()),
            }
            ("members", compressed(&sealed(&parts)))
        }
        _ => {
            // what expands a thousand times: after the end, or as a file that the manifest does not know
            let zeros = vec![0; (1 + random.below(4)) << 20];
            let tar = if random.below(2) == 0 {
                [tar, &zeros].concat()
            } else {
                let at = parts.len() - 2;
                let size = format!("{:011o}\0", zeros.len());
                let mut bomb = parts[at][..BLOCK].to_vec();
                bomb[..100].fill(0);
                bomb[..9].copy_from_slice(b"data/bomb");
                bomb[156] = b'0';
                bomb[124..136].copy_from_slice(size.as_bytes());
                seal(&mut bomb);
                bomb.extend_from_slice(&zeros);
                parts.insert(at + 1, bomb);
                sealed(&parts)
            };
            ("bomb", compressed(&tar))
        }
    }
}

#[test]
fn ten_thousand_damaged_archives_are_refused() {
    let world = World::new();
    let volume = world.volume("samples");
    fs::create_dir_all(volume.join("etc/deep")).unwrap();
    for (name, content) in [
        ("etc/hosts", "127.0.0.1 localhost\n"),
        ("etc/deep/x", ""),
        ("etc/y", "yes"),
    ] {
        fs::write(volume.join(name), content).unwrap();
    }
    std::os::unix::fs::symlink("etc", volume.join("tick")).unwrap();
    fs::hard_link(volume.join("etc/y"), volume.join("z")).unwrap();
    run(Command::new("touch")
        .args(["-d", "@1700000000"])
        .arg(volume.join("etc/deep")));
    let saved = world.save("samples");
    let archive = fs::read(&saved.path).unwrap();
    let tar = decompressed(&archive);
    assert!(members(&tar).len() > 9);
    let same = sealed(&members(&tar));
    assert!(same == tar, "what is taken apart is put together");

    let before = snapshot(&volume);
    let path = world.outside.join("damaged.tar.gz");
    let order = World::order(path.to_str().unwrap());
    let mut random = Random(0x1234_5678_9abc_def1);
    let (mut reasons, mut taken) = (BTreeMap::<String, u32>::new(), 0);
    let mut refused = 0;
    for number in 0.. {
        if refused == 10_000 {
            break;
        }
        let kind = if number % 50 == 49 { 9 } else { number % 9 };
        let (what, bytes) = damaged(kind, &archive, &tar, &mut random);
        fs::write(&path, &bytes).unwrap();
        let (result, memory) = most_of(|| world.restore_as(&order));
        assert!(memory <= MEMORY_MAX, "{number} {what}: {memory} bytes");
        match result {
            // bits that say nothing: what is read is what was written
            Ok(restored) => {
                assert_eq!(restored.digest, saved.found.digest, "{number} {what}");
                taken += 1;
            }
            Err(problem) => {
                let reason = problem;
                let (_, reason) = reason.rsplit_once(": ").unwrap();
                *reasons.entry(reason.into()).or_default() += 1;
                refused += 1;
            }
        }
        assert!(snapshot(&volume) == before, "{number} {what}");
        assert!(
            !world.volume(".state").join("staging").exists(),
            "{number} {what}"
        );
    }
    println!("{refused} were refused; {taken} more were not damaged where it matters");
    for (reason, count) in &reasons {
        println!("{count:6} {reason}");
    }
    assert!(taken < 100, "{taken}");
    assert!(reasons.len() >= 15, "{reasons:?}");
}

#[test]
fn a_large_volume_takes_no_more_memory_than_a_small_one() {
    let world = World::new();
    let volume = world.volume("samples");
    fs::create_dir(&volume).unwrap();
    for directory in 0..20 {
        let directory = volume.join(format!("directory {directory}"));
        fs::create_dir(&directory).unwrap();
        for file in 0..100 {
            fs::write(
                directory.join(format!("a file with a name of some length {file}")),
                vec![file; 3000],
            )
            .unwrap();
        }
    }
    let (saved, memory) = most_of(|| world.save("samples"));
    // the compressor's window of 64 KiB, and its tables
    assert!(memory <= 256 * 1024, "{memory}");
    println!("saving took {memory} bytes");
    let (restored, memory) = most_of(|| world.restore(&saved.path));
    restored.unwrap();
    assert!(memory <= MEMORY_MAX, "{memory}");
    println!("restoring took {memory} bytes");
}
