//! The whole machine.

use super::os;
use super::{Arguments, Attack, Outcome};

pub const ATTACKS: &[(&str, Attack)] = &[
    ("system.reboot", |_| Ok(os::reboot())),
    ("time.set", |_| Ok(os::set_time())),
    ("time.adjust", |_| Ok(Outcome::of(os::adjust_time()))),
    ("module.load", |_| Ok(os::load_module())),
    ("module.unload", |_| Ok(os::unload_module())),
    ("setting.read", |_| Ok(Outcome::of(os::read_setting()))),
    ("setting.write", |_| Ok(Outcome::of(os::write_setting()))),
    ("setting.private", |_| {
        Ok(Outcome::of(os::read_private_setting()))
    }),
    ("setting.hostname", |_| Ok(os::set_host_name())),
    ("system.swap", |_| Ok(os::swap())),
    ("system.account", |_| Ok(os::account())),
    ("system.quota", |_| Ok(os::set_quota())),
    ("system.ports", |_| Ok(Outcome::of(os::use_ports()))),
    ("system.flag", system_flag),
    ("system.namespace", |_| {
        Ok(Outcome::of(os::leave_namespace()))
    }),
];

/// Makes a file immutable for everybody but the system.
fn system_flag(_: Arguments<'_>) -> Result<Outcome, Outcome> {
    os::open(c"/volume/flagged", os::How::Make).map_err(|_| Outcome::Untried("no file made"))?;
    Ok(Outcome::of(os::set_system_flag(c"/volume/flagged")))
}
