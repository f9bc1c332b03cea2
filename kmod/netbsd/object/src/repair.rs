//! Objects made into what NetBSD's loaders take.

use object::Endianness;
use object::build::elf::{Builder, Relocation, SectionData, SectionId, SymbolId};
use object::elf;

use crate::failure::Failure;
use crate::machine::Machine;

/// Gives each relocation of a MIPS object the addend that is in the instruction, and clears it there: the loader takes
/// RELA only, and adds to what it finds. The linker has to have them before it moves code about, since it does not see
/// the two halves of an address together.
pub fn add_addends(object: &mut Builder<'_>) -> Result<(), Failure> {
    if Machine::of(object)? != Machine::Mips {
        return Ok(());
    }
    let tables: Vec<(SectionId, SectionId)> = object
        .sections
        .iter()
        .filter(|section| section.sh_type == elf::SHT_REL)
        .filter_map(|section| Some((section.id(), section.sh_info_section?)))
        .collect();
    for (table, target) in tables {
        let SectionData::Relocation(mut list) = object.sections.get(table).data.clone() else {
            continue;
        };
        let endian = object.endian;
        let section = object.sections.get_mut(target);
        let name = section.name.to_string();
        if let SectionData::Data(bytes) = &mut section.data {
            addends(&mut list, bytes.to_mut(), endian, &name)?;
        }
        let table = object.sections.get_mut(table);
        table.data = SectionData::Relocation(list);
        table.sh_type = elf::SHT_RELA;
        table.sh_entsize = 12;
        table.name = format!(".rela{name}").into_bytes().into();
    }
    Ok(())
}

/// LLVM's objects have one table for the names of sections and symbols; the writer wants two.
pub fn add_section_names(object: &mut Builder<'_>) {
    let mut sections = object.sections.iter();
    if sections.any(|section| matches!(section.data, SectionData::SectionString)) {
        return;
    }
    let section = object.sections.add();
    section.name = b".shstrtab"[..].into();
    section.sh_type = elf::SHT_STRTAB;
    section.sh_addralign = 1;
    section.data = SectionData::SectionString;
}

fn addends(
    list: &mut [Relocation],
    bytes: &mut [u8],
    endian: Endianness,
    name: &str,
) -> Result<(), Failure> {
    // The words before any is cleared.
    let words: Vec<u32> = list
        .iter()
        .map(|relocation| word(bytes, relocation.r_offset, endian).unwrap_or(0))
        .collect();
    for at in 0..list.len() {
        let (Some(relocation), Some(&here)) = (list.get(at), words.get(at)) else {
            continue;
        };
        let (offset, symbol) = (relocation.r_offset, relocation.symbol);
        let (addend, left) = match relocation.r_type {
            elf::R_MIPS_NONE => (0, here),
            elf::R_MIPS_32 => (i64::from(here as i32), 0),
            elf::R_MIPS_26 => (i64::from((here & 0x03ff_ffff) << 2), here & !0x03ff_ffff),
            elf::R_MIPS_LO16 => (low(here), here & 0xffff_0000),
            elf::R_MIPS_HI16 => {
                let pair =
                    list.iter().zip(&words).skip(at).find(|(other, _)| {
                        other.r_type == elf::R_MIPS_LO16 && other.symbol == symbol
                    });
                let (_, &other) = pair.ok_or_else(|| Failure::Half(name.to_owned(), offset))?;
                let high = i64::from(((here & 0xffff) << 16) as i32);
                (high + low(other), here & 0xffff_0000)
            }
            other => return Err(Failure::Relocation(other.0, name.to_owned(), offset)),
        };
        put(bytes, offset, endian, left);
        if let Some(relocation) = list.get_mut(at) {
            relocation.r_addend = addend;
        }
    }
    Ok(())
}

fn low(word: u32) -> i64 {
    i64::from(word as u16 as i16)
}

/// Resolves what needs no loader and rewrites what a loader does not know. The branches of one section to itself are
/// relative; on MIPS and 32-bit ARM, whose modules are far from the kernel, a call of it goes by way of one piece of code
/// for each name.
pub fn resolve(object: &mut Builder<'_>) -> Result<(), Failure> {
    let machine = Machine::of(object)?;
    let tables: Vec<(SectionId, SectionId)> = object
        .sections
        .iter()
        .filter(|section| matches!(section.data, SectionData::Relocation(_)))
        .filter_map(|section| Some((section.id(), section.sh_info_section?)))
        .collect();
    for (table, target) in tables {
        let SectionData::Relocation(list) = object.sections.get(table).data.clone() else {
            continue;
        };
        let list = match machine {
            Machine::Amd64 => list.into_iter().map(without_plt).collect(),
            Machine::Aarch64 => list,
            Machine::Arm | Machine::Mips => branches(object, machine, target, list)?,
        };
        object.sections.get_mut(table).data = SectionData::Relocation(list);
    }
    Ok(())
}

/// A call through a table is a call, where there is no table; loaders before NetBSD 10 know only the latter.
fn without_plt(mut relocation: Relocation) -> Relocation {
    if relocation.r_type == elf::R_X86_64_PLT32 {
        relocation.r_type = elf::R_X86_64_PC32;
    }
    relocation
}

/// Where a branch of a section goes.
enum Goal {
    /// To the section's own code.
    Here(i64),
    /// Elsewhere: so many bytes after that symbol.
    Away(SymbolId, i64),
}

fn goal(object: &Builder<'_>, section: SectionId, relocation: &Relocation) -> Option<Goal> {
    let symbol = object.symbols.get(relocation.symbol?);
    if symbol.section == Some(section) {
        let place = i64::try_from(symbol.st_value).ok()?;
        return Some(Goal::Here(place + relocation.r_addend));
    }
    Some(Goal::Away(symbol.id(), relocation.r_addend))
}

fn branches(
    object: &mut Builder<'_>,
    machine: Machine,
    target: SectionId,
    list: Vec<Relocation>,
) -> Result<Vec<Relocation>, Failure> {
    let endian = object.endian;
    let section = object.sections.get(target);
    let name = section.name.to_string();
    let SectionData::Data(bytes) = &section.data else {
        return Ok(list);
    };
    let mut code = bytes.to_vec();
    let mut ways: Vec<(SymbolId, i64, u64)> = Vec::new();
    let mut kept = Vec::with_capacity(list.len());
    for mut relocation in list {
        let at = relocation.r_offset;
        let nowhere = || Failure::Branch(name.clone(), at);
        match (machine, relocation.r_type) {
            (Machine::Mips, elf::R_MIPS_26)
            | (Machine::Arm, elf::R_ARM_CALL | elf::R_ARM_JUMP24) => {
                let here = word(&code, at, endian).ok_or_else(nowhere)?;
                if machine == Machine::Arm {
                    relocation.r_addend = i64::from(((here << 8) as i32) >> 6);
                }
                let goal = match goal(object, target, &relocation).ok_or_else(nowhere)? {
                    Goal::Here(place) => place,
                    Goal::Away(symbol, addend) => {
                        let known = ways.iter().find(|way| (way.0, way.1) == (symbol, addend));
                        let place = match known {
                            Some((_, _, place)) => *place,
                            None => {
                                let place = way(&mut code, machine, endian, addend);
                                ways.push((symbol, addend, place));
                                place
                            }
                        };
                        place.cast_signed() - ahead(machine)
                    }
                };
                let branch = match machine {
                    Machine::Arm => arm_branch(here, at, goal),
                    _ => mips_branch(here, at, goal),
                };
                put(&mut code, at, endian, branch.ok_or_else(nowhere)?);
            }
            _ => kept.push(relocation),
        }
    }
    if machine == Machine::Mips && !ways.is_empty() {
        code.extend(LAST);
    }
    for (symbol, r_addend, place) in ways {
        let entries: &[(u64, elf::RelocationType, i64)] = match machine {
            // its addend is in the word
            Machine::Arm => &[(4, elf::R_ARM_ABS32, 0)],
            _ => &[
                (0, elf::R_MIPS_HI16, r_addend),
                (4, elf::R_MIPS_LO16, r_addend),
            ],
        };
        for (after, r_type, r_addend) in entries {
            kept.push(Relocation {
                r_offset: place + after,
                symbol: Some(symbol),
                r_type: *r_type,
                r_addend: *r_addend,
            });
        }
    }
    object.sections.get_mut(target).data = SectionData::Data(code.into());
    Ok(kept)
}

/// `jal` as `bal`, `j` as `b`, from `at` to `place`: no address in it, so that it is right wherever a module is.
fn mips_branch(instruction: u32, at: u64, place: i64) -> Option<u32> {
    let opcode = match instruction >> 26 {
        0b00_0011 => 0x0411_0000,
        0b00_0010 => 0x1000_0000,
        _ => return None,
    };
    let distance = place - at.cast_signed() - 4;
    let words = i16::try_from(distance / 4).ok()?;
    (distance % 4 == 0).then_some(opcode | u32::from(words as u16))
}

/// `bl` or `b` with its distance. The place has -8 in it already, as the instruction had.
fn arm_branch(instruction: u32, at: u64, place: i64) -> Option<u32> {
    let distance = place - at.cast_signed();
    let words = i32::try_from(distance / 4).ok()?;
    let fits = (-0x80_0000..0x80_0000).contains(&words) && distance % 4 == 0;
    fits.then_some((instruction & 0xff00_0000) | (words as u32 & 0x00ff_ffff))
}

/// Appends a jump to anywhere, and tells where. MIPS: `lui $25; addiu $25, $25; jr $25`; in the delay slot is the first
/// instruction of the next one, which does no harm, or [`LAST`]. ARM: `ldr pc, [pc, #-4]` and the address.
fn way(code: &mut Vec<u8>, machine: Machine, endian: Endianness, addend: i64) -> u64 {
    while !code.len().is_multiple_of(4) {
        code.push(0);
    }
    let place = code.len() as u64;
    let words: &[u32] = match machine {
        Machine::Arm => &[0xe51f_f004, (addend + ahead(machine)) as u32],
        _ => &[0x3c19_0000, 0x2739_0000, 0x0320_0008],
    };
    for word in words {
        code.extend(bytes_of(*word, endian));
    }
    place
}

/// How far ahead the program counter is that a branch's distance counts from, and that its addend takes away.
fn ahead(machine: Machine) -> i64 {
    match machine {
        Machine::Arm => 8,
        Machine::Amd64 | Machine::Aarch64 | Machine::Mips => 0,
    }
}

/// The delay slot of the last of [`way`]: `nop`.
const LAST: [u8; 4] = [0; 4];

fn word(bytes: &[u8], at: u64, endian: Endianness) -> Option<u32> {
    let at = usize::try_from(at).ok()?;
    let bytes = bytes.get(at..)?.first_chunk::<4>()?;
    Some(match endian {
        Endianness::Little => u32::from_le_bytes(*bytes),
        Endianness::Big => u32::from_be_bytes(*bytes),
    })
}

fn put(bytes: &mut [u8], at: u64, endian: Endianness, word: u32) {
    let place = usize::try_from(at).ok().and_then(|at| bytes.get_mut(at..));
    if let Some(place) = place.and_then(|place| place.first_chunk_mut::<4>()) {
        *place = bytes_of(word, endian);
    }
}

fn bytes_of(word: u32, endian: Endianness) -> [u8; 4] {
    match endian {
        Endianness::Little => word.to_le_bytes(),
        Endianness::Big => word.to_be_bytes(),
    }
}
