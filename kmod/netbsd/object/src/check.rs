//! What an object must be before a kernel is asked to take it.

use std::collections::BTreeSet;

use object::build::elf::{Builder, Section, SectionData, Symbol};
use object::elf;

use crate::failure::Failure;
use crate::machine::Machine;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The policy core as a module has it: calls the kernel's library only, defines `cell_rs_*`.
    Core,
    /// The policy core to be linked with a kernel: as [`Kind::Core`], but a linker does the relocations.
    Builtin,
    /// The whole module: calls the kernel, defines `cell_*` and what a module's description is found by.
    Module,
}

/// Names that a compiler puts into an object when something may panic.
const PANICS: [&str; 4] = [
    "panicking",
    "rust_begin_unwind",
    "rust_panic",
    "rust_eh_personality",
];

/// Sections that unwinding needs, or position-independent code, or an initialiser that nobody runs.
const USELESS: [&str; 9] = [
    ".eh_frame",
    ".ARM.exidx",
    ".ARM.extab",
    ".gcc_except_table",
    ".got",
    ".plt",
    ".ctors",
    ".init_array",
    ".tdata",
];

/// All that is wrong with an object but its instructions. `known` are the kernel's names, if they are known.
pub fn faults(
    object: &Builder<'_>,
    kind: Kind,
    known: Option<&BTreeSet<String>>,
) -> Result<Vec<Failure>, Failure> {
    let machine = Machine::of(object)?;
    let mut faults = Vec::new();
    for symbol in &object.symbols {
        faults.extend(symbol_fault(symbol, machine, kind, known));
    }
    for section in &object.sections {
        faults.extend(section_fault(section));
        if kind != Kind::Builtin {
            relocation_faults(object, machine, section, &mut faults);
        }
    }
    let stack = object
        .sections
        .iter()
        .find(|section| section.name.as_slice() == b".note.GNU-stack");
    if stack.is_none_or(|section| section.sh_flags.contains(elf::SHF_EXECINSTR)) {
        faults.push(Failure::Stack);
    }
    Ok(faults)
}

fn symbol_fault(
    symbol: &Symbol<'_>,
    machine: Machine,
    kind: Kind,
    known: Option<&BTreeSet<String>>,
) -> Option<Failure> {
    let name = symbol.name.to_string();
    if PANICS.iter().any(|panic| name.contains(panic)) {
        return Some(Failure::Panic(name));
    }
    if symbol.st_bind() == elf::STB_LOCAL {
        return None;
    }
    if symbol.section.is_none() && symbol.st_shndx == elf::SHN_UNDEF {
        let there = match (kind, known) {
            (_, Some(known)) => known.contains(&name),
            (Kind::Core | Kind::Builtin, None) => machine.libkern().contains(&name.as_str()),
            (Kind::Module, None) => true,
        };
        return (!there).then_some(Failure::Undefined(name));
    }
    let ours: &[&str] = match kind {
        Kind::Core | Kind::Builtin => &["cell_rs_"],
        Kind::Module => &["cell_", "secmodel_cell_", "__link_set_"],
    };
    let ours = ours.iter().any(|prefix| name.starts_with(prefix));
    (!ours).then_some(Failure::Global(name))
}

fn section_fault(section: &Section<'_>) -> Option<Failure> {
    let name = section.name.to_string();
    let useless = USELESS
        .iter()
        .any(|useless| name == *useless || name.starts_with(&format!("{useless}.")));
    useless.then_some(Failure::Section(name))
}

fn relocation_faults(
    object: &Builder<'_>,
    machine: Machine,
    table: &Section<'_>,
    faults: &mut Vec<Failure>,
) {
    let (SectionData::Relocation(list), Some(target)) = (&table.data, table.sh_info_section) else {
        return;
    };
    let target = object.sections.get(target);
    if !target.is_alloc() {
        return;
    }
    let name = target.name.to_string();
    if machine.needs_addends() && table.sh_type != elf::SHT_RELA {
        faults.push(Failure::Addends(name.clone()));
    }
    // One line for each kind: a compiler's wrong option shows at every call.
    let mut seen = BTreeSet::new();
    for relocation in list {
        let number = relocation.r_type.0;
        if !machine.relocations().contains(&relocation.r_type) && seen.insert(number) {
            faults.push(Failure::Relocation(
                number,
                name.clone(),
                relocation.r_offset,
            ));
        }
    }
}

/// Does C's header declare what the object defines, and the other way round?
pub fn header_faults(object: &Builder<'_>, header: &str) -> Vec<Failure> {
    let declared: BTreeSet<&str> = header
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| word.starts_with("cell_rs_"))
        .collect();
    let defined: BTreeSet<String> = object
        .symbols
        .iter()
        .filter(|symbol| symbol.section.is_some() && symbol.st_bind() == elf::STB_GLOBAL)
        .map(|symbol| symbol.name.to_string())
        .collect();
    let missing = declared.iter().filter(|name| !defined.contains(**name));
    let missing = missing.map(|name| Failure::Missing((*name).to_owned()));
    let extra = defined
        .iter()
        .filter(|name| !declared.contains(name.as_str()));
    let extra = extra.map(|name| Failure::Undeclared(name.clone()));
    missing.chain(extra).collect()
}
