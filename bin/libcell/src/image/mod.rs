//! `cells.bin`: what a device runs, as cellbake decided it.

mod model;

pub use model::{
    Board, Cell, DeviceNode, EnvVar, Facility, Health, Image, Level, Log, MountEntry, MountSource,
    Readiness, ResourceCap, Restart, RestartPolicy, Volume, Watchdog,
};
