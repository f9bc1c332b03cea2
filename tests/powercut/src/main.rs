//! Cuts everything at every point and says how many there were. Exit status 1 when something was not as promised.

use std::process::ExitCode;

use powercut::scenario;

fn main() -> ExitCode {
    let mut all = 0;
    for scenario in scenario::ALL {
        let count = (scenario.run)();
        println!(
            "{:45} {:5} calls, {:6} cuts, {:7} cuts after a cut",
            scenario.name, count.calls, count.first, count.second
        );
        all += count.first + count.second;
    }
    println!("{all} cut points, old or new after each");
    ExitCode::SUCCESS
}
