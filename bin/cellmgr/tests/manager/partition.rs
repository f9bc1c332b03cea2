//! A data partition that is full, and one that is read-only: real ones, and the real program. Needs root and unshare(1);
//! without, it says so and has not tested.

use std::path::Path;
use std::process::Command;

use super::device::Device;

/// Mounts a small file system of memory on the volumes, does what must have been before, makes it `$0`, and runs each line
/// of the arguments; what the volumes are after each must be what they were.
const SCRIPT: &str = r#"
set -eu
how=$0
cd "$PICOCELL_PREFIX"
mount -t tmpfs -o size=64k none volumes
$CELLMGR cell set db --rlimit-nofile 9 >/dev/null
case $how in
full) cat /dev/zero >volumes/much 2>/dev/null || : ;;
read-only) mount -o remount,ro volumes ;;
esac
was=$(ls -ARi volumes | cksum; cat volumes/.state/* | cksum)
for line; do
    status=0
    $CELLMGR $line </dev/null 2>&1 || status=$?
    echo "$line: $status"
    [ "$(ls -ARi volumes | cksum; cat volumes/.state/* | cksum)" = "$was" ] || echo "$line: something is changed"
done
"#;

/// Runs each line on such a partition; of standard output and error there is the one line.
fn refused(how: &str, why: &str) {
    let is_root =
        std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0;
    if !is_root || !Path::new("/usr/bin/unshare").exists() {
        eprintln!("skipped: needs root and unshare");
        return;
    }
    let device = Device::new();
    let output = Command::new("unshare")
        .args(["-m", "sh", "-c", SCRIPT, how])
        .args(LINES.map(|(line, _)| line))
        .env("PICOCELL_PREFIX", device.prefix())
        .env("CELLMGR", env!("CARGO_BIN_EXE_cellmgr"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let expected: String = LINES
        .iter()
        .map(|(line, object)| format!("cellmgr: {object}: /volumes/.state: {why}\n{line}: 1\n"))
        .collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

/// A line, and what is told of which object.
const LINES: [(&str, &str); 6] = [
    ("cell set web --autostart NO", "web: set"),
    ("cell create twin --like web", "twin: create"),
    ("cell remove tool", "tool: remove"),
    ("cell stop web --scope both", "web: stop"),
    ("volume create extra --scope both", "extra: create"),
    ("system reset --cells --scope desired --yes", "cells: reset"),
];

#[test]
fn a_full_data_partition_is_told_and_nothing_is_changed() {
    refused("full", "no space left");
}

#[test]
fn a_read_only_data_partition_is_told_and_nothing_is_changed() {
    refused("read-only", "read-only file system");
}
