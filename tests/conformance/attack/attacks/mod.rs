//! The attacks, by name.
//!
//! Each makes real system calls and reports what the kernel said. What it should have said stands in the runner's table, not
//! here. System calls are in [`os`], one file for each kernel.

pub mod os;

mod arguments;
mod control;
mod devices;
mod escape;
mod execute;
mod ipc;
mod limits;
mod mounts;
mod network;
mod outcome;
mod process;
mod see;
mod system;
mod text;

pub use arguments::Arguments;
pub use outcome::Outcome;
pub use text::Text;

/// One attack: an `Err` is as good an outcome as an `Ok`, it is there for `?`.
pub type Attack = fn(Arguments<'_>) -> Result<Outcome, Outcome>;

/// Every attack, by name.
pub const ATTACKS: &[&[(&str, Attack)]] = &[
    process::ATTACKS,
    see::ATTACKS,
    network::ATTACKS,
    escape::ATTACKS,
    mounts::ATTACKS,
    devices::ATTACKS,
    execute::ATTACKS,
    system::ATTACKS,
    ipc::ATTACKS,
    limits::ATTACKS,
    control::ATTACKS,
];

/// What is no attack: parts that the runner needs, beginning with `part.`.
const PARTS: &[&[(&str, Attack)]] = &[process::PARTS, execute::PARTS, ipc::PARTS, control::PARTS];

/// Runs the attack named by the first argument and prints its outcome; the exit status is 0 unless there is no such attack.
#[must_use]
pub fn main(arguments: Arguments<'_>) -> u8 {
    let Some((name, rest)) = arguments.split() else {
        return 64;
    };
    let found = ATTACKS
        .iter()
        .chain(PARTS)
        .flat_map(|group| group.iter())
        .find(|(known, _)| known.as_bytes() == name.to_bytes());
    match found {
        Some((_, attack)) => {
            let (Ok(outcome) | Err(outcome)) = attack(rest);
            os::write(1, Text::new(format_args!("outcome: {outcome}\n")).bytes());
            0
        }
        None => {
            os::write(2, b"attack: no such attack\n");
            64
        }
    }
}

/// Prints a detail that the runner reads, before the outcome.
pub fn report(what: &str, value: usize) {
    os::write(1, Text::new(format_args!("{what}: {value}\n")).bytes());
}
