//! Two printed tables, line by line: the hosted kernel's and that in NetBSD's console log.
//!
//! A difference needs a reason that stands in this crate's source: in one of the `IMPOSSIBLE` or control tables, which print it, or
//! for an operation in `OPERATIONS`. One without is a failure, and so is a line that only one of them has.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

/// Why an operation is asked for in one kernel and not in the other.
#[rustfmt::skip]
const OPERATIONS: &[(&str, &str)] = &[
    ("machdep.io",       "only x86 has ports"),
    ("network.route",    "in NetBSD a cell does not come to change a route: it opens no routing socket"),
    ("process.procfs",   "nobody is asked when Linux's /proc is read"),
    ("system.fs.quota",  "NetBSD asks only on a file system that has quotas"),
    ("system.semaphore", "named semaphores are the kernel's in NetBSD only"),
];

/// One thing that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The attack or step, or the operation.
    pub subject: String,
    /// The same and by whom, on whose.
    pub name: String,
    /// Under which profiles.
    pub profiles: String,
    /// In the hosted kernel.
    pub hosted: String,
    /// In NetBSD.
    pub netbsd: String,
    /// The reason, if there is one.
    pub why: Option<String>,
}

/// Without the reason.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            profiles,
            hosted,
            netbsd,
            ..
        } = self;
        write!(f, "{name} ({profiles}): hosted {hosted}, NetBSD {netbsd}")
    }
}

/// What comparing came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// What is not the same.
    pub differences: Vec<Difference>,
    /// Rows and steps that were compared.
    pub rows: usize,
}

impl Compared {
    /// Differences that nothing in the source gives a reason for.
    pub fn unexplained(&self) -> impl Iterator<Item = &Difference> {
        self.differences
            .iter()
            .filter(|difference| difference.why.is_none())
    }
}

/// Each attack that differs with its reason, one of its differences and how many there are; what has no reason, each.
impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut explained: BTreeMap<(&str, &str), Vec<&Difference>> = BTreeMap::new();
        for difference in &self.differences {
            if let Some(why) = &difference.why {
                let group = explained.entry((&difference.subject, why));
                group.or_default().push(difference);
            }
        }
        for ((subject, why), group) in &explained {
            writeln!(f, "{subject}: {why}")?;
            if let [first, rest @ ..] = group.as_slice() {
                write!(f, "    {first}")?;
                match rest.len() {
                    0 => writeln!(f)?,
                    more => writeln!(f, "; and {more} more")?,
                }
            }
        }
        for difference in self.unexplained() {
            writeln!(f, "{difference}: NO REASON")?;
        }
        writeln!(
            f,
            "{} rows and steps compared, {} differences, {} without a reason",
            self.rows,
            self.differences.len(),
            self.unexplained().count()
        )
    }
}

/// Compares the table in one text with that in another; both may have more around it.
///
/// # Errors
/// Which of them has no whole table.
pub fn compare(hosted: &str, netbsd: &str) -> Result<Compared, &'static str> {
    let hosted = Table::find(hosted).ok_or("the hosted kernel's has no table")?;
    let netbsd = Table::find(netbsd).ok_or("NetBSD's has no table")?;
    let names: BTreeSet<_> = hosted.rows.keys().chain(netbsd.rows.keys()).collect();
    let mut differences = Vec::new();
    for name in &names {
        compare_row(name, &hosted, &netbsd, &mut differences);
    }
    compare_denied(&hosted, &netbsd, &mut differences);
    Ok(Compared {
        differences,
        rows: names.len(),
    })
}

/// An attack, by whom, and which of the rows of that name.
type Name = (String, String, usize);
/// A profile, and what stands after it, in single blanks.
type Cells = BTreeMap<String, String>;

#[derive(Debug, Default)]
struct Table {
    rows: BTreeMap<Name, Cells>,
    /// Operations by the profile that denied them.
    denied: BTreeMap<String, BTreeSet<String>>,
}

const BY: [&str; 11] = [
    "root > host",
    "root > sibling",
    "root > own",
    "root",
    "user > host",
    "user > sibling",
    "user > own",
    "user",
    "host user > sibling",
    "host user",
    "host root",
];

impl Table {
    fn find(text: &str) -> Option<Self> {
        let mut lines = text
            .lines()
            .map(|line| line.trim_end().trim_start_matches('\r'))
            // what a kernel says in between
            .filter(|line| !line.starts_with('['));
        lines.find(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some("attack") && words.next() == Some("by")
        })?;
        let mut table = Self::default();
        let mut last: Option<Name> = None;
        for line in lines {
            if line.contains(" outcomes, ") {
                return Some(table);
            }
            if let Some((profile, operations)) = line.split_once(": denied ") {
                let (_, operations) = operations.split_once(": ").unwrap_or_default();
                let operations = operations.split_whitespace().map(str::to_owned).collect();
                table.denied.insert(profile.to_owned(), operations);
            } else if !line.contains(": refuses ") {
                table.row(line, &mut last);
            }
        }
        None
    }

    /// Why an attack is impossible in this kernel.
    fn impossible(&self, attack: &str) -> Option<String> {
        self.rows
            .iter()
            .filter(|((name, ..), _)| name == attack)
            .flat_map(|(_, cells)| cells.values())
            .find_map(|cell| impossible(cell).map(str::to_owned))
    }

    /// A line of the table: attack, by whom, profiles, the rest. Lines of one row follow one another.
    fn row(&mut self, line: &str, last: &mut Option<Name>) {
        let Some((attack, rest)) = line.split_once(' ') else {
            return;
        };
        let rest = rest.trim_start();
        let Some(by) = BY.into_iter().find(|by| {
            rest.strip_prefix(by)
                .is_some_and(|rest| rest.starts_with(' ') && !rest.starts_with(" >"))
        }) else {
            return;
        };
        let mut words = rest.get(by.len()..).unwrap_or_default();
        let mut profiles = Vec::new();
        loop {
            words = words.trim_start();
            let known = ["low", "medium", "high", "(no cell)"];
            let Some(profile) = known.into_iter().find(|known| {
                words
                    .strip_prefix(known)
                    .is_some_and(|rest| rest.starts_with(' '))
            }) else {
                break;
            };
            profiles.push(profile.to_owned());
            words = words.get(profile.len()..).unwrap_or_default();
        }
        if profiles.is_empty() {
            profiles = vec!["all".to_owned()];
        }
        let words: Vec<&str> = words.split_whitespace().collect();
        let words = words.join(" ");
        let name = self.name(attack, by, &profiles, last.as_ref());
        let cells = self.rows.entry(name.clone()).or_default();
        for profile in profiles {
            cells.insert(profile, words.clone());
        }
        *last = Some(name);
    }

    /// The row of the last line, if this is one of it; otherwise the next of that name.
    fn name(&self, attack: &str, by: &str, profiles: &[String], last: Option<&Name>) -> Name {
        if let Some(last) = last
            && (last.0.as_str(), last.1.as_str()) == (attack, by)
            && let Some(cells) = self.rows.get(last)
            && !profiles.iter().any(|profile| cells.contains_key(profile))
        {
            return last.clone();
        }
        let number = (0..)
            .find(|number| {
                let name = (attack.to_owned(), by.to_owned(), *number);
                !self.rows.contains_key(&name)
            })
            .unwrap_or(0);
        (attack.to_owned(), by.to_owned(), number)
    }
}

/// In the order of the table.
const PROFILES: [&str; 5] = ["low", "medium", "high", "(no cell)", "all"];

fn compare_row(name: &Name, hosted: &Table, netbsd: &Table, differences: &mut Vec<Difference>) {
    for profile in PROFILES {
        let cell = |table: &Table| table.rows.get(name)?.get(profile).cloned();
        let (one, other) = (cell(hosted), cell(netbsd));
        if one == other {
            continue;
        }
        let missing = || "nothing".to_owned();
        let (attack, by, number) = name;
        let difference = Difference {
            subject: attack.clone(),
            name: match number {
                0 => format!("{attack} {by}"),
                _ => format!("{attack} {by} #{}", number + 1),
            },
            profiles: profile.to_owned(),
            hosted: one.as_deref().map_or_else(missing, shown),
            netbsd: other.as_deref().map_or_else(missing, shown),
            why: reason(attack, [hosted, netbsd], one.zip(other)),
        };
        match differences.last_mut() {
            Some(last)
                if last.name == difference.name
                    && last.hosted == difference.hosted
                    && last.netbsd == difference.netbsd
                    && last.why == difference.why =>
            {
                last.profiles.push(' ');
                last.profiles.push_str(profile);
            }
            _ => differences.push(difference),
        }
    }
}

/// A cell without what is told as the reason.
fn shown(cell: &str) -> String {
    let cell = match cell.split_once(" impossible here: ") {
        Some((cell, _)) => format!("{cell} (impossible)"),
        None => match control(cell) {
            Some((cell, _)) => cell.to_owned(),
            None => cell.to_owned(),
        },
    };
    format!("`{cell}`")
}

/// A control that is told with its reason: what is before that, and the reason.
fn control(cell: &str) -> Option<(&str, &str)> {
    cell.split_once(": ")
        .filter(|(before, _)| !before.ends_with("skip"))
}

/// The reason that a table prints.
fn reason(attack: &str, tables: [&Table; 2], cells: Option<(String, String)>) -> Option<String> {
    const KERNELS: [&str; 2] = ["Linux", "NetBSD"];
    let (hosted, netbsd) = cells?;
    if hosted.contains("<--") || netbsd.contains("<--") {
        return None;
    }
    let both = || KERNELS.into_iter().zip([&hosted, &netbsd]).rev();
    if let Some((kernel, why)) = both().find_map(|(kernel, cell)| Some((kernel, impossible(cell)?)))
    {
        return Some(format!("{kernel}: {why}"));
    }
    // what differs is the control run then: the outcomes before it are the table's
    let outcomes = |cell: &str| -> Vec<String> {
        let words = cell.split(' ').take(2);
        words.map(str::to_owned).collect()
    };
    if outcomes(&hosted) != outcomes(&netbsd) {
        return None;
    }
    let told = both().find_map(|(kernel, cell)| Some((kernel, control(cell)?.1.to_owned())));
    // in another row of the attack
    let elsewhere = || {
        let mut tables = KERNELS.into_iter().zip(tables).rev();
        tables.find_map(|(kernel, table)| Some((kernel, table.impossible(attack)?)))
    };
    let (kernel, why) = told.or_else(elsewhere)?;
    Some(format!("{kernel}, without a cell: {why}"))
}

fn impossible(cell: &str) -> Option<&str> {
    Some(cell.split_once("impossible here: ")?.1)
}

fn compare_denied(hosted: &Table, netbsd: &Table, differences: &mut Vec<Difference>) {
    let none = BTreeSet::new();
    for profile in ["low", "medium", "high"] {
        let one = hosted.denied.get(profile).unwrap_or(&none);
        let other = netbsd.denied.get(profile).unwrap_or(&none);
        for operation in one.symmetric_difference(other) {
            let known = OPERATIONS.iter().find(|(name, _)| name == operation);
            let told = |there: bool| if there { "denied" } else { "not asked" }.to_string();
            differences.push(Difference {
                subject: operation.clone(),
                name: operation.clone(),
                profiles: profile.to_owned(),
                hosted: told(one.contains(operation)),
                netbsd: told(other.contains(operation)),
                why: known.map(|(_, why)| (*why).to_owned()),
            });
        }
    }
}
