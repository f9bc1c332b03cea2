use super::*;

fn name(text: &str) -> Option<Meant<'_>> {
    CellName::new(text).ok().map(Meant::Name)
}

#[test]
fn a_number_is_tried_first_and_a_name_can_be_said_to_be_one() {
    let number = |raw| Some(Meant::Number(Handle::from_raw(raw)));
    for (text, meant) in [
        ("259", number(259)),
        ("0x103", number(259)),
        ("0403", number(259)),
        ("0", number(0)),
        ("08", name("08")),
        ("1a", name("1a")),
        ("web", name("web")),
        ("name:259", name("259")),
        ("name:web", name("web")),
        ("4294967296", name("4294967296")),
        ("", None),
        ("name:", None),
        ("-x", None),
        ("..", None),
        ("a b", None),
        ("name:name:a", None),
    ] {
        assert_eq!(Meant::parse(text).ok(), meant, "{text:?}");
    }
}
