//! The committed `cell_ops.h` is the one that the crates generate.
#![allow(missing_docs)]

#[allow(dead_code)]
#[path = "../examples/cell-ops.rs"]
mod cell_ops;

#[test]
fn committed_header_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../cell_ops.h");
    let committed = std::fs::read_to_string(path).expect("cell_ops.h");
    assert_eq!(
        committed,
        cell_ops::text(),
        "regenerate: cargo run -p cell-ffi --example cell-ops > kmod/netbsd/cell_ops.h"
    );
}
