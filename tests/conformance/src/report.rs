//! The printed table.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};

use cell_abi::{Op, OpSet, Profile};

use crate::attacks::Outcome;
use crate::run::Outcomes;
use crate::steps::Step;
use crate::table::{Control, IMPOSSIBLE, Impossible, Instead, Row};

/// What was expected, what it came to, and how the two compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows times profiles, and steps.
    pub tried: usize,
    /// Of them not as expected.
    pub differ: usize,
    /// Of them such as this kernel cannot be put to.
    pub impossible: usize,
}

enum Judgement {
    As,
    Differs,
    Impossible(&'static str),
}

/// What a row came to.
struct Got<'a> {
    control: Option<&'a str>,
    outcomes: &'a Outcomes,
}

/// The table as text, and the tally. `controls` and `outcomes` are those of the rows, in their order.
#[must_use]
pub fn table(
    rows: &[Row],
    controls: &[Option<String>],
    outcomes: &[Outcomes],
    steps: &[Step],
) -> (String, Tally) {
    let mut page = Page::default();
    page.line(["attack", "by", "profile", "expected", "got", "control"]);
    for ((row, control), outcomes) in rows.iter().zip(controls).zip(outcomes) {
        let control = control.as_deref();
        page.row(row, &Got { control, outcomes });
    }
    for step in steps {
        page.tally.tried += 1;
        let mut got = step.got.clone();
        if step.got != step.expected {
            page.tally.differ += 1;
            got.push_str("  <-- differs");
        }
        page.line([step.name, "host root", "", step.expected, &got, ""]);
    }
    (page.text, page.tally)
}

/// Which operations the attacks were denied, as the kernel counted them; and which they did not try.
#[must_use]
pub fn denied(denied: &[OpSet; 3]) -> String {
    let mut text = String::new();
    for (profile, denied) in Profile::NAMED.into_iter().zip(denied) {
        let refused = OpSet::ALL.minus(profile.policy());
        let names = |set: OpSet| set.iter().map(Op::name).collect::<Vec<_>>().join(" ");
        let _ = writeln!(
            text,
            "{profile}: denied {} operations: {}",
            denied.iter().count(),
            names(*denied)
        );
        let untried = refused.minus(*denied);
        if untried != OpSet::EMPTY {
            let _ = writeln!(
                text,
                "{profile}: refuses {} more that no attack here asks for: {}",
                untried.iter().count(),
                names(untried)
            );
        }
    }
    text
}

#[derive(Default)]
struct Page {
    text: String,
    tally: Tally,
}

impl Page {
    fn line(&mut self, [attack, by, profile, expected, got, control]: [&str; 6]) {
        let line =
            format!("{attack:<22} {by:<18} {profile:<16} {expected:<10} {got:<10} {control}");
        // writing to a String does not fail
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    /// One line for profiles that expect and got the same.
    fn row(&mut self, row: &Row, got: &Got<'_>) {
        let mut rest: Vec<(Profile, &String)> =
            Profile::NAMED.into_iter().zip(got.outcomes).collect();
        while let Some((first, outcome)) = rest.first().copied() {
            let expected = row.expected(first);
            let same = |(profile, other): &(Profile, &String)| {
                row.expected(*profile) == expected && *other == outcome
            };
            let names: Vec<&str> = rest
                .iter()
                .filter(|one| same(one))
                .map(|(profile, _)| profile.name())
                .collect();
            rest.retain(|one| !same(one));
            self.tally.tried += names.len();
            let mut control = control_text(row, got);
            match judge(row, expected, outcome, got) {
                Judgement::As => {}
                Judgement::Differs => {
                    self.tally.differ += names.len();
                    control.push_str("  <-- differs");
                }
                Judgement::Impossible(why) => {
                    self.tally.impossible += names.len();
                    control = format!("impossible here: {why}");
                }
            }
            self.line([
                row.attack,
                &row.to_string(),
                &names.join(" "),
                &expected.to_string(),
                outcome,
                &control,
            ]);
        }
        if !control_is_as_said(row, got) {
            self.tally.differ += 1;
            let (expected, got) = (control_expected(row), got.control);
            self.line([
                row.attack,
                &row.to_string(),
                "(no cell)",
                expected,
                got.unwrap_or("not run"),
                "<-- the attack proves nothing",
            ]);
        }
    }
}

fn impossible(row: &Row, got: &Got<'_>) -> Option<&'static Impossible> {
    IMPOSSIBLE
        .iter()
        .find(|one| one.attack == row.attack && got.control == Some(&one.outcome.to_string()))
}

fn judge(row: &Row, expected: Outcome, outcome: &str, got: &Got<'_>) -> Judgement {
    if outcome == expected.to_string() {
        return Judgement::As;
    }
    let permitted = matches!(expected, Outcome::Done | Outcome::Permitted);
    match impossible(row, got) {
        Some(one)
            if outcome == one.outcome.to_string()
                && (permitted || one.instead == Instead::Always) =>
        {
            Judgement::Impossible(one.why)
        }
        Some(_) | None => Judgement::Differs,
    }
}

fn control_is_as_said(row: &Row, got: &Got<'_>) -> bool {
    match (row.control, got.control) {
        (Control::None(_), None) => true,
        (Control::Succeeds, Some("ok" | "permitted")) => true,
        (Control::Itself(outcome, _), Some(got)) => got == outcome.to_string(),
        _ => impossible(row, got).is_some(),
    }
}

fn control_expected(row: &Row) -> &'static str {
    match row.control {
        Control::Succeeds => "success",
        Control::Itself(..) => "as said",
        Control::None(_) => "not run",
    }
}

fn control_text(row: &Row, got: &Got<'_>) -> String {
    match (row.control, got.control) {
        (Control::None(why), _) => format!("none: {why}"),
        (Control::Itself(_, why), Some(got)) => format!("{got}: {why}"),
        (_, Some(got)) => got.to_owned(),
        (_, None) => String::new(),
    }
}

/// One sentence.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} outcomes, {} not as expected, {} impossible here",
            self.tried, self.differ, self.impossible
        )
    }
}
