//! How a program begins: [`program!`](crate::program) makes `main.rs` of a library's `run`.
//!
//! `main.rs` of a program is
//!
//! ```ignore
//! #![cfg_attr(target_os = "netbsd", no_main)]
//! #![forbid(unsafe_code)]
//! libcell::program!(cellctl::run);
//! ```
//!
//! with `pub fn run<P: Platform>(platform: &P, arguments: &[&str]) -> u8` in the library: `arguments[0]` is the
//! program's name, the result is the exit status.

pub use crate::platform::System;

/// Exit status for arguments that are not what the program takes (`EX_USAGE` of sysexits(3)).
pub const USAGE: u8 = 64;

/// Makes a program of `run`: on Linux a `main`, on NetBSD the function that `_start` calls.
#[macro_export]
macro_rules! program {
    ($run:path) => {
        #[cfg(not(target_os = "netbsd"))]
        fn main() -> ::std::process::ExitCode {
            $crate::entry::main($run)
        }

        #[cfg(target_os = "netbsd")]
        #[unsafe(no_mangle)]
        fn picocell_program(system: &$crate::entry::System, arguments: &[&str]) -> u8 {
            $run(system, arguments)
        }
    };
}

/// What `main` does on the build host.
#[cfg(not(target_os = "netbsd"))]
pub fn main(run: fn(&System, &[&str]) -> u8) -> std::process::ExitCode {
    use std::string::String;
    use std::vec::Vec;

    let arguments: Result<Vec<String>, _> = std::env::args_os()
        .map(std::ffi::OsString::into_string)
        .collect();
    let Ok(arguments) = arguments else {
        std::eprintln!("picocell: arguments: not UTF-8");
        return std::process::ExitCode::from(USAGE);
    };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    std::process::ExitCode::from(run(&System::default(), &arguments))
}
