use alloc::string::ToString;

use super::*;

const fn choice(letter: u8, long: &'static str, value: &'static str) -> Choice {
    Choice {
        letter,
        long,
        value,
        about: "what it does",
    }
}

const fn operand(name: &'static str, count: Count) -> Operand {
    Operand {
        name,
        count,
        about: "what it is",
    }
}

static PROGRAM: Program = Program {
    name: "tool",
    about: "Does things.",
    commands: &[
        Command {
            name: "show",
            about: "show things",
            options: &[
                choice(b'T', "tsv", ""),
                choice(b'H', "no-header", ""),
                choice(b'n', "name", "text"),
            ],
            operands: &[operand("thing", Count::One)],
        },
        Command {
            name: "run",
            about: "run a thing",
            options: &[choice(b'u', "user", "uid")],
            operands: &[operand("thing", Count::One), operand("word", Count::Rest)],
        },
        Command {
            name: "stop",
            about: "stop it all",
            options: &[],
            operands: &[],
        },
    ],
    notes: "\nNotes.\n",
};

/// A parsed line as text, or what is wrong with it.
fn read(words: &[&str]) -> String {
    match PROGRAM.read(words) {
        Reading::Help(text) => text,
        Reading::Wrong(wrong) => [wrong.command, ": ", wrong.word, ": ", wrong.why].concat(),
        Reading::Parsed(parsed) => {
            let mut text = parsed.command.to_string();
            for (letter, value) in &parsed.options {
                text.push_str(" -");
                text.push(char::from(*letter));
                text.push_str(value);
            }
            for word in &parsed.operands {
                text.push(' ');
                text.push_str(word);
            }
            text
        }
    }
}

#[test]
fn options_come_as_getopt_has_them() {
    for (words, read_as) in [
        (&["show", "x"][..], "0 x"),
        (&["show", "-T", "-H", "x"], "0 -T -H x"),
        (&["show", "-TH", "x"], "0 -T -H x"),
        (&["show", "x", "-T"], "0 -T x"),
        (&["show", "--tsv", "--no-header", "x"], "0 -T -H x"),
        (&["show", "-n", "web", "x"], "0 -nweb x"),
        (&["show", "-nweb", "x"], "0 -nweb x"),
        (&["show", "-Tnweb", "x"], "0 -T -nweb x"),
        (&["show", "-THn", "web", "x"], "0 -T -H -nweb x"),
        (&["show", "--name", "web", "x"], "0 -nweb x"),
        (&["show", "--name=web", "x"], "0 -nweb x"),
        (&["show", "--name=", "x"], "0 -n x"),
        (&["show", "--name=a=b", "x"], "0 -na=b x"),
        (&["show", "-n", "-T", "x"], "0 -n-T x"),
        (&["show", "-n", "--", "x"], "0 -n-- x"),
        (&["show", "--", "-T"], "0 -T"),
        (&["show", "-"], "0 -"),
        (&["show", "-T", "--", "--"], "0 -T --"),
        (&["stop"], "2"),
    ] {
        assert_eq!(read(words), read_as, "{words:?}");
    }
}

#[test]
fn a_rest_takes_what_follows_it_as_it_is() {
    for (words, read_as) in [
        (&["run", "x"][..], "1 x"),
        (&["run", "x", "ls", "-l", "--", "-u"], "1 x ls -l -- -u"),
        (&["run", "x", "-u", "5", "ls", "-u", "6"], "1 -u5 x ls -u 6"),
        (&["run", "x", "--", "-l"], "1 x -l"),
        (&["run", "x", "ls", "--help", "help"], "1 x ls --help help"),
    ] {
        assert_eq!(read(words), read_as, "{words:?}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (words, wrong) in [
        (&[][..], "arguments: command: missing; help lists them"),
        (
            &["-T"],
            "-T: command: there is none of that name; help lists them",
        ),
        (
            &["sho"],
            "sho: command: there is none of that name; help lists them",
        ),
        (&["show"], "show: thing: missing"),
        (&["show", "x", "y"], "show: y: one word too many"),
        (&["show", "-x", "y"], "show: -x: no such option"),
        (&["show", "-Tx", "y"], "show: -Tx: no such option"),
        (&["show", "--nam", "y"], "show: --nam: no such option"),
        (&["show", "--", "--name", "y"], "show: y: one word too many"),
        (&["show", "---name", "y"], "show: ---name: no such option"),
        (&["show", "--=x", "y"], "show: --=x: no such option"),
        (&["show", "-\u{fc}", "y"], "show: -\u{fc}: no such option"),
        (&["show", "-T\u{fc}", "y"], "show: -T\u{fc}: no such option"),
        (&["show", "-n"], "show: -n: needs a value"),
        (&["show", "--name"], "show: --name: needs a value"),
        (&["show", "--tsv=1", "x"], "show: --tsv=1: takes no value"),
        (&["run", "-u"], "run: -u: needs a value"),
        (&["stop", "x"], "stop: x: one word too many"),
    ] {
        assert_eq!(read(words), wrong, "{words:?}");
    }
}

#[test]
fn values_are_found_by_letter() {
    let Reading::Parsed(parsed) = PROGRAM.read(&["show", "-na", "-T", "--name=b", "x"]) else {
        panic!("not understood");
    };
    assert!(parsed.has(b'T') && !parsed.has(b'H'));
    assert_eq!(parsed.value(b'n'), Some("b"));
    assert_eq!(parsed.values(b'n').collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((parsed.operand(0), parsed.operand(1)), ("x", ""));
    assert_eq!(parsed.rest(0), ["x"]);
    assert!(parsed.rest(9).is_empty());
}

#[test]
fn help_is_of_the_program_or_of_a_command() {
    let whole = "\
Usage: tool command [options]

Does things.

Commands:
  show                      show things
  run                       run a thing
  stop                      stop it all

Notes.
";
    let run = "\
Usage: tool run [options] thing [word ...]

run a thing

  thing                     what it is
  word                      what it is
  -u, --user uid            what it does
";
    let stop = "\
Usage: tool stop

stop it all

";
    for (words, text) in [
        (&["help"][..], whole),
        (&["--help"], whole),
        (&["help", "run"], run),
        (&["--help", "run", "x"], run),
        (&["run", "--help"], run),
        (&["run", "x", "--help"], run),
        (&["stop", "--help"], stop),
    ] {
        assert_eq!(read(words), text, "{words:?}");
    }
    assert_eq!(
        read(&["help", "x"]),
        "x: command: there is none of that name; help lists them"
    );
}
