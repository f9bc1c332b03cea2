//! What services print: cut into lines, sent to syslogd, kept in RAM.

mod budget;
mod line;
mod ring;
mod syslog;

pub(crate) use budget::{Budget, Fate};
pub(crate) use line::{LINE_MAX, Lines};
pub(crate) use ring::Ring;
pub(crate) use syslog::{Priority, Source, Syslog};
