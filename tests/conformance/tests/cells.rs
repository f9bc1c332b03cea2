//! The whole table against the hosted kernel. As root; takes some ten seconds.

use std::process::Command;

#[test]
fn every_attack_comes_to_what_the_table_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_conformance"))
        .output()
        .expect("the program starts");
    let printed = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("needs root") {
        println!("skipped: the attacks need root");
        return;
    }
    let differing: Vec<&str> = printed
        .lines()
        .filter(|line| line.contains("<--"))
        .collect();
    assert!(
        output.status.success(),
        "{}\n{}\n{said}",
        differing.join("\n"),
        printed.lines().last().unwrap_or_default()
    );
    assert!(printed.contains(" 0 not as expected"), "{printed}");
}

#[test]
fn a_wrong_command_line_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_conformance"))
        .arg("everything")
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(64));
    assert_eq!(
        output.stderr,
        b"usage: conformance [mutate | compare HOSTED-TABLE CONSOLE-LOG]\n"
    );
}
