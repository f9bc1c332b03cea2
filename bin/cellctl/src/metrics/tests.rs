use super::*;

#[test]
fn labels_are_escaped() {
    let mut line = String::new();
    escaped(&mut line, "a\"b\\c\nd}e");
    assert_eq!(line, "a\\\"b\\\\c\\nd}e");
}
