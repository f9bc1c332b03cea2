//! Actions and requests of kauth(9). The numbers are the hosted kernel's own.

/// A scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// `org.netbsd.kauth.process`
    Process,
    /// `org.netbsd.kauth.system`
    System,
    /// `org.netbsd.kauth.network`
    Network,
    /// `org.netbsd.kauth.machdep`
    Machdep,
    /// `org.netbsd.kauth.device`
    Device,
    /// `org.netbsd.kauth.cred`
    Cred,
}

impl Scope {
    pub(crate) const fn id(self) -> &'static core::ffi::CStr {
        match self {
            Self::Process => c"org.netbsd.kauth.process",
            Self::System => c"org.netbsd.kauth.system",
            Self::Network => c"org.netbsd.kauth.network",
            Self::Machdep => c"org.netbsd.kauth.machdep",
            Self::Device => c"org.netbsd.kauth.device",
            Self::Cred => c"org.netbsd.kauth.cred",
        }
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Action {
    /// In which scope.
    pub scope: Scope,
    /// Its number.
    pub value: u64,
    /// Its name, without `KAUTH_` and the scope.
    pub name: &'static str,
}

/// What of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// In which scope.
    pub scope: Scope,
    /// Its number.
    pub value: u64,
    /// Its name, without `KAUTH_REQ_` and the scope: that of its action and one of its own.
    pub name: &'static str,
}

impl Request {
    /// The action it is a request of: the one whose name its own begins with, the longest if several.
    #[must_use]
    pub fn action(self) -> Option<Action> {
        ACTIONS
            .iter()
            .copied()
            .filter(|action| action.scope == self.scope)
            .filter(|action| {
                self.name
                    .strip_prefix(action.name)
                    .is_some_and(|rest| rest.starts_with('_'))
            })
            .max_by_key(|action| action.name.len())
    }
}

/// Vnode scope: read data, list a directory.
pub const VNODE_READ_DATA: u64 = 1 << 0;
/// Vnode scope: write data, add a file.
pub const VNODE_WRITE_DATA: u64 = 1 << 1;
/// Vnode scope: execute a file, search a directory.
pub const VNODE_EXECUTE: u64 = 1 << 2;
/// Vnode scope: the mode has an execute bit, or it is a directory. Says so and asks nothing.
pub const VNODE_IS_EXEC: u64 = 1 << 29;

include!(concat!(env!("OUT_DIR"), "/kauth.rs"));
