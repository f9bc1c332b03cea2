//! `stand-in`: a tree to try a board with where there is no release.

use super::Said;
use crate::arguments::StandIn;
use crate::failure::Failure;
use crate::stand_in;

pub(super) fn stand_in(arguments: &StandIn) -> Result<Said, Failure> {
    let count = stand_in::make(&arguments.board, &arguments.output)?;
    Ok(Said {
        out: format!(
            "{}: {count} files that stand for a release's\n",
            arguments.output.display()
        )
        .into_bytes(),
        ..Said::default()
    })
}
