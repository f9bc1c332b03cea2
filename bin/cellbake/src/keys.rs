//! Every key a definition may have. The reader refuses others; the manual pages are tested against these.

/// The keys of one kind of table.
#[derive(Debug)]
pub struct Table {
    /// What mistakes call it.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [&'static str],
}

macro_rules! tables {
    ($page:ident: $($constant:ident $name:literal $keys:expr;)*) => {
        $(#[doc = $name] pub const $constant: Table = Table { name: $name, keys: $keys };)*
        /// All tables of this page.
        #[cfg(test)]
        pub const $page: &[Table] = &[$($constant,)*];
    };
}

tables! { BOARD_PAGE:
    BOARD "a board" &[
        "name", "description", "arch", "ram", "flash", "sealed", "recovery", "syslog", "budget", "users", "source", "watchdog",
        "defaults", "profiles", "rescue", "console", "signing", "kernel", "storage", "system",
    ];
    BUDGET "[budget]" &["ram", "image", "root", "roots", "volumes", "toolkit", "system"];
    CONSOLE "[console]" &["device", "speed", "login"];
    SIGNING "[signing]" &["required", "key"];
    KERNEL "[kernel]" &["file", "module", "place"];
    STORAGE "[storage]" &["disk", "table", "slots", "slot", "data", "journal"];
    SYSTEM "[system]" &["copy", "directories", "links", "files", "tmpfs"];
    USERS "[users]" &["range", "passwd", "group"];
    SOURCE "[source]" &["root", "package"];
    WATCHDOG "[watchdog]" &["device", "period"];
    DEFAULTS "[defaults]" &["profile", "stop_grace", "environment", "limits", "log", "restart"];
    PROFILE "a profile of the board" &["base", "allow", "deny"];
}

tables! { CELL_PAGE:
    CELL "a cell" &[
        "description", "autostart", "critical", "profile", "allow", "deny", "ports", "command", "directory", "environment",
        "user", "group", "groups", "root", "depends", "ready", "stop_grace", "restart", "health", "log", "limits",
        "mounts", "devices", "contents",
    ];
    RESTART "[restart]" &["policy", "max_failures", "stable"];
    HEALTH "[health]" &["command", "interval", "timeout", "retries", "start_period"];
    LOG "[log]" &["facility", "stdout", "stderr", "tag", "ring"];
    LIMITS "[limits]" &[
        "processes", "nofile", "address_space", "core", "data", "stack", "file_size", "cpu", "locked",
    ];
    MOUNT "[[mounts]]" &["volume", "tmpfs", "target", "read_only", "no_exec", "mode"];
    DEVICE "[[devices]]" &["path", "access", "any_minor"];
    CONTENTS "[contents]" &["copy", "directories", "links", "files", "budget"];
    FILE "[[contents.files]]" &["from", "to", "mode"];
    VOLUME "a volume" &["description", "mode", "owner", "group", "budget", "devices", "set_id"];
}

#[cfg(test)]
mod tests;
