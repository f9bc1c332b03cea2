use super::*;

#[test]
fn a_slip_of_the_finger_is_understood() {
    let known = ["autostart", "profile", "ports", "depends"];
    assert_eq!(closest("autostrat", known), Some("autostart"));
    assert_eq!(closest("port", known), Some("ports"));
    assert_eq!(closest("profle", known), Some("profile"));
    assert_eq!(closest("zebra", known), None);
    assert_eq!(distance("ab", "ba"), 1);
    assert_eq!(distance("", "abc"), 3);
    assert_eq!(distance("kitten", "sitting"), 3);
}
