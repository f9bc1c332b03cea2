//! What a definition wants to be so on its volumes and memory file systems before its service starts.

use libcell::converge::{self, Ground, How, Outcome, Scope};
use libcell::image::Cell;
use libcell::platform::Platform;

use crate::fault::{Fault, What};
use crate::room::Site;

/// Makes so what is not; how many steps changed something.
#[inline(never)]
pub(crate) fn converge<'c, P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'c>,
    scope: Scope,
) -> Result<u16, Fault<'c>> {
    let mut changed = 0;
    for step in &cell.plan {
        let outcome = converge::step(&ground(site), cell, step, scope, How::Make);
        let path = converge::target(step).unwrap_or_default();
        match outcome.map_err(|errno| What::Plan(path).failed(errno))? {
            Outcome::Changed => changed += 1,
            Outcome::Same | Outcome::Elsewhere => {}
        }
    }
    Ok(changed)
}

/// Where it is made so.
pub(crate) const fn ground<'s, P: Platform>(site: &Site<'s, P>) -> Ground<'s, P> {
    Ground {
        platform: site.platform,
        prefix: site.prefix,
        image: site.image,
    }
}
