//! Random histories, told to the kernel and to a naive reference of it: every answer, counter and event is the same.

mod history;
mod reference;

use std::collections::BTreeMap;

use cell_abi::wire::Writer;
use cell_abi::{CellName, Create, EventKind, Handle, Op, Policy, Protocols, Reply, RootPath};
use cell_core::{InfoText, Kernel, MountWritable, Stamp, Subject, Verdict};
use history::{NAMES, PORTS, Question, Step, Who, step, who};
use proptest::prelude::*;
use proptest::sample::Index;
use reference::Reference;

fn user(cell: Handle) -> Subject {
    Subject { cell, root: false }
}

fn root(cell: Handle) -> Subject {
    Subject { cell, root: true }
}

/// As postcard writes it.
fn bytes(reply: &Reply<'_>) -> Vec<u8> {
    let mut room = [0; 4096];
    postcard::to_slice(reply, &mut room).unwrap().to_vec()
}

/// Both kernels, and what their callers hold.
struct Run {
    kernel: Box<Kernel>,
    reference: Reference,
    now: Stamp,
    handles: Vec<Handle>,
    reserved: Vec<Handle>,
    entering: Vec<Handle>,
    credentials: Vec<Handle>,
    processes: Vec<Handle>,
    /// Taken by forks that are neither done nor abandoned.
    places: Vec<Handle>,
    cursors: [(u32, usize); 2],
}

fn take(list: &mut Vec<Handle>, index: Index) -> Option<Handle> {
    (!list.is_empty()).then(|| list.remove(index.index(list.len())))
}

impl Run {
    fn new() -> Self {
        Self {
            kernel: Box::new(Kernel::new()),
            reference: Reference::default(),
            now: Stamp {
                pid: 1,
                uptime_s: 5,
            },
            handles: vec![Handle::HOST, Handle::new(3, 9), Handle::new(200, 1)],
            reserved: Vec::new(),
            entering: Vec::new(),
            credentials: Vec::new(),
            processes: Vec::new(),
            places: Vec::new(),
            cursors: [(0, 0); 2],
        }
    }

    fn handle(&self, index: Index) -> Handle {
        *index.get(&self.handles)
    }

    /// The subject, and whether such a credential exists.
    fn subject(&self, who: &Who) -> (Subject, bool) {
        match who {
            Who::HostRoot => (Subject::HOST_ROOT, true),
            Who::HostUser => (user(Handle::HOST), true),
            Who::Member(_, _) if self.credentials.is_empty() => (Subject::HOST_ROOT, true),
            Who::Member(index, root) => {
                let cell = *index.get(&self.credentials);
                (Subject { cell, root: *root }, true)
            }
            Who::Handle(index) => {
                let cell = self.handle(*index);
                (root(cell), cell.is_host())
            }
        }
    }

    fn ask(&mut self, who: Subject, question: &Question) -> (Verdict, Verdict, Op) {
        let (kernel, reference) = (&self.kernel, &mut self.reference);
        match question {
            Question::Plain(op) => (kernel.ask(who, *op), reference.ask(who, *op), *op),
            Question::Process(op, target) => {
                let target = *target.get(&self.handles);
                (
                    kernel.ask_process(who, *op, target),
                    reference.ask_process(who, *op, target),
                    *op,
                )
            }
            Question::Bind(protocols, port) => (
                kernel.ask_bind(who, *protocols, *port),
                reference.ask_bind(who, *protocols, *port),
                Op::NetworkBind,
            ),
            Question::Device(kind, major, minor, access) => (
                kernel.ask_device(who, *kind, *major, *minor, *access),
                reference.ask_device(who, *kind, *major, *minor, *access),
                Op::DeviceOpen,
            ),
            Question::Fork => {
                let verdict = kernel.ask_fork(who);
                if verdict == Verdict::Defer && !who.cell.is_host() {
                    self.places.push(who.cell);
                }
                (verdict, reference.ask_fork(who), Op::ProcessFork)
            }
            Question::Exec(writable) => {
                let writable = if *writable {
                    MountWritable::Yes
                } else {
                    MountWritable::No
                };
                (
                    kernel.ask_exec(who, writable),
                    reference.ask_exec(who, writable),
                    Op::VnodeExec,
                )
            }
        }
    }

    fn denied(&mut self, who: Subject, op: Op) {
        let woken = self.kernel.denied(who, op, self.now);
        assert_eq!(woken, self.reference.denied(who, op, self.now));
    }

    fn step(&mut self, step: &Step) {
        self.now.pid += 1;
        let now = self.now;
        match step {
            Step::Create(who, name, policy) => {
                let (who, _) = self.subject(who);
                let create = Create {
                    name: CellName::new(NAMES[usize::from(*name)]).unwrap(),
                    root: RootPath::new("/cells/ü").unwrap(),
                    policy: Policy::clone(policy),
                };
                let made = self.kernel.create(who, &create, now.uptime_s);
                assert_eq!(made, self.reference.create(who, &create, now.uptime_s));
                self.reserved.extend(made);
                self.handles.extend(made);
            }
            Step::Publish(index) => {
                let cell = take(&mut self.reserved, *index).unwrap_or(Handle::HOST);
                let done = self.kernel.publish(cell, now);
                assert_eq!(done, self.reference.publish(cell, now));
                self.bind_everywhere();
            }
            Step::Abandon(index) => {
                let cell = take(&mut self.reserved, *index).unwrap_or(Handle::HOST);
                let done = self.kernel.abandon(cell);
                assert_eq!(done, self.reference.abandon(cell));
                self.bind_everywhere();
            }
            Step::Destroy(who, cell) => {
                let ((who, _), cell) = (self.subject(who), self.handle(*cell));
                let done = self.kernel.destroy(who, cell, now);
                assert_eq!(done, self.reference.destroy(who, cell, now));
                self.bind_everywhere();
            }
            Step::BeginEnter(who, cell) => {
                let ((who, _), cell) = (self.subject(who), self.handle(*cell));
                let done = self.kernel.begin_enter(who, cell);
                assert_eq!(done, self.reference.begin_enter(who, cell));
                self.entering.extend(done.map(|()| cell));
            }
            Step::Entered(index) => {
                if let Some(cell) = take(&mut self.entering, *index) {
                    self.kernel.credential_shared(cell);
                    self.reference.credential_shared(cell);
                    self.kernel.entered(cell, now);
                    self.reference.entered(cell, now);
                    self.credentials.push(cell);
                    self.processes.push(cell);
                }
            }
            Step::AbandonEnter(index) => {
                if let Some(cell) = take(&mut self.entering, *index) {
                    self.kernel.abandon_enter(cell);
                    self.reference.abandon_enter(cell);
                }
            }
            Step::Kill(who, cell) => {
                let ((who, _), cell) = (self.subject(who), self.handle(*cell));
                let may = self.kernel.may_kill(who, cell);
                assert_eq!(may, self.reference.may_kill(who, cell));
            }
            Step::Lookup(who, name) => {
                let (who, _) = self.subject(who);
                let name = CellName::new(NAMES[usize::from(*name)]).unwrap();
                let found = self.kernel.lookup(who, name);
                assert_eq!(found, self.reference.lookup(who, name));
            }
            Step::List(who, after) => {
                let ((who, _), after) = (self.subject(who), self.handle(*after));
                let next = self.kernel.next(who, after);
                assert_eq!(next, self.reference.next(who, after));
            }
            Step::Look(who, cell) => {
                let ((who, _), cell) = (self.subject(who), self.handle(*cell));
                self.look(who, cell);
            }
            Step::Share(index) => {
                if !self.credentials.is_empty() {
                    let cell = *index.get(&self.credentials);
                    self.kernel.credential_shared(cell);
                    self.reference.credential_shared(cell);
                    self.credentials.push(cell);
                }
            }
            Step::Drop(index) => {
                if let Some(cell) = take(&mut self.credentials, *index) {
                    self.kernel.credential_dropped(cell);
                    self.reference.credential_dropped(cell);
                }
            }
            Step::Fork(index) => {
                if self.processes.is_empty() {
                    return;
                }
                let cell = *index.get(&self.processes);
                let (got, expected, _) = self.ask(user(cell), &Question::Fork);
                assert_eq!(got, expected);
                if got == Verdict::Deny {
                    self.denied(user(cell), Op::ProcessFork);
                } else {
                    assert_eq!(self.places.pop(), Some(cell));
                    self.kernel.process_forked(cell);
                    self.reference.process_forked(cell);
                    self.processes.push(cell);
                }
            }
            Step::ForkUnasked(index) => {
                if !self.processes.is_empty() {
                    let cell = *index.get(&self.processes);
                    self.kernel.take_place(cell);
                    self.reference.take_place(cell);
                    self.kernel.process_forked(cell);
                    self.reference.process_forked(cell);
                    self.processes.push(cell);
                }
            }
            Step::AbandonFork(index) => {
                if let Some(cell) = take(&mut self.places, *index) {
                    self.kernel.fork_abandoned(cell);
                    self.reference.fork_abandoned(cell);
                }
            }
            Step::Exit(index, cpu_us) => {
                if let Some(cell) = take(&mut self.processes, *index) {
                    self.kernel.process_exited(cell, *cpu_us);
                    self.reference.process_exited(cell, *cpu_us);
                }
            }
            Step::Ask(who, question, times) => {
                let (who, held) = self.subject(who);
                for _ in 0..*times {
                    let (got, expected, op) = self.ask(who, question);
                    assert_eq!(got, expected, "{question:?} by {who:?}");
                    if got == Verdict::Deny && held {
                        self.denied(who, op);
                    }
                }
            }
            Step::Tick(seconds) => self.now.uptime_s += seconds,
            Step::Read(reader, events) => self.read(*reader, *events),
            Step::Seal(who) => {
                let (who, _) = self.subject(who);
                let done = self.kernel.seal(who, now);
                assert_eq!(done, self.reference.seal(who, now));
            }
        }
        assert_eq!(usize::from(self.kernel.cells()), self.reference.cells());
        assert_eq!(self.kernel.has_dying(), self.reference.has_dying());
        let hello = self.kernel.hello(Subject::HOST_ROOT);
        assert_eq!(hello, self.reference.hello(Subject::HOST_ROOT));
    }

    /// What is reserved changed: asks for every port that matters.
    fn bind_everywhere(&mut self) {
        let who = user(Handle::HOST);
        for port in PORTS.into_iter().flatten() {
            for protocols in [Protocols::Tcp, Protocols::Udp, Protocols::Both] {
                let (got, expected, _) = self.ask(who, &Question::Bind(protocols, port));
                assert_eq!(got, expected, "{protocols:?} {port}");
            }
        }
    }

    fn look(&self, who: Subject, cell: Handle) {
        let (kernel, reference, now_s) = (&self.kernel, &self.reference, self.now.uptime_s);
        let mut text = InfoText::new();
        let info = kernel.info(who, cell, now_s, &mut text);
        assert_eq!(info, reference.info(who, cell, now_s));
        let stats = kernel.stats(who, cell, now_s);
        assert_eq!(stats, reference.stats(who, cell, now_s));
        let report = reference.policy(who, cell);
        let view = kernel.policy(who, cell);
        assert_eq!(
            view.as_ref().map(|view| view.to_report()).map_err(|r| *r),
            report
        );
        let mut room = [0; 4096];
        if let (Ok(view), Ok(report)) = (view, report) {
            let mut writer = Writer::new(&mut room);
            view.write(&mut writer);
            let used = writer.used();
            assert_eq!(room[..used], bytes(&Reply::Policy(report)));
        }
        let mut writer = Writer::new(&mut room);
        let written = kernel.write_info(who, cell, now_s, &mut writer);
        assert_eq!(written, info.as_ref().map(|_| ()).map_err(|r| *r));
        if let Ok(info) = info {
            let used = writer.used();
            assert_eq!(room[..used], bytes(&Reply::Cell(info)));
        }
    }

    fn read(&mut self, reader: usize, events: usize) {
        let now_s = self.now.uptime_s;
        let (cursor, expected) = &mut self.cursors[reader];
        for _ in 0..events {
            let has = self.kernel.has_event(*cursor, now_s);
            assert_eq!(has, self.reference.log.would_read(*expected, now_s));
            let event = self.kernel.read_event(cursor, now_s);
            assert_eq!(event, self.reference.log.read(expected, now_s));
            assert_eq!(event.is_some(), has);
            if event.is_none() {
                break;
            }
        }
    }

    /// Lets go of everything, and looks at what is left.
    fn end(mut self) {
        self.now.uptime_s += 1;
        for reader in 0..2 {
            self.read(reader, usize::MAX);
        }
        for cell in self.handles.clone() {
            self.look(Subject::HOST_ROOT, cell);
            self.events_add_up(cell);
        }
        for cell in std::mem::take(&mut self.entering) {
            self.kernel.abandon_enter(cell);
        }
        for cell in std::mem::take(&mut self.processes) {
            self.kernel.process_exited(cell, 0);
        }
        for cell in std::mem::take(&mut self.credentials) {
            self.kernel.credential_dropped(cell);
        }
        for cell in std::mem::take(&mut self.reserved) {
            self.kernel.abandon(cell).unwrap();
        }
        if !self.kernel.is_sealed() {
            while let Ok(cell) = self.kernel.next(Subject::HOST_ROOT, Handle::HOST) {
                self.kernel
                    .destroy(Subject::HOST_ROOT, cell, self.now)
                    .unwrap();
            }
            assert_eq!(self.kernel.cells(), 0);
        }
    }

    /// The counts of the events are the counters, and no pair has two events in a second.
    fn events_add_up(&self, cell: Handle) {
        let Some(counters) = self.reference.denials_of(cell) else {
            return;
        };
        let (mut told, mut last) = (BTreeMap::new(), BTreeMap::new());
        let events = &self.reference.log.events;
        for event in events.iter().filter(|event| event.cell == cell) {
            let (pair, op, count) = match event.kind {
                EventKind::Denial { op, count } => ((op, 'd'), op, count),
                EventKind::Limit { count } => ((Op::ProcessFork, 'l'), Op::ProcessFork, count),
                EventKind::Create | EventKind::Destroy | EventKind::Enter | EventKind::Seal => {
                    continue;
                }
            };
            assert_ne!(last.insert(pair, event.uptime_s), Some(event.uptime_s));
            *told.entry(op).or_insert(0) += count;
        }
        assert_eq!(&told, counters);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_kernel_does_what_the_reference_does(
        steps in proptest::collection::vec(step(), 0..300),
        sealed in proptest::option::of((any::<Index>(), who())),
    ) {
        let mut steps = steps;
        if let Some((place, who)) = sealed {
            let place = place.index(steps.len() + 1);
            steps.insert(place, Step::Seal(who));
        }
        let mut run = Run::new();
        for step in &steps {
            run.step(step);
        }
        run.end();
    }
}
