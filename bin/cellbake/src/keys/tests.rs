use std::collections::BTreeSet;

use super::*;

/// The keys that a page lists, under the heading of a table.
fn listed(page: &str, heading: &str) -> BTreeSet<String> {
    page.lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with(".Ss ") && !line.starts_with(".Sh "))
        .filter_map(|line| line.strip_prefix(".It Cm "))
        .map(str::to_owned)
        .collect()
}

/// `[budget]` is headed `Table budget`, `a board` is headed `A board`.
fn heading(table: &Table) -> String {
    match table.name.strip_prefix('[') {
        Some(name) => format!(".Ss Table {}", name.trim_matches(['[', ']'])),
        None => format!(".Ss A{}", table.name.strip_prefix('a').unwrap()),
    }
}

fn compare(page: &str, tables: &[Table]) {
    for table in tables {
        let keys: BTreeSet<String> = table.keys.iter().map(|key| (*key).to_owned()).collect();
        assert_eq!(listed(page, &heading(table)), keys, "{}", table.name);
    }
}

#[test]
fn every_key_of_a_board_stands_in_its_manual_page() {
    compare(include_str!("../../board.toml.5"), BOARD_PAGE);
}

#[test]
fn every_key_of_a_cell_or_a_volume_stands_in_its_manual_page() {
    compare(include_str!("../../cell.toml.5"), CELL_PAGE);
}
