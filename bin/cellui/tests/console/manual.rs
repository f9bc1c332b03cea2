//! The manual page has what the help has, and its pictures are the captures.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::masks::masked;

const PAGE: &str = include_str!("../../cellui.8");

/// The text of a section or subsection.
fn part(heading: &str) -> &'static str {
    let (_, after) = PAGE
        .split_once(&format!("{heading}\n"))
        .unwrap_or_else(|| panic!("no {heading}"));
    let ends = ["\n.Sh ", "\n.Ss "].map(|end| after.find(end).unwrap_or(after.len()));
    &after[..ends[0].min(ends[1])]
}

#[test]
fn every_option_is_in_the_manual() {
    let synopsis = part(".Sh SYNOPSIS");
    let text = part(".Sh DESCRIPTION");
    for option in cellui::program().options {
        let letter = char::from(option.letter);
        let value = match option.value {
            "" => String::new(),
            value => format!(" Ar {value}"),
        };
        let item = format!(".It Fl {letter} , Fl Fl {}{value}\n", option.long);
        assert!(text.contains(&item), "{item}");
        let together = synopsis
            .lines()
            .filter_map(|line| line.strip_prefix(".Op Fl "))
            .any(|letters| letters.contains(letter));
        let alone = format!("Fl {letter}{value}");
        assert!(together || synopsis.contains(&alone), "{letter}");
    }
    for operand in cellui::program().operands {
        assert!(synopsis.contains(&format!("Ar {}", operand.name)));
    }
}

#[test]
fn every_key_of_the_help_is_in_the_manual() {
    let keys = part(".Ss Keys");
    let (help, _) = cellui::keys().split_once("All but").unwrap();
    let mut count = 0;
    for line in help.lines() {
        for (at, segment) in line.split("  ").enumerate() {
            let mut words = segment.split_whitespace();
            let (Some(word), is_key) = (words.next(), at == 0 || segment.trim().len() == 1) else {
                continue;
            };
            if is_key && word.len() == 1 {
                let is_it = |item: &str| item.split(' ').any(|part| part == word);
                let mut items = keys.lines().filter(|line| line.starts_with(".It Ic"));
                let item = items.any(|item| is_it(&item.replace("\\&", "")));
                assert!(item, "{word}");
                count += 1;
            }
        }
    }
    assert!(count > 10, "{count}");
}

/// Lines that say something.
fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.is_empty()).collect()
}

#[test]
fn the_pictures_in_the_manual_are_what_is_captured() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let mut shown = vec![];
    for picture in PAGE.split(".Bd -literal -offset -5n\n").skip(1) {
        let picture = picture.split(".Ed\n").next().unwrap();
        let name = picture.split_whitespace().nth(1).unwrap().to_lowercase();
        let capture = fs::read_to_string(captures.join(format!("{name}.txt"))).unwrap();
        let masked = masked(picture, "/nowhere");
        assert_eq!(lines(&masked), lines(&capture), "{name}");
        shown.push(name);
    }
    assert_eq!(shown, ["cells", "cell", "backups", "drift"]);
}

#[test]
fn the_manual_is_in_order() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cellui.8");
    let lint = Command::new("mandoc")
        .args(["-Tlint", "-Wwarning"])
        .arg(path)
        .output();
    let Ok(lint) = lint else {
        eprintln!("skipped: mandoc is not installed");
        return;
    };
    let said = String::from_utf8(lint.stdout).unwrap();
    let other = |line: &&str| !line.contains("referenced manual not found");
    let said: Vec<&str> = said.lines().filter(other).collect();
    assert!(said.is_empty(), "{said:#?}");
}
