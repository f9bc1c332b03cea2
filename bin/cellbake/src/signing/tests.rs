//! Against the library's own verification and libcell's; the program's tests have minisign(1) itself.

use libcell::trust::PublicKey;
use minisign::{KeyPair, PublicKeyBox, SignatureBox};

use super::*;

fn signer(password: Option<&str>) -> Signer {
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password.to_owned())),
        None => KeyPair::generate_unencrypted_keypair(),
    };
    let file = pair.unwrap().sk.to_box(None).unwrap().to_string();
    Signer::of(&file, password.map(str::to_owned)).unwrap()
}

#[test]
fn what_it_signs_two_other_implementations_trust() {
    let signer = signer(None);
    let (public, signature) = (signer.public_file(), signer.sign(b"data", "a comment"));
    let ours = PublicKey::parse(public.as_bytes()).unwrap();
    assert_eq!(ours.id(), signer.id());
    let verified = ours.verify(b"data", signature.as_bytes()).unwrap();
    assert_eq!(verified.comment(), Ok("a comment"));
    let theirs = PublicKeyBox::from_string(&public)
        .unwrap()
        .into_public_key()
        .unwrap();
    let signature = SignatureBox::from_string(&signature).unwrap();
    minisign::verify(
        &theirs,
        &signature,
        std::io::Cursor::new(b"data"),
        true,
        false,
        false,
    )
    .unwrap();
}

#[test]
fn the_same_data_gives_the_same_signature() {
    let signer = signer(None);
    assert_eq!(signer.sign(b"data", "a"), signer.sign(b"data", "a"));
    assert_ne!(signer.sign(b"data", "a"), signer.sign(b"data", "b"));
}

#[test]
fn an_encrypted_key_needs_its_password() {
    let pair = KeyPair::generate_encrypted_keypair(Some("correct".to_owned())).unwrap();
    let file = pair.sk.to_box(None).unwrap().to_string();
    assert!(Signer::of(&file, Some("wrong".to_owned())).is_err());
    assert!(Signer::of(&file, Some("correct".to_owned())).is_ok());
}

#[test]
fn what_is_no_key_is_refused() {
    for file in ["", "untrusted comment: x\nabc\n", "a\nb\nc\n"] {
        assert!(Signer::of(file, Some(String::new())).is_err(), "{file}");
    }
}
