//! A process that does nothing but wait for the one that paints, to give the terminal back should that one be killed:
//! a program that crashes cannot.

use libcell::output::Output;
use libcell::platform::{Event, Exit, Pid, Platform, SignalNumber, signal};
use libcell::table::Lines;

use crate::console::Console;

/// Waits for the painter; its status.
pub(crate) fn keep<P: Platform>(platform: &P, console: &Console<'_, P>, painter: Pid) -> u8 {
    let passed_on = [signal::TERM, signal::HUP, signal::INT, signal::QUIT];
    let signals = [
        signal::CHLD,
        signal::TERM,
        signal::HUP,
        signal::INT,
        signal::QUIT,
        signal::TSTP,
        signal::TTIN,
        signal::TTOU,
    ];
    if platform.watch_signals(&signals).is_err() {
        return 1;
    }
    loop {
        // it may have ended before anybody watched
        match platform.reap() {
            Ok(Some((pid, Exit::Code(code)))) if pid == painter => return code,
            Ok(Some((pid, Exit::Signal(number)))) if pid == painter => {
                let _ = platform.take_terminal(&console.fd);
                console.give_back();
                tell(platform, number);
                return 1;
            }
            Ok(_) => {}
            Err(_) => return 1,
        }
        let mut events = [Event::Signal(0); 4];
        let count = platform.wait(&mut events, None).unwrap_or(0);
        for event in events.iter().take(count) {
            if let Event::Signal(number) = event
                && passed_on.contains(number)
            {
                let _ = platform.kill(painter, *number);
            }
        }
    }
}

fn tell<P: Platform>(platform: &P, number: SignalNumber) {
    if let Ok(mut error) = Output::standard(platform, 2) {
        let name = signal::name(number).unwrap_or("unknown");
        for part in ["cellui: killed: signal ", name, "\n"] {
            let _ = error.put(part.as_bytes());
        }
        let _ = error.finish();
    }
}
