//! Order, choice and load.

use std::string::String;
use std::vec;

use super::*;

fn cell(name: &str, service: &str, cpu: u64, rss: u64) -> Row {
    let text = |text: &str| Owned::Text(text.into());
    vec![
        text(name),
        text("managed"),
        text(service),
        text("well"),
        Owned::Number(1),
        Owned::Micros(cpu),
        Owned::Bytes(rss << 10),
        Owned::Number(0),
        Owned::Seconds(61),
        text("none"),
        Owned::Flag(service == "ready"),
        Owned::Number(0),
        text("-"),
    ]
}

fn names(sheet: &Sheet) -> Vec<&str> {
    let rows = sheet.order.iter().map(|index| &sheet.rows[*index]);
    rows.map(|row| text(row, 0)).collect()
}

fn three() -> Sheet {
    let mut sheet = Sheet::new(&CELLS);
    let rows = vec![
        cell("web", "ready", 0, 10),
        cell("logger", "stopped", 0, 30),
        cell("db", "crash-loop", 0, 20),
    ];
    sheet.replace(rows, 1000);
    sheet
}

#[test]
fn rows_are_shown_as_they_are_sorted_filtered_and_searched() {
    let mut sheet = three();
    assert_eq!(names(&sheet), ["web", "logger", "db"]);
    for (sort, order) in [
        (1, ["db", "logger", "web"]),
        (2, ["db", "web", "logger"]),
        (4, ["logger", "db", "web"]),
        (0, ["web", "logger", "db"]),
    ] {
        sheet.sort = sort;
        sheet.arrange();
        assert_eq!(names(&sheet), order, "{}", CELLS.sorts[sort].0);
    }
    for (filter, shown) in [
        (Filter::Running, vec!["web"]),
        (Filter::Stopped, vec!["logger", "db"]),
        (Filter::Trouble, vec!["db"]),
        (Filter::All, vec!["web", "logger", "db"]),
    ] {
        sheet.filter = filter;
        sheet.arrange();
        assert_eq!(names(&sheet), shown, "{filter:?}");
    }
    sheet.search = b"eb".into();
    sheet.arrange();
    assert_eq!(names(&sheet), ["web"]);
}

#[test]
fn what_is_chosen_stays_so_wherever_it_goes() {
    let mut sheet = three();
    sheet.choose(2);
    sheet.sort = 1;
    sheet.arrange();
    assert_eq!((sheet.chosen, text(sheet.row().unwrap(), 0)), (0, "db"));
    // and when it is gone, what is at its place
    sheet.replace(vec![cell("web", "ready", 0, 1)], 2000);
    assert_eq!((sheet.chosen, text(sheet.row().unwrap(), 0)), (0, "web"));
    sheet.replace(vec![], 3000);
    assert!(sheet.row().is_none());
    sheet.choose(7);
    assert!(sheet.row().is_none());
}

#[test]
fn load_is_what_was_spent_of_the_time_between() {
    let shown = |sheet: &Sheet| {
        let mut line = Line::new();
        sheet.value(0, &CELLS.columns[5], &mut line);
        String::from_utf8(line).unwrap()
    };
    let mut sheet = three();
    assert_eq!(shown(&sheet), "-", "nothing to compare with");
    sheet.replace(vec![cell("web", "ready", 123_000, 1)], 2000);
    assert_eq!(shown(&sheet), "12.3");
    // 2^32 microseconds pass by unseen
    sheet.replace(vec![cell("web", "ready", (1 << 32) + 123_000, 1)], 3000);
    assert_eq!(shown(&sheet), "0.0");
    // a cell of that name made anew
    sheet.replace(vec![cell("web", "ready", 1000, 1)], 4000);
    assert_eq!(shown(&sheet), "0.0");
}

#[test]
fn ages_change_once_a_minute_at_most() {
    for (seconds, shown) in [
        (0, "<1m"),
        (59, "<1m"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (86_400, "1d"),
        (u32::MAX, "49710d"),
    ] {
        let mut line = Line::new();
        age(&mut line, seconds);
        assert_eq!(line, shown.as_bytes(), "{seconds}");
    }
}
