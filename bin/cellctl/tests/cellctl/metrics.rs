//! `stats -P`, read by a strict reader of the text format.

use std::collections::{HashMap, HashSet};

use cell_abi::{Op, Profile, Stats};

use crate::golden::compare;
use crate::machine::{Machine, policy};

fn busy() -> Machine {
    let machine = Machine::new();
    let mut limited = policy(Profile::High);
    limited.limits.processes = Some(16);
    let web = machine.cell("web", limited);
    machine.pass(90);
    machine.enter(web, 10);
    machine.deny(web, Op::NetworkRaw, 10);
    machine.deny(web, Op::NetworkRaw, 10);
    machine.deny(web, Op::SystemTime, 10);
    machine.live.borrow_mut().insert(
        web,
        Stats {
            cpu_us: 1_500_000,
            resident_kib: 640,
            virtual_kib: 4096,
            ..Stats::default()
        },
    );
    // the name of a dying cell may be another's already
    let old = machine.cell("mail", policy(Profile::High));
    machine.kernel.credential_shared(old);
    machine.done(&["destroy", "mail"]);
    machine.cell("mail", policy(Profile::High));
    machine.cell("256", policy(Profile::High));
    machine
}

#[test]
fn the_text_is_what_was_recorded() {
    compare("metrics", &busy().done(&["stats", "-P"]));
    compare("metrics-none", &Machine::new().done(&["stats", "-P"]));
}

#[test]
fn every_line_is_as_the_format_says() {
    for machine in [busy(), Machine::new()] {
        let families = read(&machine.done(&["stats", "-P"]));
        let sealed = families["cell_sealed"][""];
        assert!(sealed.abs() < f64::EPSILON);
    }
    let families = read(&busy().done(&["stats", "-P"]));
    let value = |family: &str, labels: &str| families[family][labels];
    let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
    assert!(close(value("cell_cpu_seconds_total", "name=\"web\""), 1.5));
    assert!(close(
        value("cell_memory_resident_bytes", "name=\"web\""),
        655_360.0
    ));
    assert!(close(value("cell_age_seconds", "name=\"web\""), 90.0));
    assert!(close(
        value(
            "cell_operation_denials_total",
            "name=\"web\",operation=\"network.raw\""
        ),
        2.0
    ));
    assert_eq!(
        families["cell_processes_limit"].len(),
        1,
        "only where there is one"
    );
    assert_eq!(
        families["cell_processes_current"].len(),
        3,
        "not the dying one"
    );
}

#[test]
fn a_sealed_kernel_says_so() {
    let machine = Machine::new();
    machine.done(&["seal", "--yes"]);
    assert!(
        machine
            .done(&["stats", "-P"])
            .ends_with("\ncell_sealed 1\n")
    );
}

#[test]
fn the_http_header_goes_before_and_changes_nothing() {
    let machine = busy();
    let plain = machine.done(&["stats", "-P"]);
    let served = machine.done(&["stats", "-P", "-h"]);
    let (header, body) = served.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, plain);
    let lines: Vec<&str> = header.split("\r\n").collect();
    assert_eq!(lines[0], "HTTP/1.0 200 OK");
    assert!(lines.contains(&"Content-Type: text/plain; version=0.0.4; charset=utf-8"));
    assert!(!header.replace("\r\n", "").contains(['\r', '\n']));
}

type Family = HashMap<String, f64>;

/// Reads the text format 0.0.4 and refuses what `promtool check metrics` would complain about: a family in two pieces,
/// without HELP or TYPE or with two, a counter without `_total`, a unit that is not a base unit, a label set twice, a
/// name or label or escape out of the grammar, a missing last newline.
fn read(text: &str) -> HashMap<String, Family> {
    assert!(text.ends_with('\n'));
    let mut families: HashMap<String, Family> = HashMap::new();
    let mut now: Option<(String, String)> = None;
    let mut helped: Option<String> = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(helped.is_none() && !help.is_empty(), "{line}");
            helped = Some(name.to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(helped.take().as_deref(), Some(name), "HELP before TYPE");
            check_name(name, kind);
            let before = families.insert(name.to_owned(), Family::new());
            assert!(before.is_none(), "{name} twice");
            now = Some((name.to_owned(), kind.to_owned()));
        } else {
            let (family, kind) = now.as_ref().expect("a sample before any TYPE");
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = match series.split_once('{') {
                None => (series, ""),
                Some((name, labels)) => (name, labels.strip_suffix('}').unwrap()),
            };
            assert_eq!(name, family, "a sample of another family: {line}");
            check_labels(labels);
            let value: f64 = value.parse().unwrap();
            assert!(kind != "counter" || value >= 0.0);
            let family = families.get_mut(name).unwrap();
            assert!(family.insert(labels.to_owned(), value).is_none(), "{line}");
        }
    }
    assert!(helped.is_none());
    families
}

fn check_name(name: &str, kind: &str) {
    assert!(["counter", "gauge"].contains(&kind), "{name} {kind}");
    let mut letters = name.chars();
    assert!(letters.next().unwrap().is_ascii_lowercase());
    assert!(letters.all(|letter| letter.is_ascii_lowercase() || letter == '_'));
    assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
    for unit in [
        "_ms",
        "_us",
        "_kib",
        "_kb",
        "_mb",
        "ticks",
        "_milliseconds",
        "_kilobytes",
    ] {
        assert!(!name.contains(unit), "{name} has {unit}");
    }
}

fn check_labels(mut rest: &str) {
    let mut names = HashSet::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").expect("a label without a value");
        assert!(!name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase()));
        assert!(names.insert(name), "label {name} twice");
        let mut end = None;
        let mut letters = after.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => assert!(matches!(letters.next(), Some((_, '\\' | '"' | 'n')))),
                '"' => {
                    end = Some(at);
                    break;
                }
                '\n' => panic!("raw newline"),
                _ => {}
            }
        }
        rest = &after[end.expect("an open quote") + 1..];
        rest = match rest.strip_prefix(',') {
            Some(more) => {
                assert!(!more.is_empty(), "a comma at the end");
                more
            }
            None => rest,
        };
    }
}
