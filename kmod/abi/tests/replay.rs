//! The fuzz targets' checks over their corpora, and over a fixed number of deterministic mutations of each file.
//!
//! The long way is `cargo +nightly fuzz run TARGET` in `kmod/abi`.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use targets::TARGETS;

const MUTATIONS_PER_FILE: usize = 300;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

fn files(target: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(corpus().join(target))
        .unwrap_or_else(|error| panic!("{target}: no corpus: {error}"))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Marsaglia's xorshift, so that every run makes the same mutations.
struct Random(u32);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % end.max(1)
    }
}

/// One to four changes: a bit, a byte, a byte more or less, an end from another file.
fn mutate(bytes: &mut Vec<u8>, others: &[Vec<u8>], random: &mut Random) {
    const TELLING: [u8; 8] = [0, 1, 0x0f, 0x10, 0x7f, 0x80, 0xfe, 0xff];
    for _ in 0..=random.below(4) {
        let place = random.below(bytes.len());
        let value = TELLING[random.below(TELLING.len())];
        match random.below(6) {
            0 if !bytes.is_empty() => bytes[place] ^= 1 << random.below(8),
            1 if !bytes.is_empty() => bytes[place] = value,
            2 if !bytes.is_empty() => {
                bytes.remove(place);
            }
            3 => bytes.truncate(place),
            4 => {
                let other = &others[random.below(others.len())];
                let from = random.below(other.len());
                bytes.truncate(place);
                bytes.extend(other.iter().skip(from));
            }
            _ => bytes.insert(place, value),
        }
    }
}

#[test]
fn every_decoder_stands_its_corpus_and_mutations_of_it() {
    for (name, target) in TARGETS {
        let files = files(name);
        assert!(!files.is_empty(), "{name}: empty corpus");
        let mut random = Random(0x9e37_79b9);
        target(&[]);
        for file in &files {
            target(file);
            for _ in 0..MUTATIONS_PER_FILE {
                let mut bytes = file.clone();
                mutate(&mut bytes, &files, &mut random);
                target(&bytes);
            }
        }
    }
}

#[test]
fn every_target_is_built_and_has_a_corpus_and_nothing_else_has() {
    let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| name.to_string()).collect();
    let fuzz = corpus().parent().unwrap().to_path_buf();
    let in_folder = |folder: &str| -> BTreeSet<String> {
        fs::read_dir(fuzz.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path().with_extension(""))
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_string())
            .collect()
    };
    assert_eq!(in_folder("corpus"), names);
    assert_eq!(in_folder("fuzz_targets"), names);
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for name in names {
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
    }
}
