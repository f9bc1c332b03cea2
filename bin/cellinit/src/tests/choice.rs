//! Which image is run, with and without a key, and what is said of one that is refused.

use std::prelude::rust_2024::*;
use std::{format, vec};

use libcell::desired::{Paths, choose};
use libcell::image::{Image, sign, write};
use minisign::KeyPair;

use super::define::{cell, image};
use super::fake::Fake;
use crate::voice::Voice;

const PATHS: Paths<'static> = Paths {
    image: "/etc/cells.bin",
    rescue: "/etc/rescue.bin",
    key: "/etc/cells.pub",
};

/// A board of a cell of that name.
fn board(name: &'static str) -> Image<'static> {
    image(vec![cell(name, &[])])
}

fn plain(name: &'static str) -> Vec<u8> {
    write(&board(name)).expect("an image")
}

fn pair() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().expect("a key pair")
}

fn signed(by: &KeyPair, bytes: &[u8]) -> Vec<u8> {
    let signature = minisign::sign(None, &by.sk, bytes, None, None).expect("a signature");
    sign(bytes, signature.to_string().as_bytes()).expect("a signed image")
}

fn public(of: &KeyPair) -> Vec<u8> {
    let public = of.pk.to_box().expect("a key");
    public.to_string().into_bytes()
}

/// What is chosen of these files, and what is said.
fn chosen(files: &[(&str, &[u8])]) -> (Option<Vec<u8>>, String) {
    let fake = Fake::new(&[]);
    for (path, bytes) in files {
        let files = &mut fake.world.borrow_mut().files;
        files.insert((*path).into(), bytes.to_vec());
    }
    let voice = Voice::new(&fake);
    let chosen = choose(&fake, &PATHS, &mut |line| voice.say(line));
    drop(voice);
    assert_eq!(fake.open.get(), 0, "a descriptor is left open");
    (chosen, fake.world.into_inner().stderr)
}

#[test]
fn a_device_without_a_key_takes_an_image_that_need_not_be_signed() {
    let bytes = plain("web");
    assert_eq!(
        chosen(&[(PATHS.image, &bytes)]),
        (Some(bytes.clone()), String::new())
    );
    // one that is signed as well: there is nothing to verify it with
    let bytes = signed(&pair(), &bytes);
    assert_eq!(
        chosen(&[(PATHS.image, &bytes)]),
        (Some(bytes.clone()), String::new())
    );
}

#[test]
fn an_image_that_must_be_signed_is_refused_without_a_key() {
    let mut image = board("web");
    image.board.signed = true;
    let bytes = signed(&pair(), &write(&image).expect("an image"));
    let said = "cellinit: /etc/cells.bin: refused: must be signed, and there is no key to verify it with\n";
    assert_eq!(chosen(&[(PATHS.image, &bytes)]), (None, said.into()));
}

#[test]
fn with_a_key_only_what_it_signed_is_run() {
    let (ours, other) = (pair(), pair());
    let key = public(&ours);
    let good = signed(&ours, &plain("web"));
    assert_eq!(
        chosen(&[(PATHS.image, &good), (PATHS.key, &key)]),
        (Some(good.clone()), String::new())
    );
    let refused = |bytes: &[u8]| {
        let (chosen, said) = chosen(&[(PATHS.image, bytes), (PATHS.key, &key)]);
        assert_eq!(chosen, None, "{said}");
        said
    };
    assert_eq!(
        refused(&plain("web")),
        "cellinit: /etc/cells.bin: refused: not signed, and it must be\n"
    );
    let foreign = refused(&signed(&other, &plain("web")));
    assert!(
        foreign.starts_with("cellinit: /etc/cells.bin: refused: signed by key ")
            && foreign.lines().count() == 1,
        "{foreign}"
    );
    // the signature of another image of the same key
    let unsigned = plain("mail");
    let (_, trailer) = good.split_at(plain("web").len());
    let swapped = [&unsigned, trailer].concat();
    assert_eq!(
        refused(&swapped),
        "cellinit: /etc/cells.bin: refused: bad signature: it is not what was signed\n"
    );
}

#[test]
fn every_changed_byte_of_a_signed_image_is_noticed() {
    let ours = pair();
    let key = public(&ours);
    let plain = plain("web");
    let good = signed(&ours, &plain);
    let trailer = 6;
    for at in 0..plain.len() + trailer {
        let mut bytes = good.clone();
        bytes[at] ^= 0x20;
        let (chosen, said) = chosen(&[(PATHS.image, &bytes), (PATHS.key, &key)]);
        assert_eq!(chosen, None, "byte {at}");
        assert!(
            said.starts_with("cellinit: /etc/cells.bin: refused: "),
            "{said}"
        );
    }
}

#[test]
fn a_refused_image_makes_room_for_the_rescue_image() {
    let ours = pair();
    let key = public(&ours);
    let rescue = signed(&ours, &plain("rescue"));
    let said = "cellinit: /etc/cells.bin: refused: not signed, and it must be\n\
                cellinit: /etc/rescue.bin: rescue: running this instead\n";
    assert_eq!(
        chosen(&[
            (PATHS.image, &plain("web")),
            (PATHS.rescue, &rescue),
            (PATHS.key, &key)
        ]),
        (Some(rescue.clone()), said.into())
    );
    // one that is not there, not whole, or not an image
    for (bytes, why) in [
        (None, "no such file or directory"),
        (Some(plain("web")[..80].to_vec()), "cut short"),
        (Some(vec![0; 100]), "not an image of cells"),
    ] {
        let mut files: Vec<(&str, &[u8])> = vec![(PATHS.rescue, &rescue), (PATHS.key, &key)];
        files.extend(bytes.as_deref().map(|bytes| (PATHS.image, bytes)));
        let (chosen, said) = chosen(&files);
        assert_eq!(chosen.as_ref(), Some(&rescue), "{said}");
        assert!(
            said.starts_with(&format!("cellinit: /etc/cells.bin: refused: {why}\n")),
            "{said}"
        );
    }
}

#[test]
fn a_rescue_image_must_be_signed_too() {
    let key = public(&pair());
    let (chosen, said) = chosen(&[
        (PATHS.image, &plain("web")),
        (PATHS.rescue, &plain("rescue")),
        (PATHS.key, &key),
    ]);
    assert_eq!(chosen, None);
    assert_eq!(
        said,
        "cellinit: /etc/cells.bin: refused: not signed, and it must be\n\
         cellinit: /etc/rescue.bin: refused: not signed, and it must be\n"
    );
}

#[test]
fn a_key_that_is_none_is_no_reason_to_run_anything() {
    for key in [&b""[..], b"untrusted comment: x\nRWT1\n", &[0xff; 2000]] {
        let (chosen, said) = chosen(&[(PATHS.image, &plain("web")), (PATHS.key, key)]);
        assert_eq!(chosen, None);
        assert!(said.starts_with("cellinit: /etc/cells.pub: "), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
