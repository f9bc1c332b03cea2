//! What the tests start: `celltest platform child WHAT...`.

use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

use libcell::entry::{System, USAGE};
use libcell::platform::{Open, Platform, SignalNumber};

use super::calls;
use crate::os;
use crate::results::say;

/// - `show ARGUMENT...`: everything that a launch describes, a line each
/// - `euid`: the effective user as the exit status
/// - `exit STATUS`, `signal NUMBER`, `sleep SECONDS`
/// - `copy`: its input to its output
/// - `read PATH`: its content to the output; `open PATH`: the errno as the exit status
pub fn run(system: &System, what: &[&str]) -> u8 {
    let number = |text: &str| text.parse::<u8>().unwrap_or(USAGE);
    match what {
        ["show", arguments @ ..] => show(system, arguments),
        ["euid"] => system.euid() as u8,
        ["exit", status] => number(status),
        ["signal", signal] => {
            let _ = system.kill(system.pid(), number(signal));
            0
        }
        ["sleep", seconds] => {
            // who waits for it knows that this program runs now
            say(system, 1, format_args!("ready\n"));
            os::sleep_ms(u64::from(number(seconds)) * 1000);
            0
        }
        ["copy"] => copy(system),
        ["read", path] => match crate::files::read(system, path) {
            Ok(text) => {
                say(system, 1, format_args!("{text}"));
                0
            }
            Err(errno) => errno.0 as u8,
        },
        ["open", path] => match system.open(path, Open::Read, 0) {
            Ok(_) => 0,
            Err(errno) => errno.0 as u8,
        },
        _ => USAGE,
    }
}

fn copy(system: &System) -> u8 {
    let (Ok(input), Ok(output)) = (system.standard(0), system.standard(1)) else {
        return 1;
    };
    let mut buffer = [0; 256];
    loop {
        match system.read(&input, &mut buffer) {
            Ok(0) => return 0,
            Ok(count) => {
                let _ = system.write(&output, buffer.get(..count).unwrap_or_default());
            }
            Err(errno) => return errno.0 as u8,
        }
    }
}

/// `NAME VALUE` lines, in a form that a test compares.
fn show(system: &System, arguments: &[&str]) -> u8 {
    // before anything is opened
    let descriptors = calls::descriptors();
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name} {value}");
    };
    line("arguments", format!("{arguments:?}"));
    line("environment", environment(system));
    line("users", format!("{:?}", calls::users()));
    line("primary", format!("{:?}", calls::primary_groups()));
    line("groups", format!("{:?}", calls::groups()));
    line("directory", format!("{:?}", calls::working_directory()));
    line("descriptors", format!("{descriptors:?}"));
    line("blocked", format!("{:?}", calls::blocked()));
    line("ignored", format!("{:?}", calls::ignored()));
    line("mask", format!("{:o}", calls::mask(0o22).unwrap_or(0o7777)));
    let own = system.pid();
    let session = calls::group_and_session().map(|(group, session)| (group == own, session == own));
    line("own group and session", format!("{session:?}"));
    for (name, resource) in LIMITS {
        line(name, format!("{:?}", calls::limit(*resource)));
    }
    say(system, 1, format_args!("{text}"));
    0
}

/// The resources by their names in what is shown.
pub const LIMITS: &[(&str, i32)] = &[
    ("descriptors' limit", libc::RLIMIT_NOFILE),
    ("address space's limit", libc::RLIMIT_AS),
    ("core's limit", libc::RLIMIT_CORE),
    ("data's limit", libc::RLIMIT_DATA),
    ("stack's limit", libc::RLIMIT_STACK),
    ("file's limit", libc::RLIMIT_FSIZE),
    ("time's limit", libc::RLIMIT_CPU),
    ("locked memory's limit", libc::RLIMIT_MEMLOCK),
];

fn environment(system: &System) -> String {
    match calls::environment(system.pid()) {
        Ok(bytes) => {
            let words = bytes
                .split(|byte| *byte == 0)
                .filter(|word| !word.is_empty());
            let mut text = String::new();
            for word in words {
                let _ = write!(text, "[{}]", core::str::from_utf8(word).unwrap_or("?"));
            }
            text
        }
        Err(errno) => format!("{errno:?}"),
    }
}

/// A status as the text that an argument is.
pub fn digits(signal: SignalNumber) -> String {
    format!("{signal}")
}
