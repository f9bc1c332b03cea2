use super::*;

#[test]
fn labels_are_escaped() {
    let mut line = String::new();
    sample(&mut line, "family", "a\"b\\c\nd}e", Some("x.y"));
    assert_eq!(line, "family{name=\"a\\\"b\\\\c\\nd}e\",operation=\"x.y\"}");
}
