//! What is another one each time.

/// Rows of a screen as they are compared. `device` is where the simulated device is.
pub fn masked(rows: &str, device: &str) -> String {
    let rows = rows.replace(device, "/device");
    let mut columns: Vec<(usize, usize)> = vec![];
    let mut text = String::new();
    let title = rows.lines().next().unwrap_or_default().to_owned();
    let is = |page: &str| title.starts_with(&format!(" desk  {page}"));
    let mut is_above = true;
    for (at, row) in rows.lines().enumerate() {
        let mut row = process(row.trim_end());
        is_above &= !row.starts_with("qqqq") && !row.starts_with("----") || is("Cell ");
        if at == 1 {
            columns = varying(&row);
        } else if is_above && !columns.is_empty() {
            for (from, to) in &columns {
                blank(&mut row, *from, *to);
            }
        }
        if is("Cell ") {
            details(&mut row);
        }
        if is_above && (is("System") || is("Events") || is("Log") || is("Output")) {
            row = numbers(&row);
        }
        if row.contains(" entries, ") {
            row = numbers(&row);
        }
        if row.starts_with("qqqq") {
            // the line drawing set, as tmux tells it
            row = row.replace('q', "-");
        }
        text.push_str(&archive(&row));
        text.push('\n');
    }
    text
}

/// Columns of a table that vary, by what is above them.
fn varying(headings: &str) -> Vec<(usize, usize)> {
    // what is below it ends where it ends, and has so many letters at most; or begins where it begins
    let right = ["PROCS", "CPU%", "MEMORY", "AGE", "FREE", "SIZE"];
    let left = [("CREATED", 19)];
    let right = right.into_iter().filter_map(|heading| {
        let end = headings.find(&format!(" {heading}"))? + heading.len() + 1;
        Some((end - 5, end))
    });
    let left = left.into_iter().filter_map(|(heading, width)| {
        let from = headings.find(heading)?;
        Some((from, from + width))
    });
    right.chain(left).collect()
}

fn blank(row: &mut String, from: usize, to: usize) {
    let is_there = row.is_ascii() && row.get(from..).is_some_and(|rest| !rest.trim().is_empty());
    if is_there {
        let to = to.min(row.len());
        let masked = format!("{:>width$}", '#', width = to - from);
        row.replace_range(from..to, &masked);
    }
}

/// Fields of one cell.
fn details(row: &mut String) {
    for label in ["pid", "processes", "cpu", "memory", "denials"] {
        for column in [1, 41] {
            let is_it = row
                .get(column..)
                .is_some_and(|rest| rest.starts_with(&format!("{label}  ")));
            if is_it {
                let from = column + 11;
                let rest = &row[from..];
                let length = rest.find(' ').unwrap_or(rest.len());
                row.replace_range(from..from + length, &format!("{:<length$}", '#'));
            }
        }
    }
}

/// Every word that begins with a digit.
fn numbers(row: &str) -> String {
    let word = |word: &str| {
        let is_number = word.starts_with(|first: char| first.is_ascii_digit())
            || word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        match is_number {
            true if word.ends_with(',') => "#,".to_owned(),
            true => "#".to_owned(),
            false => word.to_owned(),
        }
    };
    let trimmed = row.trim_start();
    let is_time = trimmed.starts_with(|first: char| first.is_ascii_digit());
    let words: Vec<String> = trimmed.split(' ').map(word).collect();
    let indent = if is_time {
        0
    } else {
        row.len() - trimmed.len()
    };
    format!("{:indent$}{}", "", words.join(" "))
}

/// The number of a process.
fn process(row: &str) -> String {
    let Some((before, rest)) = row.split_once("started: pid ") else {
        return row.to_owned();
    };
    let after = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    format!("{before}started: pid #{after}")
}

/// The time in an archive's name.
fn archive(row: &str) -> String {
    match row.find(".tar.gz") {
        Some(end) if row[..end].len() > 14 => {
            let digits = &row[end - 14..end];
            match digits.bytes().all(|byte| byte.is_ascii_digit()) {
                true => row.replace(digits, "##############"),
                false => row.to_owned(),
            }
        }
        Some(_) | None => row.to_owned(),
    }
}
