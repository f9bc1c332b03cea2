use std::borrow::ToOwned;
use std::collections::HashSet;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::attacks::{ATTACKS, Outcome};
use crate::compare::compare;
use crate::report;
use crate::steps::Step;
use crate::table::{self, Control, Row};

fn names() -> Vec<&'static str> {
    let all = ATTACKS.iter().flat_map(|group| group.iter());
    all.map(|(name, _)| *name).collect()
}

/// What rows come to when all is well.
fn as_expected(rows: &[Row]) -> (Vec<Option<String>>, Vec<[String; 3]>) {
    rows.iter()
        .map(|row| {
            let control = match row.control {
                Control::Succeeds => Some("ok".to_owned()),
                Control::Itself(outcome, _) => Some(outcome.to_string()),
                Control::None(_) => None,
            };
            (control, row.expected.map(|outcome| outcome.to_string()))
        })
        .unzip()
}

fn judge(row: &Row, control: Option<String>, outcomes: [String; 3]) -> (String, report::Tally) {
    report::table(std::slice::from_ref(row), &[control], &[outcomes], &[])
}

#[test]
fn there_are_at_least_sixty_attacks_and_every_one_is_in_the_table() {
    let names = names();
    let unique: HashSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "a name is used twice");
    assert!(names.len() >= 60, "{}", names.len());
    let used: HashSet<_> = table::rows().iter().map(|row| row.attack).collect();
    for name in &names {
        assert!(used.contains(name), "{name} is in no row");
    }
    for name in used {
        assert!(names.contains(&name), "{name} is no attack");
    }
    for one in table::IMPOSSIBLE {
        assert!(names.contains(&one.attack), "{} is no attack", one.attack);
    }
}

#[test]
fn no_row_is_there_twice() {
    let rows = table::rows();
    let unique: HashSet<_> = rows
        .iter()
        .map(|row| format!("{} {row} {:?}", row.attack, row.arguments))
        .collect();
    assert_eq!(unique.len(), rows.len());
}

#[test]
fn what_is_as_expected_is_counted_and_nothing_else() {
    let rows = table::rows();
    let (controls, outcomes) = as_expected(&rows);
    let (text, tally) = report::table(&rows, &controls, &outcomes, &[]);
    assert_eq!(tally.tried, 3 * rows.len());
    assert_eq!((tally.differ, tally.impossible), (0, 0), "{text}");
}

/// The promise of the table: no attack of it can begin to succeed, or to fail otherwise, unseen. (But those that this
/// kernel cannot be put to at all.)
#[test]
fn any_other_outcome_differs() {
    let rows = table::rows();
    let (controls, outcomes) = as_expected(&rows);
    for ((row, control), expected) in rows.iter().zip(&controls).zip(&outcomes) {
        let untried = |one: &table::Impossible| {
            one.attack == row.attack && one.instead == table::Instead::Always
        };
        if table::IMPOSSIBLE.iter().any(untried) {
            continue;
        }
        for column in 0..3 {
            for other in ["ok", "EPERM", "EIO", "skip: no reason"] {
                if expected[column] == other {
                    continue;
                }
                let mut changed = expected.clone();
                changed[column] = other.to_owned();
                let (text, tally) = judge(row, control.clone(), changed);
                assert_eq!(tally.differ, 1, "{text}");
                assert!(text.contains("<-- differs"), "{text}");
            }
        }
    }
}

#[test]
fn an_attack_that_fails_without_a_cell_proves_nothing() {
    let rows = table::rows();
    let (controls, outcomes) = as_expected(&rows);
    for ((row, control), expected) in rows.iter().zip(&controls).zip(&outcomes) {
        for wrong in [None, Some("EIO".to_owned())] {
            if wrong == *control {
                continue;
            }
            let (text, tally) = judge(row, wrong, expected.clone());
            assert_eq!(tally.differ, 1, "{text}");
        }
    }
}

#[test]
fn what_a_kernel_does_not_have_stands_for_success_and_for_no_refusal() {
    let rows = table::rows();
    let row = rows.iter().find(|row| row.attack == "module.load").unwrap();
    let missing = || "ENOSYS".to_owned();
    let refused = || "EPERM".to_owned();
    let honest = judge(row, Some(missing()), [missing(), refused(), refused()]).1;
    assert_eq!((honest.differ, honest.impossible), (0, 1));
    let open = judge(row, Some(missing()), [missing(), missing(), refused()]).1;
    assert_eq!(open.differ, 1);
}

#[test]
fn a_step_that_differs_is_counted() {
    let step = |got: &str| Step {
        name: "step",
        expected: "EBUSY",
        got: got.to_owned(),
    };
    let (_, tally) = report::table(&[], &[], &[], &[step("EBUSY"), step("ok")]);
    assert_eq!((tally.tried, tally.differ), (2, 1));
}

#[test]
fn an_outcome_is_printed_as_the_table_expects_it() {
    assert_eq!(Outcome::Done.to_string(), "ok");
    assert_eq!(Outcome::Untried("no").to_string(), "skip: no");
    assert_eq!(table::EACCES.to_string(), "EACCES");
}

/// Two tables of one row under three profiles, the second with a kernel's words before and in between.
fn tables(hosted: &str, netbsd: &str) -> (String, String) {
    let header =
        "attack                 by                 profile          expected   got        control";
    let denied = "low: denied 1 operations: process.signal";
    let end = "3 outcomes, 0 not as expected, 0 impossible here";
    (
        format!("{header}\n{hosted}\n{denied}\n{end}\n"),
        format!(
            "boot\r\n{header}\r\n[  1.5] cell: created\r\n{netbsd}\r\n{denied}\r\n{end}\r\nend\r\n"
        ),
    )
}

#[test]
fn the_same_table_is_the_same_however_its_lines_are_split() {
    let (hosted, netbsd) = tables(
        "signal.process         host user > sibling low medium high  EPERM      EPERM      ok",
        "signal.process         host user > sibling low high         EPERM      EPERM      ok\n\
         signal.process         host user > sibling medium           EPERM      EPERM      ok",
    );
    let compared = compare(&hosted, &netbsd).unwrap();
    assert_eq!((compared.rows, compared.differences.len()), (1, 0));
}

#[test]
fn a_difference_needs_a_reason_that_a_table_prints() {
    let row =
        |rest: &str| format!("mount.update           root               low medium high  {rest}");
    for (one, other, why) in [
        // impossible, with its reason
        (
            "ok         ok         ok",
            "ok         ENOSYS     impossible here: none there",
            Some("NetBSD: none there"),
        ),
        // only the control differs, and says why
        (
            "EPERM      EPERM      ok",
            "EPERM      EPERM      EACCES: root's",
            Some("NetBSD, without a cell: root's"),
        ),
        // only the control differs, for no reason
        (
            "EPERM      EPERM      ok",
            "EPERM      EPERM      EIO",
            None,
        ),
        // another outcome, whatever the control says
        (
            "EPERM      EPERM      ok",
            "EPERM      ok         EACCES: root's",
            None,
        ),
        (
            "EPERM      EPERM      ok",
            "EPERM      ok         ok  <-- differs",
            None,
        ),
    ] {
        let (hosted, netbsd) = tables(&row(one), &row(other));
        let compared = compare(&hosted, &netbsd).unwrap();
        let [difference] = compared.differences.as_slice() else {
            panic!("{compared}");
        };
        assert_eq!(difference.why.as_deref(), why, "{compared}");
        assert_eq!(difference.profiles, "low medium high");
    }
}

#[test]
fn a_row_or_an_operation_that_one_table_lacks_is_a_difference_without_a_reason() {
    let row = "signal.process         root               low medium high  EPERM      EPERM      ok";
    let (hosted, netbsd) = tables(row, "");
    assert_eq!(compare(&hosted, &netbsd).unwrap().unexplained().count(), 1);
    let netbsd = hosted.replace("process.signal", "process.nice");
    let compared = compare(&hosted, &netbsd).unwrap();
    assert_eq!(compared.unexplained().count(), 2, "{compared}");
}

#[test]
fn a_log_that_ends_within_the_table_has_none() {
    let (hosted, netbsd) = tables("", "");
    let cut = netbsd.split(" outcomes").next().unwrap();
    assert!(compare(&hosted, cut).is_err());
    assert!(compare("", &netbsd).is_err());
}
