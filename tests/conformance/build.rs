//! Compiles the attack program: static, without a libc, for the system that the tests run on.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=attack");
    // for devices the attacks are part of the library, and of the program that this is linked into
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let program = out.join("attack");
    let status = Command::new(env::var_os("RUSTC").expect("cargo sets RUSTC"))
        .args(["--edition=2024", "--crate-type=bin", "--crate-name=attack"])
        .args(["--target", &env::var("TARGET").expect("cargo sets TARGET")])
        .args(["-Copt-level=s", "-Cpanic=abort", "-Cstrip=symbols"])
        .args(["-Crelocation-model=static", "-Clink-arg=-nostdlib"])
        .args(["-Clink-arg=-nostartfiles", "-Clink-arg=-static"])
        .args(["-Aunused", "attack/main.rs", "-o"])
        .arg(&program)
        .status()
        .expect("rustc runs");
    assert!(status.success(), "the attack program did not compile");
    println!("cargo::rustc-env=ATTACK_PROGRAM={}", program.display());
}
