//! The images of cells that go into a root file system, signed as the board wants it.

use std::path::Path;

use libcell::image;
use libcell::trust::{PublicKey, TrustError};

use crate::board::Board;
use crate::command::{of_image, public, read_file, signed};
use crate::failure::Failure;
use crate::signing::Signer;

/// Who signs.
pub(crate) enum Signing<'s> {
    /// Nobody.
    None,
    /// This key.
    Key(&'s Signer),
    /// Somebody else did: images and the public key.
    Made {
        /// The signed `cells.bin`.
        cells: &'s Path,
        /// The signed rescue image.
        rescue: Option<&'s Path>,
        /// Public key file.
        key: &'s Path,
    },
}

/// What is written into /etc.
pub(super) struct Images {
    pub cells: Vec<u8>,
    pub rescue: Option<Vec<u8>>,
    /// The public key file.
    pub key: Option<Vec<u8>>,
}

/// The images of a board.
pub(super) fn images(board: &Board, signing: &Signing<'_>) -> Result<Images, Failure> {
    let name = &board.device.name;
    let check = |key: &PublicKey| match board.device.key {
        Some(wanted) if wanted != key.id() => Err(Failure::Other(format!(
            "{name}: signing: key {}, and the board's is {wanted}",
            key.id()
        ))),
        Some(_) | None => Ok(()),
    };
    match signing {
        Signing::None if board.device.signed => Err(Failure::Other(format!(
            "{name}: signing: its images must be signed: give --key"
        ))),
        Signing::None => Ok(Images {
            cells: board.image.clone(),
            rescue: board.rescue.clone(),
            key: None,
        }),
        Signing::Key(signer) => {
            let file = signer.public_file();
            let key = PublicKey::parse(file.as_bytes());
            check(&key.map_err(|why| Failure::Other(format!("{name}: key: {why}")))?)?;
            let sign = |bytes: &Vec<u8>| {
                let digest = image::open(bytes).map(|opened| opened.digest);
                let digest = digest.map_err(|why| Failure::image(&board.directory, why))?;
                signed(&board.directory, bytes, signer, &of_image(name, &digest))
            };
            Ok(Images {
                cells: sign(&board.image)?,
                rescue: board.rescue.as_ref().map(sign).transpose()?,
                key: Some(file.into_bytes()),
            })
        }
        Signing::Made { cells, rescue, key } => {
            let file = read_file(key)?;
            let key = public(key)?;
            check(&key)?;
            let rescue = match (&board.rescue, rescue) {
                (Some(baked), Some(path)) => Some(made(path, baked, &key)?),
                (None, None) => None,
                (Some(_), None) => {
                    return Err(Failure::Other(format!(
                        "{name}: signing: it has a rescue cell: give --rescue too"
                    )));
                }
                (None, Some(_)) => {
                    return Err(Failure::Other(format!(
                        "{name}: signing: it has no rescue cell"
                    )));
                }
            };
            Ok(Images {
                cells: made(cells, &board.image, &key)?,
                rescue,
                key: Some(file),
            })
        }
    }
}

/// An image that was signed elsewhere: of this board as it is now, and by the key.
fn made(path: &Path, baked: &[u8], key: &PublicKey) -> Result<Vec<u8>, Failure> {
    let bytes = read_file(path)?;
    let opened = image::open(&bytes).map_err(|why| Failure::image(path, why))?;
    if opened.signed != baked {
        return Err(Failure::at(
            path,
            "refused",
            &"not what the board bakes to now",
        ));
    }
    let signature = opened.signature.ok_or(TrustError::Unsigned);
    signature
        .and_then(|signature| key.verify(opened.signed, signature))
        .map_err(|why| Failure::at(path, "refused", &why))?;
    Ok(bytes)
}
