//! The state of the console without a program around it: keys and answers go in, what is asked comes out.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use cellui::{App, Effect, Place, Wire};
use libcell::ipc::{Ask, Tell};
use libcell::keys::Decoder;
use libcell::screen::{Colour, Drawing, Grid, Painter};

use super::noise::{is_harmless, noise};
use super::server::Model;

/// A cellmgr that answers when it is asked to.
pub struct Told {
    model: Rc<RefCell<Model>>,
    waiting: VecDeque<(u16, Tell<'static>)>,
    next: u16,
    /// Who is told what happens.
    follows: Option<u16>,
}

impl Wire for Told {
    fn ask(&mut self, ask: &Ask<'_>) -> Option<u16> {
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        if *ask == Ask::Subscribe {
            self.follows = Some(id);
        }
        let tells = self.model.borrow_mut().answer(ask);
        self.waiting
            .extend(tells.into_iter().map(|tell| (id, tell)));
        Some(id)
    }

    fn damaged(&self) -> u32 {
        0
    }
}

/// A console and what it speaks with.
pub struct Bench {
    pub app: App,
    pub wire: Told,
    pub model: Rc<RefCell<Model>>,
    pub now: u32,
}

impl Bench {
    pub fn new(cells: usize) -> Self {
        let model = Rc::new(RefCell::new(Model::new(cells)));
        let wire = Told {
            model: Rc::clone(&model),
            waiting: VecDeque::new(),
            next: 0,
            follows: None,
        };
        let mut app = App::new(Place::Here);
        app.connected("desk", true);
        Self {
            app,
            wire,
            model,
            now: 1000,
        }
    }

    /// Something happens.
    pub fn event(&mut self, line: &str) {
        if let Some(id) = self.wire.follows {
            self.app.told(id, Tell::Event(line), self.now, 0);
        }
    }

    /// Time passes, and so many answers come.
    pub fn pass(&mut self, milliseconds: u32, answers: usize) {
        self.now += milliseconds;
        self.app.tick(self.now, &mut self.wire);
        for _ in 0..answers {
            if let Some((id, tell)) = self.wire.waiting.pop_front() {
                self.app.told(id, tell, self.now, 0);
            }
        }
    }
}

#[test]
fn of_100_000_random_bytes_with_answers_in_between_no_action_that_asks_is_done() {
    let mut bench = Bench::new(7);
    let (mut grid, mut painter) = (
        Grid::new(80, 24),
        Painter::new(Drawing::Special, Colour::Mono),
    );
    let mut decoder = Decoder::new();
    let (mut quits, mut shells) = (0, 0);
    for (at, byte) in noise(100_000).into_iter().enumerate() {
        if let Some(key) = decoder.feed(byte) {
            match bench.app.key(key, &mut bench.wire) {
                Effect::None | Effect::Repaint => {}
                Effect::Quit => quits += 1,
                Effect::Shell => shells += 1,
            }
        }
        if at % 16 == 0 {
            bench.pass(40, at % 48);
        }
        if at % 512 == 0 {
            bench.app.draw(&mut grid, &mut painter, bench.now);
        }
    }
    assert_eq!(shells, 0);
    assert!(quits > 100, "{quits}");
    let model = bench.model.borrow();
    let commands = &model.commands;
    assert!(commands.len() > 50, "{}", commands.len());
    let bad: Vec<&String> = commands
        .iter()
        .filter(|command| !is_harmless(command))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn what_asks_is_done_after_yes_and_enter_and_not_otherwise() {
    let keys: [(&[u8], &str); 13] = [
        (b"x", "cell stop logger-0"),
        (b"t", "cell restart logger-0"),
        (b"a", "cell start --all"),
        (b"z", "cell stop --all"),
        (b"y", "cell restart --all"),
        (b"L", "system seal --yes"),
        (b"A", "apply --all"),
        (b"P", "apply --all --restart-changed"),
        (b"b", "cell backup create logger-0 --stop"),
        (b"2b", "volume backup create logger-0 --stop"),
        (
            b"2R",
            "volume backup restore logger-0 --latest --stop --yes",
        ),
        (
            b"3R",
            "volume backup restore status --from status_20261130070000.tar.gz --stop --yes",
        ),
        (
            b"3jd",
            "volume backup delete status --from status_20261129070000.tar.gz --yes",
        ),
    ];
    for (key, command) in keys {
        for (answer, is_done) in [
            (&b"yes\r"[..], true),
            (b"yez\r", false),
            (b"ye\r", false),
            (b"\r", false),
            (b"y\x7fyes\r", true),
            (b"yess\r", false),
            (b"\x1b[A", false),
        ] {
            let mut bench = Bench::new(3);
            bench.pass(10, 100);
            for typed in [key, answer] {
                let mut decoder = Decoder::new();
                for byte in typed {
                    if let Some(key) = decoder.feed(*byte) {
                        bench.app.key(key, &mut bench.wire);
                    }
                    bench.pass(10, 100);
                }
                bench.pass(10, 100);
            }
            bench.pass(10, 100);
            let model = bench.model.borrow();
            let was_done = model.commands.iter().any(|done| done == command);
            assert_eq!(
                was_done, is_done,
                "{command}: {answer:?}: {:?}",
                model.commands
            );
        }
    }
}

#[test]
fn who_may_only_look_asks_for_nothing_that_changes_something() {
    let mut bench = Bench::new(3);
    bench.app.connected("desk", false);
    bench.pass(10, 100);
    for key in b"sxtazyLAPb!2bR3Rd" {
        for byte in [&[*key][..], b"yes\r"].concat() {
            let key = Decoder::new().feed(byte);
            let effect = key.map(|key| bench.app.key(key, &mut bench.wire));
            assert_ne!(effect, Some(Effect::Shell));
            bench.pass(10, 100);
        }
    }
    let model = bench.model.borrow();
    let bad: Vec<&String> = model
        .commands
        .iter()
        .filter(|command| !command.ends_with("--dry-run"))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn who_answers_nothing_any_more_is_stale_and_then_silent() {
    let mut bench = Bench::new(3);
    bench.pass(10, 100);
    assert_eq!(bench.app.stale(bench.now), None);
    let mut seconds = 0;
    while !bench.app.is_silent() {
        bench.pass(1000, 0);
        seconds += 1;
        let stale = bench.app.stale(bench.now);
        assert_eq!(stale, (seconds > 12).then_some(seconds), "{seconds}");
        assert!(seconds < 60);
    }
    assert!(seconds > 20, "{seconds}");
    // and once it answers again nothing is stale
    bench.app.disconnected(b"socket: answers nothing any more");
    bench.wire.waiting.clear();
    bench.app.connected("desk", true);
    bench.pass(10, 100);
    assert_eq!(bench.app.stale(bench.now), None);
    assert!(!bench.app.is_silent());
}

#[test]
fn archives_are_verified_without_being_asked_also_by_who_may_only_look() {
    let mut bench = Bench::new(3);
    bench.app.connected("desk", false);
    bench.pass(10, 100);
    for key in b"2v3v" {
        if let Some(key) = Decoder::new().feed(*key) {
            bench.app.key(key, &mut bench.wire);
        }
        bench.pass(10, 100);
        bench.pass(10, 100);
    }
    let model = bench.model.borrow();
    let archive = "volume backup verify status --from status_20261130070000.tar.gz";
    assert_eq!(model.commands, ["volume backup verify logger-0", archive]);
}
