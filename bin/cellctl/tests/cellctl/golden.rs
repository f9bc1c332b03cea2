//! Recorded output. `GOLDEN=write cargo test -p cellctl` records anew.

use std::fs;
use std::path::Path;

/// Compares with `golden/<name>`.
pub fn compare(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cellctl/golden")
        .join(name);
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        fs::write(&path, got).unwrap();
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        wanted == got,
        "{} differs; got:\n{got}\nwanted:\n{wanted}",
        path.display()
    );
}
