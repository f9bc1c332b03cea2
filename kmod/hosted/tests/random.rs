//! Ten thousand random steps against a model that counts: no leak, no slot lost, no number wrong.
//!
//! `CELL_RANDOM_SEED` and `CELL_RANDOM_STEPS` change the run; a failure names the seed.
#![allow(missing_docs, clippy::expect_used, clippy::panic)]

mod device;

use std::collections::{BTreeMap, HashSet};
use std::env;
use std::rc::Rc;

use cell_abi::{Handle, MAX_CELLS, Policy, Profile};
use cell_hosted::kauth::{PROCESS_SIGNAL, SYSTEM_REBOOT};
use cell_hosted::{Credential, Errno, Kernel, Proc};
use device::Cells;

/// Processes a cell of the test may have.
const LIMIT: u16 = 8;

/// xorshift64* (Marsaglia, Vigna).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        (!list.is_empty()).then(|| list[self.below(list.len())].clone())
    }
}

/// One credential in the kernel; clones of the `Rc` are its references.
struct Cred(Handle);

struct Member {
    proc: Proc,
    cred: Rc<Cred>,
    zombie: bool,
}

#[derive(Default)]
struct Cell {
    name: String,
    cpu_us: u64,
    forks: u32,
    denials: u32,
}

struct World<'k> {
    kernel: &'k Kernel,
    cells: Cells<'k>,
    active: BTreeMap<Handle, Cell>,
    /// Every handle that ever was and is not active.
    gone: Vec<Handle>,
    members: Vec<Member>,
    held: Vec<(Credential<'k>, Rc<Cred>)>,
    next_pid: i32,
}

impl<'k> World<'k> {
    fn pid(&mut self) -> i32 {
        self.next_pid += 1;
        self.next_pid
    }

    fn alive(&self) -> Vec<usize> {
        (0..self.members.len())
            .filter(|index| !self.members[*index].zombie)
            .collect()
    }

    fn processes(&self, cell: Handle) -> u32 {
        let of = |member: &&Member| !member.zombie && member.cred.0 == cell;
        self.members.iter().filter(of).count() as u32
    }

    fn credentials(&self, cell: Handle) -> u32 {
        let members = self.members.iter().map(|member| &member.cred);
        let held = self.held.iter().map(|(_, cred)| cred);
        let distinct: HashSet<_> = members
            .chain(held)
            .filter(|cred| cred.0 == cell)
            .map(Rc::as_ptr)
            .collect();
        distinct.len() as u32
    }

    /// Slots in use: active cells and those whose credentials live on.
    fn slots(&self) -> usize {
        let members = self.members.iter().map(|member| member.cred.0);
        let held = self.held.iter().map(|(_, cred)| cred.0);
        let dying: HashSet<_> = members
            .chain(held)
            .filter(|cell| !self.active.contains_key(cell))
            .collect();
        self.active.len() + dying.len()
    }

    fn create(&mut self, random: &mut Random) {
        let name = format!("cell-{}", random.below(100));
        let mut policy = Policy::of(Profile::High);
        policy.limits.processes = Some(LIMIT);
        let taken = self.active.values().any(|cell| cell.name == name);
        match self.cells.create(&name, policy) {
            Ok(cell) => {
                assert!(!taken && self.slots() < MAX_CELLS);
                assert!(!self.gone.contains(&cell), "a handle used twice");
                let life = Cell {
                    name,
                    ..Cell::default()
                };
                assert!(self.active.insert(cell, life).is_none());
            }
            Err(Errno::EEXIST) => assert!(taken),
            Err(Errno::ENOSPC) => assert_eq!(self.slots(), MAX_CELLS, "a slot was lost"),
            Err(other) => panic!("{other}"),
        }
    }

    fn destroy(&mut self, cell: Handle) {
        match self.cells.destroy(cell) {
            Ok(()) => {
                assert_eq!(self.processes(cell), 0);
                assert!(self.active.remove(&cell).is_some());
                self.gone.push(cell);
            }
            Err(Errno::EBUSY) => assert!(self.processes(cell) > 0),
            Err(Errno::ENOENT | Errno::ESTALE) => assert!(!self.active.contains_key(&cell)),
            Err(other) => panic!("{other}"),
        }
    }

    fn enter(&mut self, cell: Handle) {
        let pid = self.pid();
        let proc = self.kernel.process(pid, 0, 0);
        match self.cells.enter_as(proc, cell) {
            Ok(()) => {
                assert!(self.active.contains_key(&cell));
                self.members.push(Member {
                    proc,
                    cred: Rc::new(Cred(cell)),
                    zombie: false,
                });
            }
            Err(refused @ (Errno::ENOENT | Errno::ESTALE | Errno::EAGAIN)) => {
                if refused == Errno::EAGAIN {
                    assert!(self.processes(cell) >= u32::from(LIMIT));
                } else {
                    assert!(!self.active.contains_key(&cell));
                }
                self.kernel.exit(proc, 0);
                self.kernel.reap(proc);
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn fork(&mut self, parent: usize) {
        let (proc, cred) = (self.members[parent].proc, self.members[parent].cred.clone());
        let pid = self.pid();
        let processes = self.processes(cred.0);
        let cell = self.active.get_mut(&cred.0).expect("members keep a cell");
        match self.kernel.fork(proc, pid) {
            Ok(child) => {
                assert!(processes < u32::from(LIMIT));
                cell.forks += 1;
                self.members.push(Member {
                    proc: child,
                    cred,
                    zombie: false,
                });
            }
            Err(Errno::EAGAIN) => {
                assert!(processes >= u32::from(LIMIT));
                cell.denials += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn exit(&mut self, index: usize, cpu_us: u64) {
        let member = &mut self.members[index];
        self.kernel.exit(member.proc, cpu_us);
        member.zombie = true;
        let cell = self.active.get_mut(&member.cred.0).expect("active");
        cell.cpu_us += cpu_us;
    }

    fn reap(&mut self, index: usize) {
        let member = self.members.swap_remove(index);
        self.kernel.reap(member.proc);
    }

    fn set_ids(&mut self, index: usize, uid: u32) {
        let member = &mut self.members[index];
        self.kernel.set_ids(member.proc, uid, uid);
        member.cred = Rc::new(Cred(member.cred.0));
    }

    fn kill(&mut self, cell: Handle, random: &mut Random) {
        match self.cells.kill(cell, libc::SIGKILL as u8) {
            Ok(count) => assert_eq!(count, self.processes(cell)),
            Err(Errno::ENOENT | Errno::ESTALE) => {
                assert!(!self.active.contains_key(&cell));
                return;
            }
            Err(other) => panic!("{other}"),
        }
        for index in self.alive() {
            if self.members[index].cred.0 == cell {
                let signals = self.kernel.take_signals(self.members[index].proc);
                assert_eq!(signals, [libc::SIGKILL]);
                self.exit(index, random.below(1_000) as u64);
            }
        }
        self.destroy(cell);
        assert!(!self.active.contains_key(&cell), "killed, hence destroyed");
    }

    fn ask(&mut self, index: usize) {
        let member = &self.members[index];
        let cell = self.active.get_mut(&member.cred.0).expect("active");
        assert_eq!(
            self.kernel.ask(member.proc, SYSTEM_REBOOT, None),
            Err(Errno::EPERM)
        );
        assert_eq!(
            self.kernel
                .ask_about(member.proc, PROCESS_SIGNAL, None, Proc::INIT),
            Err(Errno::EPERM)
        );
        cell.denials += 2;
    }

    fn ask_held(&self, index: usize) {
        let (held, _) = &self.held[index];
        let answer = self.kernel.ask_with(Proc::INIT, held, SYSTEM_REBOOT, None);
        assert_eq!(answer, Err(Errno::EPERM), "of a high cell or a dying one");
    }

    fn step(&mut self, random: &mut Random) {
        let active: Vec<_> = self.active.keys().copied().collect();
        let alive = self.alive();
        match random.below(100) {
            0..20 => self.create(random),
            20..40 => {
                if let Some(cell) = random.of(&active) {
                    self.enter(cell);
                }
            }
            40..55 => {
                if let Some(parent) = random.of(&alive) {
                    self.fork(parent);
                }
            }
            55..68 => {
                if let Some(index) = random.of(&alive) {
                    self.exit(index, random.below(1 << 20) as u64);
                }
            }
            68..76 => {
                let zombies: Vec<_> = (0..self.members.len())
                    .filter(|index| self.members[*index].zombie)
                    .collect();
                if let Some(index) = random.of(&zombies) {
                    self.reap(index);
                }
            }
            76..82 => {
                if let Some(index) = random.of(&alive) {
                    self.set_ids(index, [0, 100][random.below(2)]);
                }
            }
            82..86 => {
                if let Some(cell) = random.of(&active) {
                    self.kill(cell, random);
                }
            }
            86..90 => {
                let any = [random.of(&active), random.of(&self.gone)];
                if let Some(cell) = any[random.below(2)] {
                    self.destroy(cell);
                }
            }
            90..92 => {
                if let Some(cell) = random.of(&self.gone) {
                    self.enter(cell);
                }
            }
            92..95 => {
                if let Some(index) = random.of(&alive) {
                    let member = &self.members[index];
                    let held = self.kernel.credential(member.proc);
                    self.held.push((held, member.cred.clone()));
                }
            }
            95..97 => {
                if !self.held.is_empty() {
                    let index = random.below(self.held.len());
                    self.ask_held(index);
                    if let Some(cell) = self.active.get_mut(&self.held[index].1.0) {
                        cell.denials += 1;
                    }
                    self.held.swap_remove(index);
                }
            }
            _ => {
                if let Some(index) = random.of(&alive) {
                    self.ask(index);
                }
            }
        }
    }

    fn check(&self) {
        for (cell, life) in &self.active {
            let stats = self.cells.stats(*cell).expect("stats");
            assert_eq!(stats.processes, self.processes(*cell), "{cell} processes");
            assert_eq!(
                stats.credentials,
                self.credentials(*cell),
                "{cell} credentials"
            );
            assert_eq!(stats.cpu_us, life.cpu_us, "{cell} CPU");
            assert_eq!(stats.forks, life.forks, "{cell} forks");
            let counted: u32 = self
                .cells
                .policy(*cell)
                .expect("policy")
                .denials
                .iter()
                .map(|(_, count)| count)
                .sum();
            assert_eq!(counted, life.denials, "{cell} denials");
        }
        assert_eq!(usize::from(self.kernel.cells()), self.slots());
    }

    fn finish(&mut self) {
        self.held.clear();
        for index in self.alive() {
            self.exit(index, 1);
        }
        self.check();
        while !self.members.is_empty() {
            self.reap(0);
        }
        for cell in self.active.keys().copied().collect::<Vec<_>>() {
            self.destroy(cell);
        }
        assert_eq!(self.kernel.cells(), 0);
    }
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}

#[test]
fn nothing_is_lost_in_ten_thousand_steps() {
    let seed = number("CELL_RANDOM_SEED", 0x005e_ed0f_ce11) | 1;
    let steps = number("CELL_RANDOM_STEPS", 10_000);
    println!("CELL_RANDOM_SEED={seed} CELL_RANDOM_STEPS={steps}");
    let mut kernel = Kernel::boot().expect("boot");
    take_steps(&kernel, seed, steps);
    kernel.unload().expect("nothing keeps it");
    assert_eq!(kernel.allocated(), 0, "bytes");
}

fn take_steps(kernel: &Kernel, seed: u64, steps: u64) {
    let mut random = Random(seed);
    let cells = Cells::open(kernel);
    let before = (kernel.credentials(), kernel.vnodes());
    let mut world = World {
        kernel,
        cells,
        active: BTreeMap::new(),
        gone: Vec::new(),
        members: Vec::new(),
        held: Vec::new(),
        next_pid: 1,
    };
    let mut most = 0;
    for step in 0..steps {
        kernel.set_uptime(u32::try_from(step / 50).expect("seconds"));
        world.step(&mut random);
        most = most.max(world.slots());
        if step % 100 == 0 {
            world.check();
        }
    }
    assert!(
        steps < 10_000 || most == MAX_CELLS,
        "only {most} slots were ever in use"
    );
    world.finish();
    assert_eq!(
        (kernel.credentials(), kernel.vnodes()),
        before,
        "credentials, vnodes"
    );
    let again: Vec<Handle> = (0..MAX_CELLS)
        .map(|number| {
            world
                .cells
                .create(&format!("again-{number}"), Policy::of(Profile::High))
                .expect("every slot is free")
        })
        .collect();
    for cell in again {
        world.cells.destroy(cell).expect("destroy");
    }
    kernel.close(Proc::INIT, world.cells.file);
}
