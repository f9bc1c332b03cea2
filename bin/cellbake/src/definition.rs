//! Definitions as they were written: each value with its place, nothing resolved.

mod board;
mod cell;
mod plan;
mod volume;

pub use board::{BoardDef, PROFILE_NAMES, ProfileDef};
pub use cell::{
    CellDef, ContentsDef, DeviceDef, FileDef, HealthDef, LimitsDef, LogDef, MountDef, Mounted,
    ReadyDef, RestartDef,
};
pub use plan::{Owner, PlanDef, Step, StepDef};
pub use volume::VolumeDef;
