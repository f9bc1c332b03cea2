//! A recovery order: a text that a stick carries, signed by the board's key. No I/O.
//!
//! | line | what |
//! |---|---|
//! | `picocell-recovery 1` | the format |
//! | `board NAME` | for which board |
//! | `issued 2026-11-30T03:12:00Z` | when; one that is not later than the last that was carried out is not |
//! | `restore VOLUME FILE SHA256` | the volume, the file of its archive beside the order, and that archive's digest; one for each volume |

use alloc::vec::Vec;

use libcell::archive::Digest;
use libcell::platform::utf8;
use libcell::state::is_reserved;
use libcell::time::{Form, Seconds};

/// Longest order in bytes.
pub(crate) const MAX: usize = 4096;

/// A volume to restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Restore<'a> {
    pub volume: &'a str,
    pub file: &'a str,
    pub digest: Digest,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecoveryOrder<'a> {
    pub board: &'a str,
    pub issued: Seconds,
    pub restores: Vec<Restore<'a>>,
}

impl<'a> RecoveryOrder<'a> {
    /// Reads one.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let text = text.strip_prefix(b"picocell-recovery 1\nboard ")?;
        let mut lines = text.split(|byte| *byte == b'\n');
        let board = word(lines.next()?)?;
        let issued = lines.next()?.strip_prefix(b"issued ")?;
        let issued = Form::Internet.read(issued)?;
        let mut restores: Vec<Restore<'a>> = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            let mut words = line.strip_prefix(b"restore ")?.split(|byte| *byte == b' ');
            let restore = Restore {
                volume: word(words.next()?)?,
                file: word(words.next()?)?,
                digest: digest_of(words.next()?)?,
            };
            let is_twice = restores.iter().any(|other| other.volume == restore.volume);
            if is_twice || words.next().is_some() {
                return None;
            }
            restores.push(restore);
        }
        (!restores.is_empty()).then_some(Self {
            board,
            issued,
            restores,
        })
    }
}

/// A name that may be one of a volume or of a file on the stick.
fn word(bytes: &[u8]) -> Option<&str> {
    let is_letter = |byte: &u8| byte.is_ascii_graphic() && *byte != b'/';
    let is_word = !bytes.is_empty() && bytes.iter().all(is_letter);
    utf8(bytes).filter(|word| is_word && !is_reserved(word))
}

/// A digest in 64 hexadecimal digits.
fn digest_of(digits: &[u8]) -> Option<Digest> {
    let mut digest = [0; 32];
    if digits.len() != 2 * digest.len() {
        return None;
    }
    for (at, digit) in digits.iter().enumerate() {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        let to = digest.get_mut(at / 2)?;
        *to = *to << 4 | value;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use std::prelude::rust_2024::*;
    use std::{format, panic};

    use super::*;

    const SUM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn an_order_is_read() {
        let text = format!(
            "picocell-recovery 1\nboard gateway\nissued 2026-11-30T03:12:00Z\nrestore web web_20261129000000.tar.gz {SUM}\nrestore log l.tar.gz {SUM}\n"
        );
        let order = RecoveryOrder::parse(text.as_bytes()).unwrap();
        assert_eq!((order.board, order.issued), ("gateway", 1_796_008_320));
        let [web, log] = order.restores[..] else {
            panic!("two");
        };
        assert_eq!((web.volume, web.file), ("web", "web_20261129000000.tar.gz"));
        assert_eq!((web.digest[1], web.digest[31]), (1, 0x1f));
        assert_eq!((log.volume, log.file), ("log", "l.tar.gz"));
    }

    #[test]
    fn what_is_not_quite_an_order_is_none() {
        let head = "picocell-recovery 1\nboard b\nissued 2026-11-30T03:12:00Z\n";
        let line = format!("restore web w.tar.gz {SUM}\n");
        assert!(RecoveryOrder::parse(format!("{head}{line}").as_bytes()).is_some());
        for bad in [
            String::new(),
            head.into(),
            format!("picocell-recovery 2{}", &format!("{head}{line}")[19..]),
            format!("{head}{line}{line}"),
            format!("{head}restore ../web w {SUM}\n"),
            format!("{head}restore .state w {SUM}\n"),
            format!("{head}restore web ../w {SUM}\n"),
            format!("{head}restore web w {SUM}0\n"),
            format!("{head}restore web w {}\n", SUM.to_uppercase()),
            format!("{head}restore web w {SUM} more\n"),
            format!("{head}remove web\n"),
            format!("{head}{line}").replace("T03", " 03"),
            format!("{head}{line}").replace("board b", "board "),
            format!("{head}{line}").replace('\n', "\r\n"),
        ] {
            assert_eq!(RecoveryOrder::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
