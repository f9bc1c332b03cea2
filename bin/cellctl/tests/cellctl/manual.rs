//! The manual page has what the help has.

use std::process::Command;

const PAGE: &str = include_str!("../../cellctl.8");

/// The text of a section or subsection, from its heading to the next of its kind or above.
fn part<'p>(heading: &str, ends: &[&str]) -> &'p str {
    let (_, after) = PAGE
        .split_once(&format!("{heading}\n"))
        .unwrap_or_else(|| panic!("no {heading}"));
    let end = ends.iter().filter_map(|end| after.find(end)).min();
    &after[..end.unwrap_or(after.len())]
}

#[test]
fn every_command_and_option_is_in_the_manual() {
    let synopsis = part(".Sh SYNOPSIS", &[".Sh "]);
    for command in cellctl::program().commands {
        assert!(
            synopsis.contains(&format!(".Cm {}\n", command.name)),
            "{}",
            command.name
        );
        let text = part(&format!(".Ss {}", command.name), &[".Ss ", ".Sh "]);
        let usage = part(&format!(".Cm {}", command.name), &[".Nm\n", ".Sh "]);
        for option in command.options {
            let letter = char::from(option.letter);
            // described once, where it comes first or says most
            let described = match option.long {
                "tsv" | "no-header" | "json" => "list",
                "user" => "exec",
                _ => command.name,
            };
            if described == command.name {
                let value = match option.value {
                    "" => String::new(),
                    value => format!(" Ar {value}"),
                };
                let item = format!(".It Fl {letter} , Fl Fl {}{value}\n", option.long);
                assert!(text.contains(&item), "{}: {item}", command.name);
            }
            let alone = format!("Fl {letter}");
            let together = usage
                .lines()
                .filter_map(|line| line.strip_prefix(".Op Fl "))
                .any(|letters| letters.contains(letter));
            assert!(
                usage.contains(&alone) || together,
                "{}: -{letter}",
                command.name
            );
        }
        for operand in command.operands {
            assert!(
                usage.contains(&format!("Ar {}", operand.name)),
                "{}",
                command.name
            );
        }
    }
}

#[test]
fn the_manual_has_no_command_or_option_that_is_none() {
    let commands = cellctl::program().commands;
    for heading in PAGE.lines().filter_map(|line| line.strip_prefix(".Ss ")) {
        let known = commands.iter().any(|command| command.name == heading);
        assert!(known || heading == "help", "{heading}");
    }
    for item in PAGE.lines().filter_map(|line| line.strip_prefix(".It Fl ")) {
        let mut words = item.split(' ');
        let letter = words.next().unwrap();
        let long = words.nth(3).unwrap();
        let known = commands
            .iter()
            .flat_map(|command| command.options)
            .any(|option| option.long == long && letter == char::from(option.letter).to_string());
        assert!(known, "{item}");
    }
}

#[test]
fn the_columns_in_the_manual_are_those_of_the_tables() {
    let machine = crate::machine::Machine::new();
    for command in ["list", "stats"] {
        let header = machine.done(&[command, "-T"]).replace('\t', " ");
        assert!(
            PAGE.contains(&format!(".Bd -literal\n{header}.Ed\n")),
            "{header}"
        );
    }
}

#[test]
fn the_manual_is_in_order() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/cellctl.8");
    let Ok(lint) = Command::new("mandoc").args(["-Tlint", path]).output() else {
        eprintln!("skipped: mandoc is not installed");
        return;
    };
    // whether other pages are installed is not this one's matter
    let said = String::from_utf8(lint.stdout).unwrap();
    let said: Vec<&str> = said
        .lines()
        .filter(|line| !line.contains("referenced manual not found"))
        .collect();
    assert!(said.is_empty(), "{said:#?}");
}
