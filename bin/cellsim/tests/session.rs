//! What an operator types on the desk board, and what comes of it: `session/commands`, compared with `session/transcript`.
//!
//! With `BLESS` in the environment the transcript is written instead. Needs root, busybox, curl, and a built cellinit,
//! cellctl and cellmgr; without, it says so and has not tested.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Types a file's lines, and says what each came to.
const TYPE: &str = r#"
while [ "$(cellmgr cell list -T -H -o service web worker logger | sort -u)" != ready ]; do sleep 0.1; done
while IFS= read -r line; do
    echo "$line"
    case $line in '# '*) continue ;; esac
    eval "$line" </dev/null 2>&1
    status=$?
    [ $status = 0 ] || echo "[$status]"
done <"$1" >"$2"
"#;

#[test]
fn an_operators_session_on_the_desk_board() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/session");
    let cellsim = PathBuf::from(env!("CARGO_BIN_EXE_cellsim"));
    let own = fs::metadata("/proc/self").unwrap();
    let root = std::os::unix::fs::MetadataExt::uid(&own) == 0;
    let built = ["cellinit", "cellctl", "cellmgr"]
        .iter()
        .all(|program| cellsim.with_file_name(program).is_file());
    let needed = ["/bin/busybox", "/usr/bin/curl"];
    if !root || !built || !needed.iter().all(|path| Path::new(path).is_file()) {
        eprintln!("skipped: needs root, busybox, curl, and the other programs beside cellsim");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let said = directory.path().join("said");
    let path = format!(
        "{}:{}",
        cellsim.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let output = Command::new("timeout")
        .arg("120")
        .arg(&cellsim)
        .arg(tests.join("../../../../board/desk"))
        .arg("--state")
        .arg(directory.path().join("s"))
        .args(["--", "sh", "-c", TYPE, "sh"])
        .arg(tests.join("commands"))
        .arg(&said)
        .env("PATH", path)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let said = masked(&fs::read_to_string(said).unwrap());
    let transcript = tests.join("transcript");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&transcript, &said).unwrap();
    }
    let expected = fs::read_to_string(&transcript).unwrap();
    for (said, expected) in said.lines().zip(expected.lines()) {
        assert_eq!(said, expected);
    }
    assert_eq!(said, expected);
}

/// Numbers of operations are other ones each time.
fn masked(text: &str) -> String {
    let mask = |line: &str| match line.strip_prefix("op ").and_then(|line| line.get(8..)) {
        Some(rest) => format!("op ########{rest}\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(mask).collect()
}
