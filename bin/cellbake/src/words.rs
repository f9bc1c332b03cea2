//! Words that stand for numbers, both ways: facilities, levels, policies, accesses.

use cell_abi::Access;
use libcell::image::{Facility, Level, RestartPolicy};

use crate::suggest;

/// `<syslog.h>`'s facilities.
const FACILITIES: &[(&str, u8)] = &[
    ("kern", 0),
    ("user", 1),
    ("mail", 2),
    ("daemon", 3),
    ("auth", 4),
    ("syslog", 5),
    ("lpr", 6),
    ("news", 7),
    ("uucp", 8),
    ("cron", 9),
    ("authpriv", 10),
    ("ftp", 11),
    ("local0", 16),
    ("local1", 17),
    ("local2", 18),
    ("local3", 19),
    ("local4", 20),
    ("local5", 21),
    ("local6", 22),
    ("local7", 23),
];

/// `<syslog.h>`'s levels.
const LEVELS: &[&str] = &[
    "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
];

/// What to write for a facility.
pub const FACILITY_HELP: &str =
    "a facility of syslog(3): daemon, user, auth, local0 to local7, ...";
/// What to write for a level.
pub const LEVEL_HELP: &str =
    "a level of syslog(3): emerg, alert, crit, err, warning, notice, info, debug";

/// The facility of that name.
pub fn facility(word: &str) -> Result<Facility, String> {
    let named = FACILITIES.iter().find(|(name, _)| *name == word);
    named
        .map(|(_, number)| Facility(*number))
        .ok_or_else(|| unknown(word, "facility", FACILITIES.iter().map(|(name, _)| *name)))
}

/// The name of a facility.
#[must_use]
pub fn facility_name(facility: Facility) -> &'static str {
    FACILITIES
        .iter()
        .find(|(_, number)| *number == facility.0)
        .map_or("?", |(name, _)| name)
}

/// The level of that name.
pub fn level(word: &str) -> Result<Level, String> {
    (0..)
        .zip(LEVELS)
        .find(|(_, name)| **name == word)
        .map(|(number, _)| Level(number))
        .ok_or_else(|| unknown(word, "level", LEVELS.iter().copied()))
}

/// The name of a level.
#[must_use]
pub fn level_name(level: Level) -> &'static str {
    LEVELS.get(usize::from(level.0)).copied().unwrap_or("?")
}

/// The restart policy of that name.
pub fn restart_policy(word: &str) -> Result<RestartPolicy, String> {
    match word {
        "always" => Ok(RestartPolicy::Always),
        "on-failure" => Ok(RestartPolicy::OnFailure),
        "never" => Ok(RestartPolicy::Never),
        other => Err(unknown(
            other,
            "restart policy",
            ["always", "on-failure", "never"],
        )),
    }
}

/// The name of a restart policy.
#[must_use]
pub const fn restart_policy_name(policy: RestartPolicy) -> &'static str {
    match policy {
        RestartPolicy::Always => "always",
        RestartPolicy::OnFailure => "on-failure",
        RestartPolicy::Never => "never",
    }
}

/// The access of that name.
pub fn access(word: &str) -> Result<Access, String> {
    match word {
        "read" => Ok(Access::Read),
        "write" => Ok(Access::Write),
        "read-write" => Ok(Access::ReadWrite),
        other => Err(unknown(other, "access", ["read", "write", "read-write"])),
    }
}

/// The name of an access.
#[must_use]
pub const fn access_name(access: Access) -> &'static str {
    match access {
        Access::Read => "read",
        Access::Write => "write",
        Access::ReadWrite => "read-write",
    }
}

fn unknown<'k>(word: &str, what: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    match suggest::closest(word, known) {
        Some(meant) => format!("`{word}` is no {what}; did you mean `{meant}`?"),
        None => format!("`{word}` is no {what}"),
    }
}
