#![forbid(unsafe_code)]
//! `cellsim board/desk`: the board's image on this workstation. See the library.

fn main() -> std::process::ExitCode {
    cellsim::main()
}
