//! From definitions to what an image says: every check that needs more than one value.

mod accounts;
mod assemble;
mod body;
mod budget;
mod closure;
mod commands;
mod contents;
mod device;
mod devices;
mod fold;
mod mounts;
mod names;
mod order;
mod plans;
mod policy;
mod ports;
mod rescue;
mod service;
mod template;

pub use assemble::{Assembled, assemble};
pub use closure::Machine;
pub use policy::{Base, bases};

use crate::definition::{BoardDef, CellDef, PlanDef, VolumeDef};

/// Everything that a board's directory says. Lists are by name.
#[derive(Debug)]
pub struct Definitions {
    /// The board.
    pub board: BoardDef,
    /// Its cells.
    pub cells: Vec<CellDef>,
    /// Its volumes.
    pub volumes: Vec<VolumeDef>,
    /// Plans of its cells.
    pub plans: Vec<PlanDef>,
}
