//! Writing the model of an image, and what was changed of it: bit by bit, to wherever.

use cell_abi::{Access, CellName, OpSet, Profile, Reservations};

use crate::desired::{Base, CellEntry, Draft, Overrides, Setting, VolumeChange, VolumeEntry};
use crate::image::{
    Board, Cell, Health, Image, Log, MountEntry, MountSource, Ownership, PlanStep, Readiness,
    ResourceCap, RestartPolicy, Volume,
};

/// Where bytes go.
pub(crate) struct Pour<'p>(pub &'p mut dyn FnMut(&[u8]));

impl Pour<'_> {
    pub fn byte(&mut self, byte: u8) {
        (self.0)(&[byte]);
    }

    pub fn flag(&mut self, flag: bool) {
        self.byte(flag.into());
    }

    #[inline(never)]
    pub fn number(&mut self, mut number: u32) {
        while number > 0x7f {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    #[inline(never)]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u32);
        (self.0)(bytes);
    }

    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn list<T>(&mut self, list: &[T], one: fn(&mut Self, &T)) {
        self.number(list.len() as u32);
        for item in list {
            one(self, item);
        }
    }

    fn texts(&mut self, texts: &[&str]) {
        self.list(texts, |pour, text| pour.text(text));
    }

    fn numbers(&mut self, numbers: &[u32]) {
        self.list(numbers, |pour, number| pour.number(*number));
    }

    fn names(&mut self, names: &[CellName<'_>]) {
        self.list(names, |pour, name| pour.text(name.as_str()));
    }

    #[inline(never)]
    fn option(&mut self, value: Option<u32>) {
        self.flag(value.is_some());
        if let Some(value) = value {
            self.number(value);
        }
    }

    fn operations(&mut self, operations: OpSet) {
        let (low, high) = operations.halves();
        self.long(low);
        self.long(high);
    }

    #[inline(never)]
    pub fn long(&mut self, mut number: u64) {
        while number > 0x7f {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    fn ports(&mut self, ports: &Reservations) {
        self.list(ports, |pour, port| {
            pour.byte(port.protocols() as u8);
            pour.number(port.first().into());
            pour.number(port.last().into());
        });
    }

    pub fn image(&mut self, image: &Image<'_>) {
        self.board(&image.board);
        self.list(&image.volumes, Self::volume);
        self.list(&image.cells, Self::cell);
    }

    fn board(&mut self, board: &Board<'_>) {
        self.text(board.name);
        self.text(board.arch);
        self.flag(board.sealed);
        self.flag(board.signed);
        self.flag(board.rescue);
        self.flag(board.watchdog.is_some());
        if let Some(watchdog) = &board.watchdog {
            self.text(watchdog.device);
            self.number(watchdog.period_s);
        }
        let budget = &board.budget;
        for number in [
            board.ram_kib,
            board.flash_kib,
            board.roots_kib,
            board.system_ram_kib,
            budget.ram_kib,
            budget.image_kib,
            budget.root_kib,
            budget.roots_kib,
            budget.volumes_kib,
            budget.toolkit_kib,
            budget.system_kib,
        ] {
            self.number(number);
        }
        self.text(board.syslog);
        self.flag(board.recovery);
    }

    fn volume(&mut self, volume: &Volume<'_>) {
        self.text(volume.name.as_str());
        self.text(volume.path);
        for number in [volume.mode, volume.uid, volume.gid, volume.budget_kib] {
            self.number(number);
        }
        self.flag(volume.allow.devices);
        self.flag(volume.allow.set_id);
    }

    #[inline(never)]
    fn cell(&mut self, cell: &Cell<'_>) {
        self.text(cell.name.as_str());
        self.text(cell.description);
        self.text(cell.root.as_str());
        self.flag(cell.autostart);
        self.flag(cell.critical);
        self.byte(cell.profile as u8);
        self.operations(cell.may);
        self.ports(&cell.reservations);
        self.list(&cell.devices, |pour, device| {
            pour.text(device.path);
            pour.byte(device.access as u8);
            pour.flag(device.any_minor);
        });
        self.option(cell.limits.processes.map(u32::from));
        self.option(cell.limits.nofile);
        self.option(cell.limits.address_space_kib);
        self.option(cell.limits.core_kib);
        self.list(&cell.caps, |pour, cap| {
            let (tag, value) = match *cap {
                ResourceCap::DataKib(value) => (0, value),
                ResourceCap::StackKib(value) => (1, value),
                ResourceCap::FileSizeKib(value) => (2, value),
                ResourceCap::CpuS(value) => (3, value),
                ResourceCap::LockedKib(value) => (4, value),
            };
            pour.byte(tag);
            pour.number(value);
        });
        self.texts(&cell.command);
        self.texts(&cell.environment);
        self.text(cell.directory);
        self.number(cell.uid);
        self.number(cell.gid);
        self.numbers(&cell.groups);
        self.bytes(&cell.depends);
        self.restart(cell.restart.policy);
        self.number(cell.restart.max_failures.into());
        self.number(cell.restart.stable_ms);
        self.number(cell.stop_grace_ms);
        match cell.readiness {
            Readiness::Started => self.byte(0),
            Readiness::Healthy => self.byte(1),
            Readiness::After(ms) => {
                self.byte(2);
                self.number(ms);
            }
            Readiness::Exited => self.byte(3),
        }
        self.flag(cell.health.is_some());
        if let Some(health) = &cell.health {
            self.health(health);
        }
        self.log(&cell.log);
        self.list(&cell.mounts, Self::mount);
        self.list(&cell.plan, Self::step);
        (self.0)(&cell.root_digest);
        self.number(cell.root_kib);
    }

    fn restart(&mut self, policy: RestartPolicy) {
        self.byte(policy as u8);
    }

    fn health(&mut self, health: &Health<'_>) {
        self.texts(&health.command);
        self.number(health.interval_ms);
        self.number(health.timeout_ms);
        self.byte(health.retries);
        self.number(health.start_period_ms);
    }

    fn log(&mut self, log: &Log<'_>) {
        (self.0)(&[log.facility.0, log.stdout.0, log.stderr.0]);
        self.text(log.tag);
        self.number(log.ring);
    }

    fn mount(&mut self, mount: &MountEntry<'_>) {
        match mount.source {
            MountSource::Volume(index) => {
                self.byte(0);
                self.byte(index);
            }
            MountSource::Tmpfs { size_kib, mode } => {
                self.byte(1);
                self.number(size_kib);
                self.number(mode);
            }
        }
        self.text(mount.target);
        self.flag(mount.read_only);
        self.flag(mount.no_exec);
    }

    fn owner(&mut self, owner: &Ownership) {
        for number in [owner.mode, owner.uid, owner.gid] {
            self.number(number);
        }
    }

    #[inline(never)]
    fn step(&mut self, step: &PlanStep<'_>) {
        match step {
            PlanStep::Directory { path, owner } => {
                self.byte(0);
                self.text(path);
                self.owner(owner);
            }
            PlanStep::File {
                path,
                content,
                owner,
            } => {
                self.byte(1);
                self.text(path);
                self.bytes(content);
                self.owner(owner);
            }
            PlanStep::Line { path, text } => self.two(2, path, text),
            PlanStep::Link { path, target } => self.two(3, path, target),
            PlanStep::Execute(command) => {
                self.byte(4);
                self.text(command);
            }
            PlanStep::Copy { from, path, owner } => {
                self.two(5, from, path);
                self.owner(owner);
            }
            PlanStep::Patch { path, hunks } => {
                self.byte(6);
                self.text(path);
                self.list(hunks, |pour, hunk| {
                    pour.number(hunk.line);
                    pour.bytes(hunk.old);
                    pour.bytes(hunk.new);
                });
            }
        }
    }

    fn two(&mut self, tag: u8, first: &str, second: &str) {
        self.byte(tag);
        self.text(first);
        self.text(second);
    }

    pub fn draft(&mut self, draft: &Draft<'_>) {
        self.cell(&draft.cell);
        self.names(&draft.depends);
        self.names(&draft.volumes);
    }

    pub fn overrides(&mut self, overrides: &Overrides<'_>) {
        self.list(&overrides.cells, Self::cell_entry);
        self.list(&overrides.volumes, Self::volume_entry);
    }

    fn cell_entry(&mut self, entry: &CellEntry<'_>) {
        self.text(entry.name.as_str());
        match entry.base {
            Base::Image => self.byte(0),
            Base::Removed => self.byte(1),
            Base::Like(name) => {
                self.byte(2);
                self.text(name.as_str());
            }
            Base::Root(name) => {
                self.byte(3);
                self.text(name.as_str());
            }
        }
        self.list(&entry.settings, Self::setting);
    }

    fn volume_entry(&mut self, entry: &VolumeEntry<'_>) {
        self.text(entry.name.as_str());
        match entry.change {
            VolumeChange::Mode(mode) => {
                self.byte(0);
                self.number(mode);
            }
            VolumeChange::Made {
                path,
                mode,
                uid,
                gid,
            } => {
                self.byte(1);
                self.text(path);
                self.owner(&Ownership { mode, uid, gid });
            }
            VolumeChange::Removed => self.byte(2),
        }
    }

    fn setting(&mut self, setting: &Setting<'_>) {
        self.byte(setting.order());
        match setting {
            Setting::Autostart(flag) | Setting::Critical(flag) => self.flag(*flag),
            Setting::Description(text) | Setting::Tag(text) => self.text(text),
            Setting::Profile(profile) => self.profile(*profile),
            Setting::Deny(operations) => self.operations(*operations),
            Setting::Ports(ports) => self.ports(ports),
            Setting::Devices(devices) => self.list(devices, |pour, (path, access)| {
                pour.text(path);
                pour.access(*access);
            }),
            Setting::Processes(most) => self.option(most.map(u32::from)),
            Setting::NoFile(most) | Setting::AddressSpaceKib(most) | Setting::CoreKib(most) => {
                self.option(*most)
            }
            Setting::Command(command) => self.texts(command),
            Setting::User(uid, gid, groups) => {
                self.number(*uid);
                self.number(*gid);
                self.numbers(groups);
            }
            Setting::Depends(names) => self.names(names),
            Setting::Restart(policy) => self.restart(*policy),
            Setting::Health(command) => {
                self.flag(command.is_some());
                if let Some(command) = command {
                    self.texts(command);
                }
            }
            Setting::Mounts(mounts) => self.list(mounts, |pour, mount| {
                pour.text(mount.volume.as_str());
                pour.text(mount.target);
                pour.flag(mount.read_only);
                pour.flag(mount.no_exec);
            }),
            Setting::Facility(facility) => self.byte(facility.0),
            Setting::Stdout(level) | Setting::Stderr(level) => self.byte(level.0),
        }
    }

    fn profile(&mut self, profile: Profile) {
        self.byte(profile as u8);
    }

    fn access(&mut self, access: Access) {
        self.byte(access as u8);
    }
}
