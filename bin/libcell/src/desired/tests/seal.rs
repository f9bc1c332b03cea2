//! What a sealed board bears, and what it does not.

use super::*;

pub(super) fn sealed() -> Image<'static> {
    let mut image = image();
    image.board.sealed = true;
    image
}

/// Everything that a sealed board bears.
pub(super) fn tightenings() -> Vec<Setting<'static>> {
    vec![
        Setting::Autostart(false),
        Setting::Profile(Profile::High),
        Setting::Deny(OpSet::of(&[Op::SystemMqueue])),
        Setting::Ports(ports(&[port(82, 85)])),
        Setting::Ports(ports(&[])),
        Setting::Devices(vec![("/dev/gpio0", Access::Read)]),
        Setting::Devices(vec![]),
        Setting::Processes(Some(2)),
        Setting::NoFile(Some(64)),
        Setting::AddressSpaceKib(Some(1 << 20)),
        Setting::Mounts(vec![VolumeMount {
            volume: name("data"),
            target: "/data",
            read_only: true,
            no_exec: true,
        }]),
        Setting::Mounts(vec![]),
    ]
}

/// And what it does not.
pub(super) fn loosenings() -> Vec<(Setting<'static>, Loosening)> {
    let mount = |volume, target| {
        Setting::Mounts(vec![VolumeMount {
            volume: name(volume),
            target,
            read_only: true,
            no_exec: true,
        }])
    };
    vec![
        (Setting::Profile(Profile::Low), Loosening::Operations),
        (Setting::Ports(ports(&[port(80, 91)])), Loosening::Ports),
        (
            Setting::Ports(ports(&[Reservation::new(Protocols::Both, 80, 80).unwrap()])),
            Loosening::Ports,
        ),
        (
            Setting::Devices(vec![("/dev/mem", Access::Read)]),
            Loosening::Devices,
        ),
        (Setting::Processes(Some(9)), Loosening::Limits),
        (Setting::NoFile(None), Loosening::Limits),
        (Setting::CoreKib(Some(1)), Loosening::Limits),
        (mount("more", "/data"), Loosening::Mounts),
        (mount("data", "/elsewhere"), Loosening::Mounts),
        (Setting::Command(vec!["/bin/sh"]), Loosening::Other),
        (Setting::User(0, 0, vec![]), Loosening::Other),
        (Setting::Critical(true), Loosening::Other),
        (Setting::Description("x"), Loosening::Other),
        (Setting::Depends(vec![name("app")]), Loosening::Other),
        (Setting::Restart(RestartPolicy::Never), Loosening::Other),
        (Setting::Health(Some(vec!["/bin/true"])), Loosening::Other),
        (Setting::Facility(Facility(1)), Loosening::Other),
        (Setting::Tag("other"), Loosening::Other),
    ]
}

#[test]
fn a_sealed_board_bears_every_tightening() {
    for setting in tightenings() {
        merge(&sealed(), change("web", vec![setting.clone()]))
            .unwrap_or_else(|conflict| panic!("{setting:?}: {conflict:?}"));
    }
    let gone = made("app", Base::Removed, vec![]);
    assert_eq!(merge(&sealed(), gone).unwrap().image.cells.len(), 1);
}

#[test]
fn a_sealed_board_bears_no_loosening() {
    for (setting, loosening) in loosenings() {
        let mut overrides = change("web", vec![setting.clone()]);
        if let Setting::Depends(_) = setting {
            overrides.cells[0].name = name("app");
            overrides.cells[0].settings = vec![Setting::Depends(vec![])];
        }
        let conflict = merge(&sealed(), overrides.clone()).unwrap_err();
        assert_eq!(conflict.why, Why::Loose(loosening), "{setting:?}");
    }
    let twin = made("twin", Base::Like(name("web")), vec![]);
    assert_eq!(
        refused(&sealed(), &twin),
        "twin: the board is sealed: no cell can be added"
    );
    let mut image = sealed();
    image.cells[0].autostart = false;
    let on = change("web", vec![Setting::Autostart(true)]);
    assert_eq!(
        refused(&image, &on),
        "web: the board is sealed: it can be kept from starting, not made to"
    );
}
