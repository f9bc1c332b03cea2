use super::*;

#[test]
fn labels_are_escaped() {
    let mut line = Line::new();
    escaped(&mut line, "a\"b\\c\nd}e");
    assert_eq!(line, b"a\\\"b\\\\c\\nd}e");
}
