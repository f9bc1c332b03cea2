//! Profiles and what is added to or taken from them.

use std::collections::BTreeMap;

use cell_abi::{Op, OpSet, Profile};

use super::Definitions;
use crate::definition::{BoardDef, CellDef, PROFILE_NAMES};
use crate::files::Located;
use crate::report::{Mistake, Report};
use crate::suggest;

/// The profile that a cell's set is made from, before what the cell adds and takes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Its name, one of the board's own perhaps.
    pub name: String,
    /// What it permits.
    pub may: OpSet,
    /// What the board made it from; itself, if every board has it.
    pub made_from: Profile,
}

impl Base {
    /// A profile that every board has.
    #[must_use]
    pub fn of(profile: Profile) -> Self {
        Self {
            name: profile.name().to_owned(),
            may: profile.policy(),
            made_from: profile,
        }
    }
}

/// What the cells' sets are made from, by cell, of definitions without mistakes in their profiles.
pub fn bases(definitions: &Definitions, report: &Report<'_>) -> BTreeMap<String, Base> {
    let board = &definitions.board;
    let cells = definitions.cells.iter();
    cells
        .map(|cell| (cell.name.value.clone(), base(cell, board, report)))
        .collect()
}

fn base(cell: &CellDef, board: &BoardDef, report: &Report<'_>) -> Base {
    let Some(name) = cell.profile.as_ref().or(board.profile.as_ref()) else {
        return Base::of(Profile::High);
    };
    let own = board
        .profiles
        .iter()
        .find(|profile| profile.name.value == name.value);
    let made_from = own.and_then(|own| own.base.as_ref()).unwrap_or(name);
    Base {
        name: name.value.clone(),
        may: named(name, board, report),
        made_from: Profile::from_name(&made_from.value).unwrap_or(Profile::Custom),
    }
}

/// The set of a cell and the profile it is shown as.
pub(super) fn policy(cell: &CellDef, board: &BoardDef, report: &Report<'_>) -> (Profile, OpSet) {
    let base = base(cell, board, report).may;
    label(change(base, &cell.allow, &cell.deny, report))
}

/// Checks the board's own profiles, whether cells use them or not.
pub(super) fn check(board: &BoardDef, report: &Report<'_>) {
    for profile in &board.profiles {
        if PROFILE_NAMES.contains(&profile.name.value.as_str()) {
            report.add(Mistake::at(
                &profile.name.span,
                format!("the profile `{}` is every board's", profile.name.value),
            ));
        }
        let base = profile
            .base
            .as_ref()
            .and_then(|base| builtin(base, report))
            .unwrap_or_default();
        change(base, &profile.allow, &profile.deny, report);
    }
}

fn builtin(name: &Located<String>, report: &Report<'_>) -> Option<OpSet> {
    let profile = Profile::from_name(&name.value);
    if profile.is_none() {
        report.add(
            Mistake::at(&name.span, format!("there is no profile `{}`", name.value))
                .help(suggest::hint(&name.value, PROFILE_NAMES)),
        );
    }
    profile.map(Profile::policy)
}

fn named(name: &Located<String>, board: &BoardDef, report: &Report<'_>) -> OpSet {
    if let Some(profile) = Profile::from_name(&name.value) {
        return profile.policy();
    }
    let own = board
        .profiles
        .iter()
        .find(|profile| profile.name.value == name.value);
    let Some(own) = own else {
        let names = PROFILE_NAMES
            .into_iter()
            .chain(board.profiles.iter().map(|one| one.name.value.as_str()));
        report.add(
            Mistake::at(&name.span, format!("there is no profile `{}`", name.value))
                .help(suggest::hint(&name.value, names)),
        );
        return OpSet::EMPTY;
    };
    let base = own
        .base
        .as_ref()
        .and_then(|base| Profile::from_name(&base.value))
        .map_or(OpSet::EMPTY, Profile::policy);
    let quiet = |set: OpSet, names: &[Located<String>], apply: fn(OpSet, Op) -> OpSet| {
        names
            .iter()
            .filter_map(|name| Op::from_name(&name.value))
            .fold(set, apply)
    };
    // mistakes in it were reported by `check`
    quiet(
        quiet(base, &own.allow, OpSet::with),
        &own.deny,
        OpSet::without,
    )
}

fn change(
    base: OpSet,
    allow: &[Located<String>],
    deny: &[Located<String>],
    report: &Report<'_>,
) -> OpSet {
    let mut set = base;
    for name in allow {
        if let Some(op) = operation(name, report) {
            if set.contains(op) {
                report.add(
                    Mistake::at(&name.span, format!("{op} is allowed without it"))
                        .help("remove it: what is said twice is read once"),
                );
            }
            set = set.with(op);
        }
    }
    for name in deny {
        if let Some(op) = operation(name, report) {
            if !set.contains(op) {
                report.add(
                    Mistake::at(&name.span, format!("{op} is denied without it"))
                        .help("remove it: what is said twice is read once"),
                );
            }
            set = set.without(op);
        }
    }
    set
}

fn operation(name: &Located<String>, report: &Report<'_>) -> Option<Op> {
    let op = Op::from_name(&name.value);
    if op.is_none() {
        let names = Op::ALL.iter().map(|op| op.name());
        let help = match suggest::closest(&name.value, names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "profiles/low.toml lists them all".to_owned(),
        };
        report.add(
            Mistake::at(
                &name.span,
                format!("there is no operation `{}`", name.value),
            )
            .help(help),
        );
    }
    op
}

fn label(set: OpSet) -> (Profile, OpSet) {
    let same = Profile::NAMED
        .into_iter()
        .find(|profile| profile.policy() == set);
    (same.unwrap_or(Profile::Custom), set)
}
