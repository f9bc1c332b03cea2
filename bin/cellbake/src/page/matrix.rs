//! What each cell may still ask of the kernel: operations by cells.

use std::collections::BTreeMap;

use cell_abi::{Op, OpSet, Profile, Scope};
use maud::{Markup, html};

use super::Subject;
use super::shown::Shown;
use crate::board::Base;

/// Cells in one table; more take several.
const ACROSS: usize = 20;
/// Columns up to which two scopes stand side by side on paper.
const NARROW: usize = 8;

/// A column: something with a set of operations, and the set it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    name: String,
    kind: Kind,
    may: OpSet,
    base: OpSet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Profile,
    Cell,
}

/// An image alone does not say what a set was made from: the profile that differs least.
pub(super) fn nearest(may: OpSet) -> Base {
    let differs = |profile: &Profile| {
        let policy = profile.policy();
        let changed = may.minus(policy).union(policy.minus(may));
        changed.iter().count()
    };
    // the tightest of those that differ as little
    let nearest = Profile::NAMED.into_iter().rev().min_by_key(differs);
    Base::of(nearest.unwrap_or(Profile::High))
}

/// Tables, each of some scopes.
const TABLES: [(&str, &[Scope]); 6] = [
    ("Process", &[Scope::Process]),
    ("System", &[Scope::System]),
    ("Network", &[Scope::Network]),
    ("Device", &[Scope::Device]),
    ("Machine-dependent", &[Scope::Machdep]),
    (
        "Files, and what is not known",
        &[Scope::Vnode, Scope::Unknown],
    ),
];

/// A place of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Allowed,
    Denied,
    Added,
    Removed,
}

impl Mark {
    fn of(op: Op, column: &Column) -> Self {
        match (column.may.contains(op), column.base.contains(op)) {
            (true, true) => Self::Allowed,
            (false, false) => Self::Denied,
            (true, false) => Self::Added,
            (false, true) => Self::Removed,
        }
    }

    /// What is printed, and what is read aloud.
    const fn shown(self) -> (&'static str, &'static str) {
        match self {
            Self::Allowed => ("●", "allowed"),
            Self::Denied => ("·", "denied"),
            Self::Added => ("+", "allowed, unlike its profile"),
            Self::Removed => ("−", "denied, unlike its profile"),
        }
    }
}

fn columns(subject: &Subject<'_>) -> Vec<Column> {
    let mut profiles = BTreeMap::new();
    let mut cells = Vec::new();
    for cell in &subject.opened.image.cells {
        let base = subject.base(cell);
        cells.push(Column {
            name: cell.name.as_str().to_owned(),
            kind: Kind::Cell,
            may: cell.may,
            base: base.may,
        });
        profiles.insert(base.name.clone(), base);
    }
    let profiles = profiles.into_values().map(|base| Column {
        name: match base.made_from.name() {
            itself if itself == base.name => base.name,
            other => format!("{}, made from {other}", base.name),
        },
        kind: Kind::Profile,
        may: base.may,
        base: base.made_from.policy(),
    });
    profiles.chain(cells).collect()
}

pub(super) fn section(subject: &Subject<'_>) -> Markup {
    let columns = columns(subject);
    html! {
        section #matrix {
            h2 { "Profile matrix" }
            p.about {
                "What a cell may still ask of the kernel's other security models; everything else is refused whoever "
                "asks. Processes of other cells and of the host are refused before this is looked at. Profiles first, "
                em { "in italics" } ", then the cells in the order they start."
            }
            ul.legend {
                li { (sign(Mark::Allowed)) " allowed" }
                li { (sign(Mark::Denied)) " denied" }
                li { (sign(Mark::Added)) " allowed, and its profile does not" }
                li { (sign(Mark::Removed)) " denied, and its profile does not" }
            }
            @for some in columns.chunks(ACROSS) {
                div.scopes.two[some.len() <= NARROW] {
                    @for (name, scopes) in TABLES { (table(name, scopes, some)) }
                }
            }
        }
    }
}

fn sign(mark: Mark) -> Markup {
    let (sign, _) = mark.shown();
    match mark {
        Mark::Allowed | Mark::Denied => html! { span.mark { (sign) } },
        Mark::Added | Mark::Removed => html! { span.mark.differs { (sign) } },
    }
}

fn table(name: &str, scopes: &[Scope], columns: &[Column]) -> Markup {
    let ops = Op::ALL.iter().filter(|op| scopes.contains(&op.scope()));
    html! {
        table.matrix {
            caption { (name) }
            thead {
                tr {
                    th scope="col" { "Operation" }
                    @for column in columns {
                        th.turned scope="col" {
                            @match column.kind {
                                Kind::Profile => span { em { (Shown(&column.name)) } },
                                Kind::Cell => span { (Shown(&column.name)) },
                            }
                        }
                    }
                }
            }
            tbody {
                @for op in ops {
                    tr {
                        th scope="row" { (op.name()) }
                        @for column in columns { (place(*op, column)) }
                    }
                }
            }
        }
    }
}

fn place(op: Op, column: &Column) -> Markup {
    let mark = Mark::of(op, column);
    let (sign, aloud) = mark.shown();
    match mark {
        Mark::Allowed | Mark::Denied => html! { td aria-label=(aloud) { (sign) } },
        Mark::Added | Mark::Removed => html! { td.differs aria-label=(aloud) { (sign) } },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_in_one_table() {
        for op in Op::ALL {
            let shown = TABLES.iter().filter(|(_, some)| some.contains(&op.scope()));
            assert_eq!(shown.count(), 1, "{op}");
        }
    }

    #[test]
    fn what_differs_from_the_base_is_marked() {
        let column = Column {
            name: "web".to_owned(),
            kind: Kind::Cell,
            may: OpSet::of(&[Op::NetworkBind, Op::ProcessSee]),
            base: OpSet::of(&[Op::ProcessSee, Op::ProcessFork]),
        };
        for (op, mark) in [
            (Op::NetworkBind, Mark::Added),
            (Op::ProcessSee, Mark::Allowed),
            (Op::ProcessFork, Mark::Removed),
            (Op::SystemReboot, Mark::Denied),
        ] {
            assert_eq!(Mark::of(op, &column), mark, "{op}");
        }
        let signs: std::collections::BTreeSet<_> =
            [Mark::Allowed, Mark::Denied, Mark::Added, Mark::Removed]
                .map(Mark::shown)
                .into_iter()
                .collect();
        assert_eq!(signs.len(), 4);
    }

    #[test]
    fn the_nearest_profile_is_the_one_that_differs_least() {
        for profile in Profile::NAMED {
            let changed = profile.policy().without(Op::ProcessFork);
            assert_eq!(nearest(changed).name, profile.name());
        }
        assert_eq!(nearest(OpSet::EMPTY).name, "high");
    }
}
