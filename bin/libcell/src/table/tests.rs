use alloc::string::{String, ToString};

use super::*;

/// A stream in memory.
#[derive(Default)]
struct Memory(Vec<u8>);

impl embedded_io::ErrorType for Memory {
    type Error = Errno;
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> Result<(), Errno> {
        Ok(())
    }
}

struct Row {
    name: String,
    count: u64,
    limit: Option<u64>,
    age: u64,
    cpu: u64,
}

static ROW: [Field<Row>; 6] = [
    Field {
        name: "name",
        align: Align::Left,
        value: |row| Value::Text(&row.name),
    },
    Field {
        name: "count",
        align: Align::Right,
        value: |row| Value::Number(row.count),
    },
    Field {
        name: "limit",
        align: Align::Right,
        value: |row| row.limit.map_or(Value::Unlimited, Value::Bytes),
    },
    Field {
        name: "age",
        align: Align::Right,
        value: |row| Value::Seconds(row.age),
    },
    Field {
        name: "cpu",
        align: Align::Right,
        value: |row| Value::Micros(row.cpu),
    },
    Field {
        name: "gone",
        align: Align::Left,
        value: |_| Value::Absent,
    },
];

fn rows() -> [Row; 2] {
    [
        Row {
            name: "web".to_string(),
            count: 7,
            limit: Some(16 << 20),
            age: 432,
            cpu: 1_250_000,
        },
        Row {
            name: "a\tb\r\n\"\\\u{1b}\u{9b}ü".to_string(),
            count: u64::MAX,
            limit: None,
            age: 0,
            cpu: 61_000_001,
        },
    ]
}

fn written(format: Format, headings: Headings, names: &str, rows: &[Row]) -> String {
    let mut sink = Memory::default();
    let view = select(&ROW, names).unwrap();
    write(&mut sink, Style { format, headings }, &view, rows).unwrap();
    String::from_utf8(sink.0).unwrap()
}

const ALL: &str = "name,count,limit,age,cpu,gone";

#[test]
fn people_get_aligned_columns_without_control_characters() {
    assert_eq!(
        written(Format::Human, Headings::Shown, ALL, &rows()),
        "\
NAME                       COUNT  LIMIT    AGE    CPU  GONE
web                            7    16M  7m12s  1.25s  -
a?b??\"\\??ü  18446744073709551615      -     0s   1m1s  -
"
    );
}

#[test]
fn scripts_get_raw_values_between_tabs() {
    assert_eq!(
        written(Format::Tsv, Headings::Shown, ALL, &rows()),
        "NAME\tCOUNT\tLIMIT\tAGE\tCPU\tGONE\n\
         web\t7\t16777216\t432\t1.250000\t-\n\
         a b  \"\\  ü\t18446744073709551615\tunlimited\t0\t61.000001\t-\n"
    );
    assert_eq!(
        written(Format::Tsv, Headings::Hidden, "count,name", &rows()[..1]),
        "7\tweb\n"
    );
    assert_eq!(written(Format::Tsv, Headings::Shown, "age", &[]), "AGE\n");
}

#[test]
fn programs_get_json() {
    assert_eq!(
        written(Format::Json, Headings::Shown, ALL, &rows()),
        "[\n\
         {\"name\":\"web\",\"count\":7,\"limit\":16777216,\"age\":432,\"cpu\":1.250000,\"gone\":null},\n\
         {\"name\":\"a\\u0009b\\u000d\\u000a\\\"\\\\\\u001b\u{9b}ü\",\"count\":18446744073709551615,\"limit\":null,\
         \"age\":0,\"cpu\":61.000001,\"gone\":null}\n\
         ]\n"
    );
    assert_eq!(written(Format::Json, Headings::Shown, ALL, &[]), "[]\n");
}

#[test]
fn a_row_can_come_alone() {
    let view = select(&ROW, "name,age").unwrap();
    let mut sink = Memory::default();
    write_rows(&mut sink, Format::Json, &view, &rows()[..1]).unwrap();
    write_rows(&mut sink, Format::Tsv, &view, &rows()[..1]).unwrap();
    assert_eq!(
        String::from_utf8(sink.0).unwrap(),
        "{\"name\":\"web\",\"age\":432}\nweb\t432\n"
    );
}

#[test]
fn an_unknown_field_is_named() {
    assert_eq!(select(&ROW, "name,colour,x").err(), Some("colour"));
    assert_eq!(select(&ROW, "").err(), Some(""));
}

fn text(write: impl Fn(&mut Line)) -> String {
    let mut line = Line::new();
    write(&mut line);
    String::from_utf8(line).unwrap()
}

#[test]
fn ages_show_their_two_largest_units() {
    for (seconds, shown) in [
        (0, "0s"),
        (42, "42s"),
        (59, "59s"),
        (60, "1m"),
        (432, "7m12s"),
        (3_600, "1h"),
        (3_601, "1h"),
        (11_100, "3h5m"),
        (86_399, "23h59m"),
        (2 * 86_400 + 3 * 3_600 + 59, "2d3h"),
        (604_800 + 2 * 86_400, "1w2d"),
        (604_800 + 3_600, "1w"),
        (u64::from(u32::MAX), "7101w3d"),
    ] {
        assert_eq!(text(|line| age(line, seconds)), shown, "{seconds}");
    }
}

#[test]
fn sizes_round_down_to_the_largest_unit() {
    for (bytes, shown) in [
        (0, "0"),
        (1023, "1023"),
        (1024, "1K"),
        (1536, "1.5K"),
        (10 * 1024 + 512, "10K"),
        (16 << 20, "16M"),
        ((1 << 30) - 1, "1023M"),
        (3 << 30, "3G"),
        (u64::MAX, "15E"),
    ] {
        assert_eq!(text(|line| size(line, bytes)), shown, "{bytes}");
    }
}

#[test]
fn fractions_keep_their_zeros() {
    for (micros, shown) in [
        (0, "0.000000"),
        (1, "0.000001"),
        (100_000, "0.100000"),
        (12_034_000, "12.034000"),
    ] {
        assert_eq!(text(|line| Value::Micros(micros).raw(line)), shown);
    }
    assert_eq!(text(|line| Value::Micros(50_000).human(line)), "0.05s");
}

/// `json` is checked by a reader written from the standard, over every letter below U+00FF.
#[test]
fn every_letter_survives_json() {
    for letter in (0..=0xff_u32).filter_map(char::from_u32) {
        let line = text(|line| Value::Text(&letter.to_string()).json(line));
        assert_eq!(unquote(&line), letter, "{line}");
    }
}

fn unquote(text: &str) -> char {
    let inner = text.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
    let Some(escape) = inner.strip_prefix('\\') else {
        assert_eq!(inner.chars().count(), 1);
        assert!(inner >= " ", "raw control");
        assert_ne!(inner, "\"");
        return inner.chars().next().unwrap();
    };
    match escape {
        "\"" => '"',
        "\\" => '\\',
        other => {
            let hex = other.strip_prefix('u').unwrap();
            assert_eq!(hex.len(), 4);
            char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap()
        }
    }
}

#[test]
fn controls_are_replaced_and_nothing_else() {
    for letter in (0..=0x17f_u32).filter_map(char::from_u32) {
        let around = alloc::format!("a{letter}b");
        let cleaned = text(|line| clean(line, &around, b'?'));
        let wanted = if letter.is_control() { "a?b" } else { &around };
        assert_eq!(cleaned, wanted, "{letter:?}");
    }
    assert_eq!(
        text(|line| clean(line, "\u{c2}\u{9b}\u{c2}\u{a0}", b' ')),
        "\u{c2} \u{c2}\u{a0}"
    );
}
