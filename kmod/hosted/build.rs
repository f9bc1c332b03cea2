//! Compiles the kernel: the module's C files as they are, and the hosted kernel around them; makes the constants of
//! kauth(9) from the header that C has them from.
//!
//! `CELL_HOSTED_SANITIZE=1` compiles the C with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer (gcc 12).
//! The Rust around it has to be built for AddressSanitizer too, which links its runtime: `kmod/hosted/sanitize` does both.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let module = here.join("../netbsd");
    let mut sources: Vec<PathBuf> = Vec::new();
    for directory in [&here.join("kern"), &module] {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "c") {
                sources.push(path);
            }
        }
    }
    sources.sort();

    let mut build = cc::Build::new();
    build
        .files(&sources)
        .include(here.join("include"))
        .include(&module)
        .define("_KERNEL", None)
        .std("gnu11")
        .extra_warnings(true)
        .warnings_into_errors(true)
        // Callbacks have the arguments that they are called with.
        .flag("-Wno-unused-parameter");
    if env::var("CELL_HOSTED_SANITIZE").is_ok_and(|on| on == "1") {
        build
            .flag("-fsanitize=address,undefined")
            .flag("-fno-sanitize-recover=undefined")
            .flag("-fno-omit-frame-pointer")
            .flag("-g");
        println!("cargo:rustc-link-lib=dylib=ubsan");
    }
    build.compile("cellkernel");

    let lists = here.join("include/hosted/kauth_lists.h");
    let constants = constants(&fs::read_to_string(&lists)?);
    fs::write(Path::new(&variable("OUT_DIR")?).join("kauth.rs"), constants)?;

    for watched in ["kern", "include"] {
        println!("cargo:rerun-if-changed={}", here.join(watched).display());
    }
    for watched in [
        "secmodel_cell.c",
        "cell_cred.c",
        "cell_device.c",
        "cell_late.c",
        "cell_listener.c",
        "cell_map.h",
        "cell_ops.h",
        "cell_request.c",
        "cell_rs.h",
        "cell_var.h",
    ] {
        println!("cargo:rerun-if-changed={}", module.join(watched).display());
    }
    println!("cargo:rerun-if-env-changed=CELL_HOSTED_SANITIZE");
    Ok(())
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(|_| io::Error::other(format!("{name}: not set; run by cargo?")))
}

/// One constant for each `X(SCOPE, NAME)`, numbered as `sys/kauth.h` numbers them.
fn constants(lists: &str) -> String {
    const ACTIONS_FROM: u64 = 5;
    const REQUESTS_FROM: u64 = 3;
    let mut out = String::new();
    let mut all = (String::new(), String::new());
    let (mut next, mut requests) = (0, false);
    for line in lists.lines() {
        if line.starts_with("#define\tHOSTED_") && line.contains("(X)") {
            requests = line.contains("_REQUESTS");
            next = if requests {
                REQUESTS_FROM
            } else {
                ACTIONS_FROM
            };
            continue;
        }
        let Some((scope, name)) = line
            .trim()
            .strip_prefix("X(")
            .and_then(|rest| rest.split_once(')'))
            .and_then(|(pair, _)| pair.split_once(", "))
        else {
            continue;
        };
        let (kind, constant) = if requests {
            ("Request", format!("REQ_{scope}_{name}"))
        } else {
            ("Action", format!("{scope}_{name}"))
        };
        let camel = format!("{}{}", &scope[..1], scope[1..].to_lowercase());
        let _ = writeln!(
            out,
            "/// `KAUTH_{constant}`\npub const {constant}: {kind} = {kind} {{ scope: Scope::{camel}, value: {next}, \
             name: \"{name}\" }};"
        );
        let list = if requests { &mut all.1 } else { &mut all.0 };
        let _ = write!(list, "{constant}, ");
        next += 1;
    }
    let _ = writeln!(
        out,
        "/// Every action.\npub const ACTIONS: &[Action] = &[{}];\n\
         /// Every request.\npub const REQUESTS: &[Request] = &[{}];",
        all.0, all.1
    );
    out
}
