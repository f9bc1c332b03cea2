use std::{format, string::String};

use super::*;

#[test]
fn verbs_and_commands_go_together() {
    let names = PROGRAM.commands.iter().map(|command| command.name);
    let verbs = Verb::ALL.map(|verb| format!("{verb:?}").to_lowercase());
    assert!(names.eq(verbs.iter().map(String::as_str)));
}

#[test]
fn letters_and_names_are_unique_in_a_command() {
    for command in PROGRAM.commands {
        for (at, option) in command.options.iter().enumerate() {
            let others = command.options.iter().skip(at + 1);
            assert!(option.letter.is_ascii_alphabetic());
            for other in others {
                assert_ne!(option.letter, other.letter, "{}", command.name);
                assert_ne!(option.long, other.long, "{}", command.name);
            }
        }
    }
}
