//! Memory that a process has for itself.

use std::fs;

use libcell::control::{Reply, Request};

use crate::{Result, control};

/// Private pages of a process in KiB: clean and dirty, proc(5) `smaps_rollup`.
pub fn private_kib(pid: u32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    Ok(text
        .lines()
        .filter(|line| line.starts_with("Private_Clean:") || line.starts_with("Private_Dirty:"))
        .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .sum())
}

/// Every process of that name.
pub fn named(name: &str) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let file = entry?.file_name();
        let Some(pid) = file.to_str().and_then(|text| text.parse::<u32>().ok()) else {
            continue;
        };
        let comm = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        if comm.trim_end() == name {
            found.push(pid);
        }
    }
    Ok(found)
}

/// Of the cellinit of this simulation: as Linux sees it, and by its own accounting.
pub fn of_cellinit() -> Result<String> {
    control::boot_ms()?;
    let own = control::ask(&Request::System, |reply| match reply {
        Reply::System(system) => Some(system.memory),
        _ => None,
    })?
    .ok_or("cellinit: no account of its memory")?;
    let Some(pid) = named("cellinit")?.into_iter().max() else {
        return Err("cellinit: not running".into());
    };
    Ok(format!(
        "{} KiB (the Linux build, std included); its own account {} KiB",
        private_kib(pid)?,
        own.div_ceil(1024)
    ))
}
