//! Signals by the numbers of this system.

use super::SignalNumber;

macro_rules! signals {
    ($($name:ident $constant:ident $text:literal;)*) => {
        $(#[doc = $text] pub const $name: SignalNumber = libc::$constant as SignalNumber;)*

        /// Its name without `SIG`, if it is one this program knows.
        #[must_use]
        pub const fn name(number: SignalNumber) -> Option<&'static str> {
            match number {
                $($name => Some(stringify!($name)),)*
                _ => None,
            }
        }
    };
}

signals! {
    HUP SIGHUP "Hang up; daemons reopen.";
    INT SIGINT "Interrupt from the keyboard.";
    QUIT SIGQUIT "Quit from the keyboard.";
    ILL SIGILL "Illegal instruction.";
    TRAP SIGTRAP "Trap.";
    ABRT SIGABRT "Abort.";
    BUS SIGBUS "Bus error.";
    FPE SIGFPE "Arithmetic error.";
    KILL SIGKILL "Kill; cannot be caught.";
    USR1 SIGUSR1 "First of the program's own.";
    SEGV SIGSEGV "Invalid memory access.";
    USR2 SIGUSR2 "Second of the program's own.";
    PIPE SIGPIPE "Write to a pipe or socket that nobody reads.";
    ALRM SIGALRM "Alarm clock.";
    TERM SIGTERM "Terminate in order.";
    CONT SIGCONT "Continue if stopped.";
    TSTP SIGTSTP "Stop, from the keyboard.";
    TTIN SIGTTIN "Read from the terminal in the background.";
    TTOU SIGTTOU "Change of the terminal in the background.";
    WINCH SIGWINCH "The terminal has another size.";
    CHLD SIGCHLD "A child has ended.";
    XCPU SIGXCPU "CPU limit reached.";
    XFSZ SIGXFSZ "File size limit reached.";
    SYS SIGSYS "Bad system call.";
}
