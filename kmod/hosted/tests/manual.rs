//! The tables, numbers and bytes of the manual pages are those of the code.
#![allow(missing_docs, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cell_abi::{BUFFER_SIZES, Op, Profile, Refusal, frame, ioctl_command};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The columns of each row that begins with `.It` in the list whose heading has this column.
fn table<'p>(page: &'p str, heading: &str) -> Vec<Vec<&'p str>> {
    let rows: Vec<Vec<&str>> = page
        .lines()
        .skip_while(|line| !(line.starts_with(".It Sy") && line.contains(heading)))
        .skip(1)
        .take_while(|line| *line != ".El")
        .filter_map(|line| line.strip_prefix(".It "))
        .map(|row| row.split(" Ta ").collect())
        .collect();
    assert!(!rows.is_empty(), "no table with {heading}");
    rows
}

#[test]
fn profiles_are_as_the_page_says() {
    let page = read("../netbsd/secmodel_cell.9");
    let rows = table(&page, "Sy Operation");
    let may = |profile: Profile, op| {
        if profile.policy().contains(op) {
            "+"
        } else {
            "-"
        }
    };
    let wanted: Vec<Vec<&str>> = Op::ALL
        .iter()
        .map(|&op| {
            let mut row = vec![op.name()];
            row.extend(Profile::NAMED.map(|profile| may(profile, op)));
            row
        })
        .collect();
    assert_eq!(rows, wanted);
}

#[test]
fn every_refusal_is_on_the_page_and_no_other() {
    let page = read("../netbsd/cell.4");
    let documented: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix(".It Bq Er "))
        .collect();
    let mut refusals: Vec<&str> = Refusal::ALL
        .iter()
        .map(|refusal| refusal.errno_name())
        .collect();
    refusals.sort_unstable();
    assert_eq!(documented, refusals);
}

#[test]
fn sizes_and_commands_are_as_the_page_says() {
    let page = read("../netbsd/cell.4");
    let rows = table(&page, "Sy Command");
    assert_eq!(rows.len(), BUFFER_SIZES.len());
    for (row, size) in rows.iter().zip(BUFFER_SIZES) {
        let size = u16::try_from(size).expect("a size of ioctl(2)");
        assert_eq!(row[0], size.to_string());
        assert_eq!(row[1], format!("{:#x}", ioctl_command(size)));
    }
    for number in [
        format!("operations byte ({})", Op::COUNT),
        format!("slots byte ({})", cell_abi::MAX_CELLS),
        format!("version number ({})", cell_abi::VERSION),
        format!("1 to {} bytes", cell_abi::NAME_MAX),
        format!("at most {} bytes, in UTF-8", cell_abi::ROOT_MAX),
        format!("at most {} reservations", cell_abi::MAX_RESERVATIONS),
        format!("at most {} devices", cell_abi::MAX_DEVICES),
        format!("at least {} bytes", frame::EVENT_MAX),
        format!("minor {} is any", cell_abi::MINOR_ANY),
    ] {
        let text = page.replace('\n', " ");
        assert!(text.contains(&number), "the page does not say {number:?}");
    }
}

/// Messages by name, in hexadecimal, as the contract's golden files have them.
fn golden(files: &[&str]) -> BTreeMap<String, String> {
    files
        .iter()
        .flat_map(|file| {
            let text = read(&format!("../abi/tests/golden/{file}.txt"));
            text.lines()
                .filter(|line| !line.starts_with('#'))
                .filter_map(|line| line.split_once(": "))
                .map(|(name, bytes)| (name.to_owned(), bytes.to_owned()))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn tags_of_requests_replies_and_events_are_as_the_page_says() {
    let page = read("../netbsd/cell.4");
    // With how many numbers come before the tag.
    for (heading, file, before) in [
        ("Sy Request", "requests", 0),
        ("Sy Reply Ta", "replies", 0),
        ("Sy Event", "events", 4),
    ] {
        let own = golden(&[file]);
        for row in table(&page, heading) {
            let name = row[1].to_lowercase();
            let name = match name.as_str() {
                "create" if file == "requests" => "create-high",
                other => other,
            };
            let bytes = own
                .get(name)
                .unwrap_or_else(|| panic!("no golden {name} in {file}"));
            let mut rest = bytes.split(' ');
            for _ in 0..before {
                // A number ends with a byte below 80.
                rest.find(|byte| *byte < "80").expect("a number");
            }
            let tag = rest.next().expect("a tag");
            assert_eq!(format!("{:02x}", row[0].parse::<u8>().expect("tag")), tag);
        }
    }
}

#[test]
fn examples_are_bytes_that_are_sent() {
    let page = read("../netbsd/cell.4");
    let frames = golden(&["frames"]);
    let events = golden(&["requests", "replies"]);
    let examples = page
        .split(".Sh EXAMPLES")
        .nth(1)
        .and_then(|rest| rest.split(".Sh ").next())
        .expect("examples");
    let mut found: Vec<String> = Vec::new();
    for line in examples
        .lines()
        .filter_map(|line| line.strip_prefix(".Dl "))
    {
        match (line.strip_prefix("\\ \\ "), found.last_mut()) {
            (Some(more), Some(last)) => {
                last.push(' ');
                last.push_str(more);
            }
            _ => found.push(line.to_owned()),
        }
    }
    assert_eq!(found.len(), 7);
    for example in found {
        // Frames of the golden file are cut where only zeros follow.
        let known = frames.values().any(|bytes| {
            let mut bytes = bytes.clone();
            while bytes.len() < example.len() {
                bytes.push_str(" 00");
            }
            bytes == example
        }) || events.values().any(|body| {
            let length = body.split(' ').count();
            format!("{:02x} {:02x} {body}", length & 0xff, length >> 8) == example
        });
        assert!(known, "{example}");
    }
}
