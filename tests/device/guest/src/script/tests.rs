use alloc::vec;

use super::{Line, Mistake, line};

#[test]
fn blank_lines_and_remarks_do_nothing() {
    for text in ["", "   ", "# rm -rf /", "  #x"] {
        assert_eq!(line(text), Ok(Line::Remark), "{text}");
    }
}

#[test]
fn a_command_is_parted_at_blanks_and_must_end_with_0() {
    let words = vec!["celltest", "cost", "host"];
    assert_eq!(
        line(" celltest  cost\thost"),
        Ok(Line::Run { good: 0, words })
    );
}

#[test]
fn another_status_can_be_the_good_one() {
    let words = vec!["celltest", "module", "unload"];
    assert_eq!(
        line("expect 1 celltest module unload"),
        Ok(Line::Run { good: 1, words })
    );
}

#[test]
fn what_init_does_itself() {
    assert_eq!(
        line("bg cellinit -v"),
        Ok(Line::Background(vec!["cellinit", "-v"]))
    );
    assert_eq!(line("signal 15"), Ok(Line::Signal(15)));
    assert_eq!(line("wait"), Ok(Line::Wait));
    assert_eq!(line("sleep 1500"), Ok(Line::Sleep(1500)));
    assert_eq!(line("tmpfs /tmp"), Ok(Line::Tmpfs("/tmp")));
    assert_eq!(line("mkdir /tmp/a"), Ok(Line::Directory("/tmp/a")));
}

#[test]
fn mistakes_are_named_and_not_run() {
    for (text, mistake) in [
        ("expect", Mistake::Incomplete("expect")),
        ("expect 1", Mistake::Incomplete("1")),
        ("expect 256 true", Mistake::Number("256")),
        ("expect no true", Mistake::Number("no")),
        ("bg", Mistake::Incomplete("bg")),
        ("signal", Mistake::Incomplete("signal")),
        ("signal TERM", Mistake::Number("TERM")),
        ("signal 1 2", Mistake::TooMuch("signal")),
        ("wait 3", Mistake::TooMuch("wait")),
        ("sleep -1", Mistake::Number("-1")),
        ("tmpfs /a /b", Mistake::TooMuch("tmpfs")),
        ("mkdir", Mistake::Incomplete("mkdir")),
    ] {
        assert_eq!(line(text), Err(mistake), "{text}");
    }
}
