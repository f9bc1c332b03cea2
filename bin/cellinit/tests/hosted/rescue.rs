//! A board whose image is refused, for real.

use std::fs;

use libcell::control::State;
use libcell::image::{sign, write};
use minisign::KeyPair;

use super::device::{Device, can_run, image, script};

const STAY: &str = "while :; do sleep 1000 & wait; done";

#[test]
fn an_altered_image_brings_the_device_up_in_its_rescue_cell_alone() {
    if !can_run() {
        return;
    }
    let pair = KeyPair::generate_unencrypted_keypair().unwrap();
    let signed = |bytes: &[u8]| {
        let signature = minisign::sign(None, &pair.sk, bytes, None, None).unwrap();
        sign(bytes, signature.to_string().as_bytes()).unwrap()
    };
    let own = image(vec![script("web", &[], STAY), script("mail", &[], STAY)]);
    let mut rescue = image(vec![script(
        "web",
        &[],
        "echo rescued > /shared/who; sleep 1000",
    )]);
    rescue.board.rescue = true;
    let mut altered = signed(&write(&own).unwrap());
    altered[100] ^= 1;
    let mut device = Device::prepare(&own, |prefix| {
        fs::write(prefix.join("etc/cells.bin"), &altered).unwrap();
        fs::write(
            prefix.join("etc/rescue.bin"),
            signed(&write(&rescue).unwrap()),
        )
        .unwrap();
        fs::write(
            prefix.join("etc/cells.pub"),
            pair.pk.to_box().unwrap().to_string(),
        )
        .unwrap();
    });
    assert_eq!(device.shared("who"), "rescued\n");
    let mut control = device.control();
    control.wait(0, State::Ready);
    assert!(
        device
            .mounts()
            .iter()
            .all(|target| !target.contains("/mail"))
    );
    let path = device.prefix.display().to_string();
    assert_eq!(
        device.complaints(),
        format!(
            "cellinit: {path}/etc/cells.bin: refused: damaged: its SHA-256 does not match\n\
             cellinit: {path}/etc/rescue.bin: rescue: running this instead\n"
        )
    );
    assert_eq!(device.terminate().code(), Some(0));
}
