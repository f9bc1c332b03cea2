//! The override store on a real file system, with everything that can go wrong at every call that changes something.

use std::fs;
use std::path::Path;

use cell_abi::CellName;
use cell_layer::{Fate, Layer};
use libcell::desired::slot::Damage;
use libcell::desired::store::{StoreError, Stored, clear};
use libcell::desired::{Base, CellEntry, Overrides, Setting};
use libcell::platform::{Errno, System};

fn off(names: &[&'static str]) -> Overrides<'static> {
    Overrides {
        cells: names
            .iter()
            .map(|name| CellEntry {
                name: CellName::new(name).unwrap(),
                base: Base::Image,
                settings: vec![Setting::Autostart(false)],
            })
            .collect(),
        volumes: vec![],
    }
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("volumes")).unwrap();
        Self(place)
    }

    fn prefix(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join("volumes/.state").join(name)
    }

    fn load(&self) -> Result<Stored, StoreError> {
        Stored::load(&System::at(self.prefix()), self.prefix())
    }

    fn save(&self, overrides: &Overrides<'_>) {
        let system = System::at(self.prefix());
        let stored = self.load().unwrap();
        stored.replace(&system, self.prefix(), overrides).unwrap();
    }

    fn restore(&self, files: &[(String, Vec<u8>)]) {
        let _ = fs::remove_dir_all(self.file(""));
        if !files.is_empty() {
            fs::create_dir(self.file("")).unwrap();
        }
        for (name, bytes) in files {
            fs::write(self.file(name), bytes).unwrap();
        }
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let Ok(entries) = fs::read_dir(self.file("")) else {
            return vec![];
        };
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        entries
            .map(|entry| entry.unwrap().path())
            .map(|path| (name(&path), fs::read(&path).unwrap()))
            .collect()
    }
}

#[test]
fn a_store_that_was_never_written_is_empty_and_makes_nothing() {
    let place = Place::new();
    let stored = place.load().unwrap();
    assert_eq!(
        (stored.generation, stored.overrides()),
        (0, Overrides::default())
    );
    assert!(!place.file("").exists());
}

#[test]
fn the_files_take_turns_and_the_last_change_holds() {
    let place = Place::new();
    for (count, names) in [["web"].as_slice(), &["web", "app"], &[], &["db"]]
        .iter()
        .enumerate()
    {
        place.save(&off(names));
        let stored = place.load().unwrap();
        assert_eq!(stored.generation as usize, count + 1);
        assert_eq!(stored.overrides(), off(names));
    }
    assert_eq!(place.files().len(), 2);
}

#[test]
fn a_torn_override_slot_falls_back_to_the_other() {
    for (damage, length) in [(true, 0), (false, 0), (false, 10), (false, 60)] {
        let place = Place::new();
        place.save(&off(&["web"]));
        place.save(&off(&["app"]));
        let newer = place.file("overrides.1");
        let mut bytes = fs::read(&newer).unwrap();
        if damage {
            bytes[60] ^= 1;
        } else {
            bytes.truncate(length);
        }
        fs::write(&newer, bytes).unwrap();
        assert_eq!(place.load().unwrap().overrides(), off(&["web"]));
        place.save(&off(&["db"]));
        assert_eq!(place.load().unwrap().overrides(), off(&["db"]));
    }
}

#[test]
fn two_damaged_slots_are_told_and_not_taken_for_no_changes() {
    let place = Place::new();
    place.save(&off(&["web"]));
    place.save(&off(&["app"]));
    fs::write(place.file("overrides.0"), "x").unwrap();
    fs::write(place.file("overrides.1"), "").unwrap();
    assert_eq!(place.load(), Err(StoreError::Damaged(Damage::Torn)));
    fs::remove_file(place.file("overrides.1")).unwrap();
    assert_eq!(place.load(), Err(StoreError::Damaged(Damage::Torn)));
    clear(&System::at(place.prefix()), place.prefix()).unwrap();
    assert_eq!(place.load().unwrap().generation, 0);
}

/// Replaces `before` by `after` with every fate at every call: afterwards the store reads as one of them.
fn everything_that_can_happen(before: &[&[&'static str]]) -> usize {
    let place = Place::new();
    let system = System::at(place.prefix());
    for names in before {
        place.save(&off(names));
    }
    let files = place.files();
    let was = place.load().unwrap();
    let after = off(&["web", "app", "db"]);
    let count = {
        let layer = Layer::new(&system, None);
        was.replace(&layer, place.prefix(), &after).unwrap();
        layer.calls()
    };
    let mut points = 0;
    for fate in [
        Fate::Error(Errno::EIO),
        Fate::Error(Errno::ENOSPC),
        Fate::Error(Errno::EROFS),
        Fate::Killed,
        Fate::Torn,
    ] {
        for at in 0..count {
            place.restore(&files);
            let layer = Layer::new(&system, Some((at, fate)));
            let result = was.replace(&layer, place.prefix(), &after);
            let now = place
                .load()
                .unwrap_or_else(|error| panic!("{at} {fate:?}: {error}"));
            let now = now.overrides();
            match result {
                Ok(_) => assert_eq!(now, after, "{at} {fate:?}"),
                Err(_) if matches!(fate, Fate::Error(_)) => {
                    assert_eq!(now, was.overrides(), "{at} {fate:?}: told and yet done");
                }
                Err(_) => assert!(now == was.overrides() || now == after, "{at} {fate:?}"),
            }
            // and it goes on from there
            place.save(&off(&["again"]));
            assert_eq!(place.load().unwrap().overrides(), off(&["again"]));
            points += 1;
        }
    }
    points
}

#[test]
fn the_store_reads_as_before_or_as_after_whatever_happens() {
    let points = everything_that_can_happen(&[])
        + everything_that_can_happen(&[&["web"]])
        + everything_that_can_happen(&[&["web"], &["app"]])
        + everything_that_can_happen(&[&["web"], &["app"], &["db"]]);
    println!("override store: {points} points");
    assert!(points > 80);
}

#[test]
fn a_read_only_partition_is_told_and_nothing_is_tried() {
    let place = Place::new();
    let system = System::at(place.prefix());
    let layer = Layer::new(&system, Some((0, Fate::Error(Errno::EROFS))));
    let stored = place.load().unwrap();
    let result = stored.replace(&layer, place.prefix(), &off(&["web"]));
    assert_eq!(result, Err(StoreError::System(Errno::EROFS)));
    assert_eq!(place.files(), vec![]);
}
