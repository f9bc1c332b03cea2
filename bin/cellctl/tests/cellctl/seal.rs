//! `seal`: asks, on the terminal and nowhere else.

use cell_abi::Handle;
use cell_core::Subject;

use crate::machine::Machine;

#[test]
fn without_a_terminal_only_yes_seals() {
    let machine = Machine::new();
    machine.fails(
        &["seal"],
        1,
        "seal: ask: no terminal to ask on, and no --yes",
    );
    assert!(!machine.kernel.is_sealed());
    assert_eq!(machine.done(&["seal", "--yes"]), "");
    assert!(machine.kernel.is_sealed());
}

#[test]
fn only_a_clear_yes_is_one() {
    for (answer, sealed) in [
        ("y\n", true),
        ("Y\n", true),
        ("yes\n", true),
        ("n\n", false),
        ("\n", false),
        ("", false),
        (" y\n", false),
        ("no, y\n", false),
    ] {
        let machine = Machine::new();
        *machine.terminal.borrow_mut() = Some(answer.to_owned());
        let ran = machine.run(&["seal"]);
        assert_eq!(machine.kernel.is_sealed(), sealed, "{answer:?}");
        assert_eq!(ran.status, u8::from(!sealed), "{answer:?}");
        let err = if sealed {
            ""
        } else {
            "cellctl: seal: ask: not confirmed\n"
        };
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", err));
        assert_eq!(
            machine.asked.take(),
            "Until reboot nobody can make, end or change a cell. Seal? [y/N] "
        );
    }
}

#[test]
fn a_user_cannot_seal() {
    let machine = Machine::new();
    machine.who.set(Subject {
        cell: Handle::HOST,
        root: false,
    });
    machine.fails(&["seal", "--yes"], 1, "seal: seal: not root");
    assert!(!machine.kernel.is_sealed());
}
