//! The manual page has what the help has, and its examples can be typed.

use std::process::Command;

use super::device::{Device, is_progress};

const PAGE: &str = include_str!("../../cellmgr.8");

/// The commands, by what `help` lists.
fn commands(device: &Device) -> Vec<String> {
    let help = device.done("help");
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let lines = list.lines().take_while(|line| !line.is_empty());
    lines
        .map(|line| line.trim().split("  ").next().unwrap().to_owned())
        .collect()
}

/// The options of a command, by its help: short and long ones as mdoc has them.
fn options(device: &Device, command: &str) -> Vec<(Option<char>, String)> {
    let help = device.done(&format!("help {command}"));
    let mut all = vec![];
    for line in help.lines().filter_map(|line| line.strip_prefix("  -")) {
        let words: Vec<&str> = line.split(' ').collect();
        if let Some(long) = words[0].strip_prefix('-') {
            all.push((None, long.to_owned()));
        } else {
            let long = words[1].trim_start_matches("--").to_owned();
            all.push((words[0].chars().next(), long));
        }
    }
    all
}

#[test]
fn every_command_option_and_field_is_in_the_manual() {
    let device = Device::new();
    let (_, synopsis) = PAGE.split_once(".Sh SYNOPSIS\n").unwrap();
    let (synopsis, text) = synopsis.split_once(".Sh DESCRIPTION\n").unwrap();
    let commands = commands(&device);
    assert!(commands.len() > 20, "{commands:?}");
    for command in &commands {
        let (_, usage) = synopsis
            .split_once(&format!(".Cm {command}\n"))
            .unwrap_or_else(|| panic!("{command}"));
        let usage = usage.split(".Nm\n").next().unwrap();
        assert!(text.contains(&format!(".Ss {command}\n")), "{command}");
        let settings = usage.contains("Ar setting ...");
        for (letter, long) in options(&device, command) {
            let item = match letter {
                None => format!(".It Fl -{long}"),
                Some(letter) => format!(".It Fl {letter} , Fl Fl {long}"),
            };
            let mut lines = text.lines();
            assert!(
                lines.any(|line| line.starts_with(&item)),
                "{command}: {item}"
            );
            let used = match letter {
                None => settings || usage.contains(&format!("Fl -{long}")),
                Some(letter) => usage
                    .lines()
                    .filter_map(|line| line.strip_prefix(".Op Fl "))
                    .any(|words| words.split(' ').next().unwrap().contains(letter)),
            };
            assert!(used, "{command}: {long}");
        }
    }
    for heading in text.lines().filter_map(|line| line.strip_prefix(".Ss ")) {
        let lower = heading.starts_with(|first: char| first.is_ascii_lowercase());
        let known = commands.iter().any(|command| command == heading);
        assert!(!lower || known || heading == "help", "{heading}");
    }
    for kind in ["cell", "volume"] {
        let (_, fields) = text
            .split_once(&format!(".Ss Fields of {kind}s\n"))
            .unwrap();
        let fields = fields.split(".El\n").next().unwrap();
        let mut described = fields
            .lines()
            .filter_map(|line| line.strip_prefix(".It Cm "));
        let listed = device.done(&format!("{kind} fields -T -H"));
        for field in listed.lines() {
            assert_eq!(described.next(), Some(field));
        }
        assert_eq!(described.next(), None);
    }
}

#[test]
fn the_examples_in_the_manual_can_be_typed() {
    let device = Device::new();
    device.done("apply --all");
    let (_, examples) = PAGE.split_once(".Sh EXAMPLES\n").unwrap();
    let examples = examples.split(".Sh ").next().unwrap();
    let mut count = 0;
    for line in examples
        .lines()
        .filter_map(|line| line.strip_prefix("# cellmgr "))
    {
        let mut words: Vec<&str> = vec![];
        for (index, part) in line.split('"').enumerate() {
            if index % 2 == 0 {
                words.extend(part.split_whitespace());
            } else {
                words.push(part);
            }
        }
        let ran = device.words(&words);
        // what differs is shown, and a policy waits for a decision
        let drift = line.contains("--dry-run") || line == "apply --all";
        let expected = if drift { 2 } else { 0 };
        let is_said = |line| !is_progress(line);
        assert_eq!(ran.err.lines().find(|line| is_said(line)), None, "{line}");
        assert_eq!(ran.status, expected, "{line}: {}", ran.out);
        assert_ne!(ran.out, "", "{line}");
        count += 1;
    }
    assert!(count > 10);
    assert_eq!(device.run("apply --all --dry-run").status, 0);
}

#[test]
fn the_manual_is_in_order() {
    for page in ["cellmgr.8", "cells.bin.5"] {
        let path = format!("{}/{page}", env!("CARGO_MANIFEST_DIR"));
        let lint = Command::new("mandoc")
            .args(["-Tlint", "-Wwarning", &path])
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
}
