//! The whole test, from an empty directory to the printed table.

use alloc::format;
use alloc::string::String;

use crate::place::{self, Kernel};
use crate::report::{self, Tally};
use crate::scene::{self, Scene};
use crate::{Failure, control, run, steps, table};

/// Sets the scene, with the kernel up and the roots made.
///
/// # Errors
/// What could not be made.
pub fn set(directory: &str, program: &str) -> Result<(Scene, Kernel), Failure> {
    let scene = Scene::set(directory, program)?;
    let kernel = place::start(&scene)?;
    for root in [scene::CONTROL, scene::SIBLING, scene::ATTACKER] {
        scene.make_root(root)?;
    }
    Ok((scene, kernel))
}

/// Every attack and every step; the table as printed, its last line the tally. The kernel is sealed afterwards. Calls `tell`
/// with what begins.
///
/// # Errors
/// Something that is no attack failed.
pub fn table(scene: &Scene, tell: &dyn Fn(&str)) -> Result<(String, Tally), Failure> {
    let rows = table::rows();
    tell("without cells");
    let controls = control::run(scene, &rows);
    tell("in cells");
    let ran = run::Runner::new(scene)?.run(&rows, tell)?;
    tell("steps");
    let steps = steps::run(scene, tell)?;
    let (text, tally) = report::table(&rows, &controls, &ran.outcomes, &steps);
    let text = format!("{text}{}{tally}\n", report::denied(&ran.denied));
    Ok((text, tally))
}
