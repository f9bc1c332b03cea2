//! Two of the scenarios; the program runs all of them.

use powercut::scenario;

fn run(name: &str) {
    let scenario = scenario::ALL.iter().find(|scenario| scenario.name == name);
    let count = (scenario.expect("a scenario").run)();
    assert!(
        count.calls >= 10 && count.first >= 3 * count.calls,
        "{count:?}"
    );
}

#[test]
fn a_restore_that_is_cut_leaves_the_old_or_the_new_volume() {
    run("restore over an old volume");
}

#[test]
fn a_backup_that_is_cut_leaves_no_archive_that_is_not_whole() {
    run("backup that deletes older ones");
}
