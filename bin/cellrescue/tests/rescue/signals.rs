use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::site::{Site, content, populate, run};

#[test]
fn a_signal_ends_it_with_the_old_volume_and_nothing_mounted() {
    let mut site = Site::new();
    site.ext2("sd0e");
    let volume = site.volume("samples");
    populate(&volume);
    let before = content(&volume);
    let said = site.ok(&["save", "samples"]);
    let (name, _) = said
        .strip_prefix("samples: ")
        .unwrap()
        .split_once(',')
        .unwrap();
    for signal in ["INT", "TERM", "HUP"] {
        let child = site
            .command(&["restore", &format!("sd0e:{name}")])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // it asks
        let started = Instant::now();
        let place = site.prefix.join("var/run/cellrescue");
        while fs::read_to_string("/proc/mounts")
            .unwrap()
            .matches(place.to_str().unwrap())
            .count()
            == 0
        {
            assert!(started.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(100));
        run(Command::new("kill").args(["-s", signal, &child.id().to_string()]));
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), None);
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("left as it is"), "{error}");
        site.is_unmounted();
        assert_eq!(content(&volume), before);
    }
}
