use super::shell::{Line, read, words};
use super::*;

fn set(name: &str, value: &str) -> Line {
    Line::Set(name.to_owned(), value.to_owned())
}

#[test]
fn assignments_are_read_as_a_shell_would() {
    let text = "# comment\n\
        A=plain\n\
        B='single $A'\n\
        C=\"double $A and ${A} \\\"q\\\" \\$x\"\n\
        D=a\\ b;E=two # after\n\
        export F=exported\n\
        G=\n\
        H=\"two\nlines\"\n\
        I=con\\\ntinued\n\
        J=$A$A\n";
    assert_eq!(
        read(text),
        [
            set("A", "plain"),
            set("B", "single $A"),
            set("C", "double plain and plain \"q\" $x"),
            set("D", "a b"),
            set("E", "two"),
            set("F", "exported"),
            set("G", ""),
            set("H", "two\nlines"),
            set("I", "continued"),
            set("J", "plainplain"),
        ]
    );
}

#[test]
fn what_only_a_shell_can_know_is_said_and_not_guessed() {
    for (text, name) in [
        ("A=$(date)", "A"),
        ("A=`date`", "A"),
        ("A=\"x $(date +%s) y\"", "A"),
        ("A=$UNSET", "A"),
        ("A=${UNSET:-x}", "A"),
        ("A=\"open", "A"),
        ("A=x|y", "A"),
    ] {
        match read(text).as_slice() {
            [Line::NeedsShell(found, _)] => assert_eq!(found, name, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    for text in ["rm -rf /", ". /etc/other", "if true; then", "A=x command"] {
        assert!(
            matches!(read(text).as_slice(), [Line::Other(_), ..]),
            "{text}: {:?}",
            read(text)
        );
    }
}

#[test]
fn a_command_without_shell_is_words() {
    let of = |command| words(command).map(|words| words.join("|"));
    assert_eq!(of("/a -b  'c d' \"e f\"").as_deref(), Some("/a|-b|c d|e f"));
    assert_eq!(of("/a ''").as_deref(), Some("/a|"));
    for needs in [
        "a | b", "a && b", "a > b", "a $b", "a *", "a `b`", "a 'b", "cd x; y",
    ] {
        assert_eq!(of(needs), None, "{needs}");
    }
}

#[test]
fn any_text_is_read_to_its_end() {
    use proptest::prelude::*;
    proptest!(|(text in "[A-Z=$\\\\'\"`(){}; \n#a-z|]{0,60}")| {
        let _ = read(&text);
        let _ = words(&text);
        let mut remarks = Remarks::default();
        let _ = plan::read(&text, "x.apply", &mut remarks);
        let _ = volume::read(&text, "x.volume", &mut remarks);
    });
}
