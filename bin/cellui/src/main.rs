//! The program of the library beside it.
#![cfg_attr(target_os = "netbsd", no_main)]
#![forbid(unsafe_code)]

libcell::program!(cellui::run);
