use std::process::{Command, Stdio};

use crate::site::{Site, populate};

#[test]
fn where_there_are_lines_only_there_is_one_for_each_tenth() {
    let site = Site::new();
    populate(&site.volume("samples"));
    let (status, _, error) = site.rescue(&["save", "-t", "self", "samples"]);
    assert_eq!(status, 0);
    let lines: Vec<&str> = error.lines().collect();
    assert!((8..=11).contains(&lines.len()), "{error}");
    for line in &lines {
        assert!(
            line.starts_with("save ") && line.ends_with(" left"),
            "{line}"
        );
        assert!(line.contains(" % ") && line.contains("/s "), "{line}");
    }
    assert!(lines.last().unwrap().starts_with("save 100 % "), "{error}");
}

#[test]
fn on_a_terminal_a_bar_is_painted_over() {
    let site = Site::new();
    populate(&site.volume("samples"));
    let program = env!("CARGO_BIN_EXE_cellrescue");
    let shown = |term: &str| {
        let output = Command::new("script")
            .args([
                "-qec",
                &format!("{program} save -t self samples"),
                "/dev/null",
            ])
            .env("PICOCELL_PREFIX", &site.prefix)
            .env("TERM", term)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).to_string()
    };
    let bar = shown("vt100");
    let last = bar.rsplit("\rsave [").next().unwrap();
    assert!(
        last.starts_with(&format!("{}] 100 % ", "#".repeat(30))),
        "{bar:?}"
    );
    let painted = bar.split('\r').filter(|line| line.starts_with("save ["));
    assert!(
        painted.clone().all(|line| line.trim_end().len() < 80),
        "{bar:?}"
    );
    assert!(painted.count() <= 4, "{bar:?}");
    assert!(!shown("dumb").contains("save ["));
}
