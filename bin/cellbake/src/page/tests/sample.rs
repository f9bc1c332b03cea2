//! An image to show: a board of the tree, as baked.

use std::path::Path;
use std::sync::LazyLock;

use libcell::image::{self, Image};

use crate::board::{self, Source};

static GATEWAY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../board/gateway");
    board::load(&directory, &Source::OfBoard).unwrap().image
});

pub(super) fn sample() -> Image<'static> {
    image::open(&GATEWAY).unwrap().image
}
