//! The summary against a list of every port, for sets of cells that come and go.

use cell_abi::{
    CellName, Create, Handle, Policy, Profile, Protocols, Refusal, Reservation, RootPath,
};

use crate::{Kernel, Stamp, Subject, Verdict};

extern crate std;
use std::boxed::Box;
use std::vec::Vec;
use std::{format, vec};

const ROOT: Subject = Subject::HOST_ROOT;

const HOST_USER: Subject = Subject {
    cell: Handle::HOST,
    root: false,
};

const AT: Stamp = Stamp {
    pid: 1,
    uptime_s: 1,
};

type Ranges = Vec<(Protocols, u16, u16)>;

/// A kernel, and what each of its cells has reserved.
struct Table {
    kernel: Box<Kernel>,
    cells: Vec<(Handle, Ranges)>,
    made: u32,
}

impl Table {
    fn new() -> Self {
        Self {
            kernel: Box::new(Kernel::new()),
            cells: Vec::new(),
            made: 0,
        }
    }

    fn create(&mut self, ranges: &Ranges) -> Result<Handle, Refusal> {
        self.made += 1;
        let mut policy = Policy::of(Profile::Low);
        for (protocols, first, last) in ranges {
            let reservation = Reservation::new(*protocols, *first, *last).unwrap();
            policy.reservations.push(reservation).unwrap();
        }
        let name = format!("cell{}", self.made);
        let create = Create {
            name: CellName::new(&name).unwrap(),
            root: RootPath::new("/").unwrap(),
            policy,
        };
        self.kernel.create(ROOT, &create, 0)
    }

    fn make(&mut self, ranges: Ranges) {
        let cell = self.create(&ranges).unwrap();
        self.kernel.publish(cell, AT).unwrap();
        self.cells.push((cell, ranges));
    }

    fn destroy(&mut self, index: usize) {
        let (cell, _) = self.cells.remove(index);
        self.kernel.destroy(ROOT, cell, AT).unwrap();
    }

    /// Asks for every port and protocol.
    fn check(&self) {
        self.check_marks();
        let mut reserved = vec![[false; 2]; 1 << 16];
        for (protocols, first, last) in self.ranges() {
            for [tcp, udp] in &mut reserved[usize::from(first)..=usize::from(last)] {
                *tcp |= protocols.overlaps(Protocols::Tcp);
                *udp |= protocols.overlaps(Protocols::Udp);
            }
        }
        let verdict = |held| if held { Verdict::Deny } else { Verdict::Defer };
        for port in 1..=u16::MAX {
            let [tcp, udp] = reserved[usize::from(port)];
            for (asked, held) in [
                (Protocols::Tcp, tcp),
                (Protocols::Udp, udp),
                (Protocols::Both, tcp || udp),
            ] {
                let answer = self.kernel.ask_bind(HOST_USER, asked, port);
                assert_eq!(answer, verdict(held), "{asked:?} {port}");
            }
        }
    }

    /// Compares the summary with the bytes of every reserved port.
    fn check_marks(&self) {
        let (mut high, mut low) = ([false; 256], [false; 256]);
        for (_, first, last) in self.ranges() {
            for port in usize::from(first)..=usize::from(last) {
                high[port >> 8] = true;
                low[port & 0xff] = true;
            }
        }
        for port in 0..=u16::MAX {
            let marked = high[usize::from(port >> 8)] && low[usize::from(port & 0xff)];
            assert_eq!(self.kernel.summary.may_hold(port), marked, "{port}");
        }
    }

    fn ranges(&self) -> impl Iterator<Item = (Protocols, u16, u16)> {
        self.cells.iter().flat_map(|(_, ranges)| ranges).copied()
    }
}

use Protocols::{Both, Tcp, Udp};

#[test]
fn no_port_is_hidden_and_no_byte_marked_that_nobody_has() {
    for cells in [
        vec![
            vec![(Tcp, 80, 80), (Tcp, 443, 443)],
            vec![(Udp, 53, 53), (Tcp, 8080, 8089)],
            vec![(Both, 336, 336), (Udp, 80, 80)],
        ],
        // Ends of words, of pages and of all ports; low bytes that wrap.
        vec![
            vec![(Tcp, 1, 31), (Tcp, 32, 32), (Tcp, 63, 64)],
            vec![
                (Udp, 255, 256),
                (Tcp, 0x1ff0, 0x200f),
                (Udp, 0x20ff, 0x21fd),
            ],
            vec![(Both, 65_535, 65_535), (Tcp, 0xe000, 0xe000)],
        ],
        // 255, 256 and 257 ports, then many.
        vec![
            vec![(Tcp, 0x1001, 0x10ff)],
            vec![(Tcp, 0x2001, 0x2100)],
            vec![(Tcp, 0x3000, 0x3100)],
            vec![(Udp, 10_000, 20_000)],
        ],
        vec![vec![(Tcp, 1, 65_535)], vec![(Udp, 65_535, 65_535)]],
    ] {
        let mut table = Table::new();
        for ranges in cells {
            table.make(ranges);
        }
        table.check();
        while !table.cells.is_empty() {
            table.destroy(table.made as usize % table.cells.len());
            table.check();
        }
    }
}

#[test]
fn a_range_marks_its_own_bytes_whatever_its_length() {
    let mut table = Table::new();
    for length in (1..=34).chain(220..=290).chain([511, 512, 513, 20_000]) {
        for first in [0x1000, 0x101f, 0x1020, 0x10ff] {
            table.make(vec![(Tcp, first, first + length - 1)]);
            table.check_marks();
            table.destroy(0);
        }
    }
}

#[test]
fn a_full_table_is_summarised() {
    let mut table = Table::new();
    for cell in 0..64u16 {
        let places = (0..16u16).map(|place| cell * 997 + place * 61 + 1);
        table.make(places.map(|port| (Tcp, port, port + 2)).collect());
        table.check_marks();
    }
    for cell in 0..61 {
        table.destroy(cell * 7 % table.cells.len());
        table.check_marks();
    }
    table.check();
}

#[test]
fn a_cell_that_is_given_up_or_refused_changes_nothing() {
    let mut table = Table::new();
    table.make(vec![(Tcp, 80, 80)]);
    let given_up = table.create(&vec![(Tcp, 81, 336)]).unwrap();
    table.check();
    assert_eq!(table.create(&vec![(Tcp, 80, 9000)]), Err(Refusal::Taken));
    table.make(vec![(Udp, 5000, 5001)]);
    table.check();
    table.kernel.abandon(given_up).unwrap();
    table.check();
    table.kernel.begin_enter(ROOT, table.cells[0].0).unwrap();
    let busy = table.kernel.destroy(ROOT, table.cells[0].0, AT);
    assert_eq!(busy, Err(Refusal::Busy));
    table.check();
}

#[test]
fn a_dying_cell_marks_nothing() {
    let mut table = Table::new();
    table.make(vec![(Tcp, 80, 80)]);
    table.kernel.credential_shared(table.cells[0].0);
    table.destroy(0);
    table.check();
    table.make(vec![(Udp, 53, 53)]);
    table.check();
}
