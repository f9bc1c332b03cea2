//! What is done about volumes before anything uses them: a restore that was cut is finished or undone, and on boards that
//! ask for it a signed recovery order on a stick is carried out.

use alloc::string::String;

use cellrescue::Resumed;
use libcell::image::Volume;
use libcell::platform::Platform;

/// Volumes that must not be made, empty, in the place of what is to come there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// None.
    Nothing,
    /// The one that was given up and waits for its archive.
    One(String),
    /// What is missing, because it could not be found out why.
    All,
}

impl Missing {
    /// Whether a volume that is not there is to be made.
    pub(crate) fn permits(&self, volume: &Volume<'_>) -> bool {
        match self {
            Self::Nothing => true,
            Self::One(name) => name != volume.name.as_str(),
            Self::All => false,
        }
    }
}

/// Whether orders are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Orders {
    /// They are.
    Obey,
    /// They are not.
    Ignore,
}

/// Does it. A few system calls when there is nothing to do.
pub(crate) fn recover<P: Platform>(platform: &P, prefix: &str, orders: Orders) -> Missing {
    let mut resumed = cellrescue::resume(platform, prefix);
    if orders == Orders::Obey {
        cellrescue::auto(platform, prefix);
        // what an order has restored waits no longer
        if !matches!(resumed, Ok((Resumed::Clean, _))) {
            resumed = cellrescue::resume(platform, prefix);
        }
    }
    match resumed {
        Ok((Resumed::Clean | Resumed::Old | Resumed::New, _)) => Missing::Nothing,
        Ok((Resumed::NeedArchive, volume)) => Missing::One(volume),
        Err(_) => Missing::All,
    }
}
