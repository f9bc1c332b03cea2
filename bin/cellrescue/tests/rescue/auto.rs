//! Signed recovery orders.

use std::fs;
use std::io::Cursor;

use libcell::image::{Board, Budget, Image};

use crate::site::{Site, content, populate};

/// A device that knows its board and its key.
fn device(site: &Site) -> minisign::SecretKey {
    let image = Image {
        board: Board {
            name: "gateway",
            arch: "mipsel",
            sealed: false,
            signed: false,
            rescue: false,
            watchdog: None,
            ram_kib: 65_536,
            flash_kib: 16_384,
            roots_kib: 0,
            system_ram_kib: 0,
            budget: Budget::default(),
            syslog: "/var/run/log",
            recovery: true,
        },
        volumes: Vec::new(),
        cells: Vec::new(),
    };
    let bytes = libcell::image::write(&image).unwrap();
    fs::write(site.prefix.join("etc/cells.bin"), bytes).unwrap();
    let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let public = pair.pk.to_box().unwrap().to_string();
    fs::write(site.prefix.join("etc/cells.pub"), public).unwrap();
    pair.sk
}

fn signature(key: &minisign::SecretKey, text: &str) -> String {
    minisign::sign(None, key, Cursor::new(text), None, None)
        .unwrap()
        .to_string()
}

/// Puts an order on the stick.
fn put(site: &Site, text: &str, signature: &str) {
    site.on_stick("sd0e", |stick| {
        fs::write(stick.join("recovery.order"), text).unwrap();
        fs::write(stick.join("recovery.order.minisig"), signature).unwrap();
    });
}

/// The line of an order for what was saved.
fn restore_line(said: &str) -> String {
    let (name, rest) = said
        .strip_prefix("samples: ")
        .unwrap()
        .split_once(',')
        .unwrap();
    let digest = rest.rsplit(' ').next().unwrap().trim();
    format!("restore samples {name} {digest}\n")
}

fn order(issued: &str, line: &str) -> String {
    format!("picocell-recovery 1\nboard gateway\nissued {issued}\n{line}")
}

/// A device with an old volume on a stick and a later one in its place, its key, the old content, and the order's line.
fn lost() -> (Site, minisign::SecretKey, Vec<(String, Vec<u8>)>, String) {
    let mut site = Site::new();
    let key = device(&site);
    site.ext2("sd0e");
    let volume = site.volume("samples");
    populate(&volume);
    let before = content(&volume);
    let line = restore_line(&site.ok(&["save", "samples"]));
    fs::write(volume.join("noise"), "broken").unwrap();
    (site, key, before, line)
}

#[test]
fn a_signed_order_is_carried_out_once_and_its_result_is_on_the_stick() {
    let (site, key, before, line) = lost();
    let volume = site.volume("samples");
    let text = order("2026-11-30T03:12:00Z", &line);
    put(&site, &text, &signature(&key, &text));
    let (status, output, error) = site.rescue(&["auto"]);
    assert_eq!((status, output.as_str()), (0, ""), "{error}");
    assert_eq!(content(&volume), before);
    assert!(
        error.contains("sd0e: recovery order for gateway, issued 2026-11-30 03:12:00"),
        "{error}"
    );
    assert!(
        error.contains("cellrescue: samples: restored, the one of 20"),
        "{error}"
    );
    let result = site.on_stick("sd0e", |stick| {
        fs::read_to_string(stick.join("recovery.result")).unwrap()
    });
    let lines: Vec<&str> = result.lines().collect();
    assert!(
        lines[0].starts_with("sd0e: recovery order for gateway"),
        "{result}"
    );
    assert!(
        lines.iter().any(|line| line.starts_with("restore 100 % ")),
        "{result}"
    );
    assert_eq!(lines.last(), Some(&"done"));

    // it stays in the device
    fs::write(volume.join("since"), "then").unwrap();
    let (status, _, error) = site.rescue(&["auto"]);
    assert_eq!(status, 2);
    assert!(
        error.ends_with("/dev/sd0e: ignored: its recovery order was carried out already\n"),
        "{error}"
    );
    assert_eq!(error.lines().count(), 1);
    let text = order("2026-11-29T23:59:59Z", &line);
    put(&site, &text, &signature(&key, &text));
    let (status, _, error) = site.rescue(&["auto"]);
    assert_eq!(status, 2);
    assert!(
        error.ends_with("is older than the last that was carried out\n"),
        "{error}"
    );
    assert!(volume.join("since").exists());
    let text = order("2026-12-01T00:00:00Z", &line);
    put(&site, &text, &signature(&key, &text));
    assert_eq!(site.rescue(&["auto"]).0, 0);
    assert_eq!(content(&volume), before);
}

#[test]
fn orders_that_are_not_this_devices_are_ignored_with_one_line() {
    let (site, key, _, line) = lost();
    let volume = site.volume("samples");
    let broken = content(&volume);
    let ignored = |said: &str| {
        let (status, output, error) = site.rescue(&["auto"]);
        assert_eq!((status, output.as_str()), (2, ""), "{error}");
        assert!(
            error.ends_with(&format!("/dev/sd0e: ignored: {said}\n")),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
        assert_eq!(content(&volume), broken);
        let is_told = site.on_stick("sd0e", |stick| stick.join("recovery.result").exists());
        assert!(!is_told, "nothing is written to a stick that is ignored");
    };
    ignored("no recovery order");
    let text = order("2026-11-30T03:12:00Z", &line);
    let signed = signature(&key, &text);
    site.on_stick("sd0e", |stick| {
        fs::write(stick.join("recovery.order"), &text).unwrap()
    });
    ignored("not signed, and it must be");
    put(&site, &text.replace("samples", "samplez"), &signed);
    ignored("bad signature: it is not what was signed");
    put(&site, &text, "nonsense");
    ignored("not a public key or signature of minisign(1), of the kind that is made over a hash");
    let other = minisign::KeyPair::generate_unencrypted_keypair()
        .unwrap()
        .sk;
    put(&site, &text, &signature(&other, &text));
    ignored("signed by another key");
    let foreign = text.replace("gateway", "sensor");
    put(&site, &foreign, &signature(&key, &foreign));
    ignored("its recovery order is for another board");
    put(
        &site,
        "restore everything\n",
        &signature(&key, "restore everything\n"),
    );
    ignored("its recovery order cannot be read");
    put(&site, &text, &signed);
    fs::remove_file(site.prefix.join("etc/cells.pub")).unwrap();
    ignored("must be signed, and there is no key to verify it with");
}

#[test]
fn an_order_that_fails_is_told_and_tried_again() {
    let (site, key, before, line) = lost();
    let volume = site.volume("samples");
    let broken = content(&volume);
    let (start, digest) = line.trim_end().rsplit_once(' ').unwrap();
    let wrong = format!("{start} {}\n", "0".repeat(digest.len()));
    let text = order("2026-11-30T03:12:00Z", &wrong);
    put(&site, &text, &signature(&key, &text));
    let (status, _, error) = site.rescue(&["auto"]);
    assert_eq!(status, 1, "{error}");
    assert!(
        error.contains(": another archive than the one that is wanted\n"),
        "{error}"
    );
    assert_eq!(content(&volume), broken);
    let result = site.on_stick("sd0e", |stick| {
        fs::read_to_string(stick.join("recovery.result")).unwrap()
    });
    assert!(result.ends_with("failed\n"), "{result}");
    // the same order once it is right
    let text = order("2026-11-30T03:12:00Z", &line);
    put(&site, &text, &signature(&key, &text));
    assert_eq!(site.rescue(&["auto"]).0, 0);
    assert_eq!(content(&volume), before);
}
