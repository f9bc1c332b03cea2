//! Definitions as they were written: each value with its place, nothing resolved.

mod board;
mod cell;
mod device;
mod patch;
mod plan;
mod service;
mod volume;

pub use board::{BoardDef, PROFILE_NAMES};
pub use cell::{CellDef, ContentsDef, FileDef, MountDef, Mounted, ReadyDef};
pub use device::{ConsoleDef, KernelPlace, ModuleDef, StorageDef, SystemDef, TableDef};
pub use patch::HunkDef;
pub use plan::{Owner, PlanDef, Step, StepDef, Token};
pub use service::{HealthDef, LimitsDef};
pub use volume::VolumeDef;
