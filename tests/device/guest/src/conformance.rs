//! The attacks (tests/conformance): this program runs them, and in the cells' roots it is the attacker.

use libcell::entry::{System, USAGE};
use libcell::platform::Platform;

use crate::results::say;

/// Where the scene is set: a memory file system is mounted there.
const DIRECTORY: &str = "/tmp/conformance";

/// Where this program is.
const PROGRAMS: [&str; 2] = ["/sbin/celltest", "/bin/celltest"];

/// The names that this program has in the cells' roots.
const ATTACKERS: [&str; 2] = ["attack", "setuid"];

/// As the attack program, when it is called by one of its names; the exit status.
pub fn act(arguments: &[&str]) -> Option<u8> {
    let (name, words) = arguments.split_first()?;
    let name = name.rsplit('/').next()?;
    ATTACKERS
        .contains(&name)
        .then(|| conformance::place::attack(words))
}

/// `conformance`: prints the table of attacks and a summary; 1 when something is not as expected.
pub fn run(system: &System, arguments: &[&str]) -> u8 {
    if !arguments.is_empty() {
        say(system, 2, format_args!("usage: celltest conformance\n"));
        return USAGE;
    }
    match all(system) {
        Ok(status) => status,
        Err(failure) => {
            say(
                system,
                1,
                format_args!("FAIL conformance: scene: {failure}\n"),
            );
            1
        }
    }
}

fn all(system: &System) -> Result<u8, conformance::Failure> {
    let program = PROGRAMS
        .into_iter()
        .find(|path| system.metadata(path).is_ok())
        .ok_or("this program is not where it should be")?;
    system.make_directory(DIRECTORY, 0o755)?;
    let tell = |what: &str| say(system, 1, format_args!("conformance: {what}\n"));
    let (scene, _kernel) = conformance::whole::set(DIRECTORY, program)?;
    let (text, tally) = conformance::whole::table(&scene, &tell)?;
    say(system, 1, format_args!("{text}"));
    let ok = tally.tried.saturating_sub(tally.differ + tally.impossible);
    let (failed, skipped) = (tally.differ, tally.impossible);
    say(
        system,
        1,
        format_args!("celltest conformance: {ok} ok, {failed} failed, {skipped} skipped\n"),
    );
    Ok(u8::from(failed != 0))
}
