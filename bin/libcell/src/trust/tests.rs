//! Against files of minisign(1) itself, and against another implementation with keys and data at random.

use std::prelude::rust_2024::*;

use minisign::KeyPair;
use proptest::prelude::*;

use super::*;

/// Made with minisign 0.10.
const KEY: &str = "untrusted comment: minisign public key 74EF09CA6887B3F5\n\
                   RWT1s4doygnvdBAPvogJjf7znlHT4cKJXOzBlNIA5Tk6UXOQK/exIhVR\n";
const SIGNED: &[u8] = b"hello\n";
const SIGNATURE_FILE: &str = "untrusted comment: signature from minisign secret key\n\
    RUT1s4doygnvdIe6EdsyHwQT0a/GFfLooiWMPP0Gjw34wRnxvH0rd/e5hUPROGTznFP3HFs9PgP6hcyZQI6MF5jYTV3VY7sBjAc=\n\
    trusted comment: board:gateway\n\
    qZSMZms1f87x2ONq5R0X8kjJzvBt1he9yXApHmrjoHDn198VTHbPfSZGykbQgtFC8CYR/QlEylx/clUe5WeBDQ==\n";

fn key() -> PublicKey {
    PublicKey::parse(KEY.as_bytes()).unwrap()
}

fn verified(data: &[u8], signature: &str) -> Result<String, TrustError> {
    let verified = key().verify(data, signature.as_bytes())?;
    verified.comment().map(str::to_owned)
}

#[test]
fn what_minisign_signed_is_trusted_with_its_comment() {
    assert_eq!(
        verified(SIGNED, SIGNATURE_FILE).as_deref(),
        Ok("board:gateway")
    );
}

#[test]
fn a_key_is_shown_and_read_as_minisign_shows_it() {
    assert_eq!(key().id().to_string(), "74EF09CA6887B3F5");
    assert_eq!(KeyId::parse("74EF09CA6887B3F5"), Some(key().id()));
    assert_eq!(KeyId::parse("74ef09ca6887b3f5"), Some(key().id()));
    for wrong in [
        "",
        "74EF09CA6887B3F",
        "74EF09CA6887B3F55",
        "+4EF09CA6887B3F5",
    ] {
        assert_eq!(KeyId::parse(wrong), None, "{wrong}");
    }
    // the line alone is enough, as minisign takes it with -P
    let line = KEY.lines().nth(1).unwrap();
    assert_eq!(PublicKey::parse(line.as_bytes()), Ok(key()));
}

#[test]
fn every_altered_bit_of_the_data_is_noticed() {
    for at in 0..SIGNED.len() * 8 {
        let mut data = SIGNED.to_vec();
        data[at / 8] ^= 1 << (at % 8);
        assert_eq!(
            verified(&data, SIGNATURE_FILE),
            Err(TrustError::Altered),
            "{at}"
        );
    }
    assert_eq!(verified(b"", SIGNATURE_FILE), Err(TrustError::Altered));
}

#[test]
fn every_altered_character_of_the_signature_is_noticed() {
    let untrusted = SIGNATURE_FILE.find('\n').unwrap();
    for at in untrusted + 1..SIGNATURE_FILE.trim_end().len() {
        let mut file = SIGNATURE_FILE.as_bytes().to_vec();
        file[at] ^= 1;
        let verified = key().verify(SIGNED, &file);
        let verified = verified.and_then(|verified| verified.comment());
        assert!(verified.is_err(), "byte {at} of the signature");
    }
}

#[test]
fn another_comment_is_noticed() {
    let file = SIGNATURE_FILE.replace("board:gateway", "board:sensor");
    assert!(key().verify(SIGNED, file.as_bytes()).is_ok());
    assert_eq!(verified(SIGNED, &file), Err(TrustError::AlteredComment));
}

#[test]
fn another_key_and_the_old_kind_are_said_to_be_that() {
    let other = SIGNATURE_FILE.replace("RUT1s4do", "RUT1s4dp");
    assert!(matches!(
        verified(SIGNED, &other),
        Err(TrustError::OtherKey { .. })
    ));
    let old = SIGNATURE_FILE.replace("RUT1s4do", "RWT1s4do");
    assert_eq!(verified(SIGNED, &old), Err(TrustError::NotPrehashed));
}

#[test]
fn what_is_no_file_of_minisign_is_refused() {
    let long = "x".repeat(FILE_MAX + 1);
    for file in [
        "",
        "\n\n\n\n",
        "untrusted comment: \nRWT1\n",
        "RWT1s4doygnvdBAPvogJjf7znlHT4cKJXOzBlNIA5Tk6UXOQK/exIhVS=",
        &long,
    ] {
        assert_eq!(
            PublicKey::parse(file.as_bytes()),
            Err(TrustError::NotAKey),
            "{file}"
        );
        assert_eq!(
            verified(SIGNED, file),
            Err(TrustError::NotASignature),
            "{file}"
        );
    }
    assert_eq!(PublicKey::parse(b"\xff\xfe"), Err(TrustError::NotAKey));
    for lines in 0..4 {
        let cut: Vec<&str> = SIGNATURE_FILE.lines().take(lines).collect();
        assert_eq!(
            verified(SIGNED, &cut.join("\n")),
            Err(TrustError::NotASignature)
        );
    }
}

/// A key pair, and what it makes of data and a comment.
fn sign(data: &[u8], comment: &str) -> (PublicKey, String) {
    let pair = KeyPair::generate_unencrypted_keypair().unwrap();
    let public = pair.pk.to_box().unwrap().to_string();
    let signature = minisign::sign(None, &pair.sk, data, Some(comment), None).unwrap();
    (
        PublicKey::parse(public.as_bytes()).unwrap(),
        signature.to_string(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_another_implementation_signed_is_trusted_in_any_pieces(
        data in proptest::collection::vec(any::<u8>(), 0..600),
        cut in 0..600usize,
        comment in "[ -~]{0,120}",
    ) {
        let (key, signature) = sign(&data, &comment);
        let (before, after) = data.split_at(cut.min(data.len()));
        let mut verifier = key.verifier(signature.as_bytes()).unwrap();
        verifier.update(before);
        verifier.update(after);
        let verified = verifier.finish().unwrap();
        prop_assert_eq!(verified.comment(), Ok(comment.as_str()));
        let (other, _) = sign(&data, &comment);
        let refused = matches!(other.verify(&data, signature.as_bytes()), Err(TrustError::OtherKey { .. }));
        prop_assert!(refused);
    }

    #[test]
    fn nonsense_never_panics(file in proptest::collection::vec(any::<u8>(), 0..200), text in "(untrusted comment: |R[UW]|[A-Za-z0-9+/=]|\n|trusted comment: ){0,150}") {
        for file in [file.as_slice(), text.as_bytes()] {
            let _ = PublicKey::parse(file);
            let _ = key().verify(SIGNED, file).and_then(|verified| verified.comment());
        }
    }
}
