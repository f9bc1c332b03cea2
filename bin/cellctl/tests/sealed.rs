//! Sealing, apart from the other tests: a process has one hosted kernel, and there is no way back.

#[path = "hosted/device.rs"]
mod device;

use device::Device;

#[test]
fn a_sealed_kernel_is_entered_and_not_changed() {
    let Some(device) = Device::boot() else { return };
    device.create(&["-l", "low"]);
    device.done(&["seal", "--yes"]);
    device.done(&["seal", "--yes"]);
    device.fails(
        &["create", "-n", "mail", &device.root],
        1,
        "mail: create: sealed until reboot",
    );
    device.fails(&["destroy", "web"], 1, "web: destroy: sealed until reboot");
    assert_eq!(device.done(&["exec", "web", "pwd"]), "/\n");
    assert_eq!(device.field("list", "STATE"), "active");
    assert_eq!(device.done(&["kill", "-s", "0", "web"]), "signalled 0\n");
}
