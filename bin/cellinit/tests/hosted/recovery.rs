//! A restore that was cut before the boot, and an order on a stick.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use libcell::archive::{Allow, Origin};
use libcell::backup::{self, Plan, Tight};
use libcell::job::{Found, Job};
use libcell::platform::{Errno, Space, System};
use libcell::progress::Unwatched;
use libcell::restore::{self, Order, Room};
use minisign::KeyPair;
use powercut::layer::{Call, Hook, Layer};

use super::device::{Device, can_run, eventually, image, script};

const TELL: &str = "read what < /shared/what; echo $what > /shared/told; sleep 1000";

/// The archive of a volume with a new file, and an old one in its place.
fn archived(prefix: &Path) -> (String, Found) {
    let volume = prefix.join("volumes/shared");
    fs::create_dir(&volume).unwrap();
    fs::write(volume.join("what"), "new").unwrap();
    let system = System::at(prefix.to_str().unwrap());
    let outside = prefix.join("stick");
    fs::create_dir(&outside).unwrap();
    let plan = Plan {
        volume: "shared",
        board: "test",
        image: "-",
        directory: outside.to_str(),
        allow: Allow::default(),
        keep: 0,
        tight: Tight::Refuse,
    };
    let mut watch = Unwatched;
    let mut job = Job::new(&system, prefix.to_str().unwrap(), &mut watch);
    backup::create(&mut job, &plan).unwrap();
    fs::write(volume.join("what"), "old").unwrap();
    (job.object, job.found)
}

/// Goes no further than a call of this name, and says that there is no room.
struct Cut(&'static str);

impl Hook for Cut {
    fn before(&self, call: Call) -> Result<(), Errno> {
        if call.name == self.0 {
            Err(Errno::EIO)
        } else {
            Ok(())
        }
    }

    fn space(&self, space: Space) -> Space {
        Space {
            free_kib: if self.0 == "rename" {
                space.free_kib
            } else {
                0
            },
            ..space
        }
    }
}

/// A restore that is cut.
fn cut(prefix: &Path, archive: &str, room: Room, at: &'static str) {
    let prefix = prefix.to_str().unwrap();
    let system = System::at(prefix);
    let layer = Layer {
        inner: &system,
        hook: Cut(at),
    };
    let order = Order {
        room,
        ..Order::new(archive, Origin::Picocell)
    };
    let mut watch = Unwatched;
    restore::restore(&mut Job::new(&layer, prefix, &mut watch), &order).unwrap_err();
}

#[test]
fn a_restore_that_was_cut_is_finished_before_a_cell_starts() {
    if !can_run() {
        return;
    }
    let image = image(vec![script("web", &[], TELL)]);
    let device = Device::prepare(&image, |prefix| {
        let (archive, _) = archived(prefix);
        cut(prefix, &archive, Room::Both, "rename");
    });
    assert_eq!(device.shared("told"), "new\n");
    let said = device.complaints();
    assert!(
        said.starts_with(
            "cellrescue: shared: a restore was cut: finished, the volume is the new one, of 20"
        ),
        "{said}"
    );
}

#[test]
fn a_volume_that_was_given_up_is_not_made_anew() {
    if !can_run() {
        return;
    }
    let image = image(vec![script("web", &[], TELL)]);
    let device = Device::prepare(&image, |prefix| {
        let (archive, _) = archived(prefix);
        cut(prefix, &archive, Room::InPlace, "symlink");
        assert!(!prefix.join("volumes/shared").exists());
    });

    let said = eventually("the failure", || {
        let said = fs::read_to_string(device.prefix.join("stderr")).ok()?;
        said.contains("cellinit: web: mount /shared: no such file or directory")
            .then_some(said)
    });
    assert!(!device.prefix.join("volumes/shared").exists());
    assert!(
        said.contains("shared: a restore was cut: the old volume was given up: restore it from the archive of 20"),
        "{said}"
    );
}

#[test]
fn a_signed_order_on_a_stick_is_carried_out_where_the_board_asks_for_it() {
    if !can_run() {
        return;
    }
    let mut image = image(vec![script("web", &[], TELL)]);
    image.board.recovery = true;
    let place = tempfile::tempdir().unwrap();
    let stick = place.path().join("stick.img");
    fs::File::create(&stick).unwrap().set_len(2 << 20).unwrap();
    let run = |command: &mut Command| {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    run(Command::new("mkfs.ext2").arg("-q").arg(&stick));
    let device = run(Command::new("losetup").args(["-f", "--show"]).arg(&stick));
    let node = device.trim().to_string();
    let device = Device::prepare(&image, |prefix| {
        let (archive, found) = archived(prefix);
        let digest: String = found
            .digest
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let order = format!(
            "picocell-recovery 1\nboard test\nissued 2026-11-30T00:00:00Z\nrestore shared a.tar.gz {digest}\n"
        );
        let pair = KeyPair::generate_unencrypted_keypair().unwrap();
        let signature = minisign::sign(None, &pair.sk, order.as_bytes(), None, None).unwrap();
        let at = place.path().join("at");
        fs::create_dir(&at).unwrap();
        run(Command::new("mount").arg(&node).arg(&at));
        fs::copy(archive, at.join("a.tar.gz")).unwrap();
        fs::write(at.join("recovery.order"), order).unwrap();
        fs::write(at.join("recovery.order.minisig"), signature.to_string()).unwrap();
        run(Command::new("umount").arg(&at));
        fs::write(
            prefix.join("etc/cells.pub"),
            pair.pk.to_box().unwrap().to_string(),
        )
        .unwrap();
        // the image must be signed as well
        let bytes = libcell::image::write(&image).unwrap();
        let signature = minisign::sign(None, &pair.sk, &bytes[..], None, None).unwrap();
        let signed = libcell::image::sign(&bytes, signature.to_string().as_bytes()).unwrap();
        fs::write(prefix.join("etc/cells.bin"), signed).unwrap();
        let number = fs::metadata(&node).unwrap().rdev();
        let (major, minor) = (number >> 8 & 0xfff, number & 0xff);
        run(Command::new("mknod").arg(prefix.join("dev/sd0e")).args([
            "b",
            &major.to_string(),
            &minor.to_string(),
        ]));
    });
    let told = device.shared("told");
    let said = device.complaints();
    run(Command::new("losetup").args(["-d", &node]));
    assert_eq!(told, "new\n", "{said}");
    assert!(said.contains("sd0e: recovery order for test"), "{said}");
    assert!(said.contains("cellrescue: done\n"), "{said}");
}
