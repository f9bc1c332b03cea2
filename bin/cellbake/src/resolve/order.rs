//! Dependencies: that they exist, do not go round in circles, and the order they give.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::CellDef;
use crate::files::Located;
use crate::report::{Mistake, Report};
use crate::suggest;

/// The cells' positions in `cells`, dependencies before dependents, by name where that leaves a choice.
pub(super) fn order(cells: &[CellDef], report: &Report<'_>) -> Vec<usize> {
    let named: BTreeMap<&str, usize> = (0..)
        .zip(cells)
        .map(|(position, cell)| (cell.name.value.as_str(), position))
        .collect();
    for cell in cells {
        check_names(cell, &named, report);
    }
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = cells
        .iter()
        .map(|cell| {
            let known = cell
                .depends
                .iter()
                .map(|depends| depends.value.as_str())
                .filter(|name| named.contains_key(name) && *name != cell.name.value)
                .collect();
            (cell.name.value.as_str(), known)
        })
        .collect();
    let mut ordered = Vec::with_capacity(cells.len());
    loop {
        let next = waiting
            .iter()
            .find(|(_, depends)| depends.is_empty())
            .map(|(name, _)| *name);
        let Some(name) = next else { break };
        waiting.remove(name);
        for depends in waiting.values_mut() {
            depends.remove(name);
        }
        ordered.extend(named.get(name));
    }
    while let Some(circle) = find_circle(&waiting) {
        report_circle(&circle, cells, report);
        for name in circle {
            waiting.remove(name);
        }
    }
    ordered
}

fn check_names(cell: &CellDef, named: &BTreeMap<&str, usize>, report: &Report<'_>) {
    let mut seen = BTreeSet::new();
    for depends in &cell.depends {
        let name = depends.value.as_str();
        if name == cell.name.value {
            report.add(Mistake::at(
                &depends.span,
                format!("`{name}` depends on itself"),
            ));
        } else if !named.contains_key(name) {
            let others = named
                .keys()
                .copied()
                .filter(|other| *other != cell.name.value);
            report.add(
                Mistake::at(&depends.span, format!("there is no cell `{name}`"))
                    .help(suggest::hint(name, others)),
            );
        } else if !seen.insert(name) {
            report.add(Mistake::at(
                &depends.span,
                format!("`{name}` is said twice"),
            ));
        }
    }
}

/// A circle among cells of which each waits for another, beginning with its first name.
fn find_circle<'n>(waiting: &BTreeMap<&'n str, BTreeSet<&'n str>>) -> Option<Vec<&'n str>> {
    let mut path: Vec<&str> = Vec::new();
    let mut next = *waiting.keys().next()?;
    loop {
        if let Some(from) = path.iter().position(|name| *name == next) {
            let mut circle = path.split_off(from);
            let smallest = circle
                .iter()
                .enumerate()
                .min_by_key(|(_, name)| **name)
                .map_or(0, |(position, _)| position);
            circle.rotate_left(smallest);
            return Some(circle);
        }
        path.push(next);
        // what is left waits for something that is left, or for a circle that was reported and removed
        let further = waiting
            .get(next)
            .and_then(|depends| depends.iter().find(|name| waiting.contains_key(*name)));
        next = *further?;
    }
}

fn report_circle(circle: &[&str], cells: &[CellDef], report: &Report<'_>) {
    let entry = |from: &str, to: &str| -> Option<&Located<String>> {
        cells
            .iter()
            .find(|cell| cell.name.value == from)?
            .depends
            .iter()
            .find(|depends| depends.value == to)
    };
    let (Some(first), Some(last)) = (circle.first(), circle.last()) else {
        return;
    };
    let second = circle.get(1).unwrap_or(first);
    let shown = circle
        .iter()
        .chain([first])
        .copied()
        .collect::<Vec<_>>()
        .join(" -> ");
    if let (Some(begins), Some(closes)) = (entry(first, second), entry(last, first)) {
        report.add(
            Mistake::at(&begins.span, format!("cells wait for one another: {shown}"))
                .also(&closes.span, "closes the circle")
                .help("one of them must be able to start without the other"),
        );
    }
}
