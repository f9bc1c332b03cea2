//! `sign`, `verify` and `detach`: images of cells with their signature inside, other files with theirs beside them.

use std::path::{Path, PathBuf};

use libcell::image::{self, ImageError, MAGIC};
use libcell::trust::{KeyId, PublicKey, TrustError};

use super::{Said, beside, read_file, write_file};
use crate::arguments::{Detach, Sign, Verify};
use crate::facts;
use crate::failure::Failure;
use crate::signing::Signer;

pub(super) fn sign(arguments: &Sign) -> Result<Said, Failure> {
    let file = &arguments.file;
    let bytes = read_file(file)?;
    let image = bytes.starts_with(&MAGIC);
    match (&arguments.key, &arguments.signature) {
        (Some(key), None) => {
            let password = arguments.password_file.as_deref();
            let signer =
                Signer::read(key, password).map_err(|why| Failure::at(key, "key", &why))?;
            let comment = match &arguments.comment {
                Some(comment) => one_line(comment)?,
                None => comment(file, &bytes)?,
            };
            if image {
                write_file(file, &signed(file, &bytes, &signer, &comment)?)?;
                return Ok(said(file, &signer.id()));
            }
            let path = minisig(file);
            write_file(&path, signer.sign(&bytes, &comment).as_bytes())?;
            Ok(said(&path, &signer.id()))
        }
        (None, Some(signature)) if image => {
            let made = read_file(signature)?;
            let whole = image::sign(&bytes, &made).map_err(|why| unsigned(file, why))?;
            write_file(file, &whole)?;
            Ok(Said {
                out: format!("{}: signature taken\n", file.display()).into_bytes(),
                ..Said::default()
            })
        }
        (None, Some(_)) => Err(Failure::Usage(
            "--signature: for images of cells; the signature of another file stays beside it"
                .to_owned(),
        )),
        (Some(_), Some(_)) | (None, None) => Err(Failure::Usage(
            "--key and --signature: one of them".to_owned(),
        )),
    }
}

/// The image with a signature inside.
pub(crate) fn signed(
    path: &Path,
    bytes: &[u8],
    signer: &Signer,
    comment: &str,
) -> Result<Vec<u8>, Failure> {
    let signature = signer.sign(bytes, comment);
    image::sign(bytes, signature.as_bytes()).map_err(|why| unsigned(path, why))
}

pub(super) fn verify(arguments: &Verify) -> Result<Said, Failure> {
    let file = &arguments.file;
    let key = public(&arguments.key)?;
    let bytes = read_file(file)?;
    let comment = if bytes.starts_with(&MAGIC) {
        let opened = image::open(&bytes).map_err(|why| Failure::image(file, why))?;
        let signature = opened.signature.ok_or(TrustError::Unsigned);
        signature.and_then(|signature| comment_of(&key, opened.signed, signature))
    } else {
        let signature = read_file(&minisig(file))?;
        comment_of(&key, &bytes, &signature)
    };
    let comment = comment.map_err(|why| Failure::at(file, "refused", &why))?;
    Ok(Said {
        out: format!(
            "{}: signed by key {}: {comment}\n",
            file.display(),
            key.id()
        )
        .into_bytes(),
        ..Said::default()
    })
}

pub(super) fn detach(arguments: &Detach) -> Result<Said, Failure> {
    let (from, to) = (&arguments.image, &arguments.output);
    let bytes = read_file(from)?;
    let opened = image::open(&bytes).map_err(|why| Failure::image(from, why))?;
    let signature = opened
        .signature
        .ok_or_else(|| Failure::at(from, "refused", &TrustError::Unsigned))?;
    write_file(to, opened.signed)?;
    write_file(&minisig(to), signature)?;
    Ok(Said {
        out: format!("{} and {}\n", to.display(), minisig(to).display()).into_bytes(),
        ..Said::default()
    })
}

/// A public key file.
pub(crate) fn public(path: &Path) -> Result<PublicKey, Failure> {
    let file = read_file(path)?;
    PublicKey::parse(&file).map_err(|why| Failure::at(path, "key", &why))
}

/// Where minisign(1) has the signature of a file.
pub(crate) fn minisig(path: &Path) -> PathBuf {
    beside(path, ".minisig")
}

fn comment_of(key: &PublicKey, data: &[u8], signature: &[u8]) -> Result<String, TrustError> {
    let verified = key.verify(data, signature)?;
    verified.comment().map(str::to_owned)
}

/// What an image is, or a file's name: the same for the same.
fn comment(path: &Path, bytes: &[u8]) -> Result<String, Failure> {
    if !bytes.starts_with(&MAGIC) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        return one_line(&format!("file:{name}"));
    }
    let opened = image::open(bytes).map_err(|why| Failure::image(path, why))?;
    Ok(of_image(opened.image.board.name, &opened.digest))
}

/// The trusted comment of an image.
pub(crate) fn of_image(board: &str, digest: &[u8; 32]) -> String {
    format!("board:{board} cells:{}", facts::hex(digest))
}

fn one_line(comment: &str) -> Result<String, Failure> {
    if comment.len() > 256 || comment.chars().any(char::is_control) {
        return Err(Failure::Usage(
            "--comment: one line of at most 256 bytes".to_owned(),
        ));
    }
    Ok(comment.to_owned())
}

fn unsigned(path: &Path, why: ImageError) -> Failure {
    match why {
        ImageError::Trailer => {
            Failure::at(path, "signature", &"it has one already, or that is none")
        }
        other => Failure::image(path, other),
    }
}

fn said(path: &Path, key: &KeyId) -> Said {
    Said {
        out: format!("{}: signed by key {key}\n", path.display()).into_bytes(),
        ..Said::default()
    }
}
