//! The program as a technician runs it: a stick that is a loop device, a terminal, a cut. Needs root.
#![cfg(target_os = "linux")]

mod auto;
mod manual;
mod progress;
mod restore;
mod scan;
mod signals;
mod site;
