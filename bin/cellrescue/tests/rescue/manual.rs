//! The manual page has every command and option.

const PAGE: &str = include_str!("../../cellrescue.8");

#[test]
fn the_page_has_every_command_and_option() {
    for command in cellrescue::program().commands {
        assert!(
            PAGE.contains(&format!(".Cm {}", command.name)),
            "{}",
            command.name
        );
        for option in command.options {
            let letter = char::from(option.letter);
            let flag = format!(".It Fl {letter}");
            assert!(PAGE.contains(&flag), "{} {flag}", command.name);
            assert!(
                PAGE.contains(&format!("Fl Fl {}", option.long)),
                "{}",
                option.long
            );
        }
    }
}
