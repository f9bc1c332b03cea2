//! Reading the model of an image, and what was changed of it.

use alloc::vec::Vec;

use cell_abi::{CellName, Reservations, RootPath};

use super::Reader;
use crate::desired::{
    Base, CellEntry, Draft, Overrides, Setting, VolumeChange, VolumeEntry, VolumeMount,
};
use crate::image::{
    Allow, Board, Budget, Cell, DeviceNode, Facility, Health, Hunk, Image, Level, Log, MountEntry,
    MountSource, Ownership, PlanStep, Readiness, ResourceCap, Restart, RestartPolicy, Volume,
    Watchdog,
};

impl<'b> Reader<'b> {
    /// A list. It ends early where the bytes do, so that a count that lies takes no memory.
    pub fn list<T>(&mut self, one: fn(&mut Self) -> T) -> Vec<T> {
        let mut list = Vec::new();
        for _ in 0..self.number() {
            let item = one(self);
            if self.failed {
                break;
            }
            list.push(item);
        }
        list
    }

    pub fn flag(&mut self) -> bool {
        self.one_of(&[false, true], false)
    }

    pub fn bytes(&mut self) -> &'b [u8] {
        let length = self.number() as usize;
        match self.rest.split_at_checked(length) {
            Some((bytes, rest)) => {
                self.rest = rest;
                bytes
            }
            None => {
                self.fail();
                &[]
            }
        }
    }

    fn some<T>(&mut self, one: fn(&mut Self) -> T) -> Option<T> {
        if self.flag() { Some(one(self)) } else { None }
    }

    pub fn texts(&mut self) -> Vec<&'b str> {
        self.list(Self::text)
    }

    fn numbers(&mut self) -> Vec<u32> {
        self.list(Self::number)
    }

    #[inline(never)]
    fn name(&mut self) -> CellName<'b> {
        match CellName::new(self.text()) {
            Ok(name) => name,
            Err(_) => {
                self.fail();
                CellName::SOME
            }
        }
    }

    fn root(&mut self) -> RootPath<'b> {
        match RootPath::new(self.text()) {
            Ok(root) => root,
            Err(_) => {
                self.fail();
                RootPath::TOP
            }
        }
    }

    pub fn image(&mut self) -> Image<'b> {
        Image {
            board: self.board(),
            volumes: self.list(Self::volume),
            cells: self.list(Self::cell),
        }
    }

    fn board(&mut self) -> Board<'b> {
        Board {
            name: self.text(),
            arch: self.text(),
            sealed: self.flag(),
            signed: self.flag(),
            rescue: self.flag(),
            watchdog: self.some(|reader| Watchdog {
                device: reader.text(),
                period_s: reader.number(),
            }),
            ram_kib: self.number(),
            flash_kib: self.number(),
            roots_kib: self.number(),
            system_ram_kib: self.number(),
            budget: Budget {
                ram_kib: self.number(),
                image_kib: self.number(),
                root_kib: self.number(),
                roots_kib: self.number(),
                volumes_kib: self.number(),
                toolkit_kib: self.number(),
                system_kib: self.number(),
            },
            syslog: self.text(),
            recovery: self.flag(),
        }
    }

    fn volume(&mut self) -> Volume<'b> {
        Volume {
            name: self.name(),
            path: self.text(),
            mode: self.number(),
            uid: self.number(),
            gid: self.number(),
            budget_kib: self.number(),
            allow: Allow {
                devices: self.flag(),
                set_id: self.flag(),
            },
        }
    }

    #[inline(never)]
    fn cell(&mut self) -> Cell<'b> {
        Cell {
            name: self.name(),
            description: self.text(),
            root: self.root(),
            autostart: self.flag(),
            critical: self.flag(),
            profile: self.profile(),
            may: self.operations(),
            reservations: self.ports(),
            devices: self.list(|reader| DeviceNode {
                path: reader.text(),
                access: reader.access(),
                any_minor: reader.flag(),
            }),
            limits: self.limits(),
            caps: self.list(Self::cap),
            command: self.texts(),
            environment: self.texts(),
            directory: self.text(),
            uid: self.number(),
            gid: self.number(),
            groups: self.numbers(),
            depends: self.list(Self::byte),
            restart: Restart {
                policy: self.restart(),
                max_failures: self.short(),
                stable_ms: self.number(),
            },
            stop_grace_ms: self.number(),
            readiness: self.readiness(),
            health: self.some(|reader| Health {
                command: reader.texts(),
                interval_ms: reader.number(),
                timeout_ms: reader.number(),
                retries: reader.byte(),
                start_period_ms: reader.number(),
            }),
            log: Log {
                facility: Facility(self.byte()),
                stdout: Level(self.byte()),
                stderr: Level(self.byte()),
                tag: self.text(),
                ring: self.number(),
            },
            mounts: self.list(Self::mount),
            plan: self.list(Self::step),
            root_digest: self.digest(),
            root_kib: self.number(),
        }
    }

    fn ports(&mut self) -> Reservations {
        let mut ports = Reservations::new();
        self.reservations(&mut ports);
        ports
    }

    fn restart(&mut self) -> RestartPolicy {
        const ALL: [RestartPolicy; 3] = [
            RestartPolicy::Always,
            RestartPolicy::OnFailure,
            RestartPolicy::Never,
        ];
        self.one_of(&ALL, RestartPolicy::Never)
    }

    fn cap(&mut self) -> ResourceCap {
        const ALL: [fn(u32) -> ResourceCap; 5] = [
            ResourceCap::DataKib,
            ResourceCap::StackKib,
            ResourceCap::FileSizeKib,
            ResourceCap::CpuS,
            ResourceCap::LockedKib,
        ];
        let cap = self.one_of(&ALL, ResourceCap::CpuS);
        cap(self.number())
    }

    fn readiness(&mut self) -> Readiness {
        match self.byte() {
            0 => Readiness::Started,
            1 => Readiness::Healthy,
            2 => Readiness::After(self.number()),
            3 => Readiness::Exited,
            _ => {
                self.fail();
                Readiness::Started
            }
        }
    }

    fn mount(&mut self) -> MountEntry<'b> {
        let source = match self.byte() {
            0 => MountSource::Volume(self.byte()),
            1 => MountSource::Tmpfs {
                size_kib: self.number(),
                mode: self.number(),
            },
            _ => {
                self.fail();
                MountSource::Volume(0)
            }
        };
        MountEntry {
            source,
            target: self.text(),
            read_only: self.flag(),
            no_exec: self.flag(),
        }
    }

    fn owner(&mut self) -> Ownership {
        Ownership {
            mode: self.number(),
            uid: self.number(),
            gid: self.number(),
        }
    }

    fn step(&mut self) -> PlanStep<'b> {
        match self.byte() {
            0 => PlanStep::Directory {
                path: self.text(),
                owner: self.owner(),
            },
            1 => PlanStep::File {
                path: self.text(),
                content: self.bytes(),
                owner: self.owner(),
            },
            2 => PlanStep::Line {
                path: self.text(),
                text: self.text(),
            },
            3 => PlanStep::Link {
                path: self.text(),
                target: self.text(),
            },
            4 => PlanStep::Execute(self.text()),
            5 => PlanStep::Copy {
                from: self.text(),
                path: self.text(),
                owner: self.owner(),
            },
            6 => PlanStep::Patch {
                path: self.text(),
                hunks: self.list(|reader| Hunk {
                    line: reader.number(),
                    old: reader.bytes(),
                    new: reader.bytes(),
                }),
            },
            _ => {
                self.fail();
                PlanStep::Execute("")
            }
        }
    }

    fn digest(&mut self) -> [u8; 32] {
        let mut digest = [0; 32];
        for byte in &mut digest {
            *byte = self.byte();
        }
        digest
    }

    pub fn draft(&mut self) -> Draft<'b> {
        Draft {
            cell: self.cell(),
            depends: self.list(Self::name),
            volumes: self.list(Self::name),
        }
    }

    pub fn overrides(&mut self) -> Overrides<'b> {
        Overrides {
            cells: self.list(|reader| CellEntry {
                name: reader.name(),
                base: reader.base(),
                settings: reader.list(Self::setting),
            }),
            volumes: self.list(|reader| VolumeEntry {
                name: reader.name(),
                change: reader.volume_change(),
            }),
        }
    }

    fn base(&mut self) -> Base<'b> {
        match self.byte() {
            0 => Base::Image,
            1 => Base::Removed,
            2 => Base::Like(self.name()),
            3 => Base::Root(self.name()),
            _ => {
                self.fail();
                Base::Image
            }
        }
    }

    fn volume_change(&mut self) -> VolumeChange<'b> {
        match self.byte() {
            0 => VolumeChange::Mode(self.number()),
            1 => VolumeChange::Made {
                path: self.text(),
                mode: self.number(),
                uid: self.number(),
                gid: self.number(),
            },
            2 => VolumeChange::Removed,
            _ => {
                self.fail();
                VolumeChange::Removed
            }
        }
    }

    fn setting(&mut self) -> Setting<'b> {
        match self.byte() {
            0 => Setting::Autostart(self.flag()),
            1 => Setting::Critical(self.flag()),
            2 => Setting::Description(self.text()),
            3 => Setting::Profile(self.profile()),
            4 => Setting::Deny(self.operations()),
            5 => Setting::Ports(self.ports()),
            6 => Setting::Devices(self.list(|reader| (reader.text(), reader.access()))),
            7 => {
                let most = self.option();
                let short = most.map(|most| u16::try_from(most).unwrap_or_default());
                if short.map(u32::from) != most {
                    self.fail();
                }
                Setting::Processes(short)
            }
            8 => Setting::NoFile(self.option()),
            9 => Setting::AddressSpaceKib(self.option()),
            10 => Setting::CoreKib(self.option()),
            11 => Setting::Command(self.texts()),
            12 => Setting::User(self.number(), self.number(), self.numbers()),
            13 => Setting::Depends(self.list(Self::name)),
            14 => Setting::Restart(self.restart()),
            15 => Setting::Health(self.some(Self::texts)),
            16 => Setting::Mounts(self.list(|reader| VolumeMount {
                volume: reader.name(),
                target: reader.text(),
                read_only: reader.flag(),
                no_exec: reader.flag(),
            })),
            17 => Setting::Facility(Facility(self.byte())),
            18 => Setting::Stdout(Level(self.byte())),
            19 => Setting::Stderr(Level(self.byte())),
            20 => Setting::Tag(self.text()),
            _ => {
                self.fail();
                Setting::Autostart(false)
            }
        }
    }
}
